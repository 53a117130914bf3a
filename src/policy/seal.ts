import { createHash } from 'node:crypto';

import type { Json } from '#domain/json.ts';
import { canonicalJson } from '#domain/json.ts';
import type { Policy, PolicyContent } from '#policy/schema.ts';

/** Adds the digest to a policy's content; equal content has equal digests wherever it came from. */
export function sealPolicy(
  content: PolicyContent,
  { pricesFiles = [], ...source }: Pick<Policy, 'origins' | 'notes' | 'pricesFiles' | 'prices' | 'telemetry'>,
): Policy {
  const digest = createHash('sha256')
    .update(canonicalJson(content as Json))
    .digest('hex');
  return { ...content, digest: `sha256:${digest}`, ...source, ...(pricesFiles.length > 0 && { pricesFiles }) };
}

/** The content alone, without digest and origins. */
export function unsealPolicy(policy: Policy): PolicyContent {
  const { digest: _digest, source: _source, origins: _origins, notes: _notes, ...rest } = policy;
  const { pricesFiles: _pricesFiles, prices: _prices, telemetry: _telemetry, ...content } = rest;
  return content;
}
