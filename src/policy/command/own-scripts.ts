import path from 'node:path';

import { minimatch } from 'minimatch';

import type { Invocation, Opaque, Redirected } from '#policy/command/analysis.ts';
import { executedByItself, readsCode, scriptsOf } from '#policy/command/executed-files.ts';
import { isOption } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';
import type { WrittenFiles } from '#policy/command/written-files.ts';
import { plain, writtenFiles } from '#policy/command/written-files.ts';

/** Options by which a program starts another one in a folder. */
const MOVES = /^(?:-[CDw](?!\w)|--(?:chdir|wd|working-directory|workdir|directory|prefix|cwd)\b|-(?:exec|ok)dir$)/;

const SCRIPT = 'a script that the command itself writes';

/** Files that a command executes, each with the word that says so. */
export interface Executed {
  readonly at: number;
  readonly isFile: (name: string) => boolean;
  /** Also one that is a mere copy. */
  readonly isProgram?: boolean;
}

/** A file that a command writes first and executes then, such as `curl -o x.sh URL; sh x.sh`: nobody can have read it before. */
export function findOwnScript(calls: readonly Invocation[], redirects: readonly Redirected[]): Opaque | undefined {
  const written = writtenFiles(calls, redirects);
  if (written.texts.size + written.copies.size === 0) return findHook(calls, written);
  const found = executedIn(calls, redirects).find(({ isFile, isProgram }) =>
    [...written.texts, ...(isProgram ? written.copies : [])].some(isFile),
  );
  if (!found) return findHook(calls, written);
  return { construct: found.isProgram ? 'a program that the command itself writes' : SCRIPT, at: found.at };
}

/** Every file that the calls of a command execute. */
export function executedIn(calls: readonly Invocation[], redirects: readonly Redirected[]): readonly Executed[] {
  // Behind `cd`, and under options like `env -C`, the same file has another name.
  const moves = calls.some(
    ({ program, args }) => /^(?:cd|pushd)$/.test(program) || args.slice(1).some(({ text }) => MOVES.test(text)),
  );
  const nameOf = (name: string) => (moves ? path.posix.basename(name) : name);
  const same = (word: Arg) => (name: string) =>
    word.kind === 'files'
      ? finds(word.source?.text ?? '', name)
      : word.ends !== undefined
        ? endsAlike(path.posix.basename(name), word.ends)
        : plain(word) !== '' && nameOf(name) === nameOf(plain(word));
  const read = calls.some(readsCode) ? redirects.filter(({ use }) => use === 'read') : [];
  return [
    ...calls.flatMap((call) => executedBy(call, same)),
    ...read.map(({ target }) => ({ at: target.at, isFile: same(target) })),
    ...findsOf(calls),
  ];
}

function executedBy(call: Invocation, same: (word: Arg) => (name: string) => boolean): readonly Executed[] {
  const [head] = call.args;
  if (!head) return [];
  const files = executedByItself(call);
  return [
    ...(head.text.includes('/') ? [{ at: head.at, isFile: same(head), isProgram: true }] : []),
    ...scriptsOf(call).map((word) => ({ at: word.at, isFile: same(word) })),
    ...(files ? [{ at: head.at, isFile: (name: string) => files.test(name) }] : []),
  ];
}

/** Of a word whose beginning is not known, as much of the name as is. */
function endsAlike(name: string, ends: string): boolean {
  return ends.includes('/') ? name === path.posix.basename(ends) : name.endsWith(ends);
}

/** Whether a pattern finds a file of that name, in whatever folder; of a long one that is not asked. */
function finds(pattern: string, name: string): boolean {
  const last = path.posix.basename(pattern);
  return last.length > 256 || minimatch(path.posix.basename(name), last, { noext: true, nobrace: true });
}

/** `find -name x.sh -exec sh {} ;`: the name stands with `find`, the script is what it finds. */
function findsOf(calls: readonly Invocation[]): readonly Executed[] {
  if (!calls.some((call) => scriptsOf(call).some(({ kind }) => kind !== 'literal'))) return [];
  return calls
    .filter(({ program }) => program === 'find')
    .flatMap(({ args }) => args.slice(1).filter((word) => word.kind === 'literal' && !isOption(word.text)))
    .map(({ text, at }) => ({
      at,
      isFile: (name: string) => finds(text, name),
    }));
}

/** A hook that is put in place before git calls it. */
function findHook(calls: readonly Invocation[], { copies }: WrittenFiles): Opaque | undefined {
  const synced = calls.filter(({ program }) => program === 'rsync').map(({ args }) => plain(args.at(-1)));
  const placed = [...copies, ...synced];
  const git = calls.find((call) => call.program === 'git' && placed.some((name) => executedByItself(call)?.test(name)));
  return git?.args[0] && { construct: 'a hook that the command itself puts in place', at: git.args[0].at };
}
