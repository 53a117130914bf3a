import path from 'node:path';

import { isOption } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal } from '#policy/command/words.ts';

/** Open files from the root, or wherever the way up to it leads, and from a folder of them. */
const OPEN_FILE = /^(?:\/|(?:\.\.\/)+)(?:dev|proc)\/(?!null$)|^(?:.*\/)?(?:stdin|tty|fd\/\d+)$|^-$/;

/** True for a name of what a program reads by itself, or of another open file, however it is spelled; also of one that only may be it. */
export function mayBeOpenFile(name: string): boolean {
  return OPEN_FILE.test(path.posix.normalize(name));
}

interface Taker {
  /** Options whose value is the next word. */
  readonly values?: RegExp;
  /** Words that are files when there are as many, behind the code or pattern that may come first; none stops it. */
  readonly files?: number;
  /** Options or code without which it reads to the end. */
  readonly needs?: RegExp;
  /** Options that hold the code, so that no word does. */
  readonly code?: RegExp;
}

const CODE = /^-[a-zA-Z]*[ef]$|^--(?:expression|file)/;

/** Programs that take a part of their standard input and leave the rest. */
const TAKERS: Readonly<Record<string, Taker>> = {
  read: {},
  sudo: { needs: /^-[A-Za-z]*S|^--std/ },
  mapfile: {},
  readarray: {},
  line: {},
  cmp: { values: /^-[in]$/, files: 2 },
  head: { values: /^-[nc]$/, files: 1 },
  od: { values: /^-[AjNtw]$/, files: 1, needs: /^-[A-Za-z]*N|^--read/ },
  sed: { values: /^-[efl]$/, files: 2, code: CODE },
  awk: { values: /^-[Fvf]$/, files: 2, code: /^-f/, needs: /exit|getline/ },
  stdbuf: { needs: /^-[a-zA-Z]*i|^--i/ },
  // They read as much as each of their lines says.
  git: {
    needs:
      /^(?:upload-pack|receive-pack|upload-archive|http-backend|http-fetch|fast-import|daemon|send-pack|fetch-pack|shell|serve|credential\S*|remote-\w+)$/,
  },
  // The second version of Python reads unbuffered then.
  python: { values: /^-[A-Za-z]*c$/, files: 1, needs: /^-[A-Za-z]*u/ },
  grep: { values: /^-[mABCef]$/, files: 2, code: CODE, needs: /^-[A-Za-z]*m|^--max/ },
};

/** Devices that hold no input. */
const MAKES = /^if=\/dev\/(?:zero|u?random)$/;

/** The same programs under the names that other systems give them. */
const ALIAS = /^(?:g(?=(?:head|od|dd|sed|cmp|awk|grep)$)|[mn](?=awk$)|[ef](?=grep$))/;

/** True for a program that takes a part of the script in which it stands, so that what is left of it means something else. */
export function takesPart(program: string, words: readonly Arg[]): boolean {
  if (program.startsWith('git-')) return takesPart('git', [literal(program.slice('git-'.length), 0), ...words]);
  const name = program.replace(ALIAS, '');
  const has = (pattern: RegExp) => words.some(({ text }) => pattern.test(text));
  if (name === 'dd')
    return !words.some(
      ({ text }) => text.startsWith('if=') && (MAKES.test(text) || !mayBeOpenFile(text.slice('if='.length))),
    );
  const taker = Object.hasOwn(TAKERS, name) ? TAKERS[name] : undefined;
  if (!taker || (taker.needs && !has(taker.needs))) return false;
  const { values, files = Number.POSITIVE_INFINITY, code } = taker;
  const isValue = (before = '') => values?.test(before) === true || /^--[^=]+$/.test(before);
  // A word without quotes may be none.
  const named = words.filter(
    ({ text, kind }, index) =>
      (kind === 'literal' || kind === 'one') &&
      !isOption(text) &&
      !mayBeOpenFile(text) &&
      !isValue(words[index - 1]?.text),
  );
  return named.length < files - (code && has(code) ? 1 : 0);
}
