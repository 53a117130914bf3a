import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { createCircuit, guardedSource } from '#providers/circuit.ts';
import type { LogSource } from '#providers/sources.ts';

import type { Engine } from '../../support/engine-fixture.ts';
import { createEngine, refusalOf } from '../../support/engine-fixture.ts';
import { movableClock, sampleEvent, sampleIncident, samplePullRequest } from '../../support/store-samples.ts';

const MINUTE = 60_000;
const advisory = { proof: { mode: 'advisory' as const } };
const sev3 = { severity: 'SEV3' as const, severityConfirmed: true };
const summary = { summary: 'Jobs are released.', root_cause: 'They were kept.' };

const open = (engine: Engine, id: string, change: Partial<Incident> = {}) =>
  engine.store.openIncident(sampleIncident(id, { ...sev3, ...change }), sampleEvent('incident.opened'));

/** Patches and tests an incident, so that nothing but its neighbours is in the way of its pull request. */
async function prepare(engine: Engine, incident_id = 'PD-1', content = `fixed for ${incident_id}`): Promise<void> {
  const patch = JSON.stringify({ 'src/queue.js': content });
  expect(
    (await engine.call('apply_patch', { incident_id, patch, reason: 'release every job' })).refused,
  ).toBeUndefined();
  expect((await engine.call('run_tests', { incident_id })).structured).toMatchObject({ verdict: 'pass' });
}
const publish = (engine: Engine, incident_id = 'PD-1', more: object = {}) =>
  engine.call('open_pr', { incident_id, ...summary, ...more });
const rulesOf = async (answer: ReturnType<Engine['call']>) => (await answer).refused?.ruleIds;

describe('a pull request', () => {
  it('waits until that of the same trouble is 15 minutes old, in a dry run too [gate:breakers:cooldown]', async () => {
    await using engine = createEngine({ incident: sev3 });
    open(engine, 'PD-2', { title: 'Memory of user-service grows until it is killed' });
    open(engine, 'PD-3', { title: 'Orders are late' });
    for (const id of ['PD-1', 'PD-2', 'PD-3']) await prepare(engine, id);
    expect((await publish(engine)).refused).toBeUndefined();

    engine.clock.advance(MINUTE);
    const refused = await publish(engine, 'PD-2');
    expect(refusalOf(refused)).toMatchObject({
      code: 'policy_denied',
      rule_ids: ['breaker/cooldown'],
      retry: 'later',
      evidence: { findings: [{ incident: 'PD-1', until: '2026-03-01T12:15:00.000Z' }] },
    });
    expect(engine.store.used('PD-2').prs).toBe(0);
    expect(await rulesOf(publish(engine, 'PD-2', { dry_run: true }))).toEqual(['breaker/cooldown']);
    const allowed = async (incident_id: string) =>
      (await engine.call('get_incident', { incident_id })).structured?.['allowed_next'];
    expect(await allowed('PD-2')).not.toContain('open_pr');
    expect(await allowed('PD-3')).toContain('open_pr');
    expect((await publish(engine)).refused).toBeUndefined();
    expect((await publish(engine, 'PD-3')).refused).toBeUndefined();

    engine.clock.advance(14 * MINUTE);
    expect(await allowed('PD-2')).toContain('open_pr');
    expect((await publish(engine, 'PD-2')).refused).toBeUndefined();
    expect(engine.host.requests).toHaveLength(4);
  });

  it('waits for one that has the same errors, which the server has read itself [gate:breakers:cooldown]', async () => {
    await using engine = createEngine({ incident: sev3 });
    const same = { title: 'Another title' };
    open(engine, 'PD-2', same);
    open(engine, 'PD-3', same);
    engine.logs.push({
      at: engine.clock.now() - MINUTE,
      level: 'error',
      message: 'queue is full',
      raw: 'ERROR queue is full',
      origin: 'a:1',
    } as never);
    await engine.call('get_incident_logs');
    await engine.call('get_incident_logs', { incident_id: 'PD-2' });
    await engine.call('get_incident_logs', { incident_id: 'PD-3', query: 'queue' });
    expect(engine.incident('PD-1').fingerprint).toMatch(/^lh1:/);
    expect(engine.incident('PD-2').fingerprint).toBe(engine.incident('PD-1').fingerprint);
    // A filter would make another hash of the same trouble.
    expect(engine.incident('PD-3').fingerprint).toBeUndefined();
    for (const id of ['PD-1', 'PD-2']) await prepare(engine, id);
    expect((await publish(engine)).refused).toBeUndefined();
    expect(await rulesOf(publish(engine, 'PD-2'))).toEqual(['breaker/cooldown']);
  });

  it('of one that an agent opened waits for any of the repository', async () => {
    await using engine = createEngine({ incident: sev3 });
    open(engine, 'PD-2', { title: 'Other', service: 'orders', openedBy: 'agent' });
    open(engine, 'PD-3', {
      title: 'Other',
      service: 'orders',
      openedBy: 'agent',
      repository: { location: '/srv/orders', baseBranch: 'main', baseCommit: 'b'.repeat(40) },
    });
    for (const id of ['PD-1', 'PD-2', 'PD-3']) await prepare(engine, id);
    await publish(engine);
    expect(await rulesOf(publish(engine, 'PD-2'))).toEqual(['breaker/cooldown']);
    expect((await publish(engine, 'PD-3')).refused).toBeUndefined();
  });

  it('is not opened twice by calls at the same moment [gate:breakers:cooldown]', async () => {
    await using engine = createEngine({ incident: sev3 });
    open(engine, 'PD-2');
    for (const id of ['PD-1', 'PD-2']) await prepare(engine, id);
    const answers = await Promise.all([publish(engine), publish(engine, 'PD-2')]);
    const refused = answers.filter((answer) => answer.refused);
    expect(refused.map((answer) => answer.refused?.ruleIds)).toEqual([['breaker/cooldown']]);
    expect(engine.host.requests).toHaveLength(1);
  });
});

describe('a freeze', () => {
  it('makes every pull request a draft and says so with each decision [gate:breakers:freeze]', async () => {
    await using engine = createEngine({ incident: sev3, policy: {} });
    await prepare(engine);
    expect((await publish(engine, 'PD-1', { dry_run: true, draft: false })).structured).toMatchObject({ draft: false });

    engine.freeze.reason = 'The freeze file freeze.json says status: "in_progress"';
    const answer = await publish(engine, 'PD-1', { draft: false });
    const why = 'It is a draft, although a ready pull request was asked for: The freeze file freeze.json says status:';
    expect(answer.structured).toMatchObject({ draft: true, warnings: [expect.stringContaining(why)] });
    expect((await publish(engine, 'PD-1', { dry_run: true, draft: true })).structured).toMatchObject({ warnings: [] });
    expect(engine.host.requests).toMatchObject([{ draft: true }]);
    expect(engine.host.requests[0]?.body).toContain('freeze.json says status');
    const admitted = engine.records().findLast(({ type, tool }) => type === 'call.admitted' && tool === 'open_pr');
    expect(admitted?.data['autonomy']).toEqual({ level: 'pr_bot', bound_by: ['policy', 'breaker/deploy_in_progress'] });

    delete engine.freeze.reason;
    expect((await publish(engine, 'PD-1', { draft: false })).structured).toMatchObject({ draft: false });
  });

  it('that begins while a ready one is judged refuses it [gate:breakers:freeze]', async () => {
    await using engine = createEngine({ incident: sev3 });
    await prepare(engine);
    let asked = 0;
    Object.defineProperty(engine.freeze, 'reason', {
      // The plan finds no freeze yet.
      get: () => ((asked += 1) > 1 ? 'The freeze file freeze.json is missing' : undefined),
    });
    expect(refusalOf(await publish(engine, 'PD-1', { draft: false }))).toMatchObject({
      code: 'policy_denied',
      rule_ids: ['breaker/deploy_in_progress'],
      message: 'The freeze file freeze.json is missing, so a pull request can only be a draft. Nothing was done.',
      retry: 'later',
    });
    expect(engine.host.requests).toEqual([]);
  });
});

describe('a repository with many hand-overs', () => {
  const handOver = (engine: Engine, ...ids: string[]) =>
    Promise.all(ids.map((incident_id) => engine.call('escalate', { incident_id, reason: 'It is unclear.' })));
  const close = (engine: Engine, id: string) => {
    const { baseCommit } = engine.incident(id).repository;
    const subject = { incidentId: id, kind: 'close' as const, facts: { base_commit: baseCommit } };
    const asked = engine.approvals.ask(subject, [], 'ada');
    const at = engine.clock.now();
    engine.store.decideApproval(
      asked.id,
      { verdict: 'approved', reason: 'Seen.', at, by: 'ada' },
      sampleEvent('approval.granted'),
    );
    engine.store.close(
      id,
      { at, by: 'ada', reason: 'Seen.', resolution: 'resolved' },
      asked.id,
      sampleEvent('incident.closed', { data: { approval: asked.id } }),
    );
  };

  it('is only diagnosed until a human has acted [gate:breakers:repo-quality]', async () => {
    await using engine = createEngine({ ...advisory, incident: sev3 });
    for (const id of ['PD-2', 'PD-3', 'PD-4', 'PD-5']) open(engine, id);
    await handOver(engine, 'PD-2', 'PD-3');
    engine.store.escalate('PD-5', { reason: 'A human said stop.', ruleId: 'human', at: engine.clock.now() });
    expect((await engine.patch()).refused).toBeUndefined();
    await handOver(engine, 'PD-4');

    expect(refusalOf(await engine.patch(1))).toMatchObject({
      code: 'policy_denied',
      rule_ids: ['breaker/repo_quality'],
      retry: 'later',
      evidence: { autonomy: { level: 'observer', bound_by: ['breaker/repo_quality'] } },
    });
    expect(await rulesOf(publish(engine))).toContain('breaker/repo_quality');
    expect((await engine.call('get_incident_logs')).refused).toBeUndefined();
    expect((await engine.call('get_incident')).structured).toMatchObject({ autonomy: { level: 'observer' } });

    engine.clock.advance(20 * 86_400_000);
    close(engine, 'PD-3');
    expect((await engine.patch(2)).refused?.ruleIds).not.toContain('breaker/repo_quality');
  });

  it('binds no other repository', async () => {
    await using engine = createEngine({ incident: sev3 });
    const repository = { location: '/srv/orders', baseBranch: 'main', baseCommit: 'b'.repeat(40) };
    for (const id of ['PD-2', 'PD-3', 'PD-4']) open(engine, id, { repository });
    await handOver(engine, 'PD-2', 'PD-3', 'PD-4');
    expect((await engine.patch()).refused).toBeUndefined();
  });

  it('or with two reverts, as the code host tells them, is so too [gate:breakers:repo-quality]', async () => {
    await using engine = createEngine({ incident: sev3 });
    const revert = (id: string, revertedAt: number) => {
      open(engine, id);
      const fate = { outcome: 'reverted' as const, mergedAt: revertedAt - 1, revertedAt };
      engine.store.recordPullRequest(id, { ...samplePullRequest, fate }, sampleEvent('pull_request.opened'));
    };
    revert('PD-2', engine.clock.now() - 23 * 60 * MINUTE);
    expect((await engine.patch()).refused).toBeUndefined();
    revert('PD-3', engine.clock.now());
    const { refused } = await engine.patch(1);
    expect(refused?.ruleIds).toEqual(['breaker/repo_quality']);
    expect(refused?.message).toContain('2 reverts of merged fixes within 24 hours (PD-2, PD-3)');
  });
});

describe('a storm of incidents', () => {
  const request = (id: string, more: object = {}) => ({ id, repository: '/srv/orders', service: 'orders', ...more });
  const openBy = (engine: Engine, id: string, more: object = {}) =>
    engine.incidents.open(request(id, more), 'human', 'human:ada');
  /** PD-1 of the fixture is the first of 20. */
  const storm = async (engine: Engine) => {
    for (let n = 2; n <= 20; n += 1) await openBy(engine, `PD-${n}`, { service: n === 3 ? 'payments' : 'orders' });
  };

  it('refuses a further one of the same service with the id of the first [gate:breakers:storm]', async () => {
    await using engine = createEngine();
    await storm(engine);
    const error = await openBy(engine, 'PD-21').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'policy_denied',
      message:
        '20 incidents were opened within 5 minutes, and PD-2 of the service orders is one of them. PD-21 was not opened.',
      ruleIds: ['breaker/storm'],
      fix: 'Work on PD-2, or open PD-21 again in 5 minutes if it is something else.',
      retry: 'later',
      evidence: { incident: 'PD-2', opened: 20 },
    });
    expect(engine.store.getIncident('PD-21')).toBeUndefined();
    expect(await openBy(engine, 'PD-20')).toMatchObject({ created: false });
  });

  it.each<[string, object]>([
    ['of another service', { service: 'shipping' }],
    ['of no service', { service: undefined }],
    ['of another repository', { repository: '/srv/else' }],
    ['that is more severe', { severity: 'SEV2' }],
  ])('opens one %s', async (_, more) => {
    await using engine = createEngine();
    await storm(engine);
    expect(await openBy(engine, 'PD-21', more)).toMatchObject({ created: true });
  });

  it('is over after five minutes, and does not begin with the nineteenth', async () => {
    await using engine = createEngine();
    await storm(engine);
    engine.clock.advance(5 * MINUTE + 1);
    expect(await openBy(engine, 'PD-21')).toMatchObject({ created: true });
  });

  it('refuses agents too, but no hand-over of what nobody knows [gate:breakers:storm]', async () => {
    await using engine = createEngine({
      autoOpen: true,
      policy: { incidents_opened_by_agents: { daily_budget_factor: 10, max_per_day: 100 } },
    });
    for (let n = 2; n <= 20; n += 1) await engine.call('get_incident', { incident_id: `PD-${n}` });
    const refused = await engine.call('get_incident_logs', { incident_id: 'PD-21' });
    expect(refusalOf(refused)).toMatchObject({ rule_ids: ['breaker/storm'], evidence: { incident: 'PD-2' } });
    expect(engine.records('_server')).toMatchObject([{ type: 'call.denied', data: { rule_ids: ['breaker/storm'] } }]);
    const handedOver = await engine.call('escalate', { incident_id: 'PD-22', reason: 'It is unclear.' });
    expect(handedOver.structured).toMatchObject({ status: 'handed_over' });
  });
});

describe('a source that fails', () => {
  it('is answered as partial, with its name and until when, and asked again then [gate:breakers:provider]', async () => {
    const clock = movableClock();
    let asked = 0;
    let isDown = true;
    const source: LogSource = {
      async *read() {
        asked += 1;
        if (isDown) throw new FixgateError('provider_unavailable', 'Loki answered 503.', { fix: 'Try again in 30 s.' });
        yield { entries: [], scannedBytes: 0 };
      },
    };
    const logSource = guardedSource(source, { provider: 'loki', role: 'logs' }, createCircuit('prod-logs', clock));
    await using engine = createEngine({ logSource });
    for (let n = 0; n < 5; n += 1)
      expect((await engine.call('get_incident_logs', { limit: n + 1 })).refused?.code).toBe('provider_unavailable');

    const { structured, text } = await engine.call('get_incident_logs');
    expect(structured).toMatchObject({ status: 'partial', matched: 0, rows: [], source: 'files' });
    expect(text).toMatch(/^OK Nothing was read, which says nothing about the logs\. prod-logs failed 5 times/);
    expect(structured?.['notes']).toEqual([
      'prod-logs failed 5 times within 60 s, and it is not asked before 2026-03-01T12:00:30.000Z. Ask another source, or again after 2026-03-01T12:00:30.000Z.',
    ]);
    expect((await engine.call('get_incident_logs', { event: 'a:1' })).structured).toMatchObject({ status: 'partial' });
    expect(asked).toBe(5);

    isDown = false;
    clock.at += 30_000;
    expect((await engine.call('get_incident_logs')).structured).toMatchObject({ status: 'empty' });
    expect(asked).toBeGreaterThan(5);
  });
});

describe('a budget that comes near its end', () => {
  it('is told once at 75 % and once at 90 %, in the answer, the records and get_incident [gate:budget:warned]', async () => {
    await using engine = createEngine({ budget: { tool_calls: 10 } });
    const ends: (string | undefined)[] = [];
    const limits: string[] = [];
    for (let n = 1; n <= 10; n += 1) {
      const { text } = await engine.call('get_incident_logs', { limit: n });
      ends.push(text.split('\n').find((line) => line.includes('of a budget is used')));
      const { structured } = await engine.call('get_incident');
      const listed = (structured?.['limits'] ?? []) as string[];
      limits.push(listed.find((line) => line.includes('of a budget is used')) ?? '');
    }
    const told = [
      'At least 75 % of a budget is used: 8 of 10 tool calls.',
      'At least 90 % of a budget is used: 9 of 10 tool calls.',
    ];
    const none = undefined;
    expect(limits).toEqual(['', '', '', '', '', '', '', ...told, '']);
    expect(ends).toEqual([none, none, none, none, none, none, none, ...told, none]);
    const kept = engine.store.timeline('PD-1').filter(({ type }) => type === 'budget.warned');
    expect(kept.map((each) => each.summary)).toEqual(told);
    expect(kept.map(({ data }) => data)).toEqual([
      { kind: 'tool_calls', level: 75, used: 8, cap: 10 },
      { kind: 'tool_calls', level: 90, used: 9, cap: 10 },
    ]);
  });
});

describe('escalate with dry_run', () => {
  const said = { reason: 'The cause is elsewhere.', unknowns: ['Why at noon?'], dry_run: true };

  it('shows what would be handed over, and neither keeps, sends nor stops anything [tools:dry-run:free]', async () => {
    await using engine = createEngine({ incident: sev3 });
    const used = engine.store.used('PD-1');
    const { structured } = await engine.call('escalate', said);
    expect(structured).toEqual({
      summary:
        'Dry run, nothing was handed over. PD-1 would go to the on-call engineer and nothing more would be done for it; the report would say: {"reason":"The cause is elsewhere.","suggested_actions":[],"unknowns":["Why at noon?"]}',
      status: 'dry_run',
      stopped_by: 'escalate',
      kept: false,
      report: 'fixgate report PD-1',
    });
    expect(engine.store.used('PD-1')).toEqual(used);
    expect(engine.incident()).toMatchObject({ state: 'open' });
    expect(engine.incident()).not.toHaveProperty('escalation');
    expect(engine.store.timeline('PD-1').map(({ type }) => type)).toEqual(['incident.opened', 'call.free']);
    expect((await engine.patch()).refused).toBeUndefined();
  });

  it('says how it is with one that was handed over, or closed', async () => {
    await using engine = createEngine({ incident: sev3 });
    await engine.call('escalate', { reason: 'Enough.' });
    const events = engine.store.timeline('PD-1').length;
    expect((await engine.call('escalate', said)).structured).toMatchObject({
      summary: expect.stringContaining('PD-1 is handed over already; this would be added to its report:') as string,
      status: 'dry_run',
    });
    expect(
      engine.store
        .timeline('PD-1')
        .slice(events)
        .map(({ type }) => type),
    ).toEqual(['call.free']);
  });

  it('opens nothing that nobody has opened [tools:dry-run:free]', async () => {
    await using engine = createEngine({ autoOpen: true });
    expect((await engine.call('escalate', { incident_id: 'PD-404', ...said })).refused?.code).toBe('not_found');
    expect(engine.store.getIncident('PD-404')).toBeUndefined();
  });

  it('works with every budget spent and the kill switch on, and shows no secret', async () => {
    await using engine = createEngine({ budget: { tool_calls: 0, usd: 0 } });
    engine.halt.reason = 'the file STOP is there';
    const reason = 'The token is ghp_16C7e42F292c6912E7710c838347Ae178B4a.';
    const { structured, refused } = await engine.call('escalate', { ...said, reason });
    expect(refused).toBeUndefined();
    expect(JSON.stringify(structured)).not.toContain('ghp_16C7');
  });
});
