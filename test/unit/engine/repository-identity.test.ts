import { describe, expect, it } from 'vitest';

import { alikeBy } from '#domain/alike.ts';
import type { Incident } from '#domain/incident.ts';
import { isSameRepository, repositoryKey } from '#domain/incident.ts';
import { toSimilarIncidents } from '#report/similar-incidents.ts';

import type { Engine } from '../../support/engine-fixture.ts';
import { createEngine } from '../../support/engine-fixture.ts';
import { sampleEvent, sampleIncident, samplePullRequest } from '../../support/store-samples.ts';

const identity = 'example.com/acme/shop';
const at = (location: string): Pick<Incident, 'repository'> => ({
  repository: { location, identity, baseBranch: 'main', baseCommit: 'b'.repeat(40) },
});
const [here, there] = [at('/srv/shop'), at('/home/agent/clone')];
const sev3 = { severity: 'SEV3' as const, severityConfirmed: true };
const setup = { proof: { mode: 'advisory' as const }, incident: { ...sev3, ...there }, identity };

const open = (engine: Engine, id: string, change: Partial<Incident> = {}) =>
  engine.store.openIncident(sampleIncident(id, { ...sev3, ...here, ...change }), sampleEvent('incident.opened'));
const rulesOf = async (answer: ReturnType<Engine['call']>) => (await answer).refused?.ruleIds;
const fixed = { patch: JSON.stringify({ 'src/queue.js': 'fixed 0' }), reason: 'release every job' };

describe('incidents that were opened by different addresses of one repository [incidents:repository:identity]', () => {
  it('are stopped by its SEV1', async () => {
    await using engine = createEngine(setup);
    open(engine, 'PD-9', { severity: 'SEV1' });
    expect(await rulesOf(engine.patch())).toEqual(['breaker/sev1_active']);
  });

  it('are stopped by its hand-overs and its reverts', async () => {
    await using engine = createEngine(setup);
    for (const id of ['PD-2', 'PD-3', 'PD-4']) {
      open(engine, id);
      await engine.call('escalate', { incident_id: id, reason: 'It is unclear.' });
    }
    expect(await rulesOf(engine.patch())).toEqual(['breaker/repo_quality']);
    await using other = createEngine(setup);
    for (const id of ['PD-2', 'PD-3']) {
      open(other, id);
      const fate = { outcome: 'reverted' as const, mergedAt: 1, revertedAt: other.clock.now() };
      other.store.recordPullRequest(id, { ...samplePullRequest, fate }, sampleEvent('pull_request.opened'));
    }
    expect(await rulesOf(other.patch())).toEqual(['breaker/repo_quality']);
  });

  it('wait for the pull requests of each other', async () => {
    await using engine = createEngine(setup);
    open(engine, 'PD-2');
    engine.store.recordPullRequest('PD-2', samplePullRequest, sampleEvent('pull_request.opened'));
    await engine.patch();
    await engine.call('run_tests');
    const publish = { summary: 'Jobs are released.', root_cause: 'They were kept.' };
    expect(await rulesOf(engine.call('open_pr', publish))).toEqual(['breaker/cooldown']);
  });

  it('do not try again what failed in the other', async () => {
    await using engine = createEngine(setup);
    open(engine, 'PD-2');
    engine.tests.outcomes.push('fail');
    await engine.call('apply_patch', { incident_id: 'PD-2', ...fixed });
    await engine.call('run_tests', { incident_id: 'PD-2' });
    expect(await rulesOf(engine.call('apply_patch', fixed))).toEqual(['breaker/same_diff']);
  });

  it('share the daily budget and the daily number of agents', async () => {
    await using engine = createEngine({ ...setup, autoOpen: true });
    open(engine, 'PD-2', { openedBy: 'agent' });
    open(engine, 'PD-3', { openedBy: 'agent', ...there });
    for (const incident_id of ['PD-2', 'PD-3']) await engine.call('get_incident_logs', { incident_id });
    expect(engine.store.usedToday(`agents:${identity}`).tool_calls).toBe(2);
    const max = engine.policy.incidents_opened_by_agents.max_per_day;
    for (let n = 0; n < max; n += 1) {
      engine.clock.advance(600_000);
      const request = { id: `X-${n}`, repository: n % 2 === 0 ? '/srv/shop' : 'https://example.com/acme/shop' };
      await engine.incidents.open(request, 'agent', 'agent');
    }
    const more = { id: 'X-99', repository: '/elsewhere/shop' };
    await expect(engine.incidents.open(more, 'agent', 'agent')).rejects.toMatchObject({
      ruleIds: ['incidents_opened_by_agents/max_per_day'],
    });
  });

  it('are one storm, and similar to each other', async () => {
    await using engine = createEngine(setup);
    const openBy = (n: number) =>
      engine.incidents.open({ id: `PD-${n}`, repository: `/srv/${n}`, service: 'orders' }, 'human', 'human:ada');
    for (let n = 2; n <= 20; n += 1) await openBy(n);
    await expect(openBy(21)).rejects.toMatchObject({ ruleIds: ['breaker/storm'] });
    const [one, other] = [sampleIncident('PD-1', here), sampleIncident('PD-2', there)];
    expect(alikeBy(one, other)).toBeDefined();
    expect(toSimilarIncidents(one, [other], () => undefined)).toMatchObject([{ id: 'PD-2' }]);
  });
});

it('records without an identity are of the repository at their location [incidents:repository:identity]', async () => {
  const old = { location: '/srv/shop' };
  expect(isSameRepository(old, here.repository)).toBe(true);
  expect(isSameRepository(old, there.repository)).toBe(false);
  expect(isSameRepository(old, { location: '/srv/other' })).toBe(false);
  expect([repositoryKey(old), repositoryKey(here.repository)]).toEqual(['/srv/shop', identity]);
  await using engine = createEngine({ ...setup, incident: { ...sev3, ...here } });
  const { identity: _identity, ...repository } = here.repository;
  open(engine, 'PD-9', { severity: 'SEV1', repository });
  expect(await rulesOf(engine.patch())).toEqual(['breaker/sev1_active']);
});
