import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import { removeTree } from '#workspace/copy-tree.ts';
import { decidesDependencies, type UninstalledProject } from '#workspace/dependencies.ts';
import { excerpt } from '#workspace/git-text.ts';
import type { Git } from '#workspace/git.ts';
import { toIndexRow } from '#workspace/listing.ts';
import type { ObjectStore } from '#workspace/objects.ts';
import type { HostEnvironment } from '#workspace/sandbox-env.ts';
import { runAsOperator } from '#workspace/sandbox-operator.ts';
import { runCommand } from '#workspace/sandbox.ts';
import type { TreeEntry } from '#workspace/trees.ts';

/** Seconds that one installation of the package manager may take. */
const INSTALL_SECONDS = 600;

/** The operator's own way to install dependencies, such as one that knows a private registry. */
export interface InstallCommand {
  readonly argv: readonly string[];
  readonly timeoutSeconds: number;
}

/** How dependencies are installed that no checkout has. */
export interface InstallDeps {
  readonly host: HostEnvironment;
  /** Runs as the operator, with credentials, once per project; the package manager in a sandbox without them when absent. */
  readonly command?: InstallCommand | undefined;
}

/** A folder that holds what was installed; it goes away when it is disposed of. */
export interface Installed extends AsyncDisposable {
  readonly root: string;
  /** Where an installation failed, in words. */
  readonly failures: readonly string[];
}

/** Files beside manifests and lockfiles that package managers read. */
const settings = new Set([
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  'pnpm-workspace.yaml',
  'README.md',
  'uv.toml',
  'LICENSE',
]);

/** What the package managers take from the lockfile alone, without running anything of the packages. */
const commands: Readonly<Record<string, readonly string[]>> = {
  'package-lock.json': ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'],
  'npm-shrinkwrap.json': ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'],
  'pnpm-lock.yaml': ['pnpm', 'install', '--frozen-lockfile', '--ignore-scripts', '--ignore-pnpmfile'],
  'yarn.lock': ['yarn', 'install', '--frozen-lockfile', '--ignore-scripts', '--non-interactive'],
  'bun.lock': ['bun', 'install', '--frozen-lockfile', '--ignore-scripts'],
  'bun.lockb': ['bun', 'install', '--frozen-lockfile', '--ignore-scripts'],
  'uv.lock': ['uv', 'sync', '--frozen', '--no-build', '--no-install-workspace'],
  'composer.lock': ['composer', 'install', '--no-scripts', '--no-plugins', '--no-interaction'],
};

/** Without an answer from a registry a run should not wait for minutes. */
const environment = {
  npm_config_fetch_retries: '1',
  npm_config_fetch_retry_mintimeout: '1000',
  npm_config_fetch_timeout: '60000',
  npm_config_update_notifier: 'false',
};

/** Installs each project's dependencies from its lockfile, in a folder that holds the base commit's manifests and nothing else. */
export async function installDependencies(
  at: { readonly git: Git; readonly store: ObjectStore; readonly scratch: string; readonly label: string },
  projects: readonly UninstalledProject[],
  { entries, deps }: { readonly entries: ReadonlyMap<string, TreeEntry>; readonly deps: InstallDeps },
): Promise<Installed> {
  await mkdir(at.scratch, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(at.scratch, '.install-'));
  const root = join(folder, 'tree');
  await mkdir(root);
  try {
    await writeManifests(at, { root, index: join(folder, 'index') }, entries);
    const failures: string[] = [];
    for (const [n, project] of projects.entries()) {
      const label = `${at.label}-install-${n}`;
      const failure = await installOne(project, { root, label, deps }).catch((error: unknown) => {
        if (!(error instanceof FixgateError)) throw error;
        return error.message;
      });
      if (failure !== undefined) failures.push(`${excerpt(project.lockfile)}: ${failure}`);
    }
    return { root, failures, [Symbol.asyncDispose]: () => removeTree(folder) };
  } catch (error) {
    await removeTree(folder);
    throw error;
  }
}

async function writeManifests(
  { git, store }: { readonly git: Git; readonly store: ObjectStore },
  { root, index }: { readonly root: string; readonly index: string },
  entries: ReadonlyMap<string, TreeEntry>,
): Promise<void> {
  const isWanted = (path: string) => decidesDependencies(path) || settings.has(path.slice(path.lastIndexOf('/') + 1));
  const rows = [...entries].filter(([path, { mode }]) => isWanted(path) && mode.startsWith('100'));
  const call = { gitDir: store.gitDir, workTree: root, folder: root, env: { GIT_INDEX_FILE: index } };
  const input = rows.map(([path, entry]) => toIndexRow(path, entry)).join('');
  await git.bytes({ ...call, args: ['update-index', '-z', '--index-info'], input });
  await git.bytes({ ...call, args: ['checkout-index', '--all', '--force', '--quiet'] });
}

/** Answers why it failed. */
async function installOne(
  { project, lockfile }: UninstalledProject,
  { root, label, deps }: { readonly root: string; readonly label: string; readonly deps: InstallDeps },
): Promise<string | undefined> {
  const cwd = join(root, project);
  if (deps.command) {
    const { argv, timeoutSeconds } = deps.command;
    const ran = await runAsOperator({ argv, cwd, env: deps.host, timeoutMs: timeoutSeconds * 1_000 });
    return ran.ok ? undefined : `the operator's command failed: ${essence(ran.output)}`;
  }
  const name = lockfile.slice(lockfile.lastIndexOf('/') + 1);
  const argv = commands[name];
  if (!argv) return 'no package manager is known that installs it without running code of the packages.';
  if (name === 'yarn.lock' && (await readFile(join(root, lockfile), 'utf8')).includes('\n__metadata:'))
    return 'it belongs to Yarn 2 or newer, which runs code of the repository.';
  const ran = await runCommand({
    argv,
    cwd,
    tree: root,
    host: deps.host,
    env: environment,
    timeoutMs: INSTALL_SECONDS * 1_000,
    signal: new AbortController().signal,
    label,
    sandbox: { network: true },
  });
  if (ran.exitCode === 0) return undefined;
  return ran.timedOut ? `${argv[0]} took too long.` : `${argv.join(' ')} failed: ${essence(ran.output)}`;
}

/** The first lines that speak of an error, else the last ones; untrusted, cut. */
function essence(output: string): string {
  const lines = output.trimEnd().split('\n');
  const errors = lines.filter((line) => /\berr(?:or|!)/i.test(line)).slice(0, 3);
  return JSON.stringify((errors.length > 0 ? errors : lines.slice(-3)).join(' ').slice(0, 400));
}
