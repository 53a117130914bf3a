import { posix } from 'node:path';

import type { SandboxPlan, TestFormat } from '#domain/remediation.ts';
import { DEFAULT_SUITE_TIMEOUT_SECONDS, type SuiteDeclaration } from '#domain/suite.ts';
import type { InstallCommand } from '#workspace/install-dependencies.ts';

import { testScript } from './check-scripts.ts';
import { detectConvention, detectLanguage, nextestReport, projectFolders, type Found } from './detect-languages.ts';
import { findRunner, type RunnerUse } from './runners.ts';
import { toLastCommand, toPlainCommand } from './script.ts';
import { readPackage, scriptOf, type PackageJson, type SourceTree } from './tree.ts';

/** A suite with everything settled but the selection. */
export interface Suite {
  readonly name: string;
  readonly declared: boolean;
  readonly required: boolean;
  readonly argv: readonly string[];
  readonly affectedArgv?: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly format: TestFormat;
  /** Where the operator's own command writes its JUnit report. */
  readonly ownReport?: string;
  readonly sandbox: Omit<SandboxPlan, 'isolation'>;
  /** The operator's own way to install what it needs. */
  readonly install?: InstallCommand;
  /** The runner that `argv` starts, if it is a known one. */
  readonly runner?: SuiteRunner;
}

/** How arguments reach the runner: `direct` in its argv, else after the words of a package manager's `run`. */
export type SuiteRunner =
  | { readonly via: 'direct'; readonly use: RunnerUse }
  | { readonly via: 'script'; readonly use: RunnerUse; readonly prefix: readonly string[] };

/** Name of the suite that is found when the operator declares none. */
export const DETECTED_SUITE = 'test';

/** More projects than these are a matter for the operator, who knows which of them count. */
const MAX_PROJECTS = 12;

/** Finds how a repository tests itself: at its root, else in each of its projects; empty when nothing says so. */
export async function detectSuites(tree: SourceTree): Promise<readonly Suite[]> {
  const settle = (found: Found) => settleSuite({ name: DETECTED_SUITE, declared: false, cwd: '.', ...found }, tree);
  const root = await detectIn(tree);
  if (root) return [await settle(root)];
  const suites: Suite[] = [];
  for (const project of projectFolders(tree)) {
    const found = (await detectIn(project.tree)) ?? (await detectConvention(project.tree));
    const name = `${DETECTED_SUITE}-${project.folder.replace(/[^A-Za-z0-9_-]+/g, '-').toLowerCase()}`;
    if (found) suites.push(await settleSuite({ name, declared: false, cwd: project.folder, ...found }, tree));
  }
  const unique = suites.filter(({ name }, index) => suites.findIndex((each) => each.name === name) === index);
  if (suites.length > MAX_PROJECTS || unique.length < suites.length) return [];
  const convention = suites.length > 0 ? undefined : await detectConvention(tree);
  return convention ? [await settle(convention)] : suites;
}

async function detectIn(tree: SourceTree): Promise<Found | undefined> {
  const manifest = await readPackage(tree, '.');
  return (manifest && (await detectNode(manifest, tree))) ?? (await detectLanguage(tree));
}

/** Settles a declared suite: recognises its runner and how its outcome is read. */
export function declaredSuite(name: string, declaration: SuiteDeclaration, tree: SourceTree): Promise<Suite> {
  const { argv, env, cwd } = declaration;
  return settleSuite({ name, declared: true, declaration, argv, env, cwd }, tree);
}

interface Unsettled extends Found {
  readonly name: string;
  readonly declared: boolean;
  readonly cwd: string;
  readonly declaration?: SuiteDeclaration;
}

async function settleSuite(raw: Unsettled, tree: SourceTree): Promise<Suite> {
  const { declaration, cwd } = raw;
  const plainArgv = raw.argv.filter((word) => !/\{(?:files|changed)\}/.test(word));
  const manifest = await readPackage(tree, cwd);
  const runner = findSuiteRunner(plainArgv, manifest);
  const counted = (!raw.declared || usesPackageManager(raw.argv)) && !endsInProgram(plainArgv, manifest);
  const known = runner?.use.rules.format ?? (counted ? 'text' : 'exit_code');
  const report = declaration?.report ?? (declaration?.format ? undefined : await reportOf(runner, tree, cwd));
  return {
    name: raw.name,
    declared: raw.declared,
    required: declaration?.required ?? true,
    argv: raw.argv,
    ...(declaration?.affected_argv && { affectedArgv: declaration.affected_argv }),
    cwd,
    env: raw.env,
    timeoutSeconds: declaration?.timeout_s ?? DEFAULT_SUITE_TIMEOUT_SECONDS,
    format: declaration?.format ?? (report === undefined ? known : 'junit'),
    ...(report !== undefined && { ownReport: report }),
    sandbox: toSandbox(declaration),
    ...(runner && { runner }),
  };
}

/** nextest writes a JUnit report where its configuration says so, and only then. */
async function reportOf(runner: SuiteRunner | undefined, tree: SourceTree, cwd: string): Promise<string | undefined> {
  if (runner?.use.rules.name !== 'nextest') return undefined;
  const { words } = runner.use;
  const option = words.findIndex((word) => /^(?:-P|--profile)(?:=|$)/.test(word));
  const profile = words[option]?.split('=')[1] ?? words[option + 1];
  const text = (await tree.read(posix.join(cwd, '.config/nextest.toml'))) ?? '';
  return nextestReport(text, option < 0 ? 'default' : profile)?.path;
}

function toSandbox(declaration: SuiteDeclaration | undefined): Suite['sandbox'] {
  const limits = declaration?.limits ?? {};
  const { processes, open_files: openFiles, file_mib: fileMib, memory_mib: memoryMib, disk_mib: diskMib } = limits;
  return {
    network: declaration?.network ?? false,
    services: Object.entries(declaration?.services ?? {}).map(([name, { argv, ready, timeout_s: timeoutSeconds }]) => ({
      name,
      argv,
      ready,
      timeoutSeconds,
    })),
    limits: { processes, openFiles, fileMib, memoryMib, diskMib },
  };
}

function findSuiteRunner(argv: readonly string[], manifest: PackageJson | undefined): SuiteRunner | undefined {
  const direct = findRunner(argv);
  if (direct) return { via: 'direct', use: direct };
  const call = scriptCall(argv);
  const script = call && scriptOf(manifest, call.script);
  const last = script === undefined ? undefined : toLastCommand(script);
  const use = last && findRunner(last.words);
  return use && call && { via: 'script', use, prefix: [...argv, ...call.separator] };
}

/** A script whose last command is `node FILE` is a program of assertions: it prints what it likes, and its exit code is its word. */
function endsInProgram(argv: readonly string[], manifest: PackageJson | undefined): boolean {
  const call = scriptCall(argv);
  const script = call && scriptOf(manifest, call.script);
  const [program, file] = (script === undefined ? undefined : toLastCommand(script))?.words ?? [];
  return program === 'node' && /^(?!.*node_modules\/)[^-].*$/.test(file ?? '');
}

/** Whether a package manager, and so a shell, stands between the argv and the tests. */
export function usesPackageManager(argv: readonly string[]): boolean {
  return ['npm', 'pnpm', 'yarn'].includes(argv[0] ?? '');
}

/** Recognises `npm test`, `npm run X`, `yarn X` and their kin, when nothing else follows. */
function scriptCall(argv: readonly string[]): { script: string; separator: readonly string[] } | undefined {
  const [manager = '', verb = '', name, ...more] = argv;
  if (!usesPackageManager(argv)) return undefined;
  const separator = manager === 'npm' ? ['--'] : [];
  if (['run', 'run-script'].includes(verb)) return name && more.length === 0 ? { script: name, separator } : undefined;
  if (name !== undefined) return undefined;
  return ['test', 't', 'tst'].includes(verb) ? { script: 'test', separator } : undefined;
}

/** `npm init` writes this script into every new package. */
const placeholder = /no test specified/;

async function detectNode(manifest: PackageJson, tree: SourceTree): Promise<Found | undefined> {
  const script = scriptOf(manifest, 'test');
  if (script !== undefined && script.trim() !== '' && !placeholder.test(script)) {
    const { name, hooks } = testScript(manifest);
    const plain = hooks.length > 0 ? undefined : toPlainCommand(scriptOf(manifest, name) ?? '');
    // Everything else needs npm: hooks, shells and programs of which only their output is known.
    if (!plain || !findRunner(plain.words)) return { argv: hooks.length > 0 ? ['npm', 'test'] : npmRun(name), env: {} };
    return { argv: plain.words, env: plain.env };
  }
  const installed = { ...manifest.dependencies, ...manifest.devDependencies };
  const runner = ['vitest', 'jest', 'mocha', 'ava', 'tap'].find((name) => Object.hasOwn(installed, name));
  if (runner) return { argv: [runner], env: {} };
  if (await mentions(tree, nodeTestFile, /['"]node:test['"]/)) return { argv: ['node', '--test'], env: {} };
  return (await mentions(tree, bunTestFile, /['"]bun:test['"]/)) ? { argv: ['bun', 'test'], env: {} } : undefined;
}

function npmRun(name: string): readonly string[] {
  return name === 'test' ? ['npm', 'test'] : ['npm', 'run', name];
}

async function mentions(tree: SourceTree, name: RegExp, text: RegExp): Promise<boolean> {
  const files = [...tree.paths].filter((path) => name.test(path) && !path.includes('node_modules/'));
  for (const path of files.slice(0, 5)) if (text.test((await tree.read(path)) ?? '')) return true;
  return false;
}

/** https://bun.com/docs/cli/test */
const bunTestFile = /(?:[._]test|[._]spec)\.[cm]?[jt]sx?$/;

/** The files that `node --test` runs by itself: https://nodejs.org/api/test.html#running-tests-from-the-command-line */
export const nodeTestFile = /(?:(?:^|\/)test\/.+|(?:^|\/)test|(?:^|\/)test-[^/]+|[._-]test)\.[cm]?[jt]s$/;
