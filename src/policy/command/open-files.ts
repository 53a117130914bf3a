import path from 'node:path';

import type { Invocation, Opaque } from '#policy/command/analysis.ts';
import { scriptsOf } from '#policy/command/executed-files.ts';

/** Standard input and other open files, from the root or from wherever the way up to it leads. */
const OPEN_FILE = /^(?:\/|(?:\.\.\/)+)(?:dev\/(?:std(?:in|out|err)|tty|fd\/\d+)|proc\/[\w-]+\/fd\/\d+)$/;
/** The same from the folder of these files, or from the root. */
const FROM_FOLDER = /^(?:(?:dev\/)?(?:std(?:in|out|err)|tty)|(?:(?:dev|proc)\/)?(?:[\w-]+\/)?(?:fd\/)?\d+)$/;
const FOLDER = /^(?:-C|--chdir=)?(?:\/+|.*\/)(?:(?:dev|proc)(?:\/.*)?)?$/;

/** An open file by a name under which readings of programs do not see that it is one, so that a program may read its code there. */
export function findOpenFile(calls: readonly Invocation[]): Opaque | undefined {
  const words = calls.flatMap(({ args }) => args.slice(1));
  const moved = calls.some(
    ({ program, args }) =>
      /^(?:cd|pushd|chdir|env)$/.test(program) && args.slice(1).some(({ text }) => FOLDER.test(text)),
  );
  const scripts = moved ? calls.flatMap(scriptsOf) : [];
  const found =
    words.find(({ text }) => isUnusual(text)) ??
    scripts.find(({ text }) => FROM_FOLDER.test(path.posix.normalize(text)));
  return found && { construct: 'an open file by an unusual name', at: found.at };
}

/** `//dev/stdin`, `../../dev/stdin` and `/dev/./stdin`, also behind an option. */
function isUnusual(text: string): boolean {
  const name = text.replace(/^(?:--[\w-]+=|-\w)/, '');
  const plain = path.posix.normalize(name);
  return OPEN_FILE.test(plain) && (plain !== name || plain.startsWith('..'));
}
