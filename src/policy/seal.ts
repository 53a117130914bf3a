import { createHash } from 'node:crypto';

import type { Json } from '#domain/json.ts';
import { canonicalJson } from '#domain/json.ts';
import type { Policy, PolicyContent } from '#policy/schema.ts';

/** Adds the digest to a policy's content; equal content has equal digests wherever it came from. */
export function sealPolicy(
  content: PolicyContent,
  source: { readonly origins: readonly string[]; readonly notes: readonly string[] },
): Policy {
  const digest = createHash('sha256')
    .update(canonicalJson(content as Json))
    .digest('hex');
  return { ...content, digest: `sha256:${digest}`, origins: source.origins, notes: source.notes };
}

/** The content alone, without digest and origins. */
export function unsealPolicy(policy: Policy): PolicyContent {
  const { digest: _digest, origins: _origins, notes: _notes, ...content } = policy;
  return content;
}
