import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Incident } from '#domain/incident.ts';
import { pushBranch } from '#workspace/push-branch.ts';

import { NOON } from '../support/store-samples.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { addRemote, runGit, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { publishPermit, workspaceFixture } from '../support/workspace-fixture.ts';

let state: TemporaryFolder;
let repository: TemporaryRepository;
let remote: string;
let fixture: WorkspaceFixture;
let incident: Incident;

beforeEach(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({ 'src/a.js': 'a\n', 'b.js': 'b\n' });
  remote = addRemote(repository);
  fixture = workspaceFixture(state.path);
  incident = await fixture.open(repository.path);
  await fixture.patch(incident, { path: 'src/a.js', content: 'fixed\n' });
});

afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

const commitNow = async () =>
  await fixture.workspace.commit(
    await publishPermit(fixture, incident),
    'fix(a): stop the leak\n\nIncident: PD-1\n',
    NOON,
  );
const push = async (commit: string) =>
  await pushBranch(fixture.repositories, await publishPermit(fixture, incident), { commit });
/** A checkout that was cloned from another one, beside it. */
const cloneOf = (from: string) => {
  const path = `${from.replace(/\/\.git$/, '')}-clone`.replace(/-clone-clone$/, '-clone-2');
  runGit(dirname(path), 'clone', '--quiet', from, path);
  return path;
};
const remoteHead = (branch = 'hotfix/PD-1') => runGit(remote, 'rev-parse', `refs/heads/${branch}`);

describe('commit', () => {
  it('holds exactly the patched paths on the base commit, and is the same for the same input [workspace:commit:exact]', async () => {
    const commit = await commitNow();
    expect(await commitNow()).toBe(commit);
    const { gitDir } = await fixture.repositories.open(repository.path);
    const show = (format: string) => runGit(gitDir, 'show', '--no-patch', `--format=${format}`, commit);
    expect(show('%P')).toBe(incident.repository.baseCommit);
    expect(show('%an <%ae> %at|%cn <%ce> %ct')).toBe(
      `Fixgate <fixgate@localhost> ${NOON / 1000}|Fixgate <fixgate@localhost> ${NOON / 1000}`,
    );
    expect(show('%B')).toBe('fix(a): stop the leak\n\nIncident: PD-1\n');
    expect(runGit(gitDir, 'diff', '--name-only', `${commit}~1`, commit)).toBe('src/a.js');
    expect(runGit(gitDir, 'rev-parse', 'refs/heads/hotfix/PD-1')).toBe(commit);
  });

  it('throws conflict when the tree moved after the permit', async () => {
    const permit = await publishPermit(fixture, incident);
    await fixture.patch(incident, { path: 'b.js', content: 'later\n' });
    await expect(fixture.workspace.commit(permit, 'm', NOON)).rejects.toMatchObject({ code: 'conflict' });
  });

  it.each([{ branch: 'main' }, { branch: 'hotfix/PD-2' }, { branch: 'hotfix/PD-1', baseBranch: 'hotfix/PD-1' }])(
    'refuses to touch another branch: %o',
    async (changes) => {
      const permit = await publishPermit(fixture, incident, changes);
      await expect(fixture.workspace.commit(permit, 'm', NOON)).rejects.toMatchObject({ code: 'internal' });
      const pushed = pushBranch(fixture.repositories, permit, { commit: incident.repository.baseCommit });
      await expect(pushed).rejects.toMatchObject({ code: 'internal' });
    },
  );
});

describe('pushBranch', () => {
  it('pushes one commit to the branch of the incident, once [gate:publish:branch]', async () => {
    const commit = await commitNow();
    const before = runGit(remote, 'rev-parse', 'main');
    expect(await push(commit)).toEqual({ remote, branch: 'hotfix/PD-1', commit, pushed: true });
    expect(await push(commit)).toMatchObject({ pushed: false });
    expect(remoteHead()).toBe(commit);
    expect(runGit(remote, 'rev-parse', 'main')).toBe(before);
    expect(runGit(remote, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/hotfix/PD-1\nrefs/heads/main');
    expect(repository.git('branch', '--list', 'hotfix/*')).toBe('');
  });

  it('replaces its own earlier commit after another patch', async () => {
    await push(await commitNow());
    await fixture.patch(incident, { path: 'b.js', content: 'better\n' });
    const second = await commitNow();
    await push(second);
    expect(remoteHead()).toBe(second);
    expect(runGit(remote, 'rev-list', '--count', 'main..hotfix/PD-1')).toBe('1');
  });

  it('does not overwrite what somebody else put on the branch [workspace:push:foreign]', async () => {
    await push(await commitNow());
    repository.git('checkout', '--quiet', '-b', 'hotfix/PD-1');
    const theirs = repository.commit('By a colleague');
    repository.git('push', '--quiet', '--force', 'origin', 'hotfix/PD-1');
    await fixture.patch(incident, { path: 'b.js', content: 'better\n' });
    await expect(push(await commitNow())).rejects.toMatchObject({ code: 'conflict', message: /somebody else/ });
    expect(remoteHead()).toBe(theirs);
  });

  it('refuses a commit that is not the admitted one', async () => {
    await commitNow();
    await expect(push(incident.repository.baseCommit)).rejects.toMatchObject({ code: 'internal' });
    await expect(push('--mirror')).rejects.toMatchObject({ code: 'internal' });
  });

  it('does not publish commits of the base that the remote does not have', async () => {
    repository.commit('Not pushed');
    incident = await fixture.open(repository.path, { id: 'PD-2', base: 'main' });
    await fixture.patch(incident, { path: 'b.js', content: 'x\n' });
    await expect(push(await commitNow())).rejects.toMatchObject({ code: 'conflict', message: /is not on main/ });
    repository.git('push', '--quiet', 'origin', 'main');
    expect(await push(await commitNow())).toMatchObject({ pushed: true });
  });

  it('works while the base branch of the remote moves on', async () => {
    repository.commit('Later');
    repository.git('push', '--quiet', 'origin', 'main');
    expect(await push(await commitNow())).toMatchObject({ pushed: true });
  });

  it('says what a remote answers when it refuses', async () => {
    await writeFile(join(remote, 'hooks', 'pre-receive'), '#!/bin/sh\necho "no hotfixes today" >&2\nexit 1\n', {
      mode: 0o755,
    });
    await expect(push(await commitNow())).rejects.toMatchObject({
      code: 'provider_rejected',
      message: /no hotfixes today/,
    });
  });

  it('says so when there is no remote or it is gone', async () => {
    const pushTo = async (id: string, url: string) => {
      repository.git('remote', 'set-url', 'origin', url);
      incident = await fixture.open(repository.path, { id });
      await fixture.patch(incident, { path: 'b.js', content: 'x\n' });
      return await push(await commitNow());
    };
    await expect(pushTo('PD-2', '/nonexistent/app.git')).rejects.toMatchObject({
      code: 'not_found',
      message: /\/nonexistent\/app\.git/,
    });
    await expect(pushTo('PD-3', 'https://token-abc@localhost:1/app.git')).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: /^(?!.*token-abc)/s,
    });
    const commit = await commitNow();
    repository.git('remote', 'set-url', 'origin', 'ext::sh -c date');
    await expect(push(commit)).rejects.toMatchObject({ code: 'invalid_input' });
    repository.git('remote', 'remove', 'origin');
    await expect(push(commit)).rejects.toMatchObject({ code: 'misconfigured', message: /no remote/ });
  });

  it('pushes to no other repository than the incident was opened in [publish:branch:same-repository]', async () => {
    const commit = await commitNow();
    const other = addRemote(repository, 'other');
    runGit(other, 'remote', 'remove', 'origin');
    repository.git('remote', 'set-url', '--push', 'origin', other);
    await expect(push(commit)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`now leads to ${other}`),
    });
    expect(runGit(other, 'branch', '--list', 'hotfix/*')).toBe('');
    repository.git('remote', 'set-url', '--push', 'origin', `file://${remote}`);
    expect(await push(commit)).toMatchObject({ pushed: true });
  });

  it.each<[string, (clone: string) => string]>([
    ['a clone of a checkout', (clone) => clone],
    ['a clone of a clone', (clone) => cloneOf(clone)],
    ['the URL of a clone', (clone) => `file://${clone}`],
    ['a clone of the git folder of a checkout', (clone) => cloneOf(`${clone}/.git`)],
  ])(
    'pushes from %s to the remote of the checkout, and never into it [publish:branch:no-checkout]',
    async (_, toLocation) => {
      const clone = cloneOf(repository.path);
      incident = await fixture.open(toLocation(clone), { id: 'PD-4' });
      await fixture.patch(incident, { path: 'b.js', content: 'x\n' });
      const commit = await commitNow();
      expect(await push(commit)).toMatchObject({ remote, pushed: true });
      expect(remoteHead('hotfix/PD-4')).toBe(commit);
      for (const checkout of [repository.path, clone])
        expect(runGit(checkout, 'branch', '--list', 'hotfix/*')).toBe('');
    },
  );

  it('pushes nothing from the clone of a checkout without a remote [publish:branch:no-checkout]', async () => {
    const clone = cloneOf(repository.path);
    repository.git('remote', 'remove', 'origin');
    incident = await fixture.open(clone, { id: 'PD-4' });
    await fixture.patch(incident, { path: 'b.js', content: 'x\n' });
    const commit = await commitNow();
    await expect(push(commit)).rejects.toMatchObject({
      code: 'misconfigured',
      message: `${repository.path} has no remote, so the branch cannot be pushed anywhere; nothing is pushed into a checkout.`,
    });
  });

  it('pushes into the repository itself when the location is bare', async () => {
    incident = await fixture.open(remote, { id: 'PD-3' });
    await fixture.patch(incident, { path: 'b.js', content: 'x\n' });
    const commit = await commitNow();
    expect(await push(commit)).toMatchObject({ remote, pushed: true });
    expect(remoteHead('hotfix/PD-3')).toBe(commit);
  });

  it('leaves one branch when several processes push at once', async () => {
    const commit = await commitNow();
    await using other = workspaceFixture(state.path);
    const permit = await publishPermit(fixture, incident);
    await Promise.all([fixture, other, fixture].map((each) => pushBranch(each.repositories, permit, { commit })));
    expect(remoteHead()).toBe(commit);
  });
});
