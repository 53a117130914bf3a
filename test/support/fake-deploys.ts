import type { SeenRequest, VendorAnswer } from './faulty-server.ts';

/** One deploy as every fake vendor can hold it. */
export interface FakeDeploy {
  readonly at: number;
  readonly sha: string;
  readonly ref: string;
  readonly author: string;
  readonly subject: string;
  readonly env?: string;
  /** In the words of the vendor. */
  readonly state?: string;
}

const iso = (at: number) => new Date(at).toISOString();
const json = (value: unknown, status = 200): VendorAnswer => ({ status, body: JSON.stringify(value) });
const page = <T>(all: readonly T[], query: URLSearchParams): readonly T[] => {
  const size = Number(query.get('per_page') ?? 30);
  const start = (Number(query.get('page') ?? 1) - 1) * size;
  return all.slice(start, start + size);
};

/** What GitHub answers about deployments, as its REST description has it: newest first, without a filter by time. */
export function answerAsGithub(held: readonly FakeDeploy[], request: SeenRequest): VendorAnswer {
  const { pathname, searchParams: query } = new URL(request.path, 'http://github');
  const newest = held.map((deploy, index) => ({ ...deploy, id: index + 1 })).toSorted((a, b) => b.at - a.at);
  const states = /\/deployments\/(\d+)\/statuses$/.exec(pathname)?.[1];
  if (states !== undefined) {
    const found = newest.find(({ id }) => String(id) === states);
    if (found === undefined) return json({ message: 'Not Found' }, 404);
    return json(
      found.state === undefined
        ? []
        : [{ state: found.state, created_at: iso(found.at + 60_000), log_url: `https://ci.example/${found.id}` }],
    );
  }
  if (pathname.endsWith('/deployments')) {
    const wanted = newest.filter(({ env }) => !query.has('environment') || env === query.get('environment'));
    return json(
      page(wanted, query).map(({ id, at, sha, ref, author, subject, env }) => ({
        id,
        sha,
        ref,
        task: 'deploy',
        environment: env ?? 'production',
        description: subject,
        created_at: iso(at),
        creator: { login: author },
      })),
    );
  }
  if (pathname.endsWith('/actions/runs')) return json({ total_count: 0, workflow_runs: [] });
  if (pathname.endsWith('/releases') || pathname.endsWith('/commits')) return json([]);
  return json({ message: 'Not Found' }, 404);
}

/** What GitLab answers about deployments: oldest first unless told otherwise, and 400 for the combinations that it refuses. */
export function answerAsGitlab(held: readonly FakeDeploy[], request: SeenRequest): VendorAnswer {
  const { pathname, searchParams: query } = new URL(request.path, 'http://gitlab');
  if (!pathname.endsWith('/deployments')) return json({ message: '404 Not found' }, 404);
  const has = (name: string) => query.has(`${name}_after`) || query.has(`${name}_before`);
  const order = query.get('order_by') ?? 'id';
  const status = query.get('status');
  const refused =
    (has('updated') && order !== 'updated_at') ||
    (has('finished') && (order !== 'finished_at' || status !== 'success')) ||
    (order === 'finished_at' && !has('finished') && !['success', 'failed', 'canceled'].includes(status ?? '')) ||
    (has('updated') && has('finished'));
  if (refused) return json({ message: '400 Bad request - `updated_at` filter requires `updated_at` sort.' }, 400);
  const oldest = held.map((deploy, index) => ({ ...deploy, id: index + 1 })).toSorted((a, b) => a.at - b.at);
  const after = Date.parse(query.get('updated_after') ?? '') || 0;
  const wanted = oldest.filter(
    ({ at, env }) => at + 60_000 >= after && (!query.has('environment') || env === query.get('environment')),
  );
  const sorted = query.get('sort') === 'desc' ? wanted.toReversed() : wanted;
  return json(
    page(sorted, query).map(({ id, at, sha, ref, author, subject, env, state }) => ({
      id,
      iid: id,
      sha,
      ref,
      status: state ?? 'success',
      created_at: iso(at),
      updated_at: iso(at + 60_000),
      user: { username: author },
      environment: { name: env ?? 'production' },
      deployable: {
        finished_at: iso(at + 60_000),
        web_url: `https://gitlab.example/-/jobs/${id}`,
        commit: { title: subject },
      },
    })),
  );
}

/** What Argo CD answers: one application, its history oldest first. */
export function answerAsArgocd(held: readonly FakeDeploy[], request: SeenRequest): VendorAnswer {
  const { pathname } = new URL(request.path, 'http://argocd');
  if (pathname !== '/api/v1/applications') return json({ error: 'Not Found', code: 5 }, 404);
  const oldest = held.toSorted((a, b) => a.at - b.at);
  const done = oldest.filter(({ state }) => state === undefined || state === 'Succeeded');
  const last = oldest.at(-1);
  return json({
    items: [
      {
        metadata: {
          name: 'checkout-prod',
          namespace: 'argocd',
          labels: { 'app.kubernetes.io/name': 'checkout', env: 'prod' },
        },
        status: {
          history: done.map(({ at, sha, author }, id) => ({
            id,
            revision: sha,
            deployStartedAt: iso(at),
            deployedAt: iso(at + 30_000),
            initiatedBy: { username: author },
          })),
          operationState: last && {
            phase: last.state ?? 'Succeeded',
            message: last.subject,
            startedAt: iso(last.at),
            operation: { initiatedBy: { username: last.author } },
            syncResult: { revision: last.sha },
          },
        },
      },
    ],
  });
}

/** What Jenkins answers: builds newest first, times in milliseconds, only what `tree` names. */
export function answerAsJenkins(held: readonly FakeDeploy[], request: SeenRequest): VendorAnswer {
  const { pathname, searchParams: query } = new URL(request.path, 'http://jenkins');
  if (pathname !== '/job/team/job/deploy/api/json') return { status: 404, body: '<html>Not found</html>' };
  const tree = query.get('tree') ?? '';
  if (!tree.startsWith('builds[')) return json({ name: 'deploy' });
  const builds = held
    .map((deploy, index) => ({ ...deploy, number: index + 1 }))
    .toSorted((a, b) => b.at - a.at)
    .map(({ number, at, sha, author, subject, state }) => ({
      number,
      url: `https://jenkins.example/job/deploy/${number}/`,
      result: state === 'building' ? null : (state ?? 'SUCCESS'),
      timestamp: at,
      duration: state === 'building' ? 0 : 60_000,
      building: state === 'building',
      displayName: `#${number}`,
      actions: [{ causes: [{ userName: author }] }, {}, null, { lastBuiltRevision: { SHA1: sha } }],
      changeSets: [{ items: [{ commitId: sha, msg: subject, author: { fullName: author } }] }],
    }));
  return json({ builds: builds.slice(0, 50) });
}
