import { createHash } from 'node:crypto';

import type { Json } from '#domain/json.ts';
import { canonicalJson } from '#domain/json.ts';
import type { Policy, PolicyContent } from '#policy/schema.ts';

/** What is known of a policy beside its content. */
type Sources = Pick<Policy, 'origins' | 'notes' | 'ruleExamples' | 'pricesFiles' | 'prices' | 'telemetry'>;

/** Adds the digest to a policy's content; equal content has equal digests wherever it came from. */
export function sealPolicy(
  content: PolicyContent,
  { pricesFiles = [], ruleExamples = [], ...source }: Sources,
): Policy {
  const digest = createHash('sha256')
    .update(canonicalJson(content as Json))
    .digest('hex');
  return {
    ...content,
    digest: `sha256:${digest}`,
    ...source,
    ...(ruleExamples.length > 0 && { ruleExamples }),
    ...(pricesFiles.length > 0 && { pricesFiles }),
  };
}

/** The content alone, without digest and origins. */
export function unsealPolicy(policy: Policy): PolicyContent {
  const { digest: _digest, source: _source, origins: _origins, notes: _notes, ...rest } = policy;
  const {
    ruleExamples: _examples,
    pricesFiles: _pricesFiles,
    prices: _prices,
    telemetry: _telemetry,
    ...content
  } = rest;
  return content;
}
