/** What a responder looks for first when lines carry no level: the same four words that the seed of an incident names. */
const FOCUS = /error|exception|timeout|time[ds][ -]out|connection refused/i;

/** True for text that speaks of a failure. */
export function speaksOfFailure(text: string): boolean {
  return FOCUS.test(text);
}
