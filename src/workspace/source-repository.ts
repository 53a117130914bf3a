import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import { localFolder } from '#domain/repository-address.ts';
import { excerpt, withoutCredentials } from '#workspace/git-text.ts';
import type { Git, GitResult } from '#workspace/git.ts';
import type { ObjectFormat } from '#workspace/objects.ts';

/** A repository on this machine; it is read and never written. */
export interface FolderSource {
  readonly kind: 'folder';
  /** Top level of the checkout, or the bare repository itself; absolute, without symbolic links. */
  readonly location: string;
  /** The folder with objects and refs that all its worktrees share. */
  readonly gitDir: string;
  readonly bare: boolean;
  readonly objectFormat: ObjectFormat;
}

/** A repository behind a URL. */
export interface UrlSource {
  readonly kind: 'url';
  readonly location: string;
}

/** Where the operator's repository is. */
export type Source = FolderSource | UrlSource;

/** Finds the repository that a path (walking up from a folder) or URL means; throws what is wrong with it. */
export async function openSource(git: Git, location: string): Promise<Source> {
  const folder = localFolder(location);
  if (folder === undefined && !(await isFolder(location))) {
    assertTransport(location);
    return { kind: 'url', location };
  }
  return await openRepository(git, folder ?? location);
}

/** Finds the repository around a folder; throws `not_found` when there is none. */
export async function openRepository(git: Git, path: string): Promise<FolderSource> {
  const folder = resolve(path);
  if (!(await isFolder(folder))) {
    throw new FixgateError('not_found', `${excerpt(folder)} is no folder.`, {
      fix: 'Name the folder of a git repository.',
    });
  }
  const ask = (...args: string[]) => git.run({ as: 'operator', folder, args: ['rev-parse', ...args] });
  const bare = await ask('--is-bare-repository');
  if (bare.exitCode !== 0) throw unreadable(folder, bare);
  const isBare = bare.stdout.toString().trim() === 'true';
  const [top, gitDir, format] = await Promise.all([
    ask(...(isBare ? ['--absolute-git-dir'] : ['--show-toplevel'])),
    ask('--path-format=absolute', '--git-common-dir'),
    ask('--show-object-format'),
  ]);
  if (top.exitCode !== 0) throw unreadable(folder, top);
  const source: FolderSource = {
    kind: 'folder',
    location: await realpath(toLine(top)),
    gitDir: await realpath(toLine(gitDir)),
    bare: isBare,
    objectFormat: toLine(format) === 'sha256' ? 'sha256' : 'sha1',
  };
  await assertComplete(git, source);
  return source;
}

/** A remote of a repository, by its name. */
interface Remote {
  readonly name: string;
  readonly url: string;
}

/** The remote of a checkout: `origin`, else the only one. A bare repository is a remote itself, whatever it was cloned from. */
export async function remoteOf(
  git: Git,
  source: FolderSource,
  direction: 'fetch' | 'push',
): Promise<Remote | undefined> {
  return source.bare ? undefined : await originOf(git, source.location, direction);
}

/** The remote `origin` of any repository, else the only one: where it came from. */
export async function originOf(git: Git, location: string, direction: 'fetch' | 'push'): Promise<Remote | undefined> {
  const ask = (...args: string[]) => git.run({ as: 'operator', folder: location, args: ['remote', ...args] });
  const names = (await ask()).stdout.toString('utf8').split('\n').filter(Boolean);
  const name = names.includes('origin') ? 'origin' : names.length === 1 ? names[0] : undefined;
  if (name === undefined) return undefined;
  const found = await ask('get-url', ...(direction === 'push' ? ['--push'] : []), '--', name);
  if (found.exitCode !== 0) return undefined;
  const url = toLine(found);
  const folder = localFolder(url);
  if (folder !== undefined) return { name, url: resolve(location, folder) };
  assertTransport(url);
  return { name, url };
}

function assertTransport(address: string): void {
  const shown = excerpt(withoutCredentials(address));
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase();
  const known = ['https', 'http', 'ssh', 'git', 'file'];
  // `ext::` and other remote helpers run programs; so would ssh with a host that begins with a dash.
  const helper =
    address.includes('::') || /^[a-z+]+:\/\/(?:[^/@]*@)?-/i.test(address) || /^(?:[\w.-]*@)?-/.test(address);
  if (helper || (address.includes('://') && !known.includes(scheme ?? ''))) {
    throw new FixgateError('invalid_input', `${shown} is not an address that git is allowed to open.`, {
      fix: `Use a path or a URL with one of ${known.join(', ')}.`,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** A partial clone lacks objects that git would fetch one by one, as the operator, whenever they are read. */
async function assertComplete(git: Git, source: FolderSource): Promise<void> {
  const partial = await git.run({
    as: 'operator',
    folder: source.location,
    args: ['config', '--local', '--get-regexp', '^(extensions\\.partialclone|remote\\..*\\.promisor)$'],
  });
  if (partial.exitCode !== 0) return;
  throw new FixgateError(
    'invalid_input',
    `${excerpt(source.location)} is a partial clone: some of its objects are missing.`,
    {
      fix: 'Name the URL of its remote instead, or make a full clone.',
    },
  );
}

function unreadable(folder: string, result: GitResult): FixgateError {
  const shown = excerpt(folder);
  if (result.stderr.includes('dubious ownership')) {
    return new FixgateError('invalid_input', `Git refuses to read ${shown}: it belongs to another user.`, {
      fix: `Run git config --global --add safe.directory ${shown} if you trust it.`,
    });
  }
  if (/not a git repository|must be run in a work tree/.test(result.stderr)) {
    return new FixgateError('not_found', `${shown} is not inside the work tree of a git repository.`, {
      fix: 'Name the top folder of a git repository, or run git init there and commit.',
    });
  }
  const said = excerpt(withoutCredentials(result.stderr)) || `exit status ${result.exitCode}`;
  return new FixgateError('invalid_input', `Git cannot read ${shown}: ${said}`, {
    fix: 'Mend the repository until git status works in it, or name another copy of it.',
  });
}

function toLine(result: GitResult): string {
  return result.stdout.toString('utf8').replace(/\n$/, '');
}
