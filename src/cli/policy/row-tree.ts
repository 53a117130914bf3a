import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { buildRowRepository, rowFile } from '#cli/policy/row-repository.ts';
import { pytest, standIn, tools } from '#cli/policy/row-tools.ts';
import type { CommandRow } from '#policy/corpus.ts';
import type { Git } from '#workspace/git.ts';

/** Git's own files under another name: a sandbox hides `.git`. */
const GIT_FOLDER = 'repository.git';
/** Where stand-ins of blocked programs write how they were called. */
const CALLS = 'calls.log';

/** A tree in which the command of a row finds what it needs. */
export interface RowTree {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Searched first for programs. */
  readonly binFolder: string;
  /** Calls that reached a stand-in, so that nothing stopped them. */
  calls(): readonly (readonly string[])[];
}

/**
 * Builds the tree of a row that is executed: a repository with everything staged, a lockfile, small stand-ins for test runners,
 * which load what the real ones load, and for `programs`, those blocked ones that this machine does not have.
 */
export async function buildRowTree(
  row: CommandRow,
  folder: string,
  { git, programs }: { readonly git: Git; readonly programs: readonly string[] },
): Promise<RowTree> {
  await buildRowRepository(git, folder);
  renameSync(path.join(folder, '.git'), path.join(folder, GIT_FOLDER));
  for (const [name, content] of Object.entries(row.setup?.files ?? {}))
    write(rowFile(folder, name.replace(/^\.git(?=\/|$)/, GIT_FOLDER)), content);
  addLockfile(folder);
  for (const [name, text] of Object.entries(tools)) writeNew(path.join(folder, 'node_modules/.bin', name), text);
  for (const name of ['pytest', 'py.test']) writeNew(path.join(folder, 'bin', name), pytest);
  const log = path.join(folder, CALLS);
  for (const name of programs) writeNew(path.join(folder, 'bin', name), standIn(name, log));
  write(path.join(folder, GIT_FOLDER, 'info/exclude'), [GIT_FOLDER, 'node_modules', CALLS, ''].join('\n'));
  const gitDir = path.join(folder, GIT_FOLDER);
  await git.bytes({ folder, env: { GIT_DIR: gitDir, GIT_WORK_TREE: folder }, args: ['add', '--all'] });
  return {
    folder,
    env: { ...environment, GIT_DIR: gitDir, GIT_WORK_TREE: folder },
    binFolder: path.join(folder, 'bin'),
    calls: () => (existsSync(log) ? toCalls(readFileSync(log, 'utf8')) : []),
  };
}

const environment = {
  GIT_AUTHOR_NAME: 'row',
  GIT_AUTHOR_EMAIL: 'row@localhost',
  GIT_COMMITTER_NAME: 'row',
  GIT_COMMITTER_EMAIL: 'row@localhost',
  // There is no network, and nobody has to wait for it.
  npm_config_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};

/** Installing from a lockfile needs one; a manifest without packages has an empty one. */
function addLockfile(folder: string): void {
  const manifest = path.join(folder, 'package.json');
  if (!existsSync(manifest)) return;
  const text = readFileSync(manifest, 'utf8');
  const packages = { '': parse(text) };
  writeNew(path.join(folder, 'package-lock.json'), JSON.stringify({ name: 'row', lockfileVersion: 3, packages }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A manifest that nobody can read is refused by the package manager itself.
    return {};
  }
}

/** Files with an interpreter line are programs and hooks. */
function write(file: string, content: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (content.startsWith('#!')) chmodSync(file, 0o755);
}

/** What the row brings itself stays. */
function writeNew(file: string, content: string): void {
  if (!existsSync(file)) write(file, content);
}

function toCalls(text: string): readonly (readonly string[])[] {
  return text
    .split('\x1e')
    .slice(0, -1)
    .map((call) => call.split('\x1f').slice(0, -1));
}
