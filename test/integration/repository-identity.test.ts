import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createGit } from '#workspace/git.ts';
import { identityOf } from '#workspace/repository-line.ts';
import { openSource } from '#workspace/source-repository.ts';

import type { TemporaryFolder } from '../support/temporary-repository.ts';
import { gitEnvironment, runGit, temporaryFolder } from '../support/temporary-repository.ts';

let folder: TemporaryFolder;
const git = createGit({ environment: gitEnvironment });
const at = (name: string) => join(folder.path, name);
const identity = async (location: string) => await identityOf(git, await openSource(git, location));

/** A repository of this name with these remotes, the first of them `origin`. */
async function make(name: string, ...remotes: readonly string[]): Promise<string> {
  runGit(folder.path, 'init', '--quiet', ...(name.endsWith('.git') ? ['--bare'] : []), at(name));
  for (const [index, url] of remotes.entries())
    runGit(at(name), 'remote', 'add', index === 0 ? 'origin' : `r${index}`, url);
  return at(name);
}

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

describe('the identity of a repository [incidents:repository:identity]', () => {
  it('is the same by every address on this machine', async () => {
    const origin = await make('origin.git');
    const shop = await make('shop', origin);
    runGit(shop, 'commit', '--quiet', '--allow-empty', '--message', 'x');
    runGit(shop, 'worktree', 'add', '--quiet', at('tree'));
    await mkdir(join(shop, 'src'));
    await symlink(shop, at('link'));
    const clones = [
      await make('clone', origin),
      await make('by-url', `file://${origin}`),
      await make('relative', '../origin.git'),
      await make('without-end', at('origin')),
      await make('of-checkout', shop),
      await make('of-git-folder', join(shop, '.git')),
      await make('of-worktree', at('tree')),
      await make('of-link', at('link')),
      await make('of-clone', at('of-checkout')),
      await make('mirror.git', origin),
      await make('of-mirror', at('mirror.git')),
      await make('one-remote'),
    ];
    runGit(at('one-remote'), 'remote', 'add', 'upstream', origin);
    const pushing = await make('pushing', '/nonexistent/other.git');
    runGit(pushing, 'remote', 'set-url', '--push', 'origin', origin);
    const addresses = [shop, `file://${shop}`, join(shop, 'src'), at('link'), at('tree'), origin, `file://${origin}/`];
    for (const address of [...addresses, ...clones, pushing])
      expect([address, await identity(address)]).toEqual([address, origin]);
  });

  it.each([
    'https://github.com/acme/orders',
    'https://github.com/acme/orders.git/',
    'https://ada@GitHub.com./Acme/orders.git',
    'https://github.com:443/acme//orders',
    'ssh://git@github.com:22/acme/orders.git',
    'git@github.com:acme/orders.git',
    'github.com:acme/orders',
  ])('is host and path of the remote %s, also of a clone of a checkout', async (url) => {
    const shop = await make('shop', url);
    for (const address of [url, shop, await make('clone', shop), await make('mirror.git', url)])
      expect(await identity(address)).toBe('github.com/acme/orders');
  });

  it('is another one for another repository', async () => {
    const [one, other] = [await make('one'), await make('other')];
    expect(await identity(one)).toBe(join(one, '.git'));
    expect(await identity(other)).toBe(join(other, '.git'));
    // Nothing above a folder that holds no repository is taken for it.
    await mkdir(join(one, 'plain'));
    expect(await identity(await make('below', join(one, 'plain')))).toBe(join(one, 'plain'));
    expect(await identity(await make('within', join(one, '.git/refs')))).toBe(join(one, '.git/refs'));
    expect(await identity(await make('gone', at('gone.git')))).toBe(at('gone.git'));
    expect(await identity(await make('two', one, other))).toBe(join(one, '.git'));
    const undecided = await make('undecided');
    for (const name of ['a', 'b']) runGit(undecided, 'remote', 'add', name, one);
    expect(await identity(undecided)).toBe(join(undecided, '.git'));
  });

  it('is one for all of a circle, and of what leads into it', async () => {
    const [a, b, c] = [await make('a', at('b')), await make('b', at('c')), await make('c', at('a'))];
    const into = await make('into', at('b'));
    for (const each of [a, b, c, into]) expect(await identity(each)).toBe(join(a, '.git'));
  });

  it('is the bare repository itself where its remote is none that may be opened', async () => {
    const bare = await make('bare.git', 'ext::sh -c date');
    expect(await identity(bare)).toBe(bare);
  });
});
