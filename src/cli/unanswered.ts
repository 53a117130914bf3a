import type { Redact } from '#engine/redact.ts';

/** What a human is told when the code host does not say what became of a pull request; `why` is untrusted. */
export function toUnanswered(why: string, redact: Redact): string {
  const line = redact(why).replace(/\s+/g, ' ').slice(0, 500);
  return `What became of the pull request is not known now: ${line}`;
}
