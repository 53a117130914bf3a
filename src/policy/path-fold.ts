/**
 * Letters of other alphabets that look like Latin ones after lower-casing (Unicode UTS #39, the common part), and slashes
 * that are none.
 */
const lookalikes: ReadonlyMap<string, string> = new Map(
  [
    'аa', 'бb', 'вb', 'гr', 'еe', 'ёe', 'зz', 'иu', 'кk', 'лl', 'мm', 'нh', 'оo', 'пn', 'рp', 'сc', 'тt', 'уy', 'хx', 'ьb',
    'іi', 'їi', 'јj', 'ѕs', 'һh', 'ԁd', 'ԍg', 'ԛq', 'ԝw', 'ѵv', 'ӏl', 'ґr', 'єe',
    'αa', 'βb', 'γy', 'εe', 'ηn', 'ιi', 'κk', 'νv', 'οo', 'ρp', 'τt', 'υu', 'χx', 'ωw', 'σo', 'ϲc', 'ϳj', 'ϱp',
    'ıi', 'ɑa', 'ɡg', 'ɩi', 'ʟl', 'ոn', 'օo', 'սu', 'հh', '∕/', '⁄/', '⧸/', '‐-', '‑-', '–-', '−-',
  ].map((pair) => [pair.slice(0, -1), pair.slice(-1)]),
); // oxfmt-ignore

const ASCII = /^[\x20-\x7e]*$/;
/** Made where it is needed: looking up what Unicode says of all code points takes longer than most paths do. */
const ignorable = () => /\p{Default_Ignorable_Code_Point}/gu;
const NON_ASCII = /[\u{80}-\u{10ffff}]/gu;

/** True when a text has code points that file systems or readers drop, such as a zero-width space. */
export function hasIgnorable(text: string): boolean {
  return !ASCII.test(text) && text.search(ignorable()) >= 0;
}

/** The form in which paths and patterns are compared: NFKC, ignorable code points dropped, lookalikes mapped, lower case. */
export function foldPath(path: string): string {
  if (ASCII.test(path)) return path.toLowerCase();
  const lower = path.normalize('NFKC').replace(ignorable(), '').toLowerCase().replaceAll('i\u0307', 'i');
  return lower.replace(NON_ASCII, (letter) => lookalikes.get(letter) ?? letter);
}
