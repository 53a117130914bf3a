import { posix } from 'node:path';

import type { RunnerRules } from './runner-rules.ts';

/** `python -m pytest`. */
export const pytest: RunnerRules = {
  name: 'pytest',
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
  name: 'go',
  format: 'go',
  report: () => ['-json'],
  ownReport: /^--?json$/,
  namePattern: (pattern) => [`-run=${pattern}`],
  files: (files) => [...new Set(files.map((file) => `./${posix.dirname(file)}`))],
  valueOptions: ['-run', '-timeout', '-tags', '-count', '-p', '-C', '-coverprofile'],
  subcommands: ['test'],
};

const cargo: RunnerRules = {
  name: 'cargo',
  format: 'cargo',
  report: () => [],
  ownReport: /^$/,
  // Otherwise the test binaries behind the first one that fails are not run, on the base commit as here.
  goOn: { option: '--no-fail-fast', unless: /^--no-fail-fast$/ },
  namePattern: (pattern) => [pattern],
  valueOptions: ['-p', '--package', '--test', '--features', '--manifest-path', '-j', '--target'],
  subcommands: ['test'],
};

const nextest: RunnerRules = {
  ...cargo,
  name: 'nextest',
  format: 'text',
  // Otherwise no test at all is run behind the first one that fails. Both words are refused beside each other, and given twice.
  goOn: { option: '--no-fail-fast', unless: /^--(?:no-fail-fast|nff|max-fail)(?:=|$)/ },
  valueOptions: [...cargo.valueOptions, '-E', '--filterset', '--profile', '-P', '--test-threads'],
  subcommands: ['run'],
};

const never = /^$/;

const rspec: RunnerRules = {
  name: 'rspec',
  format: 'rspec',
  reportExtension: 'json',
  report: (path) => ['--format', 'progress', '--format', 'json', '--out', path],
  ownReport: /^(?:--out|-o)/,
  namePattern: (pattern) => [`--example-matches=${pattern}`],
  files: (files) => files,
  valueOptions: [
    '-f',
    '--format',
    '-e',
    '--example',
    '-t',
    '--tag',
    '-r',
    '--require',
    '-I',
    '-P',
    '--pattern',
    '--seed',
    '--order',
    '-O',
    '--options',
    '--default-path',
  ],
};

const phpunit: RunnerRules = {
  name: 'phpunit',
  format: 'junit',
  reportExtension: 'xml',
  report: (path) => ['--log-junit', path],
  ownReport: /^--log-junit/,
  namePattern: (pattern) => [`--filter=${pattern}`],
  // It takes a single path; a class is named like its file.
  files: (files) => (files.length === 1 ? files : [`--filter=/(?:^|\\\\)(?:${files.map(classOf).join('|')})::/`]),
  valueOptions: [
    '-c',
    '--configuration',
    '--filter',
    '--testsuite',
    '--group',
    '--exclude-group',
    '--bootstrap',
    '-d',
    '--order-by',
  ],
};

const maven: RunnerRules = {
  name: 'maven',
  format: 'junit',
  ownReports: '**/target/{surefire,failsafe}-reports/TEST-*.xml',
  report: () => [],
  ownReport: never,
  files: (files) => [`-Dtest=${files.map(classOf).join(',')}`, ...noTestsAllowed],
  valueOptions: [],
  goals: true,
};

/** A module of the build without any of the named tests is no failure: the first is for Surefire 3, the second for older ones. */
const noTestsAllowed = ['-Dsurefire.failIfNoSpecifiedTests=false', '-DfailIfNoTests=false'];

const gradle: RunnerRules = {
  name: 'gradle',
  format: 'junit',
  ownReports: '**/build/test-results/*/TEST-*.xml',
  report: () => [],
  ownReport: never,
  valueOptions: [],
  goals: true,
};

const dotnet: RunnerRules = {
  name: 'dotnet',
  format: 'trx',
  // Below the folder of each test project, under a name of its own.
  ownReports: '**/TestResults/*.trx',
  report: () => ['--logger', 'trx'],
  ownReport: /^(?:--logger[=:]|-l:)?trx\b/,
  namePattern: (pattern) => ['--filter', `FullyQualifiedName~${pattern.replace(/[\\()&|=!~]/g, '\\$&')}`],
  valueOptions: [],
  goals: true,
};

/** The class that a file of Java, Kotlin or PHP is named after. */
function classOf(file: string): string {
  return posix
    .basename(file)
    .replace(/\.\w+$/, '')
    .replace(/[^\w$]/g, '');
}

/** Runners by the name of their program. */
export const otherPrograms: Readonly<Record<string, RunnerRules>> = {
  pytest,
  'py.test': pytest,
  rspec,
  phpunit,
  'phpunit.phar': phpunit,
  mvn: maven,
  mvnw: maven,
  gradle,
  gradlew: gradle,
};

/** Runners by a program and its first word. */
export const otherSubcommands: Readonly<Record<string, RunnerRules>> = {
  'go test': go,
  'cargo test': cargo,
  'cargo nextest': nextest,
  'dotnet test': dotnet,
};
