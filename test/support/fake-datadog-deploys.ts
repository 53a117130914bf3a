import { parseSearch } from './datadog-search.ts';
import type { FakeDeploy } from './fake-deploys.ts';
import type { SeenRequest, VendorAnswer } from './faulty-server.ts';

const json = (value: unknown, status = 200): VendorAnswer => ({ status, body: JSON.stringify(value) });
const iso = (at: number) => new Date(at).toISOString();

interface DoraBody {
  readonly data: {
    readonly type?: string;
    readonly attributes: { from: string; to: string; query?: string; limit?: number; sort?: string };
  };
}

interface EventsBody {
  readonly filter: { query: string; from: string; to: string };
  readonly sort?: string;
  readonly page?: { limit?: number; cursor?: string };
}

/** The DORA deployments of a Datadog organisation as they were recorded: ISO times, listed by their end, and nothing else. */
export function answerAsDora(held: readonly FakeDeploy[], request: SeenRequest): VendorAnswer {
  if (request.path === '/api/v2/events/search') return json({ data: [] });
  if (request.path !== '/api/v2/dora/deployments') return json({ errors: ['Not found'] }, 404);
  const { type, attributes } = (JSON.parse(request.body) as DoraBody).data;
  if (type !== 'dora_deployments_list_request') {
    const detail = 'got type "" expected one of "dora_deployments_list_request"';
    return json({ errors: [{ status: '400', title: 'Bad Request', detail }] }, 400);
  }
  const { from, to, query = '*', limit = 10, sort = 'finished_at' } = attributes;
  const order = sort.startsWith('-') ? -1 : 1;
  const data = held
    .map((deploy, index) => ({ ...deploy, id: `dep-${index}`, ended: deploy.at + 60_000 }))
    .filter(({ ended }) => ended >= Date.parse(from) && ended <= Date.parse(to))
    .filter(({ env }) => matches(query, [`env:${env ?? 'production'}`], 'checkout'))
    .toSorted((a, b) => order * (a.ended - b.ended))
    .slice(0, limit)
    .map(({ id, at, ended, sha, ref, author, env }) => ({
      id,
      type: 'dora_deployment',
      attributes: {
        service: 'checkout',
        env: env ?? 'production',
        team: 'payments',
        version: ref,
        started_at: iso(at),
        finished_at: iso(ended),
        git: { commit_sha: sha, repository_id: 'github.com/acme/shop' },
        custom_tags: [`author:${author}`],
      },
    }));
  return json({ data });
}

/** The events of an organisation whose pipeline posts one for each deploy. */
export function answerAsEvents(held: readonly FakeDeploy[], request: SeenRequest): VendorAnswer {
  if (request.path === '/api/v2/dora/deployments') return json({ data: [] });
  if (request.path !== '/api/v2/events/search') return json({ errors: ['Not found'] }, 404);
  const { filter, sort, page = {} } = JSON.parse(request.body) as EventsBody;
  const { limit = 10, cursor } = page;
  const order = sort === '-timestamp' ? -1 : 1;
  const found = held
    .map((deploy, index) => ({ ...deploy, id: `ev-${index}`, tags: tagsOf(deploy) }))
    .filter(({ at }) => at >= Date.parse(filter.from) && at <= Date.parse(filter.to))
    .filter(({ tags }) => matches(filter.query, tags))
    .toSorted((a, b) => order * (a.at - b.at));
  const start = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64url').toString());
  const data = found.slice(start, start + limit).map(({ id, at, subject, state, tags }) => ({
    type: 'event',
    id,
    attributes: {
      message: `%%% \n${subject}\n %%%`,
      tags: [...tags, ...tags],
      timestamp: iso(at),
      attributes: {
        title: subject,
        service: 'undefined',
        status: state ?? 'info',
        timestamp: at,
        priority: 'normal',
        evt: { source_id: 100, type: 'api', id: `656797759679748${id}` },
      },
    },
  }));
  if (cursor !== undefined && data.length === 0) return json({ data: [] });
  const next = Buffer.from(String(start + limit)).toString('base64url');
  // As recorded: a page that is not full carries a cursor as well.
  return json({ meta: { page: { after: next } }, data });
}

function tagsOf({ sha, ref, author, env }: FakeDeploy): string[] {
  const place = [`env:${env ?? 'production'}`, 'service:checkout'];
  return ['event_type:deployment', ...place, `version:${ref}`, `git.commit.sha:${sha}`, `author:${author}`];
}

function matches(query: string, tags: readonly string[], service?: string): boolean {
  const own = tags.find((tag) => tag.startsWith('service:'))?.slice(8) ?? service;
  return parseSearch(query)({ message: '', tags, attributes: {}, ...(own !== undefined && { service: own }) });
}
