import { FixgateError } from '#domain/errors.ts';
import type { SentPatch } from '#domain/patch-request.ts';
import type { PatchRecord } from '#domain/remediation.ts';

/** The accepted patch with the same key, else the last one that was sent in the same words. */
export function earlierPatch(patches: readonly PatchRecord[], { hash, key }: SentPatch): PatchRecord | undefined {
  const keyed = key === undefined ? undefined : patches.find(({ sent }) => sent?.key === key);
  return keyed ?? patches.findLast(({ sent }) => sent?.hash === hash);
}

/**
 * The accepted patch that a request repeats: one with its key, or one in its words whose files nothing changed since.
 * A key that named another change is refused, since one of the two would be lost.
 */
export function findRepeat(patches: readonly PatchRecord[], request: SentPatch): PatchRecord | undefined {
  const earlier = earlierPatch(patches, request);
  if (!earlier) return undefined;
  if (request.key !== undefined && earlier.sent?.key === request.key) {
    if (earlier.sent.hash !== request.hash) throw otherChange(earlier.n, request.key);
    return earlier;
  }
  const paths = new Set(earlier.changes?.map(({ path }) => path));
  const later = patches.filter(({ n }) => n > earlier.n);
  return later.some(({ changes }) => changes?.some(({ path }) => paths.has(path)) ?? true) ? undefined : earlier;
}

function otherChange(n: number, key: string): FixgateError {
  return new FixgateError(
    'invalid_input',
    `The idempotency_key ${JSON.stringify(key)} belongs to another change, which was applied as patch ${n}. Nothing was written.`,
    {
      fix: 'Send this change with an idempotency_key of its own, or without one.',
      evidence: { code: 'key_reused', patch: n, nothing_written: true },
    },
  );
}
