import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { DeployQuery } from '#domain/evidence.ts';

import type { VendorWorld } from '../support/deploy-vendors.ts';
import { deployVendors } from '../support/deploy-vendors.ts';
import { answerAsDora, answerAsEvents } from '../support/fake-datadog-deploys.ts';
import type { FakeDeploy } from '../support/fake-deploys.ts';
import type { SeenRequest, VendorAnswer } from '../support/faulty-server.ts';

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
  subject: `Deployed checkout v${n}`,
  ...more,
});
const json = (body: unknown, status = 200): VendorAnswer => ({ status, body: JSON.stringify(body) });
const both = (held: readonly FakeDeploy[], request: SeenRequest) =>
  (request.path.includes('/dora/') ? answerAsDora : answerAsEvents)(held, request);

const open: VendorWorld[] = [];
async function world(held: readonly FakeDeploy[], answer: typeof both = both): Promise<VendorWorld> {
  const made = await deployVendors['Datadog DORA'](held, answer);
  open.push(made);
  return made;
}
const bodyOf = ({ seen }: VendorWorld, path: string, n = 0) =>
  JSON.parse(seen.filter((request) => request.path === path)[n]?.body ?? '{}') as Record<string, unknown>;

beforeAll(async () => {
  // From source, the client's first load reads thousands of files.
  await import('#providers/datadog/deploy-api.ts');
}, 60_000);
afterEach(async () => {
  for (const made of open.splice(0)) await made[Symbol.asyncDispose]();
});

describe('deployments that pipelines reported', () => {
  it('are asked for with the type that Datadog insists on, in ISO times, newest first, by when they ended [deploys:datadog:dora]', async () => {
    const datadog = await world([deploy(1, onset - hour)]);
    await datadog.source.list(day, live);
    expect(bodyOf(datadog, '/api/v2/dora/deployments')).toStrictEqual({
      data: {
        type: 'dora_deployments_list_request',
        attributes: {
          from: '2025-11-02T13:58:00Z',
          to: '2025-11-03T14:58:00Z',
          limit: 500,
          sort: '-finished_at',
        },
      },
    });
  });

  it('count from when they began, although they are listed by when they ended', async () => {
    const datadog = await world([deploy(1, onset - 24 * hour - 1), deploy(2, onset - 1)], answerAsDora);
    const { deploys } = await datadog.source.list(day, live);
    expect(deploys).toMatchObject([
      { at: onset - 1, finishedAt: onset - 1 + 60_000, sha: sha(2), service: 'checkout', env: 'production' },
    ]);
  });

  it('are read as they were recorded, without a commit and without tags', async () => {
    const attributes = {
      service: 'shopist',
      started_at: '2025-11-03T12:26:14Z',
      finished_at: '2025-11-03T12:26:24Z',
      env: 'production',
      team: 'backend',
      version: 'v1.12.07',
    };
    const recorded = { data: [{ id: 'abc-123', type: 'dora_deployment', attributes }] };
    const datadog = await world([], (held, request) =>
      request.path.includes('/dora/') ? json(recorded) : both(held, request),
    );
    expect((await datadog.source.list(day, live)).deploys).toStrictEqual([
      {
        id: 'dora:abc-123',
        at: Date.parse(attributes.started_at),
        finishedAt: Date.parse(attributes.finished_at),
        sha: '',
        ref: 'v1.12.07',
        kind: 'event',
        author: 'backend',
        subject: 'shopist v1.12.07',
        service: 'shopist',
        env: 'production',
        status: 'succeeded',
      },
    ]);
  });

  it('are at most 500, and the answer says so', async () => {
    const held = Array.from({ length: 501 }, (_, n) => deploy(n, onset - (n + 1) * 60_000));
    const { deploys, warnings } = await (await world(held, answerAsDora)).source.list(day, live);
    expect(deploys).toHaveLength(500);
    expect(deploys[0]).toMatchObject({ ref: 'v0' });
    expect(warnings).toStrictEqual(['Only the newest 500 deployments were read: name a service or an env.']);
  });
});

describe('events of deployment tools', () => {
  it('are searched in ISO times, newest first, to the page that is empty: a last page has a cursor too [deploys:datadog:events]', async () => {
    const held = Array.from({ length: 1_200 }, (_, n) => deploy(n, onset - (n + 1) * 60_000));
    const datadog = await world(held, answerAsEvents);
    const { deploys, warnings } = await datadog.source.list(day, live);
    expect(deploys).toHaveLength(1_200);
    expect(warnings).toStrictEqual([]);
    expect(datadog.seen.filter(({ path }) => path === '/api/v2/events/search')).toHaveLength(3);
    expect(bodyOf(datadog, '/api/v2/events/search', 1)).toMatchObject({
      filter: {
        query: '(event_type:(deployment OR deploy) OR tags:(deployment OR deploy) OR source:deployment)',
        from: '2025-11-02T13:58:00.000Z',
        to: '2025-11-03T13:58:00.000Z',
      },
      sort: '-timestamp',
      page: { limit: 1_000, cursor: expect.any(String) as string },
    });
  });

  it.each([
    ['success', 'succeeded'],
    ['error', 'failed'],
    ['warn', 'partial'],
    ['info', undefined],
  ])('with the status %s are %s; a service that is the word `undefined` is none', async (state, status) => {
    const datadog = await world([deploy(1, onset - hour, { state })], answerAsEvents);
    const [found] = (await datadog.source.list(day, live)).deploys;
    expect(found).toMatchObject({
      subject: 'Deployed checkout v1',
      service: 'checkout',
      author: 'Ann',
      links: ['https://app.datadoghq.eu/event/event?id=656797759679748ev-0'],
    });
    expect(found?.status).toBe(status);
  });

  it('of a deployment that was reported as well are the same deployment [deploys:datadog:once]', async () => {
    const { deploys } = await (
      await world([deploy(1, onset - hour), deploy(2, onset - 2 * hour)])
    ).source.list(day, live);
    expect(deploys.map(({ id, ref }) => [id, ref])).toStrictEqual([
      ['dora:dep-0', 'v1'],
      ['dora:dep-1', 'v2'],
    ]);
  });
});

it.each<[string, Omit<DeployQuery, 'window'>, number]>([
  ['an environment', { env: 'production' }, 1],
  ['a service in other case', { service: 'Checkout' }, 1],
  ['another service', { service: 'mail' }, 0],
  ['a name that tries to say more', { service: 'mail) OR service:(checkout' }, 0],
])('%s narrows both, and no name reaches beyond itself [deploys:datadog:place]', async (_, place, found) => {
  const held = [deploy(1, onset - hour), deploy(2, onset - 2 * hour, { env: 'staging' })];
  const wanted = held.filter(({ env }) => place.env === undefined || env === undefined);
  const datadog = await world(wanted);
  expect((await datadog.source.list({ ...day, ...place }, live)).deploys).toHaveLength(
    found * (place.env === undefined ? 2 : 1),
  );
});

describe('permissions', () => {
  const refusing = (part: string) => (held: readonly FakeDeploy[], request: SeenRequest) =>
    request.path.includes(part) ? json({ errors: ['Forbidden'] }, 403) : both(held, request);

  it.each([
    ['/dora/', 'dora_metrics_read', 'event:ev-0'],
    ['/events/', 'events_read', 'dora:dep-0'],
  ])('without %s the rest is listed, and doctor names %s [deploys:datadog:permissions]', async (part, needed, id) => {
    const { source } = await world([deploy(1, onset - hour)], refusing(part));
    const { deploys, warnings } = await source.list(day, live);
    expect(deploys).toMatchObject([{ id }]);
    expect(warnings).toStrictEqual([expect.stringContaining('refused the keys (403)')]);
    await expect(source.probe?.(live)).rejects.toMatchObject({
      code: 'provider_rejected',
      fix: expect.stringContaining(`the permission ${needed}`) as string,
    });
  });

  it('without either there are none, and why is a note: the keys may be for logs alone [deploys:datadog:unasked]', async () => {
    const { source } = await world([deploy(1, onset - hour)], refusing('/api/'));
    const { deploys, warnings, notes } = await source.list(day, live);
    expect([deploys, warnings]).toStrictEqual([[], []]);
    expect(notes).toStrictEqual([expect.stringMatching(/refused the keys \(403\).*deploys: false does not ask it/)]);
  });

  it('without either it is an error where the operator wants deployments [deploys:datadog:unasked]', async () => {
    const datadog = await deployVendors['Datadog with deploys']([], refusing('/api/'));
    open.push(datadog);
    await expect(datadog.source.list(day, live)).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  it('are not doubted where the keys themselves are unknown [deploys:datadog:unasked]', async () => {
    const { source } = await world([], () => json({ errors: ['Unauthorized'] }, 401));
    await expect(source.list(day, live)).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  it('are not asked for where the operator wants no deployments', async () => {
    const datadog = await deployVendors['Datadog without deploys']([deploy(1, onset - hour)]);
    open.push(datadog);
    expect(await datadog.source.list(day, live)).toStrictEqual({ deploys: [], warnings: [] });
    expect(await datadog.source.probe?.(live)).toContain('not read');
    expect(datadog.seen).toStrictEqual([]);
  });

  it('are tried by doctor with one request each', async () => {
    const datadog = await world([]);
    expect(await datadog.source.probe?.(live)).toBe(
      'Datadog datadoghq.eu answers; the keys may read deployments and events.',
    );
    expect(datadog.seen).toHaveLength(2);
  });
});

it('tells what it asked, without the keys', async () => {
  const { requests } = await (await world([])).source.list({ ...day, env: 'production' }, live);
  expect(requests).toHaveLength(2);
  expect(requests?.join('\n')).toMatch(
    /^POST \/api\/v2\/dora\/deployments .*env:.*\nPOST \/api\/v2\/events\/search .*env:/,
  );
  expect(requests?.join('\n')).not.toMatch(/dd-a(?:pi|pp)/);
});
