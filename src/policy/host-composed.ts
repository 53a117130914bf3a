// Programs that make up the names of the files that they write.

import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import { readPerlRenaming, renameWords } from '#policy/command/rename.ts';
import type { Renaming } from '#policy/command/rename.ts';
import type { Arg } from '#policy/command/words.ts';
import { untold } from '#policy/host-option-writes.ts';
import type { Writes } from '#policy/host-option-writes.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { Given } from '#policy/host-words.ts';
import { readWords, toUse } from '#policy/host-words.ts';

/** Names of one call that are looked at: three letters, or four digits. */
const MAX_NAMES = 20_000;
/** Pieces that one call is taken to write. */
const MAX_PIECES = 10_000;

const splitOptions: NamedOptions = {
  long: 'suffix-length additional-suffix bytes line-bytes lines number separator filter',
  letters: 'abClnt',
};
const length: NamedOptions = { long: 'suffix-length', letters: 'a', values: 'bClnt' };
const additional: NamedOptions = { long: 'additional-suffix' };
const pieces: NamedOptions = { long: 'number', letters: 'n', values: 'abClt' };
const digits: NamedOptions = { long: 'numeric-suffixes', itself: 'n nu num', letters: 'd', values: 'abClnt' };
const hex: NamedOptions = { long: 'hex-suffixes', letters: 'x', values: 'abClnt' };

/** `split FILE PREFIX` writes the prefix, letters or digits, and what `--additional-suffix` says. */
export const splits: Writes = (call) => {
  const { operands, given } = readWords(call.args.slice(1), splitOptions);
  const [, prefix = letter('x')] = operands;
  const [size, tail, count] = [length, additional, pieces].map((option) => lastValue(given, option));
  if ([size, tail, count].some((arg) => arg && arg.kind !== 'literal')) return untold(call);
  const has = (option: NamedOptions) => given.some(({ word }) => namedOption(word.text, option));
  const alphabet = has(hex) ? '0123456789abcdef' : has(digits) ? '0123456789' : 'abcdefghijklmnopqrstuvwxyz';
  const suffixes = suffixesOf(alphabet, Number(size?.text ?? 0) || 0, Number(/\d+$/.exec(count?.text ?? '')?.[0] ?? 0));
  return [
    composed(
      prefix,
      call.raw,
      suffixes?.map((suffix) => suffix + (tail?.text ?? '')),
    ),
  ];
};

/** All of a length; without one it is two or what the pieces need, counted from a first number, and where that is open it grows behind the last letter. */
function suffixesOf(alphabet: string, size: number, count: number): readonly string[] | undefined {
  const needed = (pieces: number) => {
    let least = 2;
    while (alphabet.length ** least < pieces) least++;
    return least;
  };
  const sizes = size > 0 ? [size] : count > 0 ? [...new Set([needed(count), needed(count * 2)])] : undefined;
  if (sizes?.some((each) => alphabet.length ** each > MAX_NAMES)) return undefined;
  const last = alphabet.slice(-1);
  return (
    sizes?.flatMap((each) => allOf(alphabet, each)) ?? [
      ...allOf(alphabet, 2),
      ...allOf(alphabet, 3).map((suffix) => last + suffix),
    ]
  );
}

function allOf(alphabet: string, size: number): readonly string[] {
  let all: readonly string[] = [''];
  for (let at = 0; at < size; at++) all = all.flatMap((start) => alphabet.split('').map((each) => start + each));
  return all;
}

const csplitOptions: NamedOptions = { long: 'suffix-format prefix digits', letters: 'bfn' };
const format: NamedOptions = { long: 'suffix-format', letters: 'b', values: 'fn' };
const stem: NamedOptions = { long: 'prefix', letters: 'f', values: 'bn' };
const width: NamedOptions = { long: 'digits', letters: 'n', values: 'bf' };

/** `csplit -f PREFIX -b FORMAT FILE PATTERN…`: the prefix, and numbers by a format of printf(3). */
export const csplits: Writes = (call) => {
  const { operands, given } = readWords(call.args.slice(1), csplitOptions);
  if (operands.length === 0) return [];
  const [prefix = letter('xx'), shape, size] = [stem, format, width].map((option) => lastValue(given, option));
  if ([shape, size].some((arg) => arg && arg.kind !== 'literal')) return untold(call);
  const print = printer(shape?.text ?? `%0${Number(size?.text ?? 2) || 2}d`);
  return [composed(prefix, call.raw, print && Array.from({ length: MAX_PIECES }, (_, number) => print(number)))];
};

/** Writes a number by a format with one conversion of integers, which csplit takes without signs; how thousands are grouped a locale says. */
function printer(text: string): ((number: number) => string) | undefined {
  const found = /^((?:[^%]|%%)*)%([-#0]*)(\d{0,2})(?:\.(\d{0,2}))?([diuoxX])((?:[^%]|%%)*)$/.exec(text);
  if (!found) return undefined;
  const [, before = '', flags = '', least = '', precision, kind = '', after = ''] = found;
  const base = kind === 'o' ? 8 : /x/i.test(kind) ? 16 : 10;
  const isFilled = flags.includes('0') && precision === undefined;
  return (number) => {
    const plain = number === 0 && precision !== undefined ? '' : number.toString(base);
    const shown = plain.padStart(Number(precision), '0');
    const mark = !flags.includes('#')
      ? ''
      : base === 16 && number > 0
        ? '0x'
        : base === 8 && !shown.startsWith('0')
          ? '0'
          : '';
    const whole = mark + (isFilled ? shown.padStart(Number(least) - mark.length, '0') : shown);
    const padded = flags.includes('-') ? (mark + shown).padEnd(Number(least)) : whole.padStart(Number(least));
    return (before + (kind === 'X' ? padded.toUpperCase() : padded) + after).replaceAll('%%', '%');
  };
}

/** `rename OLD NEW FILE…` of util-linux, and `rename CODE FILE…` of Perl. */
export const renameWrites: Writes = (call) => {
  const { how, operands } = renameWords(call.args.slice(1));
  if (!how) return [];
  const perl = how.kind === 'literal' ? readPerlRenaming(how.text) : undefined;
  const [fresh, ...rest] = operands;
  const files = perl ? operands : rest;
  if (!perl && (how.kind !== 'literal' || (fresh && fresh.kind !== 'literal'))) return untold(call);
  const renamings = perl ? [perl] : wordRenamings(how.text, fresh?.text ?? '');
  return files.flatMap((file) => {
    const use = toUse(file, call.raw, 'write', 'deep');
    if (use.extent === 'glob') return [use, { ...use, renamed: (name: string) => renamedBy(renamings, name) }];
    if (use.extent === 'unknown') return [use];
    return [
      use,
      ...renamedBy(renamings, use.text).map((text): PathUse => ({
        ...use,
        text,
        extent: 'name',
        from: `${use.text}/.`,
      })),
    ];
  });
};

/** The first, the last and all places at which a word stands may be replaced. */
function wordRenamings(old: string, fresh: string): readonly Renaming[] {
  if (old === '') return [(name) => fresh + name];
  return [
    (name) => name.replace(old, () => fresh),
    (name) => name.replaceAll(old, () => fresh),
    (name) =>
      name.includes(old)
        ? name.slice(0, name.lastIndexOf(old)) + fresh + name.slice(name.lastIndexOf(old) + old.length)
        : name,
  ];
}

/** The last component alone may be renamed, or the name as it is written. */
function renamedBy(renamings: readonly Renaming[], name: string): readonly string[] {
  const at = name.lastIndexOf('/') + 1;
  const names = renamings.flatMap((rename) => [rename(name), name.slice(0, at) + rename(name.slice(at))]);
  return [...new Set(names)].filter((each) => each !== name && each !== '');
}

function letter(text: string): Arg {
  return { text, kind: 'literal', at: 0 };
}

function composed(prefix: Arg, raw: string, endings: readonly string[] | undefined): PathUse {
  const use = toUse(prefix, raw, 'write');
  if (use.extent !== 'name') return { ...use, extent: 'unknown' };
  return { ...use, extent: 'composed', ...(endings && { endings }) };
}

function lastValue(given: readonly Given[], options: NamedOptions): Arg | undefined {
  const values = given.map(({ word, next }) => {
    const found = namedOption(word.text, options);
    return found && valueOf(found, word, next);
  });
  return values.findLast((value) => value !== undefined);
}
