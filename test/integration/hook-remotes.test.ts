import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findIncident } from '#cli/hook/find-incident.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import type { Incident } from '#domain/incident.ts';

import { sampleIncident } from '../support/store-samples.ts';
import type { TemporaryFolder } from '../support/temporary-repository.ts';
import { runGit, temporaryFolder } from '../support/temporary-repository.ts';

let folder: TemporaryFolder;
let count = 0;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => folder[Symbol.asyncDispose]());

/** A repository with these remotes, the first of them `origin`. */
async function repositoryWith(...remotes: readonly string[]): Promise<string> {
  const top = path.join(folder.path, `r${(count += 1)}`);
  await mkdir(top);
  runGit(top, 'init', '--quiet', '--template=');
  for (const [index, url] of remotes.entries()) runGit(top, 'remote', 'add', index === 0 ? 'origin' : `r${index}`, url);
  return top;
}

const at = (location: string, changes: Partial<Incident> = {}) =>
  sampleIncident(changes.id ?? 'PD-1', { ...changes, repository: { location, baseBranch: 'main', baseCommit: 'c' } });

/** The incident that counts in a checkout, of some that are listed as the store does, the newest first. */
async function foundIn(top: string, ...incidents: readonly Incident[]): Promise<string | undefined> {
  const store = { getIncident: () => undefined, listIncidents: () => incidents };
  const word = { stateOf: ({ state }: Incident) => Promise.resolve(state) };
  return (await findIncident(store, word, { named: undefined, checkout: findCheckout(top) }))?.id;
}

/** `@/` is the folder of the test. */
const fill = (text: string) => text.replace('@/', `${folder.path}/`);
const url = 'https://github.com/acme/orders.git';

describe('an incident of a remote [hook:incident:remotes]', () => {
  it.each([
    [url, url],
    [url, 'https://github.com/acme/orders'],
    [url, 'https://github.com/acme/orders/'],
    [url, 'https://ada:x@GitHub.com/Acme/orders.git/'],
    [url, 'ssh://git@github.com:22/acme/orders.git'],
    [url, 'git@github.com:acme/orders.git'],
    ['git@github.com:acme/orders', url],
    ['github.com:/acme/orders', url],
    ['@/remote.git', 'file://@/remote.git'],
    ['@/remote', 'file://localhost@/remote.git/'],
    ['../remote.git', '@/remote.git'],
    ['file://@/my%20remote.git', '@/my remote.git'],
  ])('in a checkout with the remote %s is found by %s', async (remote, location) => {
    const top = await repositoryWith('https://example.com/other.git', fill(remote));

    expect(await foundIn(top, at(fill(location)))).toBe('PD-1');
  });

  it.each([
    [url, 'https://github.com/acme/order'],
    [url, 'https://github.com/acme/orders.git/more'],
    [url, 'https://gitlab.com/acme/orders.git'],
    ['@/remote.git', 'file://@/remote2.git'],
    ['@/remote.git', 'https://example.com@/remote.git'],
  ])('in a checkout with the remote %s is not found by %s', async (remote, location) => {
    expect(await foundIn(await repositoryWith(fill(remote)), at(fill(location)))).toBeUndefined();
  });

  it.each([
    ['other letters, quotes and a comment', '[REMOTE "origin"] url = "https://github.com/acme/orders" ; ours', true],
    ['an address to push to', '[remote "a]b"]\n\tpushUrl=git@github.com:acme/orders # theirs', true],
    ['a line in two', '[remote.origin]\nurl = https://github.com/\\\nacme/orders', true],
    ['another section', '[remote "origin"]\n[branch "main"]\nurl = https://github.com/acme/orders', false],
    ['a comment alone', '[remote "origin"]\n; url = https://github.com/acme/orders', false],
    ['a megabyte too much', `[remote "origin"]\nurl = ${url}\n${'# long\n'.repeat(200_000)}`, false],
  ])('is looked for in a configuration with %s', async (_, config, isFound) => {
    const top = await repositoryWith();
    await writeFile(path.join(top, '.git/config'), `[core]\n\tbare = false\n${config}\n`);

    expect(await foundIn(top, at(url))).toBe(isFound ? 'PD-1' : undefined);
  });

  it('is found by the place of another clone, of the remote itself, and of a clone of this checkout', async () => {
    const bare = path.join(folder.path, 'bare.git');
    runGit(folder.path, 'init', '--quiet', '--bare', '--template=', bare);
    const [one, other, unrelated] = [
      await repositoryWith(bare),
      await repositoryWith(url, `file://${bare}`),
      await repositoryWith(url),
    ];
    const worktree = path.join(folder.path, 'worktree');
    runGit(one, 'commit', '--quiet', '--allow-empty', '--message', 'x');
    runGit(one, 'worktree', 'add', '--quiet', worktree);

    const locations = [bare, `file://${bare}`, other, await repositoryWith(one)];
    for (const top of [one, worktree]) {
      const found = await Promise.all(locations.map(async (location) => [location, await foundIn(top, at(location))]));
      expect(found).toEqual(locations.map((location) => [location, 'PD-1']));
    }
    expect(await foundIn(one, at(unrelated))).toBeUndefined();
    expect(await foundIn(one, at(path.join(folder.path, 'absent')))).toBeUndefined();
  });

  it('is found through clones of clones, and by the identity that it was opened with', async () => {
    const shop = await repositoryWith(url);
    const clone = await repositoryWith(await repositoryWith(shop));
    const gone = { location: '/nonexistent', identity: 'github.com/acme/orders', baseBranch: 'main', baseCommit: 'c' };

    expect(await foundIn(clone, at(shop))).toBe('PD-1');
    expect(await foundIn(clone, at(url))).toBe('PD-1');
    expect(await foundIn(shop, at(clone))).toBe('PD-1');
    expect(await foundIn(clone, sampleIncident('PD-1', { repository: gone }))).toBe('PD-1');
    expect(await foundIn(await repositoryWith(at('x').repository.location), at(shop))).toBeUndefined();
  });

  it('gives way to one of the checkout itself that the same kind of caller opened, whatever its state', async () => {
    const top = await repositoryWith(url);
    const remote = at(url, { id: 'remote' });
    const byAgent = at(top, { id: 'agent', openedBy: 'agent' });

    expect(await foundIn(top, remote, at(top, { id: 'own', state: 'escalated' }))).toBe('own');
    expect(await foundIn(top, byAgent, remote)).toBe('remote');
    expect(await foundIn(top, { ...remote, openedBy: 'agent' }, byAgent)).toBe('agent');
    expect(await foundIn(top, at(top, { state: 'pr_open' }), { ...remote, state: 'escalated' })).toBe('remote');
  });

  it('holds when somebody closed it without a proof that is believed', async () => {
    const top = await repositoryWith(url);
    const closed = at(url, { state: 'closed' });
    const store = { getIncident: () => undefined, listIncidents: () => [closed] };
    const sought = { named: undefined, checkout: findCheckout(top) };
    const unproved = { stateOf: () => Promise.resolve('escalated' as const) };

    expect(await findIncident(store, unproved, sought)).toEqual(closed);
    expect(await foundIn(top, closed)).toBeUndefined();
  });
});
