// Programs that start another one to which files have other names: what its words name may be another file.

import { bwrapWords } from '#policy/command/bwrap.ts';
import type { Arg } from '#policy/command/words.ts';
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
  return text.replace(/(?<=.)(?:\/+\.?)+$/, '');
}

/** A variable as it is written, `"$PWD"`; undefined where the place of the word in the text is not its own. */
function writtenAs({ at, kind }: Arg, raw: string): string | undefined {
  const word = /^"\$\{?\w+\}?[\w./-]*"(?=\s|$)|^\$\{?\w+\}?[\w./-]*(?=\s|$)/.exec(raw.slice(at))?.[0];
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

/** Options whose value is a source and a place: `proot -b a:b`, `firejail --bind=a,b`, `systemd-run -p BindPaths=a:b`. */
const pairedOptions: Readonly<Record<string, { readonly option: RegExp; readonly between: RegExp }>> = {
  proot: { option: /^(?:-b|-m|--bind|--mount)(?:=|$)/, between: /:/ },
  firejail: { option: /^--bind=/, between: /,/ },
  'systemd-run': {
    option: /^(?:-p|--property)?=?(?=Bind(?:ReadOnly)?Paths=)(?:Bind(?:ReadOnly)?Paths=)?/,
    between: /:/,
  },
};

/** The same of programs that take both in one word. */
export const pairedBinds = binds(({ program, args }) => {
  const spec = pairedOptions[program];
  if (!spec) return [];
  return args.slice(1).flatMap((arg, index) => {
    const [name] = spec.option.exec(arg.text) ?? [];
    const value =
      name === undefined
        ? undefined
        : arg.text === name
          ? args[index + 2]
          : { ...arg, text: arg.text.slice(name.length) };
    if (!value) return [];
    if (value.kind !== 'literal') return [{ option: arg.text, source: undefined, place: value }];
    return value.text.split(/\s+/).flatMap((pair): readonly Bind[] => {
      const [source = '', place = source] = pair.replace(/^-/, '').split(spec.between);
      return [{ option: name ?? '', source: { ...value, text: source }, place: { ...value, text: place } }];
    });
  });
});
