/** Characters of an event in which its code is looked for. */
const MAX_CHARS = 1_000;

/** A number after a word that says that it is a code; ids and amounts are longer, or have a unit or a fraction. */
const CODE =
  /(?:(code|errno|status(?:[ _-]?code)?|signal)["']?\s{0,2}[=:]?\s{0,2}["'([]?(-?\d{1,5}|0x[\da-f]{1,8})|(http)(?:\/\d(?:\.\d)?)?["']?\s(\d{3})|(sqlstate)["']?\s{0,2}[=:]?\s{0,2}["'([]?([\da-z]{5}))(?![\w.%])/i;

/** Different codes of one statement that tell kinds of it apart, and events for each: what has more forms, or hardly repeats, is a value. */
const [MAX_APART, MIN_EVENTS] = [8, 2];

/** The code that an error names, as `code 1213`, `status 503` or `sqlstate 40p01`; undefined when there is none. */
export function errorCodeOf(text: string): string | undefined {
  const found = CODE.exec(text.slice(0, MAX_CHARS));
  if (found === null) return undefined;
  const [, word, number, http, answer, state, value] = found;
  const name = (word ?? http ?? state ?? '').toLowerCase();
  const isStatus = http !== undefined || name.startsWith('status');
  return `${isStatus ? 'status' : name} ${(number ?? answer ?? value ?? '').toLowerCase()}`;
}

/** True when codes of one statement tell kinds of it apart; `events` has their number for each code. */
export function areCodesApart(events: readonly number[]): boolean {
  if (events.length === 1) return true;
  return events.length <= MAX_APART && events.reduce((sum, count) => sum + count, 0) >= MIN_EVENTS * events.length;
}
