import { posix } from 'node:path';

import type { TestFormat } from '#domain/remediation.ts';

/** What differs from one test runner to the next. Agents' strings never stand where an option is read. */
export interface RunnerRules {
  readonly format: TestFormat;
  /** Extension of the report file; absent when the runner prints what is parsed. */
  readonly reportExtension?: string;
  /** Options that make it write a report without changing what it runs. */
  readonly report: (path: string) => readonly string[];
  /** An option by which the suite chose its own report: ours would replace it. */
  readonly ownReport: RegExp;
  readonly namePattern?: (pattern: string) => readonly string[];
  /** Arguments that restrict the run to these test files. */
  readonly files?: (files: readonly string[]) => readonly string[];
  /** Arguments that restrict the run to tests reached from these changed files. */
  readonly related?: (changed: readonly string[]) => readonly string[];
  /** Options whose value is the next word. */
  readonly valueOptions: readonly string[];
  /** First words that are no files. */
  readonly subcommands?: readonly string[];
}

const node: RunnerRules = {
  format: 'node',
  reportExtension: 'xml',
  report: (path) => [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=junit',
    `--test-reporter-destination=${path}`,
  ],
  ownReport: /^--test-reporter/,
  namePattern: (pattern) => [`--test-name-pattern=${pattern}`],
  files: (files) => files,
  valueOptions: [
    '--import',
    '--require',
    '-r',
    '--loader',
    '--experimental-loader',
    '--conditions',
    '-C',
    '--env-file',
  ],
};

const vitest: RunnerRules = {
  format: 'vitest',
  reportExtension: 'json',
  report: (path) => ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`],
  ownReport: /^--(?:reporter|outputFile)/,
  namePattern: (pattern) => [`--testNamePattern=${pattern}`],
  files: (files) => files,
  related: (changed) => ['--run', ...changed],
  valueOptions: ['--config', '-c', '--root', '-r', '--project', '--dir', '--environment', '--pool', '--mode'],
  subcommands: ['run', 'watch', 'dev', 'related'],
};

const jest: RunnerRules = {
  format: 'jest',
  reportExtension: 'json',
  report: (path) => ['--json', `--outputFile=${path}`],
  ownReport: /^--(?:json|outputFile)/,
  namePattern: (pattern) => [`--testNamePattern=${pattern}`],
  files: (files) => ['--runTestsByPath', ...files],
  related: (changed) => ['--findRelatedTests', ...changed],
  valueOptions: ['--config', '-c', '--env', '--testEnvironment', '--maxWorkers', '-w', '--rootDir', '--testTimeout'],
};

const mocha: RunnerRules = {
  format: 'mocha',
  reportExtension: 'json',
  report: (path) => ['--reporter=json', `--reporter-option=output=${path}`],
  ownReport: /^--reporter-options?/,
  namePattern: (pattern) => [`--grep=${pattern}`],
  files: (files) => files,
  valueOptions: [
    '--require',
    '-r',
    '--timeout',
    '-t',
    '--reporter',
    '-R',
    '--ui',
    '-u',
    '--config',
    '--slow',
    '-s',
    '--extension',
    '--file',
    '--ignore',
    '--exclude',
    '--retries',
    '--jobs',
    '-j',
    '--import',
    '--loader',
  ],
};

const pytest: RunnerRules = {
  format: 'pytest',
  reportExtension: 'xml',
  report: (path) => [`--junitxml=${path}`, '-o', 'junit_family=xunit1'],
  ownReport: /^--junit-?xml/,
  namePattern: (pattern) => ['-k', pattern],
  files: (files) => files,
  valueOptions: [
    '-k',
    '-m',
    '-o',
    '-c',
    '-p',
    '-n',
    '-W',
    '--rootdir',
    '--maxfail',
    '--tb',
    '--cov-report',
    '--ignore',
  ],
};

const go: RunnerRules = {
  format: 'go',
  report: () => ['-json'],
  ownReport: /^--?json$/,
  namePattern: (pattern) => [`-run=${pattern}`],
  files: (files) => [...new Set(files.map((file) => `./${posix.dirname(file)}`))],
  valueOptions: ['-run', '-timeout', '-tags', '-count', '-p', '-C', '-coverprofile'],
  subcommands: ['test'],
};

const cargo: RunnerRules = {
  format: 'cargo',
  report: () => [],
  ownReport: /^$/,
  namePattern: (pattern) => [pattern],
  valueOptions: ['-p', '--package', '--test', '--features', '--manifest-path', '-j', '--target'],
  subcommands: ['test'],
};

const byName: Readonly<Record<string, RunnerRules>> = { vitest, jest, mocha, _mocha: mocha, pytest, 'py.test': pytest };

/** Commands that run the command they are given, with options of their own before it. */
const wrappers = ['npx', 'nyc', 'c8', 'cross-env', 'env', 'time', 'pnpm', 'yarn', 'bunx', 'poetry', 'uv', 'pipenv'];

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
  if (Object.hasOwn(byName, name)) return use(byName[name] as RunnerRules, index + 1);
  if (name === 'node' || name === 'tsx') {
    if (rest.includes('--test')) return use(node, index + 1);
    const script = rest.findIndex((word) => !word.startsWith('-'));
    const binary = script < 0 ? undefined : runnerAt(words, index + 1 + script);
    return rest[script]?.includes('node_modules/') ? binary : undefined;
  }
  if (/^python[\d.]*$/.test(name) && rest[0] === '-m' && rest[1] === 'pytest') return use(pytest, index + 3);
  if (name === 'go' && rest[0] === 'test') return use(go, index + 1);
  if (name === 'cargo' && rest[0] === 'test') return use(cargo, index + 1);
  return undefined;
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

/** Adds arguments where the runner reads them: node stops reading options at the first file, others take them last. */
export function withArguments(
  use: RunnerUse,
  added: { options: readonly string[]; files: readonly string[] },
): string[] {
  const head = use.words.slice(0, use.start);
  const tail = use.words.slice(use.start);
  if (use.rules.format === 'node') return [...head, ...added.options, ...tail, ...added.files];
  const end = tail.indexOf('--');
  const [own, passed] = end < 0 ? [tail, []] : [tail.slice(0, end), tail.slice(end)];
  return [...head, ...own, ...added.options, ...added.files, ...passed];
}
