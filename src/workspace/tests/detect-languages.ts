import { posix } from 'node:path';

import { toPlainCommand } from './script.ts';
import { below, type SourceTree } from './tree.ts';

/** A command that tests a folder. */
export interface Found {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

type Detector = (tree: SourceTree) => Promise<readonly string[] | undefined>;

/** Finds how a folder without a package.json tests itself, by the files of its language. */
export function detectLanguage(tree: SourceTree): Promise<Found | undefined> {
  return firstOf(languages, tree);
}

/** Finds how a folder tests itself by conventions alone. */
export function detectConvention(tree: SourceTree): Promise<Found | undefined> {
  return firstOf([bareTests, makefile], tree);
}

async function firstOf(detectors: readonly Detector[], tree: SourceTree): Promise<Found | undefined> {
  for (const detect of detectors) {
    const argv = await detect(tree);
    if (argv) return { argv, env: {} };
  }
  return undefined;
}

const languages: readonly Detector[] = [configuredPytest, go, cargo, maven, gradle, rspec, phpunit, deno, dotnet];

const pythonTest = /(?:^|\/)(?:test_[^/]+|[^/]+_test|conftest)\.py$/;

async function configuredPytest(tree: SourceTree): Promise<readonly string[] | undefined> {
  const has = (path: string) => tree.paths.has(path);
  if (has('pytest.ini') || has('conftest.py')) return ['pytest'];
  const project = ['pyproject.toml', 'setup.py', 'setup.cfg', 'tox.ini'].some(has);
  return project && [...tree.paths].some((path) => pythonTest.test(path)) ? ['pytest'] : undefined;
}

async function bareTests(tree: SourceTree): Promise<readonly string[] | undefined> {
  return [...tree.paths].some((path) => pythonTest.test(path)) ? ['pytest'] : undefined;
}

async function go(tree: SourceTree): Promise<readonly string[] | undefined> {
  return tree.paths.has('go.mod') ? ['go', 'test', './...'] : undefined;
}

async function cargo(tree: SourceTree): Promise<readonly string[] | undefined> {
  const manifest = await tree.read('Cargo.toml');
  if (manifest === undefined) return undefined;
  const all = /^\[workspace\]/m.test(manifest) ? ['--workspace'] : [];
  const nextest = await tree.read('.config/nextest.toml');
  if (nextest === undefined) return ['cargo', 'test', ...all];
  const profile = nextestReport(nextest)?.profile;
  const chosen = profile === undefined || profile === 'default' ? [] : ['--profile', profile];
  return ['cargo', 'nextest', 'run', ...chosen, ...all];
}

/**
 * The first profile of nextest's configuration that writes a JUnit report, or the one that is asked for, and where. Every profile writes
 * the one of `default` where it names none itself.
 */
export function nextestReport(
  text: string,
  wanted?: string,
): { readonly profile: string; readonly path: string } | undefined {
  const found = [...`${text}\n`.matchAll(junitSection)];
  const match =
    found.find((each) => wanted === undefined || each[1] === wanted) ?? found.find((each) => each[1] === 'default');
  const profile = wanted ?? match?.[1] ?? '';
  const store = storeFolder.exec(text)?.[1] ?? 'target/nextest';
  return match && { profile, path: `${store}/${profile}/${match[2]}` };
}

const storeFolder = /^\[store\][^\n]*\n(?:(?!\[)[^\n]*\n)*?dir\s*=\s*"([\w./-]+)"/m;
const junitSection = /^\[profile\.([\w-]+)\.junit\][^\n]*\n(?:(?!\[)[^\n]*\n)*?path\s*=\s*"([\w./-]+)"/gm;

/** Offline, because the sandbox has no network: what is missing is said at once. Every module runs, whatever fails before it. */
async function maven(tree: SourceTree): Promise<readonly string[] | undefined> {
  return tree.paths.has('pom.xml') ? ['mvn', '-B', '-o', '-fae', 'test'] : undefined;
}

async function gradle(tree: SourceTree): Promise<readonly string[] | undefined> {
  const names = ['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts'];
  if (!names.some((name) => tree.paths.has(name))) return undefined;
  const program = tree.paths.has('gradlew') ? './gradlew' : 'gradle';
  return [program, '--offline', '--console=plain', '--continue', 'test'];
}

async function rspec(tree: SourceTree): Promise<readonly string[] | undefined> {
  const specs = [...tree.paths].some((path) => /^spec\/.+_spec\.rb$/.test(path));
  if (!specs && !tree.paths.has('.rspec')) return undefined;
  const bundled = /^\s+rspec(?:-core)? \(/m.test((await tree.read('Gemfile.lock')) ?? '');
  return bundled ? ['bundle', 'exec', 'rspec'] : ['rspec'];
}

async function phpunit(tree: SourceTree): Promise<readonly string[] | undefined> {
  if (!tree.paths.has('phpunit.xml') && !tree.paths.has('phpunit.xml.dist')) return undefined;
  const own = /"phpunit\/phpunit"/.test((await tree.read('composer.json')) ?? '');
  return [own ? 'vendor/bin/phpunit' : 'phpunit'];
}

async function deno(tree: SourceTree): Promise<readonly string[] | undefined> {
  const path = ['deno.json', 'deno.jsonc'].find((name) => tree.paths.has(name));
  if (path === undefined) return undefined;
  // The file may hold comments: the one line is looked for as text.
  const task = /"test"\s*:\s*"(deno test(?:[^"\\]*))"/.exec((await tree.read(path)) ?? '')?.[1];
  const plain = task === undefined ? undefined : toPlainCommand(task);
  return plain && Object.keys(plain.env).length === 0 ? plain.words : ['deno', 'test'];
}

async function dotnet(tree: SourceTree): Promise<readonly string[] | undefined> {
  const project = [...tree.paths].some(
    (path) => posix.dirname(path) === '.' && /\.(?:sln|slnx|csproj|fsproj)$/.test(path),
  );
  return project ? ['dotnet', 'test', '--nologo'] : undefined;
}

/** The last resort: a target that is called for testing. */
async function makefile(tree: SourceTree): Promise<readonly string[] | undefined> {
  const name = ['GNUmakefile', 'makefile', 'Makefile'].find((each) => tree.paths.has(each));
  const text = name === undefined ? '' : ((await tree.read(name)) ?? '');
  const target = ['test', 'check'].find((each) => new RegExp(`^${each}\\s*:(?!=)`, 'm').test(text));
  return target === undefined ? undefined : ['make', target];
}

/** Files by which a folder is a project of its own. */
const manifests = new Set([
  'package.json',
  'pyproject.toml',
  'setup.py',
  'go.mod',
  'Cargo.toml',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'Gemfile',
  'composer.json',
]);

/** Folders whose projects are no part of the product. */
const aside =
  /(?:^|\/)(?:\.[^/]+|node_modules|vendor|third_party|testdata|fixtures?|__fixtures__|tests?|examples?|samples|docs?|templates?|bench(?:marks?)?|target|build|dist)(?:\/|$)/;

/** How deep projects are looked for below the root. */
const MAX_DEPTH = 3;

/** The folders of a repository that are projects of their own, each as a tree of its own; nothing inside another one. */
export function projectFolders(tree: SourceTree): readonly { readonly folder: string; readonly tree: SourceTree }[] {
  const folders = new Set(
    [...tree.paths]
      .filter((path) => manifests.has(posix.basename(path)) && path.includes('/') && !aside.test(path))
      .map((path) => posix.dirname(path))
      .filter((folder) => folder.split('/').length <= MAX_DEPTH),
  );
  const outer = [...folders].filter((folder) => ![...folders].some((each) => folder.startsWith(`${each}/`)));
  return outer.toSorted().map((folder) => ({ folder, tree: below(tree, folder) }));
}
