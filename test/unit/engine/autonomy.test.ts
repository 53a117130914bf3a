import { describe, expect, it } from 'vitest';

import type { Approval, ApprovalSubject } from '#domain/approval.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { Comparison } from '#domain/test-comparison.ts';

import type { Engine, EngineSetup } from '../../support/engine-fixture.ts';
import { createEngine, refusalOf, shippedPolicy } from '../../support/engine-fixture.ts';
import { sampleEvent, sampleIncident } from '../../support/store-samples.ts';

const advisory = { proof: { mode: 'advisory' as const } };
const sev3 = { severity: 'SEV3' as const, severityConfirmed: true };
const reason = 'release every job';
const patchOf = (files: Record<string, string | null>) => ({ patch: JSON.stringify(files), reason });

function approve({ store }: Engine, id: string, verdict: 'approved' | 'rejected' = 'approved'): Approval {
  const decision = { verdict, reason: 'Seen.', at: 0, by: 'ada' };
  expect(store.decideApproval(id, decision, sampleEvent('approval.granted'))).toBe(true);
  return store.getApproval(id) as Approval;
}

function say(engine: Engine, kind: ApprovalSubject['kind'], facts: Readonly<Record<string, Json>>): Approval {
  const { repository } = engine.incident();
  const subject = { incidentId: 'PD-1', kind, facts: { base_commit: repository.baseCommit, ...facts } };
  return approve(engine, engine.approvals.ask(subject, [], 'ada').id);
}

function resume(engine: Engine, grant: Readonly<Record<string, Json>> = {}): void {
  const { id } = say(engine, 'resume', { grant, nonce: String(Math.random()) });
  engine.store.resume('PD-1', id, sampleEvent('incident.resumed'));
}

const questionOf = (answer: Awaited<ReturnType<Engine['call']>>) => refusalOf(answer).evidence['approval_id'] as string;

const rulesOf = async (answer: ReturnType<Engine['call']>) => (await answer).refused?.ruleIds;

describe('a SEV1', () => {
  const setup = { ...advisory, incident: { severity: 'SEV1' as const } };
  const release = (engine: Engine, approval = 'A-0') =>
    engine.store.release(
      'PD-1',
      { at: 0, by: 'ada', reason: 'go' },
      { ...sampleEvent('incident.released'), data: { approval } },
    );

  it('is read and tested as it is, and nothing else', async () => {
    await using engine = createEngine(setup);
    expect((await engine.call('get_incident_logs')).text).toMatch(/^OK/);
    expect((await engine.call('run_tests')).text).toMatch(/^OK/);
    const refused = await engine.patch();
    expect(refusalOf(refused)).toMatchObject({
      code: 'policy_denied',
      rule_ids: ['severity/SEV1'],
      retry: 'after_approval',
    });
    expect(await rulesOf(engine.call('apply_patch', { ...patchOf({ 'src/queue.js': 'x' }), dry_run: true }))).toEqual([
      'severity/SEV1',
    ]);
    expect(await rulesOf(engine.call('open_pr'))).toContain('severity/SEV1');
  });

  it('is worked on once a human released it and can prove it, whatever the age of that', async () => {
    await using engine = createEngine(setup);
    release(engine);
    expect(await rulesOf(engine.patch())).toEqual(['severity/SEV1']);
    release(engine, say(engine, 'release', {}).id);
    engine.clock.advance(7 * 86_400_000);
    expect((await engine.patch()).text).toMatch(/^OK/);
  });

  it.each<[string, (engine: Engine) => unknown]>([
    ['nobody can prove anything here', (engine) => say(engine, 'release', {})],
    [
      'it is a rejection',
      (engine) =>
        approve(
          engine,
          engine.approvals.ask(
            { incidentId: 'PD-1', kind: 'release', facts: { base_commit: 'b'.repeat(40) } },
            [],
            'ada',
          ).id,
          'rejected',
        ),
    ],
    ['it is about something else', (engine) => say(engine, 'patch', {})],
    ['it is about another commit', (engine) => say(engine, 'release', { base_commit: 'c'.repeat(40) })],
  ])('stays as it is when %s', async (why, decide) => {
    await using engine = createEngine(why.startsWith('nobody') ? { incident: setup.incident } : setup);
    release(engine);
    decide(engine);
    expect(await rulesOf(engine.patch())).toEqual(['severity/SEV1']);
  });

  it.each<[string, Partial<Incident>, readonly string[] | undefined]>([
    ['the same service', { service: 'user-service' }, ['breaker/sev1_active']],
    ['no service', {}, ['breaker/sev1_active']],
    ['another service', { service: 'billing' }, undefined],
    ['another service in the words of an agent', { service: 'billing', openedBy: 'agent' }, ['breaker/sev1_active']],
    [
      'another repository',
      { repository: { location: '/srv/x', baseBranch: 'main', baseCommit: 'b'.repeat(40) } },
      undefined,
    ],
  ])('stops the writes of other incidents of %s until it is released', async (_, change, expected) => {
    await using engine = createEngine(advisory);
    const { service: _service, ...incident } = sampleIncident('PD-2', sev3);
    engine.store.openIncident({ ...incident, ...change }, sampleEvent('incident.opened'));
    engine.store.openIncident(sampleIncident('PD-9', { severity: 'SEV1' }), sampleEvent('incident.opened'));
    const patch = () => engine.call('apply_patch', { incident_id: 'PD-2', ...patchOf({ 'src/queue.js': 'fixed' }) });
    expect(await rulesOf(patch())).toEqual(expected);
    expect((await engine.call('get_incident_logs', { incident_id: 'PD-2' })).text).toMatch(/^OK/);
  });
});

describe('decisions', () => {
  it.each<[string, EngineSetup, Json]>([
    [
      'the policy and the severity',
      {},
      { level: 'pr_bot', bound_by: ['policy', 'severity/SEV2', 'severity/unconfirmed'] },
    ],
    [
      'an observing policy',
      { policy: { autonomy: { level: 'observer', sev4_patch: false } } },
      { level: 'observer', bound_by: ['policy'] },
    ],
    ['a SEV4', { incident: { severity: 'SEV4' } }, { level: 'observer', bound_by: ['severity/SEV4'] }],
  ])('say what bound them: %s', async (_, setup, autonomy) => {
    await using engine = createEngine(setup);
    await engine.call('get_incident');
    await engine.call('get_incident_logs');
    const refused = await engine.call('apply_patch', patchOf({ '.env': 'x' }));
    expect(refusalOf(refused).evidence['autonomy']).toEqual(autonomy);
    const decisions = engine.records().filter(({ type }) => type !== 'call.succeeded');
    expect(decisions.map(({ data }) => data['autonomy'])).toEqual([autonomy, autonomy, autonomy]);
    expect((await engine.call('get_incident')).structured?.['autonomy']).toEqual(autonomy);
  });

  it('are told by get_incident before they are made', async () => {
    await using engine = createEngine({ incident: { severity: 'SEV4' } });
    const { structured } = await engine.call('get_incident');
    expect(structured?.['allowed_next']).toEqual(expect.arrayContaining(['get_incident_logs', 'run_tests']));
    expect(structured?.['not_allowed']).toEqual(
      expect.arrayContaining([{ tool: 'apply_patch', why: expect.stringContaining('SEV4') }]),
    );
  });
});

describe('the kill switch', () => {
  it('refuses writes and tests, dry ones too, and lets reading go on [gate:kill-switch:writes]', async () => {
    await using engine = createEngine();
    engine.halt.reason = 'the file STOP is there';
    for (const args of [{}, { dry_run: true }])
      expect(await rulesOf(engine.call('apply_patch', { ...patchOf({ 'src/queue.js': 'x' }), ...args }))).toEqual([
        'kill_switch',
      ]);
    expect(await rulesOf(engine.call('run_tests'))).toEqual(['kill_switch']);
    expect(await rulesOf(engine.call('open_pr'))).toContain('kill_switch');
    expect((await engine.call('get_incident_logs')).text).toMatch(/^OK/);
    expect((await engine.call('get_incident')).structured?.['autonomy']).toEqual({
      level: 'observer',
      bound_by: ['kill_switch'],
    });
    delete engine.halt.reason;
    expect((await engine.patch()).text).toMatch(/^OK/);
  });

  it('holds for a call that was judged before it was thrown', async () => {
    await using engine = createEngine();
    let looks = 0;
    Object.defineProperty(engine.halt, 'reason', { get: () => ((looks += 1) > 1 ? 'now' : undefined) });
    expect(await rulesOf(engine.patch())).toEqual(['kill_switch']);
    expect(engine.store.patches('PD-1')).toEqual([]);
  });
});

describe('breakers', () => {
  it('hand over after ten denials, at once and for every process', async () => {
    await using engine = createEngine();
    for (let n = 0; n < 9; n += 1) await engine.call('apply_patch', patchOf({ '.env': `${n}` }));
    expect(engine.incident().state).not.toBe('escalated');
    await engine.call('apply_patch', patchOf({ '.env': 'x' }));
    expect(engine.incident()).toMatchObject({ state: 'escalated', escalation: { ruleId: 'breaker/denial_storm' } });
  });

  it('are not tripped by polls, looks and repeated reads', async () => {
    await using engine = createEngine();
    engine.tests.outcomes.push('running');
    const { structured } = await engine.call('run_tests', { wait_s: 0 });
    for (let n = 0; n < 30; n += 1) {
      await engine.call('run_tests', { job_id: structured?.['job_id'], wait_s: 0 });
      await engine.call('get_incident');
      await engine.call('get_incident_logs');
    }
    expect(engine.incident().state).toBe('investigating');
  });

  it('refuse every call for 60 s after three that do not fit, and hand over after six in a row [gate:breakers:invalid]', async () => {
    await using engine = createEngine();
    const bad = () => engine.call('apply_patch', { patch: 7 });
    for (let n = 0; n < 3; n += 1) expect(refusalOf(await bad()).rule_ids).toEqual([]);
    const fourth = refusalOf(await bad());
    expect(fourth).toMatchObject({ code: 'invalid_input', rule_ids: ['breaker/invalid'], retry: 'later' });
    expect(fourth.message).toMatch(/^reason: is missing\. After 3 calls in a row /);
    expect(fourth.fix).toMatch(/^Wait 60 s, .* before\. Then give reason and call again\.$/);
    for (const tool of ['get_incident_logs', 'run_tests', 'open_pr']) {
      const refused = refusalOf(await engine.call(tool));
      expect(refused.rule_ids).toContain('breaker/invalid');
      expect(refused).toMatchObject({ code: 'policy_denied', retry: 'later' });
    }
    const look = await engine.call('get_incident');
    expect(look.text).toMatch(/^OK/);
    const told = look.text.match(/the incident cools off; .*? Wait 60 s, /g);
    expect(told).toHaveLength(1);
    const { not_allowed } = look.structured as { readonly not_allowed: readonly { readonly why: string }[] };
    expect(new Set(not_allowed.map(({ why }) => why))).toEqual(new Set(['the incident cools off, see the summary']));
    engine.clock.advance(59_999);
    const waiting = refusalOf(await engine.patch(1));
    expect(waiting).toMatchObject({ rule_ids: ['breaker/invalid'], fix: expect.stringMatching(/^Wait 1 s/) });
    engine.clock.advance(1);
    expect((await engine.patch(1)).text).toMatch(/^OK/);
    // The calls that fit have ended the row.
    for (let n = 0; n < 5; n += 1) await bad();
    expect(engine.incident().escalation).toBeUndefined();
    await bad();
    expect(engine.incident()).toMatchObject({ escalation: { ruleId: 'breaker/invalid' } });
  });

  it('answer polls of an incident that cools off, and let it be handed over', async () => {
    await using engine = createEngine();
    engine.tests.outcomes.push('running');
    const { structured } = await engine.call('run_tests', { wait_s: 0 });
    for (let n = 0; n < 3; n += 1) await engine.call('apply_patch', { patch: 7 });
    expect((await engine.call('run_tests', { job_id: structured?.['job_id'], wait_s: 0 })).text).toMatch(/^OK/);
    expect((await engine.call('escalate', { reason: 'I cannot go on' })).text).toMatch(/^OK/);
    expect(engine.incident().state).toBe('escalated');
  });

  it('refuse a change that failed its tests before, also in another incident, but not the way back', async () => {
    await using engine = createEngine(advisory);
    engine.store.openIncident(sampleIncident('PD-2'), sampleEvent('incident.opened'));
    await engine.patch(1);
    engine.tests.outcomes.push('fail');
    await engine.call('run_tests');
    const same = await engine.call('apply_patch', { incident_id: 'PD-2', ...patchOf({ 'src/queue.js': 'fixed 1' }) });
    expect(refusalOf(same)).toMatchObject({ rule_ids: ['breaker/same_diff'], retry: 'after_change' });
    expect((await engine.call('apply_patch', patchOf({ 'src/queue.js': 'leaks' }))).text).toMatch(/^OK/);
    expect(await rulesOf(engine.patch(1))).toEqual(['breaker/same_diff']);
    expect((await engine.patch(2)).text).toMatch(/^OK/);
  });

  it('hand over when two attempts fail in the same way, and start again when a human resumes with more', async () => {
    await using engine = createEngine({ ...advisory, budget: { patch_attempts: 2 } });
    engine.tests.outcomes.push('fail', 'fail');
    for (const n of [1, 2]) {
      await engine.patch(n);
      await engine.call('run_tests');
    }
    expect(engine.incident()).toMatchObject({ state: 'escalated', escalation: { ruleId: 'breaker/no_progress' } });
    engine.clock.advance(86_400_000);
    resume(engine, { patch_attempts: 1 });
    expect(engine.incident().escalation).toBeUndefined();
    expect((await engine.patch(3)).text).toMatch(/^OK/);
    expect((await engine.patch(4)).refused).toMatchObject({
      code: 'budget_exhausted',
      ruleIds: ['budget/patch_attempts'],
    });
  });
});

describe('grants', () => {
  const caps = (engine: Engine) => engine.gate.caps(engine.incident());

  it('add up over the caps of the policy and of the command line', async () => {
    await using engine = createEngine({ ...advisory, maxUsd: 0.1 });
    for (const amount of [10, 5]) {
      engine.store.escalate('PD-1', { reason: 'r', ruleId: 'human', at: 0 });
      resume(engine, { tool_calls: amount, usd: 500_000 });
    }
    expect(await caps(engine)).toMatchObject({ tool_calls: shippedPolicy.budget.tool_calls + 15, usd: 1_100_000 });
  });

  it.each<[string, Json]>([
    ['negative amounts', { tool_calls: -10 }],
    ['fractions', { tool_calls: 0.5 }],
    ['texts', { tool_calls: '10' }],
    ['kinds that are none', { wishes: 3 }],
    ['no object', 'tool_calls=10'],
    ['nothing', null],
  ])('add nothing for %s', async (_, grant) => {
    await using engine = createEngine(advisory);
    say(engine, 'resume', { grant });
    expect(await caps(engine)).toEqual({ ...shippedPolicy.budget, usd: 1_000_000 });
  });

  it('count only when they were used to resume, and only as they were signed', async () => {
    await using engine = createEngine(advisory);
    say(engine, 'resume', { grant: { tool_calls: 10 } });
    expect((await caps(engine)).tool_calls).toBe(shippedPolicy.budget.tool_calls);
    const { approvals } = engine.store;
    engine.store.approvals = (id) =>
      approvals(id).map((each) => ({ ...each, consumedAt: 1, facts: { ...each.facts, grant: { tool_calls: 1_000 } } }));
    expect((await caps(engine)).tool_calls).toBe(shippedPolicy.budget.tool_calls);
  });

  it('stay exact however large they are', async () => {
    await using engine = createEngine(advisory);
    engine.store.escalate('PD-1', { reason: 'r', ruleId: 'human', at: 0 });
    resume(engine, { tool_calls: Number.MAX_SAFE_INTEGER });
    expect((await caps(engine)).tool_calls).toBe(Number.MAX_SAFE_INTEGER);
    expect((await engine.call('get_incident_logs')).text).toMatch(/^OK/);
  });
});

describe('risk', () => {
  const ready = { ...advisory, incident: sev3 };
  const weakening = { 'test/a.test.js': '' };
  const base = { 'test/a.test.js': "test('a', () => { expect(1).toBe(1); });\n" };

  const lost = {
    count: 2,
    tests: ['a', 'b'],
    why: '2 tests ran on the base commit and are skipped or gone now: a; b',
  };

  async function green(engine: Engine, files: Record<string, string | null> = { 'src/queue.js': 'fixed' }) {
    const answer = await engine.call('apply_patch', patchOf(files));
    await engine.call('run_tests');
    return answer;
  }

  it('is low for a small tested change, whose pull request is ready, and it is told everywhere', async () => {
    await using engine = createEngine(ready);
    await green(engine);
    const { structured } = await engine.call('open_pr');
    expect(structured).toMatchObject({
      draft: false,
      risk: { band: 'low', unknowns: ['diagnosis_uncertainty', 'blast_radius'] },
    });
    expect(engine.host.requests.at(-1)?.body).toContain('## Risk');
    expect(engine.records().findLast(({ type }) => type === 'call.admitted')?.data['risk']).toMatchObject({
      band: 'low',
    });
    expect((await engine.call('get_incident')).structured?.['risk']).toMatchObject({ band: 'low' });
  });

  it('makes a draft when it is medium; a ready one waits for a human', async () => {
    await using engine = createEngine({ ...ready, policy: { risk: { medium: 1, high: 70 } } });
    await green(engine);
    const asked = await engine.call('open_pr', { draft: false });
    expect(refusalOf(asked)).toMatchObject({ code: 'approval_required', rule_ids: ['risk/ready'] });
    expect((await engine.call('open_pr')).structured).toMatchObject({ draft: true, risk: { band: 'medium' } });
    approve(engine, questionOf(asked));
    expect((await engine.call('open_pr', { draft: false })).structured).toMatchObject({ draft: false });
  });

  it('hands over when it is high, until a human has approved exactly this tree and resumed [gate:risk:binds]', async () => {
    await using engine = createEngine({ ...ready, policy: { risk: { medium: 1, high: 2 } } });
    await green(engine);
    const dry = await engine.call('open_pr', { dry_run: true });
    expect(refusalOf(dry)).toMatchObject({ code: 'policy_denied', rule_ids: ['risk/high'] });
    expect(engine.incident().state).toBe('verified');
    const refused = await engine.call('open_pr');
    expect(refusalOf(refused)).toMatchObject({ code: 'policy_denied', rule_ids: ['risk/high'], retry: 'never' });
    expect(engine.incident()).toMatchObject({ state: 'escalated', escalation: { ruleId: 'risk/high' } });
    approve(engine, questionOf(refused));
    resume(engine);
    expect((await engine.call('open_pr')).structured).toMatchObject({ draft: true, risk: { band: 'high' } });
    expect((await engine.call('open_pr')).text).toMatch(/^OK/);
    await green(engine, { 'src/queue.js': 'fixed again' });
    expect(await rulesOf(engine.call('open_pr'))).toEqual(['risk/high']);
  });

  it.each<[string, readonly Pick<Comparison, 'state' | 'lost'>[], readonly string[]]>([
    ['has lost tests', [{ state: 'ran', lost }], [lost.why]],
    ['had lost tests in an earlier run', [{ state: 'ran', lost }, { state: 'cached' }], [lost.why]],
    ['may have lost tests', [{ state: 'unknown', lost }], [lost.why]],
    ['was held against the base commit later', [{ state: 'unknown', lost }, { state: 'ran' }], []],
    ['lost none', [{ state: 'ran' }], []],
  ])('is that of weakened tests for a green tree that %s [tests:base:lost]', async (_what, runs, whys) => {
    await using engine = createEngine(ready);
    await engine.patch();
    const rest = { commit: 'b'.repeat(40), fixed: [], fixedCount: 0 };
    engine.tests.comparisons.push(...runs.map((each) => ({ ...each, ...rest })));
    for (const _ of runs) await engine.call('run_tests');
    const { structured } = await engine.call('get_incident');
    expect(structured?.['risk']).toMatchObject({
      band: whys.length > 0 ? 'high' : 'low',
      floors: whys.map((why) => expect.stringContaining(why) as string),
    });
    expect(await rulesOf(engine.call('open_pr'))).toEqual(whys.length > 0 ? ['risk/high'] : undefined);
  });

  it('asks a human before tests are weakened, and that approval covers publishing exactly this tree [gate:risk:weakened]', async () => {
    await using engine = createEngine({
      ...ready,
      files: base,
      policy: { limits: { ...shippedPolicy.limits, max_deleted_tests: 10 } },
    });
    const asked = await engine.call('apply_patch', patchOf(weakening));
    expect(refusalOf(asked)).toMatchObject({ code: 'approval_required', rule_ids: ['risk/test_weakening'] });
    approve(engine, questionOf(asked));
    expect((await green(engine, weakening)).text).toMatch(/^OK/);
    const tested = await engine.call('run_tests');
    const weakened = (after: string) =>
      ['test/a.test.js: 1 test cases no longer run', '1 fewer assertions in test/a.test.js'].map(
        (why) => `The change weakens tests, which makes it high risk: ${why}${after}.`,
      );
    expect(tested.structured?.['warnings']).toEqual(weakened(''));
    expect((await engine.call('open_pr')).structured).toMatchObject({
      draft: true,
      risk: { band: 'high', score: 70 },
      warnings: weakened(` (of patch 1, which a human approved as ${questionOf(asked)})`),
    });
  });
});

describe('what is denied anyhow', () => {
  it('is not scored: a protected file of a risky kind is one objection, and so is a red tree', async () => {
    await using engine = createEngine({ incident: sev3, policy: { risk: { medium: 1, high: 2 } } });
    const files = { 'k8s/production/deploy.yaml': 'replicas: 9' };
    expect(await rulesOf(engine.call('apply_patch', patchOf(files)))).toEqual(['protected_files/k8s/production/**']);
    await engine.patch();
    expect(await rulesOf(engine.call('open_pr'))).toEqual(['tests_green']);
    expect(engine.incident().state).toBe('patching');
  });
});

describe('a policy that asks for plans', () => {
  const setup = { policy: { require_plan: true } };
  const diagnosis = 'diagnosis: Finished jobs are never released.';
  const steps = 'change: Release jobs once they are done.\nrollback: Revert the commit to go back.';

  it.each([undefined, '', '  ', 'x', 'Release jobs; revert the commit to go back.', steps])(
    'takes no patch with the plan %j, and leaves no trace in a tree [gate:policy:plan-parts]',
    async (plan) => {
      await using engine = createEngine({ ...setup, incident: { rca: { text: '' } } });
      const args = { ...patchOf({ 'src/queue.js': 'fixed' }), ...(plan !== undefined && { plan }) };
      expect(await rulesOf(engine.call('apply_patch', args))).toEqual(['require_plan']);
      expect(engine.store.patches('PD-1')).toEqual([]);
    },
  );

  it('takes one with a plan, and a pull request with a root cause [gate:policy:plan]', async () => {
    await using engine = createEngine({ ...setup, incident: { rca: { text: '' } } });
    const plan = `${diagnosis}\n${steps}`;
    expect((await engine.call('apply_patch', { ...patchOf({ 'src/queue.js': 'fixed' }), plan })).text).toMatch(/^OK/);
    await engine.call('run_tests');
    expect(await rulesOf(engine.call('open_pr'))).toEqual(['require_plan']);
    expect((await engine.call('open_pr', { root_cause: 'Jobs stay in the queue.' })).text).toMatch(/^OK/);
  });

  it('needs no diagnosis of an incident that came with a root-cause analysis [gate:policy:plan-parts]', async () => {
    await using engine = createEngine({ ...setup, incident: { rca: { text: 'Jobs stay in the queue.' } } });
    const { text } = await engine.call('apply_patch', { ...patchOf({ 'src/queue.js': 'fixed' }), plan: steps });
    expect(text).toMatch(/^OK/);
    expect(engine.store.patches('PD-1')).toMatchObject([{ reason: expect.stringContaining(`Plan: ${steps}`) }]);
  });
});

describe('an identical read', () => {
  it('is answered from the last one, marked so, and costs a call [gate:reads:cached]', async () => {
    await using engine = createEngine();
    engine.logs.push({ at: engine.clock.now() - 1_000, raw: 'ERROR one', message: 'ERROR one', origin: 'a.log:1' });
    const first = await engine.call('get_incident_logs', { mode: 'lines' });
    engine.logs.length = 0;
    engine.clock.advance(29_000);
    const again = await engine.call('get_incident_logs', { mode: 'lines', max_tokens: 2_000 });
    expect(first.structured).not.toHaveProperty('cached');
    expect(again.structured).toMatchObject({ cached: true, scanned_bytes: 0, rows: first.structured?.['rows'] });
    expect(again.structured?.['notes']).toEqual([expect.stringContaining('29 s ago')]);
    expect(engine.store.used('PD-1').tool_calls).toBe(2);
    expect(engine.records().at(-1)?.data['cached']).toBe(true);
    engine.clock.advance(1_000);
    expect((await engine.call('get_incident_logs', { mode: 'lines' })).structured).not.toHaveProperty('cached');
  });

  it('holds longer for a window that had ended, and never for another question, another incident or a clock turned back', async () => {
    await using engine = createEngine();
    engine.store.openIncident(sampleIncident('PD-2'), sampleEvent('incident.opened'));
    const window = { since: '2026-03-01T10:00:00Z', until: '2026-03-01T11:00:00Z' };
    const cached = async (args: object) => (await engine.call('get_incident_logs', { ...args })).structured?.['cached'];
    expect(await cached(window)).toBeUndefined();
    engine.clock.advance(599_000);
    expect(await cached(window)).toBe(true);
    expect(await cached({ ...window, mode: 'lines' })).toBeUndefined();
    expect(await cached({ ...window, incident_id: 'PD-2' })).toBeUndefined();
    engine.clock.advance(1_000);
    expect(await cached(window)).toBeUndefined();
    engine.clock.advance(-600_000);
    expect(await cached(window)).toBeUndefined();
  });
});
