import { posix } from 'node:path';

import type { RunnerRules } from './runner-rules.ts';
import { javascriptPrograms, javascriptSubcommands, node } from './runners-javascript.ts';
import { otherPrograms, otherSubcommands, pytest } from './runners-other.ts';

const programs = { ...javascriptPrograms, ...otherPrograms };
const subcommands = { ...javascriptSubcommands, ...otherSubcommands };

/** Commands that run the command they are given, with options of their own before it. */
const wrappers = [
  'npx',
  'nyc',
  'c8',
  'cross-env',
  'env',
  'time',
  'pnpm',
  'yarn',
  'bunx',
  'poetry',
  'uv',
  'pipenv',
  'bundle',
  'php',
];

/** A known runner inside a command: `words[start]` is its first argument. */
export interface RunnerUse {
  readonly rules: RunnerRules;
  readonly words: readonly string[];
  readonly start: number;
}

/** Recognises the runner that a command executes, behind wrappers such as `npx` and `c8`. */
export function findRunner(words: readonly string[]): RunnerUse | undefined {
  const first = baseName(words[0]);
  const direct = runnerAt(words, 0);
  if (direct || !wrappers.includes(first)) return direct;
  for (let index = 1; index < words.length; index += 1) {
    const found = runnerAt(words, index);
    if (found) return found;
  }
  return undefined;
}

function runnerAt(words: readonly string[], index: number): RunnerUse | undefined {
  const name = baseName(words[index]);
  const rest = words.slice(index + 1);
  const use = (rules: RunnerRules, start: number): RunnerUse => ({ rules, words, start });
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (program) return use(program, index + 1);
  if (name === 'node' || name === 'tsx') {
    if (rest.includes('--test')) return use(node, index + 1);
    const script = rest.findIndex((word) => !word.startsWith('-'));
    const binary = script < 0 ? undefined : runnerAt(words, index + 1 + script);
    return rest[script]?.includes('node_modules/') ? binary : undefined;
  }
  if (/^python[\d.]*$/.test(name) && rest[0] === '-m' && rest[1] === 'pytest') return use(pytest, index + 3);
  // cargo takes the name of a toolchain first.
  const skipped = rest[0]?.startsWith('+') ? 1 : 0;
  const subcommand = `${name} ${rest[skipped] ?? ''}`;
  const found = Object.hasOwn(subcommands, subcommand) ? subcommands[subcommand] : undefined;
  return found && use(found, index + 1 + skipped + (found.name === 'nextest' ? 1 : 0));
}

/** `node_modules/vitest/vitest.mjs` and `./node_modules/.bin/vitest` are both vitest. */
function baseName(word: string | undefined): string {
  return posix.basename(word ?? '').replace(/\.[cm]?js$/, '');
}

/** The runner's arguments that are neither options nor their values nor a subcommand: files, folders and patterns. */
export function positionalsOf(use: RunnerUse): readonly string[] {
  return split(use).positionals;
}

/** The command without the files and patterns it names. */
export function withoutPositionals(use: RunnerUse): RunnerUse {
  return { ...use, words: [...use.words.slice(0, use.start), ...split(use).rest] };
}

function split({ rules, words, start }: RunnerUse): { positionals: readonly string[]; rest: readonly string[] } {
  if (rules.goals) return { positionals: [], rest: words.slice(start) };
  const positionals: string[] = [];
  const rest: string[] = [];
  let value = false;
  let ended = false;
  for (const [index, word] of words.slice(start).entries()) {
    // What follows `--` goes to the test binary (cargo, go) and stays.
    ended ||= word === '--';
    const keep = ended || value || word.startsWith('-') || (index === 0 && rules.subcommands?.includes(word) === true);
    (keep ? rest : positionals).push(word);
    value = !value && rules.valueOptions.includes(word);
  }
  return { positionals, rest };
}

/** Arguments on their way into a command. */
export interface AddedArguments {
  readonly options: readonly string[];
  readonly files: readonly string[];
  /** For the test program that the runner starts, after `--`. */
  readonly passed?: readonly string[];
  /** Words of the command that would undo the choice. */
  readonly drops?: readonly string[];
}

/** Adds arguments where the runner reads them: node stops reading options at the first file, others take them last. */
export function withArguments(use: RunnerUse, added: AddedArguments): string[] {
  const head = use.words.slice(0, use.start);
  const tail = use.words.slice(use.start).filter((word) => added.drops?.includes(word) !== true);
  if (use.rules.format === 'node') return [...head, ...added.options, ...tail, ...added.files];
  const end = tail.indexOf('--');
  const [own, passed] = end < 0 ? [tail, []] : [tail.slice(0, end), tail.slice(end)];
  const handed = added.passed === undefined ? passed : [...(passed.length === 0 ? ['--'] : passed), ...added.passed];
  return [...head, ...own, ...added.options, ...added.files, ...handed];
}
