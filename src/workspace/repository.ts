import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { RepositoryRef } from '#domain/incident.ts';
import type { Base } from '#workspace/base-commit.ts';
import { baseInClone, baseInFolder } from '#workspace/base-commit.ts';
import { excerpt, withoutCredentials } from '#workspace/git-text.ts';
import type { Environment, Git } from '#workspace/git.ts';
import { createGit } from '#workspace/git.ts';
import { clearLeftovers } from '#workspace/leftovers.ts';
import { withLock } from '#workspace/lock.ts';
import type { TreeComparer } from '#workspace/net-diff.ts';
import { createTreeComparer } from '#workspace/net-diff.ts';
import type { ObjectFormat, ObjectReader, ObjectStore } from '#workspace/objects.ts';
import { createObjectReader } from '#workspace/objects.ts';
import { remoteFailure } from '#workspace/remote-failure.ts';
import type { PushTarget } from '#workspace/repository-line.ts';
import { identityOf, pushTargetOf } from '#workspace/repository-line.ts';
import { sealClone } from '#workspace/seal-clone.ts';
import type { FolderSource, Source } from '#workspace/source-repository.ts';
import { openRepository, openSource, remoteOf } from '#workspace/source-repository.ts';

/** Milliseconds that copying a whole repository may take. */
const FETCH_TIMEOUT_MS = 900_000;

/** The server-owned copy of a repository: bare, without hooks, without anything of the original's configuration. */
export interface Clone extends ObjectStore {
  /** The one way its objects are read, and the one way its trees are compared; each is a git process that stays. */
  readonly objects: ObjectReader;
  readonly trees: TreeComparer;
  /** Path or URL of the original. */
  readonly location: string;
  /** Short digest of the location; names folders of the server. */
  readonly id: string;
}

/** The repositories that incidents happen in. Nothing is ever written into the originals. Disposing ends what still runs. */
export interface Repositories extends AsyncDisposable {
  readonly git: Git;
  /** Settles location, base branch and base commit; makes or refreshes the clone. */
  resolve(request: { readonly location: string; readonly base?: string }): Promise<RepositoryRef>;
  /** True where the clone of a location is there already. */
  has(location: string): boolean;
  /** The clone of a location, made at first need. */
  open(location: string): Promise<Clone>;
  /** Fetches branches and tags again. */
  sync(location: string): Promise<void>;
  /** Brings a commit that the clone does not have, from the original or its remote; throws `not_found` when neither has it. */
  bring(location: string, commit: string): Promise<void>;
  /** The repository around a folder; throws `not_found` when there is none. */
  locate(folder: string): Promise<FolderSource>;
  /** Where branches are pushed to: the remote of a checkout, else the location when it is bare or a URL; never a checkout. */
  pushTarget(location: string): Promise<PushTarget>;
}

/** `environment` is the operator's: fetches and pushes use their git configuration and credentials. */
export interface RepositoriesDeps {
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly environment: Environment;
}

/** Makes the one registry of clones of a state folder; several processes may share the folder. */
export function createRepositories({ stateFolder, environment, clock }: RepositoriesDeps): Repositories {
  const git = createGit({ environment });
  const root = join(stateFolder, 'repos');
  const opened = new Map<string, Promise<OpenClone>>();

  const locked = async (location: string, work: () => Promise<void>) => {
    const file = join(root, `${toCloneId(location)}.lock`);
    await withLock({ file, what: `The clone of ${excerpt(location)}`, waitMs: FETCH_TIMEOUT_MS }, work);
  };

  const makeOnce = async (location: string): Promise<OpenClone> => {
    const id = toCloneId(location);
    const gitDir = join(root, `${id}.git`);
    if (!exists(gitDir)) {
      const source = await openSource(git, location);
      await locked(location, async () => {
        if (!exists(gitDir)) await makeClone(git, source, gitDir);
      });
    }
    await sealClone(gitDir);
    await clearLeftovers(gitDir, clock.now());
    const format = await git.text({ gitDir, args: ['rev-parse', '--show-object-format'] });
    const store: ObjectStore = { gitDir, objectFormat: format === 'sha256' ? 'sha256' : 'sha1' };
    const objects = createObjectReader(git, store);
    const clone = { ...store, location, id, objects, trees: createTreeComparer({ git, clock }, store, objects) };
    return { clone, folder: folderId(gitDir) };
  };

  const open = async (location: string): Promise<Clone> => {
    const pending = opened.get(location) ?? makeOnce(location);
    opened.set(location, pending);
    const forget = () => opened.get(location) === pending && opened.delete(location);
    try {
      const { clone, folder } = await pending;
      if (folderId(clone.gitDir) === folder) {
        await sealClone(clone.gitDir);
        return clone;
      }
    } catch (error) {
      forget();
      throw error;
    }
    // Deleted, and perhaps made again by another process: what was read from the old folder says nothing of the new one.
    forget();
    return await open(location);
  };

  const sync = async (location: string) => {
    const source = await openSource(git, location);
    const { gitDir } = await open(location);
    await locked(location, () => fetchAll(git, source, gitDir));
  };

  const bring = async (location: string, commit: string) => {
    const source = await openSource(git, location);
    const clone = await open(location);
    const remote = source.kind === 'folder' ? await remoteOf(git, source, 'fetch') : undefined;
    const addresses = [source.location, ...(remote ? [remote.url] : [])];
    await locked(location, async () => {
      for (const fetchFrom of addresses) {
        const fetched = await fetchCommit(git, clone, { commit, fetchFrom }).then(() => true, ifRefused);
        if (fetched) return;
      }
      throw goneCommit(commit, addresses);
    });
  };

  const resolve = async (request: { readonly location: string; readonly base?: string }): Promise<RepositoryRef> => {
    assertNoPassword(request.location);
    const source = await openSource(git, request.location);
    const clone = await open(source.location);
    await locked(source.location, () => fetchAll(git, source, clone.gitDir));
    const base =
      source.kind === 'folder'
        ? await baseInFolder(git, source, request.base)
        : await baseInClone(git, { store: clone, source, ref: request.base });
    await locked(source.location, () => fetchCommit(git, clone, base));
    const identity = await identityOf(git, source);
    return { location: source.location, identity, baseBranch: base.branch, baseCommit: base.commit };
  };

  return {
    git,
    resolve,
    has: (location) => exists(join(root, `${toCloneId(location)}.git`)),
    open,
    sync,
    bring,
    locate: (folder) => openRepository(git, folder),
    pushTarget: async (location) => await pushTargetOf(git, await openSource(git, location)),
    async [Symbol.asyncDispose]() {
      const clones = await Promise.allSettled(opened.values());
      opened.clear();
      for (const each of clones) {
        if (each.status !== 'fulfilled') continue;
        const { objects, trees } = each.value.clone;
        await Promise.all([objects[Symbol.asyncDispose](), trees[Symbol.asyncDispose]()]);
      }
    },
  };
}

interface OpenClone {
  readonly clone: Clone;
  /** Which folder it was read from. */
  readonly folder: string | undefined;
}

/** Names the clone of a location; stable across processes. */
export function toCloneId(location: string): string {
  return createHash('sha256').update(location).digest('hex').slice(0, 16);
}

/** Builds the clone beside its place and moves it there, so that a half-made one is never taken for a whole one. */
async function makeClone(git: Git, source: Source, gitDir: string): Promise<void> {
  // The caller holds the lock of this clone, so that whatever stands here was left by a killed process.
  const temporary = `${gitDir}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  const format = source.kind === 'folder' ? source.objectFormat : await formatOf(git, source.location);
  await mkdir(temporary, { recursive: true });
  try {
    const args = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '--initial-branch=main'];
    await git.bytes({ args: [...args, '--', temporary] });
    await fetchAll(git, source, temporary);
    // One file instead of one per ref: a repository may have ten thousands of them.
    await git.bytes({ gitDir: temporary, args: ['pack-refs', '--all'] });
    await rename(temporary, gitDir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function fetchAll(git: Git, source: Source, gitDir: string): Promise<void> {
  const branches = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  const tracked = source.kind === 'folder' ? ['+refs/remotes/*:refs/upstream/*'] : [];
  await fetchInto(git, gitDir, [source.location, ...branches, ...tracked], ['--prune']);
}

/** Brings a base commit that no branch or tag of the source leads to, or that only its remote has. */
async function fetchCommit(
  git: Git,
  clone: Clone,
  { commit, fetchFrom }: Pick<Base, 'commit' | 'fetchFrom'>,
): Promise<void> {
  const has = await git.run({ gitDir: clone.gitDir, args: ['cat-file', '-e', `${commit}^{commit}`] });
  const from = fetchFrom ?? clone.location;
  if (has.exitCode !== 0) await fetchInto(git, clone.gitDir, [from, `+${commit}:refs/fixgate-bases/${commit}`]);
}

async function fetchInto(
  git: Git,
  gitDir: string,
  what: readonly string[],
  options: readonly string[] = [],
): Promise<void> {
  const flags = ['--quiet', '--force', '--no-tags', '--no-recurse-submodules', '--update-shallow', ...options];
  const args = ['fetch', ...flags, '--no-write-fetch-head', '--no-auto-maintenance', '--end-of-options', ...what];
  const fetched = await git.run({ gitDir, as: 'operator', args, timeoutMs: FETCH_TIMEOUT_MS });
  if (fetched.exitCode !== 0) throw remoteFailure('fetch from', what[0] ?? '', fetched.stderr);
}

async function formatOf(git: Git, address: string): Promise<ObjectFormat> {
  const args = ['ls-remote', '--end-of-options', address];
  const listed = await git.run({ as: 'operator', args, timeoutMs: FETCH_TIMEOUT_MS });
  if (listed.exitCode !== 0) throw remoteFailure('read', address, listed.stderr);
  return /^[0-9a-f]{64}\t/m.test(listed.stdout.toString('latin1')) ? 'sha256' : 'sha1';
}

function ifRefused(error: unknown): false {
  if (error instanceof FixgateError) return false;
  throw error;
}

function goneCommit(commit: string, addresses: readonly string[]): FixgateError {
  const where = addresses.map((address) => excerpt(withoutCredentials(address))).join(' and ');
  return new FixgateError('not_found', `The base commit ${commit} of this incident is gone from ${where}.`, {
    fix: 'Push the commit to its repository again, or open another incident on a commit that is there.',
  });
}

/** Locations are shown in reports and kept in records. */
function assertNoPassword(location: string): void {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/@]*:[^/@]+@/i.test(location)) return;
  throw new FixgateError('invalid_input', 'The repository URL holds a password, which would end up in reports.', {
    fix: 'Name the URL without the password and let a git credential helper supply it.',
  });
}

function exists(path: string): boolean {
  return folderId(path) !== undefined;
}

/** Tells a folder from one that takes its place; undefined when there is none. */
function folderId(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}:${found.birthtimeMs}`;
}
