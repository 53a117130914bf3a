/** At most `max` characters, the cut marked and no surrogate pair split. */
export function cut(text: string, max: number): string {
  return text.length <= max
    ? text
    : `${text
        .slice(0, max - 1)
        .toWellFormed()
        .replace(/\uFFFD$/u, '')}…`;
}

/** Replaces control characters, so that text from a file cannot drive a terminal or forge a line. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is being replaced
  return text.replace(/[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029]/gu, '\uFFFD');
}

/** A line with the white space that decides a comparison made visible: tab →, outer spaces ·, CR ␍, lookalikes as <U+00A0>. */
export function visible(text: string, max = 160, from = 0): string {
  const start = text.length - text.trimStart().length;
  const end = text.trimEnd().length;
  const stop = Math.min(text.length, from + max);
  let out = from > 0 ? '…' : '';
  for (let i = from; i < stop; i += 1) out += shown(text[i] ?? '', i < start || i >= end);
  return stop < text.length ? `${out}…` : out;
}

/** Two lines made visible where they differ, at most `max` characters of each. */
export function visiblePair(a: string, b: string, max: number): readonly [string, string] {
  let same = 0;
  while (same < Math.min(a.length, b.length) && a[same] === b[same]) same += 1;
  // Far to the right a difference is shown with some of what both lines have before it.
  const from = same < max / 2 ? 0 : same - Math.floor(max / 4);
  return [visible(a, max, from), visible(b, max, from)];
}

const lookalikes = /[\u00A0\u00AD\u2000-\u200F\u2010-\u201F\u2028-\u202F\u2032\u2033\u205F-\u2064\u2212\u3000\uFEFF]/u;

function shown(char: string, outer: boolean): string {
  if (char === '\t') return '→';
  if (char === '\r') return '␍';
  if (char === ' ') return outer ? '·' : ' ';
  if (lookalikes.test(char)) return `<U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`;
  return printable(char);
}
