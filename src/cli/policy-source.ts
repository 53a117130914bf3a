import { createHash } from 'node:crypto';

import type { Invocation } from '#cli/invocation.ts';
import { packageVersion } from '#cli/invocation.ts';

/**
 * A digest of everything that decides about a policy: the operator's text and what the repository adds to it, in this order. Whoever
 * finds the same texts needs no reader of policies to know that it is the same. Another release may read a text otherwise.
 */
export function sourceOf(
  invocation: Pick<Invocation, 'packageFolder'>,
  operator: string,
  added: readonly string[],
): string {
  const parts = [packageVersion(invocation), operator, ...added];
  return `sha256:${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}
