function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\f' || char === '\v' || char === '\r';
}

/** The white space that a line starts with. */
export function indentOf(text: string): string {
  let end = 0;
  while (isBlank(text[end])) end += 1;
  return text.slice(0, end);
}

/** The line without trailing white space. */
export function trimTrailing(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text[end - 1])) end -= 1;
  return text.slice(0, end);
}

/** The line without the white space around it. */
export function trimBoth(text: string): string {
  const trimmed = trimTrailing(text);
  return trimmed.slice(indentOf(trimmed).length);
}

const folds: readonly (readonly [RegExp, string])[] = [
  [/[\u2018-\u201B\u2032]/gu, "'"],
  [/[\u201C-\u201F\u2033]/gu, '"'],
  [/[\u2010-\u2015\u2212]/gu, '-'],
  [/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/gu, ' '],
];

/** Typographic quotes, dashes and spaces as their ASCII counterparts, one for one. */
export function foldUnicode(text: string): string {
  return folds.reduce((folded, [pattern, ascii]) => folded.replace(pattern, ascii), text);
}
