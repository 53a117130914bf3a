import { foldUnicode, indentOf, trimBoth, trimTrailing } from './white-space.ts';

/** How exactly a hunk's old lines fit a place. */
export type TierName = 'exact' | 'trailing' | 'indent' | 'tabs' | 'unicode';

/** A block of old lines at a place of the file, line by line. */
export interface Pairing {
  readonly old: readonly string[];
  readonly file: readonly string[];
}

/** Gives an added line the file's indentation; undefined when no consistent one exists. */
export type Adapt = (text: string) => string | undefined;

/** One degree of tolerance; the first with a place decides. */
export interface Tier {
  readonly name: TierName;
  /** Lines with equal keys may correspond. */
  readonly key: (text: string) => string;
  /** Needs `minInk` characters that are not space in the old lines. */
  readonly minInk: number;
  readonly fit: (pairing: Pairing) => Adapt | undefined;
}

/** Keeps added lines as the patch has them. */
export const asItIs: Adapt = (text) => text;

/** Lines correspond that are equal. */
export const asWritten = (text: string): string => text;

/** From strict to tolerant; there is no similarity and no skipped line in any of them. */
export const tiers: readonly Tier[] = [
  { name: 'exact', key: asWritten, minInk: 0, fit: () => asItIs },
  { name: 'trailing', key: trimTrailing, minInk: 0, fit: () => asItIs },
  { name: 'indent', key: trimBoth, minInk: 4, fit: fitIndent },
  { name: 'tabs', key: trimBoth, minInk: 4, fit: fitTabs },
  { name: 'unicode', key: (text) => trimTrailing(foldUnicode(text)), minInk: 4, fit: () => asItIs },
];

/** Indentation of the old and the file's lines, without blank ones. */
function indents({ old, file }: Pairing): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [i, text] of old.entries()) {
    if (trimBoth(text) !== '') pairs.push([indentOf(text), indentOf(file[i] ?? '')]);
  }
  return pairs;
}

// One space is what a line that lost its prefix is off by, so it never counts as a shift.
function fitIndent(pairing: Pairing): Adapt | undefined {
  const pairs = indents(pairing);
  const [old = '', file = ''] = pairs[0] ?? [];
  if (old === file) return undefined;
  const deeper = file.length > old.length;
  const delta = deeper ? file.slice(0, file.length - old.length) : old.slice(0, old.length - file.length);
  if (delta === ' ' || delta === '') return undefined;
  if (!pairs.every(([a, b]) => (deeper ? b === delta + a : a === delta + b))) return undefined;
  return (text) => {
    if (text === '') return text;
    if (deeper) return delta + text;
    if (text.startsWith(delta)) return text.slice(delta.length);
    return trimBoth(text) === '' ? text : undefined;
  };
}

function columns(indent: string, width: number): number {
  let total = 0;
  for (const char of indent) total += char === '\t' ? width : 1;
  return total;
}

function fitTabs(pairing: Pairing): Adapt | undefined {
  const pairs = indents(pairing);
  const widths = [2, 4, 8].filter((width) => pairs.every(([a, b]) => columns(a, width) === columns(b, width)));
  const width = widths[0];
  if (width === undefined || widths.length > 1) return undefined;
  const toTabs = pairs.some(([a, b]) => tabs(b) > tabs(a));
  if (toTabs === pairs.some(([a, b]) => tabs(b) < tabs(a))) return undefined;
  return adaptTabs(pairs, (indent) => (toTabs ? withTabs(indent, width) : indent.replaceAll('\t', ' '.repeat(width))));
}

// Indentation seen in the hunk is translated as seen; the rule stands in for the rest while it explains all that was seen.
function adaptTabs(pairs: readonly [string, string][], rule: (indent: string) => string): Adapt | undefined {
  const seen = new Map<string, string>();
  for (const [old, file] of pairs) {
    if ((seen.get(old) ?? file) !== file) return undefined;
    seen.set(old, file);
  }
  const ruled = [...seen].every(([old, file]) => rule(old) === file);
  return (text) => {
    if (trimBoth(text) === '') return text;
    const indent = indentOf(text);
    const translated = seen.get(indent) ?? (ruled || indent === '' ? rule(indent) : undefined);
    return translated === undefined ? undefined : translated + text.slice(indent.length);
  };
}

function tabs(indent: string): number {
  return indent.split('\t').length - 1;
}

function withTabs(indent: string, width: number): string {
  const total = columns(indent, width);
  return '\t'.repeat(Math.floor(total / width)) + ' '.repeat(total % width);
}
