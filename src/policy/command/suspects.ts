import { gitSuspects } from '#policy/command/git-suspects.ts';
import { verbAt } from '#policy/command/git.ts';
import type { Call } from '#policy/command/handler.ts';
import { textAt } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import type { SuspectSpec } from '#policy/command/suspect-table.ts';
import { suspectTable } from '#policy/command/suspect-table.ts';
import { optionsOf } from '#policy/command/tool-options.ts';
import type { Arg } from '#policy/command/words.ts';
import { wrapperTable } from '#policy/command/wrapper-table.ts';

/** Words by which a program would execute something, and where a word of unknown content cannot be one of them. */
export interface Suspects {
  readonly words: readonly Arg[];
  /** True for an option whose next word is its value, and so mere data. */
  readonly takesValue: (option: string) => boolean;
  readonly spec: SuspectSpec | undefined;
}

/** True for git and its like, whose verbs decide. */
function isGit(program: string): boolean {
  return program === 'git' || program === 'hub';
}

/** What an unknown word of a call could be; undefined for a program that executes nothing by its words. */
export function suspectsOf({ program, words }: Pick<Call, 'program' | 'words'>): Suspects | undefined {
  const [table, name] = isGit(program) ? [gitSuspects, textAt(words, verbAt(words))] : [suspectTable, program];
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  const wrapper = Object.hasOwn(wrapperTable, program) ? wrapperTable[program] : undefined;
  const wrappers = wrapper ? [wrapper, ...(wrapper.also ?? [])] : [];
  const meant = [
    ...wrappers.flatMap(({ verbs = [], text }) => [...verbs, ...textOptions(text)]),
    ...(spec?.words.split(' ') ?? []),
  ];
  if (meant.length === 0) return undefined;
  const { values } = optionsOf(program);
  const takesValue = (option: string) => values.has(option) || spec?.values?.test(option) === true;
  return { words: meant.map(toArg), takesValue, spec };
}

function textOptions({ long, letters = '' }: NamedOptions = {}): readonly string[] {
  return [
    ...(long?.split(' ') ?? []).map((name) => `--${name}=…`),
    ...letters.split('').map((letter) => `-${letter}…`),
  ];
}

/** What goes on in a way that is not known ends in `…`. */
function toArg(text: string): Arg {
  const isOpen = text.endsWith('…');
  return { text: isOpen ? text.slice(0, -1) : text, kind: isOpen ? 'one' : 'literal', at: 0 };
}
