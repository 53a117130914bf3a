// Programs that read what they are given, and write a file that an option, their program text or their first word names.

import { textAt } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { ReadCall } from '#policy/host-words.ts';
import { operandsOf, toUse } from '#policy/host-words.ts';

/** The files that a call writes, as far as its words tell. */
export type Writes = (call: ReadCall) => readonly PathUse[];

/** A program that writes what only its input or an archive tells. */
export const untold: Writes = () => [{ use: 'write', text: '', extent: 'unknown' }];

/** The values of options, which may be abbreviated, glued and clustered, as files that are written. */
export const writesOption =
  (options: NamedOptions, extent: 'name' | 'deep' = 'name'): Writes =>
  ({ args, raw }) =>
    args.flatMap((arg, index) => {
      const found = namedOption(arg.text, options);
      const value = found && valueOf(found, arg, args[index + 1]);
      return value ? [toUse(value, raw, 'write', extent)] : [];
    });

/** `sort -uo FILE`, `shuf -oFILE`, `--outp=FILE`. */
export const sorts: Writes = writesOption({ long: 'output', letters: 'o', values: 'kStT' });
export const shuffles: Writes = writesOption({ long: 'output', letters: 'o', values: 'in' });

const FIND_WRITES = /^-f(?:print0?|printf|ls)$/;

/** `find -fprint FILE` and its like. */
export const findWrites: Writes = ({ args, raw }) =>
  args.flatMap((arg, index) => {
    const file = FIND_WRITES.test(arg.text) ? args[index + 1] : undefined;
    return file ? [toUse(file, raw, 'write')] : [];
  });

const TAR_FILE: NamedOptions = { long: 'file', letters: 'f', values: 'bCFgHIKLNTVX' };
const tarLists = writesOption({
  long: 'listed-incremental index-file volno-file',
  letters: 'g',
  values: 'bCfFHIKLNTVX',
});

/** What `tar` takes out only the archive tells; what it packs lands in the archive, whose name old-style letters leave to a later word. */
export const packs: Writes = (call) => {
  const { args, raw } = call;
  const [first, ...rest] = args.slice(1);
  if (!first) return [];
  // What was packed is removed.
  if (args.some(({ text }) => text.startsWith('--rem')))
    return operandsOf(args.slice(1)).map((arg) => toUse(arg, raw, 'write', 'deep'));
  if (/x|--get|--ext/.test(first.text) || rest.some(({ text }) => /^(?:-[a-zA-Z]*x|--(?:get|ext))/.test(text)))
    return untold(call);
  const isOld = /^[a-zA-Z]/.test(first.text);
  const packed = args.some(({ text }) => /^(?:-[a-zA-Z]*[cruA]|--(?:cr|app|up|del|con))/.test(text));
  if (!packed && !(isOld && /[cruA]/.test(first.text))) return tarLists(call);
  const old = isOld && first.text.includes('f') ? rest[before(first.text, 'f', /[^bfCFgIKLNTVX]/g)] : undefined;
  return [...(old ? [toUse(old, raw, 'write')] : writesOption(TAR_FILE)(call)), ...tarLists(call)];
};

/** How many letters stand before this one, without those that take no word. */
function before(letters: string, letter: string, takesNone: RegExp): number {
  return letters.slice(0, letters.indexOf(letter)).replaceAll(takesNone, '').length;
}

/** `ar r ARCHIVE file…`: all but listing, printing and extracting writes the archive. The letters stand in any order. */
export const archives: Writes = (call) => {
  const [mode, ...rest] = operandsOf(
    call.args.slice(1).map((arg) => ({ ...arg, text: arg.text.replace(/^-(?=\w)/, '') })),
  );
  if (!mode || /^[tp][^dmqrsx]*$/.test(mode.text)) return [];
  if (mode.text.includes('x')) return untold(call);
  // Modifiers may take a word before the archive.
  return rest.slice(0, /[abiN]/.test(mode.text) ? 3 : 1).map((arg) => toUse(arg, call.raw, 'write'));
};

/** The archive under another name, and a log. */
const ZIP_WRITES = /^-(?:O|lf|-out[a-z-]*|-logfile-p[a-z]*)$/;
const ZIP_TAKES =
  /^-(?:b|t|tt|n|P|s|ws|lf|-logfile-p[a-z]*|-out[a-z-]*|O|-temp-path|-password|-suffixes|-from-date|-before-date)$/;

/** `zip ARCHIVE file…`. */
export const zips: Writes = ({ args, raw }) => {
  const words = args.slice(1).filter((_, index) => !ZIP_TAKES.test(textAt(args, index)));
  const out = args.filter((_, index) => ZIP_WRITES.test(textAt(args, index - 1)));
  const [archive, ...packed] = operandsOf(words);
  const moved = args.some(({ text }) => /^(?:-\w*m|--move)/.test(text)) ? packed : [];
  return [
    ...[...(archive ? [archive] : []), ...out].map((arg) => toUse(arg, raw, 'write')),
    ...moved.map((arg) => toUse(arg, raw, 'write', 'deep')),
  ];
};

const awkOptions = /^(?:-[opdL]|--(?:pretty-print|profile|dump-variables)=)./;

/** A program of awk that prints to a file, or a call that lists the program or its variables in one. */
export const awk: Writes = (call) => {
  const words = call.args;
  const edits = words.some(({ text }) => /^(?:-i|--inc[a-z]*=)?inplace/.test(text));
  if (edits || words.some(({ text }) => redirects(text))) return untold(call);
  return words
    .filter(({ text }) => awkOptions.test(text))
    .map((arg): PathUse => toUse({ ...arg, text: arg.text.replace(/^(?:--[a-z-]+=|-.)/, '') }, call.raw, 'write'));
};

/** Whether a program of awk prints into a file: a slash may begin an expression that hides the end of the statement, or a quote. */
function redirects(program: string): boolean {
  const joined = program.replaceAll(/(\\|,|&&|\|\|)[ \t\r]*(?:#[^\n]*)?\n/g, '$1 ');
  const quoted = /\/[^/\n]*"[^/\n]*\//.test(joined) ? joined : joined.replaceAll(/"(?:\\.|[^"\\])*"/g, '""');
  return /\bprintf?\b[^;}\n/>]*(?:>|\/[^]*>)/.test(quoted);
}
