import { INVISIBLE } from '#domain/invisible.ts';

/** Letters that render as nothing, and ends of lines that only a compiler sees, beside what is invisible by its kind. */
const HIDDEN = new RegExp(`${INVISIBLE.source}|[\\u2028\\u2029\\u2800]`, 'u');

const VIRAMA =
  '[\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D4D\\u0DCA\\u1039\\u103A\\u1B44\\uA8C4\\uA953\\uA9C0]';

/**
 * Where such a character shapes what is seen: in emoji, in Arabic script and beside a virama (the rules of RFC 5892, appendix A);
 * the carriage return of a line's end; a form feed, which begins a page.
 */
const ORDINARY = new RegExp(
  [
    '\\r$|\\f',
    '(?<=(?![\\0-\\x7F])\\p{Emoji})[\\uFE0E\\uFE0F]|(?<=[#*0-9])\\uFE0F(?=\\u20E3)',
    '(?<=\\p{Extended_Pictographic}[\\uFE0F\\p{Emoji_Modifier}]?)\\u200D(?=\\p{Extended_Pictographic})',
    '(?<=\\p{Script=Arabic}\\p{M}*)\\u200C(?=\\p{Script=Arabic})',
    `(?<=${VIRAMA})[\\u200C\\u200D]|\\u200D(?=${VIRAMA})`,
  ].join('|'),
  'gu',
);

/** Most lines are nothing but this. */
const PLAIN = /^[\t\x20-\x7E]*$/;

/** The first character of a line, without its end, that a reviewer reads another text by than a compiler or a terminal. */
export function hiddenIn(line: string): string | undefined {
  return PLAIN.test(line) ? undefined : HIDDEN.exec(line.replace(ORDINARY, ''))?.[0];
}
