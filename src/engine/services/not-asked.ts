import { FixgateError } from '#domain/errors.ts';

/** What to tell of a source that a breaker keeps from being asked; undefined for any other failure. */
export function whyNotAsked(failure: unknown): string | undefined {
  if (!(failure instanceof FixgateError) || !failure.ruleIds.includes('breaker/provider')) return undefined;
  return `${failure.message} ${failure.fix}`;
}

/** The summary of an answer without anything in it. */
export function nothingRead(why: string, what: string): string {
  return `Nothing was read, which says nothing about the ${what}. ${why}`;
}
