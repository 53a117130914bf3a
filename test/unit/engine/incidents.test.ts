import { describe, expect, it } from 'vitest';

import type { OpenRequest } from '#engine/incidents.ts';

import { createEngine } from '../../support/engine-fixture.ts';

const request: OpenRequest = {
  id: 'PD-7',
  repository: '/srv/orders',
  title: 'Orders are late',
  severity: 'SEV1',
  service: 'orders',
  environment: 'production',
  startedAt: 1_000,
  rca: { text: 'processQueue keeps every job', url: 'https://wiki.example/7' },
};
const human = 'human:ada';

describe('an incident that a human opens', () => {
  it('has the facts that were given, and its severity is confirmed [incidents:severity:confirmed]', async () => {
    await using engine = createEngine();
    const { incident, created } = await engine.incidents.open(request, 'human', human);
    expect(created).toBe(true);
    expect(incident).toMatchObject({
      ...request,
      repository: { location: '/srv/orders' },
      severityConfirmed: true,
      openedBy: 'human',
      state: 'open',
    });
    expect(engine.store.timeline('PD-7')).toMatchObject([{ type: 'incident.opened', actor: human }]);
  });

  it('has defaults for the rest, and an unconfirmed severity', async () => {
    await using engine = createEngine();
    const { incident } = await engine.incidents.open({ id: 'PD-7', repository: '/srv/orders' }, 'human', human);
    expect(incident).toMatchObject({
      title: 'Incident PD-7',
      severity: 'SEV3',
      severityConfirmed: false,
      startedAt: engine.clock.now(),
    });
    expect(incident).not.toHaveProperty('service');
    expect(incident).not.toHaveProperty('rca');
  });

  it('opens again with the same facts, or with fewer [incidents:open:again]', async () => {
    await using engine = createEngine();
    await engine.incidents.open(request, 'human', human);
    engine.clock.advance(60_000);
    for (const again of [request, { id: 'PD-7', repository: '/srv/orders' }]) {
      expect(await engine.incidents.open(again, 'human', human)).toMatchObject({
        created: false,
        incident: { title: 'Orders are late', severity: 'SEV1' },
      });
    }
    expect(engine.store.timeline('PD-7')).toHaveLength(1);
  });

  it.each<[string, Partial<OpenRequest>]>([
    ['title', { title: 'Something else' }],
    ['severity', { severity: 'SEV2' }],
    ['service', { service: 'billing' }],
    ['env', { environment: 'staging' }],
    ['started-at', { startedAt: 2_000 }],
    ['rca', { rca: { text: 'another cause', url: 'https://wiki.example/7' } }],
    ['rca-url', { rca: { text: 'processQueue keeps every job', url: 'https://wiki.example/8' } }],
    ['repo', { repository: '/srv/other' }],
    ['base', { base: 'next' }],
  ])('is a conflict when its %s differs, and stays as it was [incidents:open:again]', async (name, change) => {
    await using engine = createEngine();
    const { incident } = await engine.incidents.open(request, 'human', human);
    await expect(engine.incidents.open({ ...request, ...change }, 'human', human)).rejects.toMatchObject({
      code: 'conflict',
      evidence: { different: expect.arrayContaining([name]) },
      message: expect.stringMatching(/Nothing was changed\.$/),
    });
    expect(engine.incident('PD-7')).toEqual(incident);
  });

  it('takes words that count from now for the same fact, said again [incidents:open:again]', async () => {
    await using engine = createEngine();
    const ago = (minutes: number) => ({ ...request, startedAt: (saidAt: number) => saidAt - minutes * 60_000 });
    const { incident } = await engine.incidents.open(ago(40), 'human', human);
    expect(incident.startedAt).toBe(incident.openedAt - 2_400_000);
    engine.clock.advance(600_000);
    for (const again of [ago(40), ago(50)])
      expect(await engine.incidents.open(again, 'human', human)).toMatchObject({ created: false });
    for (const other of [ago(30), ago(51)])
      await expect(engine.incidents.open(other, 'human', human)).rejects.toMatchObject({
        evidence: { different: ['started-at'] },
      });
  });

  it('says of each fact that was not taken what holds instead, signed or not, and how to give a severity [incidents:open:told]', async () => {
    await using engine = createEngine({
      proof: { mode: 'signed', signersOf: async () => [], approvers: () => [] },
    });
    await engine.incidents.open(request, 'human', human);
    const others = { ...request, title: 'All down', severity: 'SEV2', environment: 'staging', base: 'next' } as const;
    for (const openedBy of ['human', 'agent'] as const)
      await expect(engine.incidents.open(others, openedBy, human)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringMatching(
          /another title, severity, env, base: it has title "Orders are late", severity "SEV1", env "production", base "[0-9a-f]{40}"\. Nothing was changed\.$/,
        ),
        fix: expect.stringContaining('`fixgate incident confirm PD-7 --severity SEV2 --key FILE`'),
      });
    const { service: _service, ...bare } = request;
    await engine.incidents.open({ ...bare, id: 'PD-8' }, 'human', human);
    await expect(
      engine.incidents.open({ id: 'PD-8', repository: '/srv/orders', service: 'orders' }, 'human', human),
    ).rejects.toMatchObject({
      message: expect.stringContaining('another service: it has no service.'),
      fix: expect.not.stringContaining('confirm'),
    });
  });

  it('is told nothing by what its configuration implies [incidents:open:again]', async () => {
    await using engine = createEngine();
    await engine.incidents.open(request, 'human', human);
    const implied = { id: 'PD-7', repository: '/srv/other', environment: 'staging', implied: ['repo', 'env'] } as const;
    expect(await engine.incidents.open(implied, 'human', human)).toMatchObject({
      created: false,
      incident: { repository: { location: '/srv/orders' }, environment: 'production' },
    });
    await expect(engine.incidents.open({ ...implied, base: 'next' }, 'human', human)).rejects.toMatchObject({
      evidence: { different: ['base'] },
    });
  });

  it('never confirms the severity of one that an agent opened, which takes a proof [human:verbs:open]', async () => {
    await using engine = createEngine({ autoOpen: true });
    await engine.call('query_metrics', { incident_id: 'PD-7', search: 'heap' });
    expect(engine.incident('PD-7')).toMatchObject({ openedBy: 'agent', severityConfirmed: false });
    await engine.incidents.open({ id: 'PD-7', repository: '/srv/user-service', severity: 'SEV3' }, 'human', human);
    expect(engine.incident('PD-7')).toMatchObject({ openedBy: 'agent', severityConfirmed: false });
    expect(engine.store.timeline('PD-7').some(({ type }) => type === 'incident.confirmed')).toBe(false);
  });
});

describe('an id [incidents:id:form]', () => {
  it.each([
    '',
    '.',
    '..',
    'a..b',
    'PD-1.lock',
    'PD-1.LOCK',
    'PD-1.',
    '-PD',
    '.PD',
    '_server',
    'a/b',
    'a b',
    'a\n',
    'PD-1\u0000',
    'x'.repeat(65),
    'ä',
    '../../etc',
    'a@{1}',
    'a~1',
    'a^',
    'a:b',
    'a\\b',
  ])('%j is refused, for humans and for calls', async (id) => {
    await using engine = createEngine({ autoOpen: true });
    await expect(engine.incidents.open({ ...request, id }, 'human', human)).rejects.toMatchObject({
      code: 'invalid_input',
    });
    await expect(engine.incidents.resolve(id, 'read', { actor: 'a' })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(engine.store.listIncidents(10)).toHaveLength(1);
  });

  it.each(['P', '7', 'PD-4821', 'a.b_c-d', 'x'.repeat(64), 'lock', 'a.lock.b'])('%j is accepted', async (id) => {
    await using engine = createEngine();
    expect((await engine.incidents.open({ ...request, id }, 'human', human)).created).toBe(true);
  });

  it('is another one in another case', async () => {
    await using engine = createEngine();
    await expect(engine.incidents.resolve('pd-1', 'read', { actor: 'a' })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('an unknown id', () => {
  it('is opened by its first read where that is allowed, as an unconfirmed SEV3 [incidents:agents:open]', async () => {
    await using engine = createEngine({ autoOpen: true });
    const incident = await engine.incidents.resolve('PD-9', 'read', { actor: 'claude-code/2', service: 'orders' });
    expect(incident).toMatchObject({
      id: 'PD-9',
      severity: 'SEV3',
      severityConfirmed: false,
      openedBy: 'agent',
      service: 'orders',
      repository: { location: '/srv/user-service' },
    });
    expect(engine.store.timeline('PD-9')).toMatchObject([
      { type: 'incident.opened', actor: 'claude-code/2', data: { opened_by: 'agent' } },
    ]);
  });

  it('that may not be opened is answered with the nearest one [incidents:id:mistyped]', async () => {
    await using engine = createEngine({ incident: {} });
    const { text } = await engine.call('get_incident', { incident_id: 'PD-l' });
    expect(text).toMatch(/^ERROR\[not_found\] No incident PD-l is open \(did you mean PD-1\?\)\./);
    expect(engine.store.listIncidents(10)).toHaveLength(1);
  });

  it('is opened by get_incident as well: the method begins with it', async () => {
    await using engine = createEngine({ autoOpen: true });
    expect((await engine.call('get_incident', { incident_id: 'PD-9' })).text).toMatch(/^OK /);
    expect(engine.store.getIncident('PD-9')).toMatchObject({ openedBy: 'agent' });
  });

  it.each(['patch', 'test', 'publish'] as const)('is never opened by a %s', async (effect) => {
    await using engine = createEngine({ autoOpen: true });
    await expect(engine.incidents.resolve('PD-9', effect, { actor: 'a' })).rejects.toMatchObject({ code: 'not_found' });
    expect(engine.store.getIncident('PD-9')).toBeUndefined();
  });

  it('is not opened by a dry run, and the answer says so', async () => {
    await using engine = createEngine({ autoOpen: true });
    const { text } = await engine.call('escalate', { incident_id: 'PD-9', reason: 'stuck', dry_run: true });
    expect(text).toContain('A dry run opens none.');
    expect(engine.store.getIncident('PD-9')).toBeUndefined();
  });

  it('is not opened by default, and the answer lists the open ones and what the operator can do [incidents:agents:open]', async () => {
    await using engine = createEngine();
    await expect(engine.incidents.resolve('PD-9', 'read', { actor: 'a' })).rejects.toMatchObject({
      code: 'not_found',
      message: 'No incident PD-9 is open (did you mean PD-1?). Open incidents: PD-1.',
      fix: expect.stringContaining('fixgate incident open --id PD-9 --repo PATH'),
    });
  });

  it('is opened once by parallel reads', async () => {
    await using engine = createEngine({ autoOpen: true });
    await Promise.all(
      Array.from({ length: 20 }, () => engine.call('query_metrics', { incident_id: 'PD-9', search: 'heap' })),
    );
    expect(engine.store.timeline('PD-9').filter(({ type }) => type === 'incident.opened')).toHaveLength(1);
    expect(engine.store.verify('PD-9').ok).toBe(true);
  });
});

describe('the state', () => {
  it('follows what succeeds', async () => {
    await using engine = createEngine();
    const states = [];
    for (const [tool, args] of [
      ['get_incident', {}],
      ['query_metrics', { search: 'heap' }],
      ['apply_patch', { patch: '{"src/queue.js":"fixed"}', reason: 'release every job' }],
      ['run_tests', {}],
      ['open_pr', {}],
    ] as const) {
      await engine.call(tool, args);
      states.push(engine.incident().state);
    }
    expect(states).toEqual(['open', 'investigating', 'patching', 'verified', 'pr_open']);
  });

  it('stays where it is when a call is refused', async () => {
    await using engine = createEngine();
    await engine.call('query_metrics', { query: 'heap', step: 'nonsense' });
    await engine.call('apply_patch', { patch: '{".env":"x"}', reason: 'release every job' });
    expect(engine.incident().state).toBe('open');
  });
});
