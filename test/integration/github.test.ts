import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { toIncidentMarker } from '#domain/marker.ts';
import { createGithubHost } from '#providers/github.ts';
import type { CodeHost } from '#providers/sources.ts';

import { never, publishPermit, publishRequest } from '../contract/code-host.ts';
import type { FakeGithub, Fault } from '../support/fake-github.ts';
import { startFakeGithub } from '../support/fake-github.ts';

const timing = { requestTimeoutMs: 300, retryBaseMs: 5, writeSpacingMs: 1, maxPauseSeconds: 1 };
const PULLS = /\/pulls$/;
const MARKER = toIncidentMarker('INC-7');

let fake: FakeGithub;
let pushes: number;

beforeEach(async () => {
  fake = await startFakeGithub();
  pushes = 0;
});

afterEach(() => fake[Symbol.asyncDispose]());

function createHost(changes: Partial<Parameters<typeof createGithubHost>[0]> = {}): CodeHost {
  return createGithubHost({
    owner: 'acme',
    repo: 'shop',
    baseUrl: fake.url,
    token: fake.token,
    clock: { now: () => 0 },
    timing,
    push: async ({ action }) => {
      pushes += 1;
      fake.branches.add(action.branch);
    },
    ...changes,
  });
}

const publish = (host = createHost(), changes = {}) => host.publish(publishPermit(), publishRequest(changes), never);

describe('exactly one pull request', () => {
  it.each<[string, Fault[]]>([
    ['the answer to the creation is lost', [{ method: 'POST', path: PULLS, as: 'lost' }]],
    [
      'the answer is lost twice',
      [
        { method: 'POST', path: PULLS, as: 'lost' },
        { method: 'GET', path: PULLS, as: 'lost' },
      ],
    ],
    ['the creation fails once with 502', [{ method: 'POST', path: PULLS, as: { status: 502 } }]],
    ['the creation never answers', [{ method: 'POST', path: PULLS, as: 'hang' }]],
    ['the list fails with 503', [{ method: 'GET', path: PULLS, as: { status: 503 } }]],
    [
      'a secondary limit asks to wait a second',
      [
        {
          method: 'POST',
          path: PULLS,
          as: {
            status: 403,
            headers: { 'retry-after': '1' },
            body: { message: 'You have exceeded a secondary rate limit.' },
          },
        },
      ],
    ],
    [
      'the pushed branch is not visible at once',
      [
        {
          method: 'POST',
          path: PULLS,
          as: {
            status: 422,
            body: {
              message: 'Validation Failed',
              errors: [{ resource: 'PullRequest', field: 'head', code: 'invalid' }],
            },
          },
        },
      ],
    ],
  ])('when %s [hosts:github:one]', async (_what, faults) => {
    for (const fault of faults) fake.fail(fault);

    const published = await publish();

    expect(published).toMatchObject({
      created: true,
      number: 1,
      url: 'https://github.com/acme/shop/pull/1',
      warnings: [],
    });
    expect(fake.pulls).toHaveLength(1);
    expect(fake.pulls[0]).toMatchObject({
      draft: true,
      labels: ['hotfix', 'auto-generated'],
      base: 'main',
      head: 'hotfix/INC-7',
    });
  });

  it('when another server opened it between the look and the creation', async () => {
    const host = createHost({
      push: async () => void fake.addPull({ head: 'hotfix/INC-7', body: `Theirs ${MARKER}`, draft: true }),
    });
    fake.branches.add('hotfix/INC-7');

    const published = await publish(host, { body: 'Ours' });

    expect(published).toMatchObject({ created: false, number: 1 });
    expect(fake.pulls.map(({ body }) => body)).toEqual([`Ours\n\n${MARKER}`]);
  });

  it('with few requests: one look, one creation, one for labels', async () => {
    await publish();
    expect(fake.requests).toEqual([
      'GET /repos/acme/shop/pulls',
      'POST /repos/acme/shop/pulls',
      'POST /repos/acme/shop/issues/1/labels',
    ]);
  });

  it('carries its hidden marker within 60 kB, also when the body came without', async () => {
    await publish(createHost(), { body: '€'.repeat(40_000) });
    const body = fake.pulls[0]?.body ?? '';
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(60_000);
    expect(body.endsWith(`€\n\n${MARKER}`)).toBe(true);

    await publish(createHost(), { body: `Short ${MARKER}` });
    expect(fake.pulls[0]?.body).toBe(`Short ${MARKER}`);
  });

  it('is found again by its recorded number after a human took the marker out', async () => {
    fake.addPull({ head: 'hotfix/INC-7', body: 'Rewritten by hand' });
    const previous = {
      url: '',
      branch: 'hotfix/INC-7',
      baseBranch: 'main',
      number: 1,
      commit: '',
      tree: '',
      diffHash: '',
      draft: false,
      title: '',
      at: 0,
    };
    expect(await publish(createHost(), { previous, draft: false })).toMatchObject({ created: false, number: 1 });
  });
});

describe('pull requests of others', () => {
  it.each([
    ['a pull request that a human closed', { body: MARKER, state: 'closed' as const }, /closed by a human/],
    ['a pull request that was merged', { body: MARKER, state: 'closed' as const, merged: true }, /was merged already/],
    [
      'a pull request that a human moved to another base',
      { body: MARKER, base: 'develop' },
      /another base branch than main/,
    ],
    ['a pull request that someone else opened from the branch', { body: 'Mine' }, /by someone else/],
  ])('stop the work: %s', async (_what, pull, message) => {
    const before = { ...fake.addPull({ head: 'hotfix/INC-7', ...pull }) };

    await expect(publish()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(message),
      retry: 'never',
      fix: expect.stringContaining('hand INC-7 over'),
    });

    expect(fake.pulls).toEqual([before]);
    expect(pushes).toBe(0);
  });

  it.each([
    ['from a fork with the same branch name', { head: 'hotfix/INC-7', fork: true, body: MARKER }],
    ['from a branch whose name begins alike', { head: 'hotfix/INC-70', body: toIncidentMarker('INC-70') }],
    ['closed, that someone else once opened from the branch', { head: 'hotfix/INC-7', state: 'closed' as const }],
    ['that names this incident in its text', { head: 'feature', body: MARKER }],
  ])('are left alone: one %s', async (_what, pull) => {
    const before = { ...fake.addPull(pull) };
    expect(await publish()).toMatchObject({ created: true, number: 2 });
    expect(fake.pulls[0]).toEqual(before);
  });

  it('are not touched when a human closes ours while it is updated', async () => {
    const pull = fake.addPull({ head: 'hotfix/INC-7', body: MARKER });
    const host = createHost({ push: async () => void (pull.state = 'closed') });
    await expect(publish(host)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('closed by a human'),
    });
  });
});

describe('what does not matter enough to fail', () => {
  it('labels that cannot be added', async () => {
    fake.fail({
      method: 'POST',
      path: /labels$/,
      as: { status: 403, body: { message: 'Must have admin rights to Repository.' } },
    });
    const published = await publish();
    expect(published.warnings).toEqual([
      'The labels hotfix, auto-generated could not be added (403): Must have admin rights to Repository.',
    ]);
  });

  it('labels that are there already are not sent again', async () => {
    fake.addPull({ head: 'hotfix/INC-7', body: MARKER, draft: true, labels: ['HotFix', 'auto-generated', 'by-hand'] });
    await publish();
    expect(fake.requests.filter((request) => request.includes('labels'))).toEqual([]);
    expect(fake.pulls[0]?.labels).toEqual(['HotFix', 'auto-generated', 'by-hand']);
  });

  it('a draft that cannot be marked ready', async () => {
    fake.addPull({ head: 'hotfix/INC-7', body: MARKER, draft: true });
    fake.mayConvertDrafts = false;
    const published = await publish(createHost(), { draft: false });
    expect(published.draft).toBe(true);
    expect(published.warnings.join()).toMatch(/could not be marked ready for review: .*not accessible/);
  });
});

describe('refusals', () => {
  it.each<[string, Fault['as'], object]>([
    [
      'bad credentials',
      { status: 401 },
      {
        code: 'provider_rejected',
        fix: expect.stringContaining('contents: write and pull_requests: write on acme/shop'),
      },
    ],
    [
      'a missing permission',
      { status: 403, body: { message: 'Resource not accessible by personal access token' } },
      { code: 'provider_rejected', message: expect.stringContaining('pull_requests: write') },
    ],
    [
      'a named missing permission',
      { status: 403, headers: { 'x-accepted-github-permissions': 'pull_requests=write; contents=read' } },
      { message: expect.stringContaining('pull_requests: write; contents: read') },
    ],
    ['an unknown repository', { status: 404 }, { code: 'not_found', message: expect.stringContaining('acme/shop') }],
    [
      'a long rate limit',
      { status: 429, headers: { 'retry-after': '77' }, body: { message: 'You have exceeded a secondary rate limit.' } },
      { code: 'provider_unavailable', message: expect.stringContaining('77 s'), retry: 'later' },
    ],
    [
      'a used-up hour',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' } },
      { code: 'provider_unavailable' },
    ],
    [
      'a renamed repository',
      { status: 301, headers: { location: 'https://evil.example/' } },
      { code: 'provider_rejected', message: expect.stringContaining('renamed') },
    ],
    [
      'a page that is no answer',
      { status: 200, body: '<html>' },
      { code: 'provider_unavailable', message: expect.stringContaining('form') },
    ],
    [
      'an address that is none',
      { status: 200, body: [{ html_url: 'javascript:x' }] },
      { code: 'provider_unavailable' },
    ],
  ])('%s', async (_what, as, expected) => {
    for (let times = 0; times < 4; times += 1) fake.fail({ method: 'GET', path: PULLS, as });
    await expect(publish()).rejects.toMatchObject(expected);
    expect(pushes).toBe(0);
  });

  it.each<[string, string, object]>([
    ['nothing to merge', 'No commits between main and hotfix/INC-7', { code: 'conflict' }],
    [
      'a repository without drafts',
      'Draft pull requests are not supported in this repository.',
      { code: 'provider_rejected', fix: expect.stringContaining('pull_request.draft') },
    ],
    [
      'a rule of the repository',
      `Some rule\u202E ${'x'.repeat(5_000)}`,
      {
        code: 'provider_rejected',
        message: expect.stringMatching(/^GitHub refused the pull request \(422\): .{1,1100}$/),
      },
    ],
  ])('of the creation: %s', async (_what, message, expected) => {
    fake.fail({
      method: 'POST',
      path: PULLS,
      as: {
        status: 422,
        body: { message: 'Validation Failed', errors: [{ resource: 'PullRequest', code: 'custom', message }] },
      },
    });
    await expect(publish()).rejects.toMatchObject(expected);
    expect(fake.pulls).toEqual([]);
  });

  it('a GitHub that stays down is unavailable, with the way forward', async () => {
    for (let times = 0; times < 3; times += 1) fake.fail({ method: 'POST', path: PULLS, as: { status: 502 } });
    await expect(publish()).rejects.toMatchObject({ code: 'provider_unavailable', retry: 'later' });
    expect(fake.requests.filter((request) => request.startsWith('POST'))).toHaveLength(3);
    expect(fake.pulls).toEqual([]);
  });

  it('no GitHub at all is unavailable', async () => {
    await expect(publish(createHost({ baseUrl: 'http://127.0.0.1:1' }))).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });

  it('a cancelled call stops', async () => {
    fake.fail({ method: 'POST', path: PULLS, as: 'hang' });
    const controller = new AbortController();
    const publishing = createHost().publish(publishPermit(), publishRequest(), controller.signal);
    setTimeout(() => controller.abort(), 50);
    await expect(publishing).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('never show the token [hosts:github:token]', async () => {
    fake.fail({ method: 'GET', path: PULLS, as: { status: 401 } });
    const error: unknown = await publish().catch((thrown: unknown) => thrown);
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: 10 })).not.toContain(fake.token);
  });
});

describe('the token', () => {
  it('may come from a function, asked for every request', async () => {
    let asked = 0;
    await publish(
      createHost({
        token: async () => {
          asked += 1;
          return fake.token;
        },
      }),
    );
    expect(asked).toBe(fake.requests.length);
  });
});

describe('a check of the code host', () => {
  it('reads and writes nothing', async () => {
    await expect(createHost().probe?.(never)).resolves.toBe('pull requests of acme/shop');
    expect(fake.requests).toStrictEqual(['GET /repos/acme/shop', 'GET /repos/acme/shop/pulls']);
  });

  it('names the permissions of a token that may not write [deploys:github:permissions]', async () => {
    fake.mayPush = false;
    await expect(createHost().probe?.(never)).rejects.toMatchObject({
      code: 'provider_rejected',
      fix: expect.stringContaining('contents: write and pull_requests: write on acme/shop'),
    });
  });
});
