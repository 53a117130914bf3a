// Programs that start another one to which files have other names: what its words name may be another file.

import { bwrapWords } from '#policy/command/bwrap.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';
import { elevate, wrapperTable } from '#policy/command/wrapper-table.ts';
import type { Writes } from '#policy/host-option-writes.ts';
import type { PathUse } from '#policy/host-tools.ts';
import type { ReadCall } from '#policy/host-words.ts';
import { toUse } from '#policy/host-words.ts';

/** What is seen at a place in the sandbox: a file or folder of here, or something that no word names. */
interface Bind {
  /** The option that says so. */
  readonly option: string;
  readonly source: Arg | undefined;
  readonly place: Arg;
}

/** Files by which a started program sees others, where that changes names. */
export const binds =
  (bindsOf: (call: ReadCall) => readonly Bind[]): Writes =>
  (call) =>
    bindsOf(call)
      .filter((bind) => !isSame(bind, call.raw))
      .flatMap(({ option, source, place }): readonly PathUse[] => [
        ...(source ? [toUse(source, call.raw, 'read', 'deep')] : []),
        place.kind === 'literal'
          ? {
              use: 'write',
              text: place.text,
              extent: 'alias',
              why: `${option} at character ${place.at + 1} puts other files there`,
            }
          : { use: 'write', text: '', extent: 'unknown' },
      ]);

/** A file that keeps its name. */
function isSame({ source, place }: Bind, raw: string): boolean {
  if (!source) return false;
  const [from, to] = [source, place].map((arg) => (arg.kind === 'literal' ? plain(arg.text) : writtenAs(arg, raw)));
  return from !== undefined && from === to;
}

function plain(text: string): string {
  return text.replace(/(?<=.)(?:\/\.?)+$/, '');
}

/** A variable as it is written, `"$PWD"`; undefined where the place of the word in the text is not its own. */
function writtenAs({ at, kind }: Arg, raw: string): string | undefined {
  const word = /^"\$\{?\w+\}?[\w./-]*"(?=\s|$)/.exec(raw.slice(at))?.[0];
  return kind === 'one' ? word : undefined;
}

/** `bwrap --bind SOURCE PLACE`, and what comes from elsewhere. */
export const bwrapBinds = binds(({ args }) => {
  const { rest, several } = bwrapWords(args.slice(1));
  const paired = several
    .filter(([option]) => /^--(?:(?:dev-|ro-)?bind|file|symlink|overlay|chmod)/.test(option?.text ?? ''))
    .flatMap((words): readonly Bind[] => {
      const [{ text: option } = { text: '' }, source] = words;
      const place = words.at(-1);
      const isHere = /^--(?:dev-|ro-)?bind(?:-try)?$/.test(option);
      return place && words.length > 2 ? [{ option, source: isHere ? source : undefined, place }] : [];
    });
  const single = rest.flatMap((word, index): readonly Bind[] => {
    const place = /^--(?:tmp|ro)-overlay$/.test(word.text) ? rest[index + 1] : undefined;
    // Options that come out of a file are not known.
    if (word.text === '--args') return [{ option: word.text, source: undefined, place: { ...word, kind: 'many' } }];
    return place ? [{ option: word.text, source: undefined, place }] : [];
  });
  return [...paired, ...single];
});

/** What the value of an option shows, and where. */
type Shown = (value: Arg, option: string) => readonly Bind[];

/** Sources and their places: `a:b c:d`; a dash before one says that it may be missing. */
const pairs =
  (between: RegExp): Shown =>
  (value, option) =>
    value.text.split(/\s+/).map((pair): Bind => {
      const [source = '', place = source] = pair.replace(/^-/, '').split(between);
      return { option, source: { ...value, text: source }, place: { ...value, text: place } };
    });

/** A folder that is the root. */
const root: Shown = (source, option) => [{ option, source, place: { ...source, text: '/', kind: 'literal' } }];

const properties: readonly (readonly [name: RegExp, shown: Shown])[] = [
  [/^Bind(?:ReadOnly)?Paths=/, pairs(/:/)],
  [/^Root(?:Directory|Image)=/, root],
];

/** A property of a unit of systemd. */
const property: Shown = (value, option) =>
  properties.flatMap(([name, shown]) =>
    name.test(value.text) ? shown({ ...value, text: value.text.replace(name, '') }, option) : [],
  );

/** Options by which programs start others to which files have other names: `proot -b a:b`, `firejail --bind=a,b`, `unshare --root=a`. */
const shownBy: Readonly<Record<string, readonly (readonly [NamedOptions, Shown])[]>> = {
  proot: [
    [{ long: 'bind mount', letters: 'bm' }, pairs(/:/)],
    [{ long: 'rootfs', letters: 'rRS' }, root],
  ],
  firejail: [
    [{ long: 'bind' }, pairs(/,/)],
    [{ long: 'chroot' }, root],
  ],
  'systemd-run': [[{ long: 'property', letters: 'p', values: 'uEdMHCs' }, property]],
  unshare: [[{ long: 'root', letters: 'R', values: 'SGw' }, root]],
  nsenter: [[{ long: 'root', letters: 'r', values: 'tSG' }, root]],
  sudo: [[{ long: 'chroot', letters: 'R', values: 'ughpCDTUrtac' }, root]],
};

/** The same of programs that take both in one word, or another root. */
export const pairedBinds = binds((call) => {
  const words = ownWords(call);
  return (shownBy[call.program] ?? []).flatMap(([options, shown]) =>
    words.flatMap((word, index) => {
      const found = namedOption(word.text, options);
      const value = found && valueOf(found, word, words[index + 1]);
      if (!value) return [];
      return value.kind === 'literal'
        ? shown(value, word.text)
        : [{ option: word.text, source: undefined, place: value }];
    }),
  );
});

/** `chroot FOLDER COMMAND`. */
export const chrootBinds = binds((call) => {
  const folder = call.args[ownWords(call).length + 1];
  return folder ? root(folder, call.program) : [];
});

/** The words before the one that is executed, and before the folder that `chroot` takes. */
function ownWords({ program, args }: ReadCall): readonly Arg[] {
  const words = args.slice(1);
  const { values, flags } = wrapperTable[program] ?? elevate;
  const table = optionTable(values, flags);
  let end = -1;
  // Variables stand among the options of sudo.
  do end = positionals(words, { table, from: end + 1 }).starts.at(-1) ?? words.length;
  while (/^\w+=/.test(words[end]?.text ?? ''));
  return words.slice(0, end);
}
