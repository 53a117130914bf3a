import { INVISIBLE } from '#domain/invisible.ts';

/** Text of others for a terminal: in JSON quotes, everything beyond printable ASCII escaped, cut to so many characters. */
export function shown(text: string, limit = 160): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return escaped(JSON.stringify(cut));
}

/** The same without quotes, for what has to be exact: no letter passes for another one. */
export function escaped(text: string): string {
  return text.replace(/[^\x20-\x7e…]/gu, toEscape);
}

/** A sentence for people: letters and dashes of any language stand as they are, and what a terminal would hide or obey is escaped. */
export function sentence(text: string): string {
  return text.replace(/[\t\n\r\u0085\u2028\u2029]/g, toEscape).replace(INVISIBLE, toEscape);
}

/** What a policy does that only watches. */
export const SHADOW =
  'mode is shadow: what these rules object to is recorded and let through; what no policy can switch off is refused all the same.';

function toEscape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`;
}
