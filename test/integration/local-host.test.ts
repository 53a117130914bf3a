import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { createLocalHost } from '#providers/local-host.ts';

import { fateOf, never, publishPermit, publishRequest } from '../contract/code-host.ts';
import { samplePullRequest } from '../support/store-samples.ts';

const nothing = async () => undefined;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fixgate-local-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the local code host', () => {
  it('writes a document of front matter and body, and names it by a file address [hosts:local:document]', async () => {
    const out = join(folder, 'a b', 'incidents');
    const { url } = await createLocalHost({ push: nothing, fateOf, folder: out }).publish(
      publishPermit(),
      publishRequest({ title: 'hotfix(INC-7): "x": y' }),
      never,
    );

    expect(fileURLToPath(url)).toBe(join(out, 'INC-7-pull-request.md'));
    const [, front = '', ...body] = (await readFile(fileURLToPath(url), 'utf8')).split('---\n');
    expect(parse(front)).toEqual({
      title: 'hotfix(INC-7): "x": y',
      head: 'hotfix/INC-7',
      base: 'main',
      commit: 'c'.repeat(40),
      draft: true,
      labels: ['hotfix', 'auto-generated'],
    });
    expect(body.join('---\n')).toBe('\nWhat and why.\n');
  });

  it('asks git what became of a pull request, and of one that a forge has nobody [fate:git:outcomes]', async () => {
    const merged = { outcome: 'merged', mergeCommit: 'm' } as const;
    const host = createLocalHost({ push: nothing, fateOf: async () => merged, folder });
    const { incident } = publishPermit();
    expect(await host.outcome(incident, samplePullRequest, never)).toEqual(merged);
    await expect(host.outcome(incident, { ...samplePullRequest, number: 7 }, never)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('leaves nothing beside the document, and nothing at all when the push fails', async () => {
    const host = createLocalHost({ push: nothing, fateOf, folder });
    await host.publish(publishPermit(), publishRequest(), never);
    expect(await readdir(folder)).toEqual(['INC-7-pull-request.md']);

    const failing = createLocalHost({ push: () => Promise.reject(new Error('rejected')), fateOf, folder });
    await expect(failing.publish(publishPermit('INC-8'), publishRequest(), never)).rejects.toThrow('rejected');
    expect(await readdir(folder)).toEqual(['INC-7-pull-request.md']);
  });

  it('replaces a symbolic link instead of writing through it', async () => {
    const victim = join(folder, 'victim');
    await writeFile(victim, 'precious');
    await symlink(victim, join(folder, 'INC-7-pull-request.md'));

    await createLocalHost({ push: nothing, fateOf, folder }).publish(publishPermit(), publishRequest(), never);

    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect(await readFile(join(folder, 'INC-7-pull-request.md'), 'utf8')).toContain('What and why.');
  });
});
