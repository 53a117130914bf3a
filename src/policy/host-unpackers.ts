// Programs that put files where an archive or a compressed file tells: some of these names are in no word.

import { textAt } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedValue } from '#policy/command/named-options.ts';
import { listsZip } from '#policy/command/unpacked.ts';
import type { Writes } from '#policy/host-option-writes.ts';
import { untold } from '#policy/host-option-writes.ts';
import type { PathUse } from '#policy/host-tools.ts';
import { operandsOf, toUse } from '#policy/host-words.ts';

/** Programs that replace a file by one without its last suffix, or with one more. */
export const compressors =
  'gzip gunzip pigz unpigz zstd unzstd bzip2 bunzip2 pbzip2 lbzip2 xz unxz pixz lzma unlzma lzip lunzip lz4 unlz4 lzop brotli unbrotli compress uncompress';

/** `gunzip a.gz` writes `a`; with `-S x` the suffix is `x`. */
export const compresses: Writes = (call) => {
  const { args, raw } = call;
  if (args.some(({ text }) => text.startsWith('--file'))) return untold(call);
  const given = namedValue(args, { long: 'suffix', letters: 'S' });
  const isDeep = args.some(({ text }) => /^(?:-[a-zA-Z\d]*r|--recursive)/.test(text));
  return operandsOf(args.slice(1)).flatMap((arg): readonly PathUse[] => {
    const use = toUse(arg, raw, 'write', isDeep ? 'deep' : 'name');
    if (use.extent === 'glob') return [{ ...use, renamed: (name) => namesOf(name, given?.text) }, use];
    return use.extent === 'unknown' ? [use] : namesOf(use.text, given?.text).map((text) => ({ ...use, text }));
  });
};

function namesOf(name: string, suffix: string | undefined): readonly string[] {
  const isGiven = suffix !== undefined && suffix !== '';
  const without = isGiven && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name.replace(/\.[^./]+$/, '');
  return [...new Set([name, without, ...(isGiven ? [name + suffix] : [])])].filter((each) => each !== '');
}

/** `gpg a.gpg` writes `a`, or what the message says. */
export const decrypts: Writes = (call) =>
  call.args.some(({ text }) => /^--(?:use-emb|multifile|decrypt-f)/.test(text)) ? untold(call) : compresses(call);

/** Programs that take out of an archive what is in it. */
export const unpackers =
  'unzip unrar rar 7z 7za 7zr 7zz cpio pax bsdcpio unar dtrx atool aunpack uudecode unshar lha arj cabextract munpack asar';

/** How the first word of these says that they only list, test or print what is in an archive. */
const LISTS: readonly (readonly [programs: RegExp, verbs: RegExp])[] = [
  [/^(?:un)?rar$/, /^(?:l[bt]?|v[bt]?|t|p)$/],
  [/^7z[arz]?$/, /^[lthi]$/],
];

/** Everything but a list. */
export const unpacks: Writes = (call) => {
  const verbs = LISTS.find(([programs]) => programs.test(call.program))?.[1];
  const isList = call.program === 'unzip' ? listsZip(call.args.slice(1)) : verbs?.test(textAt(call.args, 1));
  return isList === true ? [] : untold(call);
};

const MODULE: NamedOptions = { letters: 'm', values: 'cWX' };

/** Modules of Python's own library that unpack, and such as write their second operand. */
export const unpacksByPython: Writes = (call) => {
  const module = namedValue(call.args, MODULE);
  if (!module) return [];
  // Glued to its option it is no word of its own.
  const args = call.args.slice(Math.max(call.args.indexOf(module), 0));
  if (/^(?:zipfile|tarfile)$/.test(module.text))
    return args.some(({ text }) => /^(?:-e|--ext)/.test(text)) ? untold(call) : [];
  if (module.text === 'gzip') return compresses({ ...call, args });
  return /^(?:uu|quopri)$/.test(module.text)
    ? operandsOf(args.slice(1)).map((arg) => toUse(arg, call.raw, 'write'))
    : [];
};
