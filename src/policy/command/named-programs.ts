import type { Analyst, Context } from '#policy/command/analysis.ts';
import { deeper } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal } from '#policy/command/words.ts';

/** A setting: its name in lower case without marks, and its value. */
interface Setting {
  readonly name: string;
  readonly value: string;
  readonly at: number;
}

/** `NAME=value`, alone, with a dash or glued to the option that takes settings, such as `-p:NAME=value`. */
const SETTING = /^(?:\/\w+:|-{1,2}\w+[:=])?-{0,2}([A-Za-z][\w.-]*) *= *(.+)$/s;
const OPTION = /^--?([A-Za-z][\w.-]*)$/;

/** Names of settings that name a program, and of its arguments; both begin alike. */
const PROGRAM = /^(.*?)(?:program|command|cmd|exec|executable)$/;
const ARGUMENTS = /^(.*?)(?:args?|arguments?)$/;

function settingsIn(words: readonly Arg[]): readonly Setting[] {
  return words.flatMap(({ text, kind, at }, index) => {
    if (kind !== 'literal') return [];
    const next = words[index + 1];
    const [, option] = OPTION.exec(text) ?? [];
    if (option !== undefined) return next?.kind === 'literal' ? [setting(option, next.text, at)] : [];
    return text.split(';').flatMap((part) => {
      const [, name = '', value = ''] = SETTING.exec(part.trim()) ?? [];
      return name === '' ? [] : [setting(name, value, at)];
    });
  });
}

function setting(name: string, value: string, at: number): Setting {
  return { name: name.toLowerCase().replaceAll(/[._-]/g, ''), value, at };
}

/** Tries what one setting names as a program with what another one names as its arguments: `-o rclone.program=npm -o rclone.args=ci`. */
export function guessNamedProgram(words: readonly Arg[], context: Context, analyst: Analyst): void {
  const settings = settingsIn(words);
  const args = settings.filter(({ name }) => ARGUMENTS.test(name));
  if (args.length === 0) return;
  for (const { name, value, at } of settings) {
    const [, start] = PROGRAM.exec(name) ?? [];
    const own = args.filter((each) => start !== undefined && ARGUMENTS.exec(each.name)?.[1] === start);
    if (own.length > 0)
      analyst.guess(literal([value, ...own.map((each) => each.value)].join(' '), at), deeper(context));
  }
}
