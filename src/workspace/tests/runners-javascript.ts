import { mochaReporter } from './mocha-reporter.ts';
import { nodeReporter } from './node-reporter.ts';
import type { RunnerRules } from './runner-rules.ts';

/** `node --test`. */
export const node: RunnerRules = {
  name: 'node',
  format: 'node',
  reportExtension: 'xml',
  report: (path) => [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${nodeReporter}`,
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
  name: 'vitest',
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
  name: 'jest',
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
  name: 'mocha',
  format: 'mocha',
  reportExtension: 'json',
  // Releases before 6 know the plural alone.
  report: (path) => [mochaReporter, `--reporter-options=output=${path}`],
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

const never = /^$/;

const ava: RunnerRules = {
  name: 'ava',
  format: 'tap',
  report: () => ['--tap'],
  ownReport: /^(?:--tap|-t)$/,
  files: (files) => files,
  valueOptions: ['--config', '--match', '-m', '--concurrency', '-c', '--node-arguments', '--timeout', '-T'],
};

const tap: RunnerRules = {
  name: 'tap',
  format: 'tap',
  report: () => ['--reporter=tap'],
  ownReport: /^(?:-R|--reporter)/,
  files: (files) => files,
  valueOptions: ['--jobs', '-j', '--timeout', '-t', '--grep', '-g', '--node-arg', '--test-arg', '--plugin'],
  subcommands: ['run'],
};

/** It prints TAP by itself. */
const tape: RunnerRules = {
  name: 'tape',
  format: 'tap',
  report: () => [],
  ownReport: never,
  files: (files) => files,
  valueOptions: ['--require', '-r', '--import', '--ignore', '-i', '--ignore-pattern'],
};

const bun: RunnerRules = {
  name: 'bun',
  format: 'bun',
  reportExtension: 'xml',
  report: (path) => ['--reporter=junit', `--reporter-outfile=${path}`],
  ownReport: /^--reporter/,
  namePattern: (pattern) => [`--test-name-pattern=${pattern}`],
  // Without the dot bun takes a path for a part of one.
  files: (files) => files.map((file) => (file.startsWith('./') ? file : `./${file}`)),
  valueOptions: ['--preload', '-r', '--timeout', '-t', '--test-name-pattern', '--rerun-each'],
  subcommands: ['test'],
};

const deno: RunnerRules = {
  name: 'deno',
  format: 'junit',
  reportExtension: 'xml',
  report: (path) => [`--junit-path=${path}`],
  ownReport: /^--(?:junit-path|reporter)/,
  namePattern: (pattern) => [`--filter=/${pattern}/`],
  files: (files) => files,
  valueOptions: ['--config', '-c', '--filter', '--import-map', '--ignore'],
  subcommands: ['test'],
};

/** Runners by the name of their program. */
export const javascriptPrograms: Readonly<Record<string, RunnerRules>> = {
  vitest,
  jest,
  mocha,
  _mocha: mocha,
  ava,
  tap,
  tape,
};

/** Runners by a program and its first word. */
export const javascriptSubcommands: Readonly<Record<string, RunnerRules>> = { 'bun test': bun, 'deno test': deno };
