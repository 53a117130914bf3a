import path from 'node:path';

import type { Invocation, Opaque, Redirected } from '#policy/command/analysis.ts';
import { optionValues, textAt } from '#policy/command/handler.ts';
import { interpreterTable } from '#policy/command/interpreter-table.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { shells } from '#policy/command/shells.ts';
import type { Arg } from '#policy/command/words.ts';

/** Where programs that fetch a file put it; else it is named as its address ends. */
const downloads: Readonly<Record<string, NamedOptions>> = {
  curl: { long: 'output', itself: 'output-dir', letters: 'o', values: 'AbcCdDeEFhHmKPQrtTuUwxXyYz' },
  wget: { long: 'output-document', letters: 'O', values: 'oaiBtTwQPUARDIXl' },
};
const COPIES = /^(?:cp|mv|ln|install)$/;
const READS_SCRIPT = new Set([...shells, 'source', '.']);

/** A file that a command writes first and executes then, such as `curl -o x.sh URL; sh x.sh`: nobody can have read it before. */
export function findOwnScript(calls: readonly Invocation[], redirects: readonly Redirected[]): Opaque | undefined {
  const texts = new Set([...redirects.filter(({ use }) => use === 'write').map(fileOf), ...calls.flatMap(writtenBy)]);
  const copies = new Set(calls.filter(({ program }) => COPIES.test(program)).map(({ args }) => plain(args.at(-1))));
  if (texts.size + copies.size === 0) return undefined;
  for (const { program, args } of calls) {
    const [head] = args;
    const name = head?.text.includes('/') === true ? plain(head) : '';
    if (head && name !== '' && (texts.has(name) || copies.has(name)))
      return { construct: 'a program that the command itself writes', at: head.at };
    const script = scriptsOf(program, args).find((word) => plain(word) !== '' && texts.has(plain(word)));
    if (script) return { construct: 'a script that the command itself writes', at: script.at };
  }
  return undefined;
}

/** The file without `./`, empty when it is not known. */
function plain(word: Arg | undefined): string {
  return word?.kind === 'literal' && word.text !== '' ? path.posix.normalize(word.text) : '';
}

function fileOf({ target }: Redirected): string {
  return plain(target);
}

/** Files whose content comes from the input, or from the network. */
function writtenBy({ program, args }: Invocation): readonly string[] {
  const words = args.slice(1);
  if (program === 'tee') return words.filter(({ text }) => !isOption(text)).map(plain);
  if (program === 'dd') return words.map((word) => plain({ ...word, text: /^of=(.*)/s.exec(word.text)?.[1] ?? '' }));
  const output = downloads[program];
  if (!output) return [];
  const urls = words.filter(({ text }) => /^\w+:\/\//.test(text));
  return [
    ...optionValues(words, output).map(({ value }) => plain(value)),
    ...urls.map((word) => plain({ ...word, text: path.posix.basename(word.text) })),
  ];
}

/** The words that a shell or an interpreter may take as its script. */
function scriptsOf(program: string, args: readonly Arg[]): readonly Arg[] {
  const words = args.slice(1);
  const values = READS_SCRIPT.has(program) ? '' : interpreterTable[program]?.values;
  if (values === undefined && !READS_SCRIPT.has(program) && !interpreterTable[program]) return [];
  const { starts } = positionals(words, { table: optionTable(values) });
  return words.filter((_, at) => starts.includes(at) && textAt(words, at) !== '-');
}
