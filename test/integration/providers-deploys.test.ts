import { afterEach, describe, expect, it } from 'vitest';

import { deployVendors } from '../support/deploy-vendors.ts';
import { answerAsArgocd, answerAsGithub, answerAsGitlab, answerAsJenkins } from '../support/fake-deploys.ts';
import type { FakeDeploy } from '../support/fake-deploys.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const hour = 3_600_000;
const live = new AbortController().signal;
const day = { window: { since: onset - 24 * hour, until: onset } };
const sha = (n: number) => n.toString(16).padStart(40, '0');
const deploy = (n: number, at: number, more: Partial<FakeDeploy> = {}): FakeDeploy => ({
  at,
  sha: sha(n),
  ref: `v${n}`,
  author: 'Ann',
  subject: `Release ${n}`,
  ...more,
});
const json = (body: unknown, status = 200, headers = {}) => ({ status, headers, body: JSON.stringify(body) });

const open: AsyncDisposable[] = [];
const using = <T extends AsyncDisposable>(world: T): T => {
  open.push(world);
  return world;
};
afterEach(async () => {
  for (const world of open.splice(0)) await world[Symbol.asyncDispose]();
});

describe('GitHub', () => {
  it('reads deployments page by page and stops at the first that is too old, since the list knows no time [deploys:github:no-time-filter]', async () => {
    const held = Array.from({ length: 450 }, (_, n) => deploy(n, onset - (n + 1) * 600_000));
    const github = using(await deployVendors.GitHub(held));
    const { deploys } = await github.source.list(day, live);
    expect(deploys).toHaveLength(144);
    const pages = github.seen.filter(({ path }) => path.includes('/deployments?'));
    expect(pages).toHaveLength(2);
  });

  it('asks for the state of 30 deployments only, and says so [deploys:github:states]', async () => {
    const held = Array.from({ length: 50 }, (_, n) => deploy(n, onset - (n + 1) * 60_000, { state: 'failure' }));
    const github = using(await deployVendors.GitHub(held));
    const { deploys, warnings } = await github.source.list(day, live);
    expect(deploys.filter(({ status }) => status === 'failed')).toHaveLength(30);
    expect(deploys.filter(({ status }) => status === undefined)).toHaveLength(20);
    expect(warnings).toStrictEqual(['The state of only the newest 30 deployments was read.']);
  });

  it.each([
    ['success', 'succeeded'],
    ['inactive', 'succeeded'],
    ['error', 'failed'],
    ['in_progress', 'running'],
  ])('knows the state %s as %s', async (state, status) => {
    const github = using(await deployVendors.GitHub([deploy(1, onset - hour, { state })]));
    expect((await github.source.list(day, live)).deploys).toMatchObject([{ status, links: ['https://ci.example/1'] }]);
  });

  it('reads runs of workflows that deploy, by the time they were created, and tells of more than it may see [deploys:github:runs]', async () => {
    const run = (id: number, name: string, path: string) => ({
      id,
      name,
      path,
      head_sha: sha(id),
      head_branch: 'main',
      display_title: 'Ship it',
      status: 'completed',
      conclusion: 'failure',
      created_at: '2025-11-03T12:00:00Z',
      updated_at: '2025-11-03T12:05:00Z',
      html_url: `https://github.example/runs/${id}`,
      actor: { login: 'ann' },
    });
    const runs = [run(1, 'CI', '.github/workflows/ci.yml'), run(2, 'Deploy', '.github/workflows/cd.yml')];
    const github = using(
      await deployVendors.GitHub([], (held, request) =>
        request.path.includes('/actions/runs')
          ? json({ total_count: 4_000, workflow_runs: runs })
          : answerAsGithub(held, request),
      ),
    );
    const { deploys, warnings } = await github.source.list(day, live);
    expect(deploys).toMatchObject([
      { kind: 'run', sha: sha(2), status: 'failed', links: ['https://github.example/runs/2'] },
    ]);
    expect(warnings).toStrictEqual(['Only the newest 500 of 4000 workflow runs were read.']);
    const asked = github.seen.find(({ path }) => path.includes('/actions/runs'));
    expect(new URL(asked?.path ?? '', 'http://x').searchParams.get('created')).toBe(
      '2025-11-02T13:58:00.000Z..2025-11-03T13:58:00.000Z',
    );
  });

  it('says which permission is missing and goes on with the rest [deploys:github:permissions]', async () => {
    const github = using(
      await deployVendors.GitHub([deploy(1, onset - hour)], (held, request) =>
        request.path.includes('/actions/runs')
          ? json({ message: 'Resource not accessible' }, 403, { 'x-accepted-github-permissions': 'actions=read' })
          : answerAsGithub(held, request),
      ),
    );
    const { deploys, warnings } = await github.source.list(day, live);
    expect(deploys).toHaveLength(1);
    expect(warnings[0]).toContain('the token lacks the permission actions: read on acme/shop');
    await expect(github.source.probe?.(live)).rejects.toThrow('actions: read');
  });

  it('pages through the commits between two deploys; files come with the first page, at most 300 [deploys:github:compare]', async () => {
    const commit = (n: number) => ({
      sha: sha(n),
      commit: {
        message: `Commit ${n}\n\nbody`,
        author: { name: 'Ann', date: '2025-11-03T12:00:00Z' },
        committer: null,
      },
    });
    const file = (n: number) => ({ filename: `src/${n}.js`, additions: 1, deletions: 2, patch: '@@ -1 +1 @@\n-a\n+b' });
    const github = using(
      await deployVendors.GitHub([], (_held, request) => {
        const page = Number(new URL(request.path, 'http://x').searchParams.get('page'));
        const commits = Array.from({ length: page < 3 ? 100 : 50 }, (_, n) => commit((page - 1) * 100 + n + 1));
        const files = page === 1 ? Array.from({ length: 300 }, (_, n) => file(n)) : [];
        return json({ total_commits: 250, base_commit: { sha: sha(0) }, commits, files });
      }),
    );
    const range = await github.source.compare?.('v1', 'v2', live);
    expect(range?.commits).toHaveLength(250);
    expect(range).toMatchObject({ base: sha(0), head: sha(250), diffTruncated: true });
    expect(range?.commits[0]).toMatchObject({ subject: 'Commit 250', author: 'Ann' });
    expect(range?.diff).toContain('diff --git a/src/0.js b/src/0.js\n@@ -1 +1 @@');
  });

  it('reads runs of [start, end), although the search includes both ends, newest first [deploys:github:bounds]', async () => {
    const run = (id: number, at: number) => ({
      id,
      name: 'Deploy',
      path: '.github/workflows/cd.yml',
      head_sha: sha(id),
      head_branch: 'main',
      display_title: `Ship ${id}`,
      status: 'completed',
      conclusion: 'success',
      created_at: new Date(at).toISOString(),
      updated_at: new Date(at).toISOString(),
      html_url: `https://github.example/runs/${id}`,
      actor: { login: 'ann' },
    });
    const times = [onset, onset - 1_000, onset - 24 * hour, onset - 24 * hour - 1_000];
    const github = using(
      await deployVendors.GitHub([], (held, request) => {
        if (!request.path.includes('/actions/runs')) return answerAsGithub(held, request);
        const [from = '', to = ''] = (new URL(request.path, 'http://x').searchParams.get('created') ?? '').split('..');
        const found = times.filter((at) => at >= Date.parse(from) && at <= Date.parse(to));
        return json({ total_count: found.length, workflow_runs: found.map((at) => run(times.indexOf(at), at)) });
      }),
    );
    const { deploys } = await github.source.list(day, live);
    expect(deploys.map(({ at }) => at)).toStrictEqual([onset - 1_000, onset - 24 * hour]);
  });

  it('lists releases with the commit of their tag, for a branch may have moved on; drafts are none [deploys:github:releases]', async () => {
    const release = (tag: string, at: number, draft = false) => ({
      id: at,
      tag_name: tag,
      name: `Release ${tag}`,
      draft,
      prerelease: false,
      target_commitish: 'main',
      created_at: new Date(at - hour).toISOString(),
      published_at: draft ? null : new Date(at).toISOString(),
      html_url: `https://github.example/releases/${tag}`,
      author: { login: 'ann' },
    });
    const releases = [release('v3', onset - hour, true), release('v2', onset - hour), release('v1', onset - 48 * hour)];
    const github = using(
      await deployVendors.GitHub([], (held, request) => {
        if (request.path.includes('/releases')) return json(releases);
        if (request.path.endsWith('/commits/tags%2Fv2')) return json({ sha: sha(2) });
        return answerAsGithub(held, request);
      }),
    );
    const { deploys } = await github.source.list(day, live);
    expect(deploys).toMatchObject([{ kind: 'release', ref: 'v2', sha: sha(2), at: onset - hour, author: 'ann' }]);
    // A release has no environment.
    expect((await github.source.list({ ...day, env: 'production' }, live)).deploys).toStrictEqual([]);
  });

  it('refuses what is no name before it asks', async () => {
    const github = using(await deployVendors.GitHub([]));
    await expect(github.source.compare?.('a..b', 'main', live)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(github.seen).toHaveLength(0);
  });
});

describe('GitLab', () => {
  it('asks in a combination that GitLab takes, newest first [deploys:gitlab:order]', async () => {
    const held = Array.from({ length: 150 }, (_, n) => deploy(n, onset - (150 - n) * 60_000, { state: 'failed' }));
    const gitlab = using(await deployVendors.GitLab(held));
    const { deploys, warnings } = await gitlab.source.list(day, live);
    expect(deploys).toHaveLength(150);
    expect(deploys[0]).toMatchObject({ ref: 'v149', status: 'failed', env: 'production', finishedAt: onset });
    expect(warnings).toStrictEqual([]);
    expect(gitlab.seen[0]?.path).toMatch(/\/projects\/acme%2Fshop\/deployments\?.*order_by=updated_at&sort=desc/);
    expect(gitlab.seen[0]?.path).not.toContain('updated_before');
  });

  it.each([
    ['updated_after without order_by=updated_at', { updated_after: '2025-11-02T13:58:00Z' }],
    ['finished_after without status=success', { finished_after: '2025-11-02T13:58:00Z', order_by: 'finished_at' }],
    ['order_by=finished_at without a filter', { order_by: 'finished_at' }],
    [
      'updated_after and finished_after together',
      { updated_after: '2025-11-02T13:58:00Z', finished_after: '2025-11-02T13:58:00Z', order_by: 'updated_at' },
    ],
  ])('refuses %s with 400, which is never asked [deploys:gitlab:refused]', async (_, refused) => {
    const held = [deploy(1, onset - hour, { env: 'production' })];
    const gitlab = using(await deployVendors.GitLab(held));
    const query = new URLSearchParams(refused as Record<string, string>).toString();
    const asked = { method: 'GET', path: `/api/v4/projects/x/deployments?${query}`, headers: {}, body: '' };
    // The fake vendor stands for the real one here: it must refuse what GitLab refuses.
    expect(answerAsGitlab(held, asked).status).toBe(400);
    for (const more of [{}, { env: 'production' }, { service: 'checkout' }])
      expect((await gitlab.source.list({ ...day, ...more }, live)).deploys).toHaveLength(1);
  });

  it('reads [start, end) by when a deployment began, although it is asked by when it was updated [deploys:gitlab:bounds]', async () => {
    const times = [onset, onset - 1, onset - 24 * hour, onset - 24 * hour - 1];
    const gitlab = using(await deployVendors.GitLab(times.map((at, n) => deploy(n, at))));
    expect((await gitlab.source.list(day, live)).deploys.map(({ at }) => at)).toStrictEqual([
      onset - 1,
      onset - 24 * hour,
    ]);
  });

  it('tells what lies between two deploys, the newest commit first', async () => {
    const commits = [1, 2].map((n) => ({
      id: sha(n),
      title: `Commit ${n}`,
      author_name: 'Ann',
      created_at: '2025-11-03T12:00:00Z',
    }));
    const diffs = [{ new_path: 'src/a.js', diff: '@@ -1 +1,2 @@\n-a\n+b\n+c\n' }];
    const gitlab = using(await deployVendors.GitLab([], () => json({ commits, diffs })));
    const range = await gitlab.source.compare?.('v1', 'v2', live);
    expect(range).toMatchObject({ files: [{ path: 'src/a.js', added: 2, removed: 1 }], diffTruncated: false });
    expect(range?.commits.map(({ subject }) => subject)).toStrictEqual(['Commit 2', 'Commit 1']);
    expect(gitlab.seen[0]?.path).toContain('/repository/compare?from=v1&to=v2');
  });

  it('says `not_found` for unknown names', async () => {
    const gitlab = using(await deployVendors.GitLab([]));
    await expect(gitlab.source.compare?.('v1', 'v404', live)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('Argo CD', () => {
  const held = [
    deploy(1, onset - 3 * hour),
    deploy(2, onset - 2 * hour),
    deploy(1, onset - hour),
    deploy(3, onset - 60_000, { state: 'Failed', subject: 'one or more objects failed to apply' }),
  ];

  it('reads a history that has the oldest first, rollbacks and the sync that failed [deploys:argocd:history]', async () => {
    const argocd = using(await deployVendors['Argo CD'](held));
    const { deploys } = await argocd.source.list({ ...day, service: 'checkout', env: 'prod' }, live);
    expect(deploys.map((each) => [each.sha, each.status, each.previousSha, each.rollback])).toStrictEqual([
      [sha(3), 'failed', sha(1), undefined],
      [sha(1), 'succeeded', sha(2), true],
      [sha(2), 'succeeded', sha(1), undefined],
      [sha(1), 'succeeded', undefined, undefined],
    ]);
    expect((await argocd.source.list({ ...day, service: 'mail' }, live)).deploys).toStrictEqual([]);
  });

  it('asks for nothing but what it needs, since the list has no pages [deploys:argocd:mask]', async () => {
    const argocd = using(await deployVendors['Argo CD'](held));
    await argocd.source.list(day, live);
    const { searchParams } = new URL(argocd.seen[0]?.path ?? '', 'http://x');
    expect(searchParams.get('fields')).toContain('items.status.history');
    expect(searchParams.get('refresh')).toBeNull();
  });

  it('takes the commit of an application with several sources', async () => {
    const argocd = using(
      await deployVendors['Argo CD'](held, (all, request) => {
        const answer = JSON.parse(answerAsArgocd(all, request).body) as { items: { status: unknown }[] };
        answer.items[0]!.status = { history: [{ revisions: ['1.2.3', sha(9)], deployedAt: '2025-11-03T12:00:00Z' }] };
        return json(answer);
      }),
    );
    expect((await argocd.source.list(day, live)).deploys).toMatchObject([{ sha: sha(9) }]);
  });
});

describe('Jenkins', () => {
  it.each([
    ['building', 'running', undefined],
    ['UNSTABLE', 'partial', onset - hour + 60_000],
    ['ABORTED', 'cancelled', onset - hour + 60_000],
  ])(
    'knows a build that is %s as %s, its times in milliseconds [deploys:jenkins:milliseconds]',
    async (state, status, finishedAt) => {
      const jenkins = using(await deployVendors.Jenkins([deploy(1, onset - hour, { state })]));
      const [found] = (await jenkins.source.list(day, live)).deploys;
      expect(found).toMatchObject({ at: onset - hour, status });
      expect(found?.finishedAt).toBe(finishedAt);
    },
  );

  it('reads [start, end), newest first, whatever order the jobs come in [deploys:jenkins:order]', async () => {
    const times = [onset - 24 * hour - 1, onset - 24 * hour, onset - 1, onset];
    const jenkins = using(await deployVendors.Jenkins(times.map((at, n) => deploy(n, at))));
    expect((await jenkins.source.list(day, live)).deploys.map(({ at }) => at)).toStrictEqual([
      onset - 1,
      onset - 24 * hour,
    ]);
  });

  it('names what it wants by tree, never by depth, without asking for a crumb [deploys:jenkins:tree]', async () => {
    const jenkins = using(await deployVendors.Jenkins([]));
    await jenkins.source.list(day, live);
    expect(jenkins.seen.map(({ method }) => method)).toStrictEqual(['GET']);
    expect(jenkins.seen[0]?.path).toMatch(/^\/job\/team\/job\/deploy\/api\/json\?tree=builds/);
    expect(jenkins.seen[0]?.path).not.toContain('depth');
  });

  it('reads the changes of freestyle jobs, which are named otherwise', async () => {
    const jenkins = using(
      await deployVendors.Jenkins([deploy(1, onset - hour)], (held, request) => {
        const answer = JSON.parse(answerAsJenkins(held, request).body) as { builds: Record<string, unknown>[] };
        const [build] = answer.builds;
        const { changeSets, ...rest } = build!;
        return json({ builds: [{ ...rest, actions: [], changeSet: (changeSets as unknown[])[0] }] });
      }),
    );
    expect((await jenkins.source.list(day, live)).deploys).toMatchObject([{ sha: sha(1), subject: 'Release 1' }]);
  });

  it('probe names the job that the user may not see', async () => {
    const jenkins = using(await deployVendors.Jenkins([], () => ({ status: 404, body: 'Not found' })));
    await expect(jenkins.source.probe?.(live)).rejects.toMatchObject({
      code: 'not_found',
      fix: expect.stringContaining('Job/Read'),
    });
  });
});

describe('doctor', () => {
  it.each([
    ['GitHub', 'acme/shop: deployments: read, actions: read and contents: read'],
    ['GitLab', 'deployments of acme/shop'],
    ['Argo CD', '1 applications'],
    ['Jenkins', '1 jobs'],
  ] as const)('%s answers a probe with what it may read [deploys:sources:probed]', async (vendor, said) => {
    const world = using(await deployVendors[vendor]([deploy(1, onset - hour)]));
    expect(await world.source.probe?.(live)).toBe(said);
    expect(world.seen.every(({ method }) => method === 'GET')).toBe(true);
  });
});

it.each(['GitHub', 'GitLab', 'Argo CD', 'Jenkins'] as const)(
  '%s tells what it asked, without credentials [deploys:evidence:request]',
  async (vendor) => {
    const world = using(await deployVendors[vendor]([deploy(1, onset - hour)]));
    const { requests } = await world.source.list(day, live);
    const decoded = (line: string) => decodeURIComponent(line.replaceAll('+', ' '));
    const sent = world.seen.map(({ method, path }) => decoded(`${method} ${path}`));
    expect(requests?.length).toBe(sent.length);
    for (const line of requests ?? []) {
      const [, route = ''] = decoded(line).split(' ', 2);
      expect(sent.some((one) => one.includes(route.slice(0, 60)))).toBe(true);
    }
    expect(JSON.stringify(requests)).not.toMatch(/ghp_t|glpat-t|argo-t|jenkins-t/);
  },
);
