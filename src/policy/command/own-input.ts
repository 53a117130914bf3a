import { isOption } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';

type Reads = (words: readonly Arg[]) => boolean;

const always: Reads = () => true;
/** Behind the number or the script that comes first, no file is named. */
const namesNoFile: Reads = (words) =>
  words.filter(({ text }) => !isOption(text) && !/^[+-]?\d+[a-zA-Z]*$/.test(text)).length === 0;
const namesOneWord: Reads = (words) => words.filter(({ text }) => !isOption(text)).length < 2;

/** When programs take some lines of their standard input and leave the rest. */
const TAKES_LINES: Readonly<Record<string, Reads>> = {
  read: always,
  mapfile: always,
  readarray: always,
  line: always,
  head: namesNoFile,
  dd: (words) => !words.some(({ text }) => text.startsWith('if=')),
  sed: namesOneWord,
  grep: (words) => words.some(({ text }) => /^-[A-Za-z]*m|^--max/.test(text)) && namesOneWord(words),
};

/** True for a program that takes lines of the script in which it stands, so that what is left of it means something else. */
export function takesLines(program: string, words: readonly Arg[]): boolean {
  return Object.hasOwn(TAKES_LINES, program) && TAKES_LINES[program]?.(words) === true;
}
