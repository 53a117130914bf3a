import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';
import type { Arg } from '#policy/command/words.ts';

/** Words that are not literal are marked: `…` for one, `*` for files, `…*` for any number. */
const marks: Readonly<Record<Arg['kind'], string>> = { literal: '', one: '…', files: '*', many: '…*' };
const wordOf = ({ text, kind }: Arg) => `${/[\s'"]|^$/.test(text) ? JSON.stringify(text) : text}${marks[kind]}`;

/** What a command is read as: every program it runs, every file it redirects, every doubt. */
function readingOf(line: string): string {
  const command: unknown = line.startsWith('["') ? JSON.parse(line) : line.replaceAll('⏎', '\n');
  const { unit, invocations, redirects, opaque } = analyzeCommand(command as string | readonly string[]);
  const read = [
    ...invocations.map(({ program, args }) => `  runs ${[program, ...args.slice(1).map(wordOf)].join(' ')}`),
    ...redirects.map(({ target, use }) => `  ${use}s ${wordOf(target)}`),
    ...opaque.map(({ construct, at }) => `  ? ${construct} (${unit} ${at + 1})`),
  ];
  return [line, ...new Set(read)].join('\n');
}

const folder = new URL('readings/', import.meta.url);

/** The commands of a committed reading are its lines that are not indented; a line feed is written ⏎. */
it.each([
  'shell-syntax',
  'words-and-values',
  'builtins',
  'shells',
  'wrappers',
  'environment',
  'fan-out',
  'interpreters',
  'packages',
  'containers',
  'programs-with-scripts',
  'options-that-execute',
  'git-and-remotes',
  'builders-and-counters',
  'own-scripts',
  'packages-and-builders',
])('commands of %s are read as it is committed [gate:commands:readings]', async (topic) => {
  const file = new URL(`${topic}.txt`, folder);
  const commands = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('  '));
  expect(new Set(commands).size).toBe(commands.length);
  await expect(`${commands.map(readingOf).join('\n\n')}\n`).toMatchFileSnapshot(file.pathname);
});
