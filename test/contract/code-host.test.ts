import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { systemClock } from '#domain/clock.ts';
import { createGithubHost } from '#providers/github.ts';
import { createLocalHost } from '#providers/local-host.ts';

import { startFakeGithub } from '../support/fake-github.ts';
import { describeCodeHost, fateOf } from './code-host.ts';

describeCodeHost('local', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-local-host-'));
  const pushes: string[] = [];
  return {
    pushes,
    createHost: () => createLocalHost({ folder, fateOf, push: async (_permit, commit) => void pushes.push(commit) }),
    async pullRequests() {
      const names = (await readdir(folder)).toSorted();
      return Promise.all(
        names.map(async (name) => ({
          url: pathToFileURL(join(folder, name)).href,
          text: await readFile(join(folder, name), 'utf8'),
        })),
      );
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
});

describeCodeHost('github', async () => {
  const fake = await startFakeGithub();
  const pushes: string[] = [];
  return {
    pushes,
    createHost: () =>
      createGithubHost({
        owner: 'acme',
        repo: 'shop',
        baseUrl: fake.url,
        token: fake.token,
        clock: systemClock,
        timing: { requestTimeoutMs: 2_000, retryBaseMs: 10, writeSpacingMs: 1, maxPauseSeconds: 1 },
        push: async ({ action }, commit) => {
          pushes.push(commit);
          fake.branches.add(action.branch);
        },
      }),
    pullRequests: async () =>
      fake.pulls.map((pull) => ({
        url: `https://github.com/acme/shop/pull/${pull.number}`,
        text: JSON.stringify(pull).replaceAll('\\n', '\n'),
      })),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
});
