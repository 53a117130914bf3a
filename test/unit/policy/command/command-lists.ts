import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { exampleRun } from '#policy/examples.ts';
import { explain } from '#policy/explain.ts';

import { shipped } from '../samples.ts';

const folder = path.join(import.meta.dirname, 'lists');
const lists = readdirSync(folder).map((file) => path.basename(file, '.txt'));

/** The lists of one kind: `attacks` or `harmless`. */
export const topics = (kind: string): readonly string[] => lists.filter((name) => name.startsWith(`${kind}-`));

/** One command a line; `⏎` stands for a line break inside of one. */
export const commandsOf = (list: string): readonly string[] =>
  readFileSync(path.join(folder, `${list}.txt`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replaceAll('⏎', '\n'));

/** What the shipped policy says of a command. */
export const verdictOf = (command: string) => explain('command', exampleRun(command), { policy: shipped }).verdict;
