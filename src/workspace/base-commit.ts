import { FixgateError } from '#domain/errors.ts';
import { excerpt } from '#workspace/git-text.ts';
import type { Git } from '#workspace/git.ts';
import type { ObjectStore } from '#workspace/objects.ts';
import { isObjectId } from '#workspace/objects.ts';
import type { FolderSource, UrlSource } from '#workspace/source-repository.ts';
import { remoteOf } from '#workspace/source-repository.ts';

/** Milliseconds that a remote may take to say what its default branch is. */
const REMOTE_TIMEOUT_MS = 15_000;

/** Where an incident starts. */
export interface Base {
  readonly branch: string;
  /** Full commit id. */
  readonly commit: string;
  /** Address that has the commit, when it is not the source itself. */
  readonly fetchFrom?: string;
}

/** The default branch of a remote and the commit it stands at; undefined when it has none or does not answer. */
export async function defaultBranch(git: Git, address: string): Promise<Base | undefined> {
  const args = ['ls-remote', '--symref', '--end-of-options', address, 'HEAD'];
  const listed = await git.run({ as: 'operator', args, timeoutMs: REMOTE_TIMEOUT_MS }).catch((error: unknown) => {
    if (error instanceof FixgateError && error.code === 'timeout') return undefined;
    throw error;
  });
  const text = listed?.exitCode === 0 ? listed.stdout.toString('utf8') : '';
  const branch = /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(text)?.[1];
  const commit = /^([0-9a-f]{40,64})\tHEAD$/m.exec(text)?.[1];
  return branch !== undefined && commit !== undefined ? { branch, commit, fetchFrom: address } : undefined;
}

/** Base of an incident in a repository on this machine: the named ref, else the remote's default branch, else HEAD. */
export async function baseInFolder(git: Git, source: FolderSource, ref: string | undefined): Promise<Base> {
  if (ref === undefined) return (await remoteDefault(git, source)) ?? (await headOf(git, source));
  // No ref begins with a dash, and --symbolic-full-name would print --end-of-options as if it were one.
  if (ref.startsWith('-')) throw unknownRef(ref, source.location);
  const remote = (await remoteOf(git, source, 'fetch'))?.name ?? 'origin';
  for (const name of [ref, `refs/remotes/${remote}/${ref}`]) {
    const commit = await commitOf(git, source, name);
    if (commit === undefined) continue;
    const full = await ask(git, source, ['rev-parse', '--symbolic-full-name', name]);
    const branch = branchOf(full ?? '', remote) ?? (await remoteDefault(git, source))?.branch;
    return { branch: branch ?? (await headOf(git, source)).branch, commit };
  }
  throw unknownRef(ref, source.location);
}

/** Base of an incident in a clone of a URL. */
export async function baseInClone(
  git: Git,
  { store, source, ref }: { readonly store: ObjectStore; readonly source: UrlSource; readonly ref: string | undefined },
): Promise<Base> {
  const standard = await defaultBranch(git, source.location);
  if (ref === undefined) {
    if (standard) return { branch: standard.branch, commit: standard.commit };
    throw new FixgateError(
      'not_found',
      `${excerpt(source.location)} has no commits on a default branch, or did not answer.`,
      {
        fix: 'Name the branch with --base, or push a first commit.',
      },
    );
  }
  for (const name of [
    `refs/remotes/origin/${ref}`,
    `refs/tags/${ref}`,
    ...(/^[0-9a-f]{7,64}$/.test(ref) ? [ref] : []),
  ]) {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const found = await git.run({ gitDir: store.gitDir, args });
    const commit = found.stdout.toString('utf8').trim();
    if (found.exitCode !== 0 || !isObjectId(commit)) continue;
    const branch = name.startsWith('refs/remotes/') ? ref : standard?.branch;
    if (branch !== undefined) return { branch, commit };
  }
  throw unknownRef(ref, source.location);
}

/** What the remote says now; what the checkout last heard of it when it does not answer. */
async function remoteDefault(git: Git, source: FolderSource): Promise<Base | undefined> {
  const remote = await remoteOf(git, source, 'fetch');
  if (!remote) return undefined;
  const fresh = await defaultBranch(git, remote.url);
  if (fresh) return fresh;
  const tracked = `refs/remotes/${remote.name}/HEAD`;
  const full = await ask(git, source, ['symbolic-ref', '--quiet', tracked]);
  const branch = branchOf(full ?? '', remote.name);
  const commit = await commitOf(git, source, tracked);
  return branch !== undefined && commit !== undefined ? { branch, commit } : undefined;
}

async function headOf(git: Git, source: FolderSource): Promise<Base> {
  const commit = await commitOf(git, source, 'HEAD');
  if (commit === undefined) {
    throw new FixgateError('not_found', `${excerpt(source.location)} has no commits.`, {
      fix: 'Commit something first.',
    });
  }
  const branch = branchOf((await ask(git, source, ['symbolic-ref', '--quiet', 'HEAD'])) ?? '', '');
  if (branch !== undefined) return { branch, commit };
  throw new FixgateError(
    'invalid_input',
    `HEAD of ${excerpt(source.location)} is on no branch, so a pull request has no target.`,
    {
      fix: 'Check out a branch, or name it with --base.',
    },
  );
}

function branchOf(fullName: string, remote: string): string | undefined {
  for (const prefix of ['refs/heads/', `refs/remotes/${remote}/`]) {
    const branch = fullName.slice(prefix.length);
    if (fullName.startsWith(prefix) && branch !== '' && branch !== 'HEAD') return branch;
  }
  return undefined;
}

async function commitOf(git: Git, source: FolderSource, name: string): Promise<string | undefined> {
  return await ask(git, source, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
}

async function ask(git: Git, source: FolderSource, args: readonly string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await git.run({ as: 'operator', folder: source.location, args });
  const answer = stdout.toString('utf8').trim();
  return exitCode === 0 && answer !== '' ? answer : undefined;
}

function unknownRef(ref: string, location: string): FixgateError {
  const shown = excerpt(JSON.stringify(ref));
  return new FixgateError('not_found', `${excerpt(location)} has no branch, tag or commit ${shown}.`, {
    fix: 'Name an existing branch, tag or commit as the base.',
  });
}
