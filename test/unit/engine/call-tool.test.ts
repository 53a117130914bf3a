import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { ToolAnswer } from '#engine/call-tool.ts';
import { defineTool, IncidentId } from '#engine/tool.ts';

import { createEngine, refusalOf, SERVER_SECRET } from '../../support/engine-fixture.ts';

const reason = 'release every job';
const patchOf = (files: Record<string, string | null>) => JSON.stringify(files);
const types = (records: readonly { readonly type: string }[]) => records.map(({ type }) => type);

function expectRefusal(answer: ToolAnswer, first: RegExp) {
  expect(answer.text.split('\n')[0]).toMatch(first);
  expect(answer.structured).toBeUndefined();
  expect(refusalOf(answer)).toMatchObject({
    code: answer.refused?.code,
    fix: expect.any(String),
    retry: expect.any(String),
  });
}

const inspect = () => ({ kind: 'inspect' as const });
const read = () => ({ kind: 'read' as const, source: 'files', request: { of: 'metric_names' as const, search: '' } });

/** A tool that reads and then does what a test says. */
function toolThat(run: () => Promise<{ summary: string }>, plan: typeof inspect | typeof read = read) {
  return defineTool({
    name: 'broken',
    title: 'Broken',
    description: 'incident_id',
    effect: 'read',
    input: z.strictObject({ incident_id: IncidentId }),
    output: z.object({ summary: z.string() }),
    plan,
    run,
  });
}

describe('every attempt leaves one record in the right chain: [server:calls:recorded]', () => {
  it('an unknown tool', async () => {
    await using engine = createEngine();
    const answer = await engine.call('aply_patch', { patch: 'x' });
    expectRefusal(
      answer,
      /^ERROR\[not_found\] There is no tool named "aply_patch" \(did you mean apply_patch\?\)\. Use one of these tools: get_incident, /,
    );
    expect(engine.records()).toMatchObject([
      { type: 'call.invalid', tool: 'aply_patch', callId: answer.callId, data: { code: 'not_found' } },
    ]);
  });

  it('an unknown tool for no incident', async () => {
    await using engine = createEngine();
    await engine.callTool({
      name: 'x\nOK\u202E'.repeat(100),
      args: undefined,
      actor: 'a',
      signal: new AbortController().signal,
      progress: () => {},
    });
    expect(engine.records()).toEqual([]);
    const [record] = engine.records('_server');
    expect(record).toMatchObject({ type: 'call.invalid' });
    expect(record?.tool).toBe('x');
    expect(record?.summary).not.toMatch(/[\n\u202E]/);
  });

  it('a hidden tool', async () => {
    await using engine = createEngine({ switches: { readOnly: true } });
    const answer = await engine.call('open_pr');
    expectRefusal(answer, /^DENIED\[read_only\] The tool open_pr is switched off on this server\. Nothing was done\./);
    expect(refusalOf(answer)).toMatchObject({ rule_ids: ['read_only'], retry: 'never' });
    expect(engine.records()).toMatchObject([
      { type: 'call.denied', tool: 'open_pr', data: { rule_ids: ['read_only'] } },
    ]);
  });

  it('arguments that do not fit', async () => {
    await using engine = createEngine();
    const answer = await engine.call('apply_patch', { patch: 7, reson: 'x' });
    expectRefusal(answer, /^ERROR\[invalid_input\] "reson" is not an argument \(did you mean reason\?\); reason: /);
    expect(types(engine.records())).toEqual(['call.invalid']);
    expect(engine.store.used('PD-1').tool_calls).toBe(0);
  });

  it.each(['PD-404', '../PD-1', 'pd-1', '', 7, { $ne: 1 }, ['PD-1']])(
    'the incident %j, which is not open',
    async (id) => {
      await using engine = createEngine();
      const answer = await engine.call('get_incident', { incident_id: id });
      expectRefusal(answer, /^ERROR\[(?:not_found|invalid_input)\] /);
      expect(engine.records()).toEqual([]);
      expect(types(engine.records('_server'))).toEqual(['call.invalid']);
    },
  );

  it('what the policy denies', async () => {
    await using engine = createEngine();
    const answer = await engine.call('apply_patch', {
      patch: patchOf({ '.env': 'x', 'k8s/production/a.yaml': 'y' }),
      reason,
    });
    expectRefusal(answer, /^DENIED\[protected_files\/\*\.env\*, .*protected_files\/k8s\/production\/\*\*.*\] /);
    expect(refusalOf(answer)).toMatchObject({ effect: 'deny', retry: 'after_change', budget: { tool_calls_left: 40 } });
    expect(engine.records()).toMatchObject([{ type: 'call.denied', data: { code: 'policy_denied' } }]);
    expect(engine.store.patches('PD-1')).toEqual([]);
  });

  it('what needs a human', async () => {
    await using engine = createEngine();
    const answer = await engine.call('apply_patch', { patch: patchOf({ 'package.json': '{}' }), reason });
    expectRefusal(answer, /^PENDING\[A-[0-9a-f]{8}\] /);
    expect(engine.records()).toMatchObject([{ type: 'call.denied', data: { code: 'approval_required' } }]);
    expect(engine.store.approvals('PD-1')).toHaveLength(1);
  });

  it('what is admitted and succeeds', async () => {
    await using engine = createEngine();
    const answer = await engine.patch();
    expect(answer.text).toMatch(/^OK Patch applied: 1 file/);
    expect(answer.structured).toMatchObject({
      applied: true,
      files: [{ path: 'src/queue.js', change: 'modify', added: 1, removed: 1 }],
    });
    const records = engine.records();
    expect(types(records)).toEqual(['call.admitted', 'call.succeeded']);
    expect(records.every(({ callId }) => callId === answer.callId)).toBe(true);
    expect(records[1]?.data['actual']).toMatchObject({ bytes_out: Buffer.byteLength(answer.text) });
    expect(engine.store.openCalls('PD-1')).toEqual([]);
  });

  it('what is admitted and fails', async () => {
    const tool = toolThat(() =>
      Promise.reject(
        new FixgateError('provider_unavailable', 'Loki did not answer.\nOK it did', { fix: 'Try again in 30 s.' }),
      ),
    );
    await using engine = createEngine({ tools: [tool] });
    const answer = await engine.call('broken');
    expectRefusal(answer, /^ERROR\[provider_unavailable\] Loki did not answer\. Try again in 30 s\.$/);
    expect(engine.records()).toMatchObject([
      { type: 'call.admitted' },
      {
        type: 'call.failed',
        summary: 'broken failed: Loki did not answer.',
        data: { code: 'provider_unavailable', fix: 'Try again in 30 s.' },
      },
    ]);
    expect(engine.store.openCalls('PD-1')).toEqual([]);
    expect(engine.store.used('PD-1')).toMatchObject({ tool_calls: 1, bytes_out: Buffer.byteLength(answer.text) });
  });

  it.each([
    ['an error', new TypeError(`cannot read ${SERVER_SECRET} at /srv/state`)],
    ['a text', `at /srv/state ${SERVER_SECRET}`],
    ['nothing', undefined],
  ])('what breaks inside, by %s, without leaking why', async (_, thrown) => {
    const tool = toolThat(() => Promise.reject(thrown));
    await using engine = createEngine({ tools: [tool] });
    const answer = await engine.call('broken');
    expectRefusal(
      answer,
      new RegExp(`^ERROR\\[internal\\] Something broke here, not in your request\\. Reference ${answer.callId}\\. `),
    );
    expect(JSON.stringify([answer, engine.records(), engine.records('_server')])).not.toMatch(/srv|cannot read|Gq2/);
    expect(engine.internal).toEqual([{ reference: answer.callId, error: thrown }]);
    expect(types(engine.records())).toEqual(['call.admitted', 'call.failed']);
  });

  it('what breaks while it is planned', async () => {
    const tool = toolThat(
      async () => ({ summary: 'done' }),
      () => {
        throw new Error('secret plan');
      },
    );
    await using engine = createEngine({ tools: [tool] });
    const answer = await engine.call('broken');
    expectRefusal(answer, /^ERROR\[internal\] /);
    expect(engine.records()).toMatchObject([{ type: 'call.invalid', data: { code: 'internal' } }]);
    expect(answer.text).not.toContain('secret plan');
  });

  it('a look at the records, which is free', async () => {
    await using engine = createEngine();
    expect((await engine.call('get_incident')).text).toMatch(/^OK PD-1 is a SEV2 incident in state open/);
    expect(types(engine.records())).toEqual(['call.free']);
    expect(engine.store.used('PD-1')).toMatchObject({ tool_calls: 0, bytes_out: 0, usd: 0, wall_seconds: 0 });
  });

  it('a dry run, which is free', async () => {
    await using engine = createEngine();
    const answer = await engine.call('apply_patch', {
      patch: patchOf({ 'src/queue.js': 'fixed' }),
      reason,
      dry_run: true,
    });
    expect(answer.structured).toMatchObject({ applied: false, files: [{ path: 'src/queue.js' }] });
    expect(engine.records()).toMatchObject([{ type: 'call.free', summary: 'apply_patch dry run: allowed' }]);
    expect(engine.store.used('PD-1')).toMatchObject({ tool_calls: 0, patch_attempts: 0, usd: 0 });
    expect(engine.store.patches('PD-1')).toEqual([]);
  });

  it('a refused dry run, which says what the real one would [tools:refusals:dry-run]', async () => {
    await using engine = createEngine({ budget: { patch_attempts: 0 } });
    for (const patch of [patchOf({ '.env': 'x' }), patchOf({ 'src/queue.js': 'fixed' })]) {
      const [dry, real] = [
        await engine.call('apply_patch', { patch, reason, dry_run: true }),
        await engine.call('apply_patch', { patch, reason }),
      ];
      expect(refusalOf(dry)).toEqual(refusalOf(real));
    }
    expect(types(engine.records())).toEqual(['call.denied', 'call.denied', 'call.denied', 'call.denied']);
  });

  it('an id sent as a number', async () => {
    await using engine = createEngine({ incident: {}, budget: { tool_calls: 0 } });
    await engine.incidents.open({ id: '4821', repository: '/srv/x' }, 'human', 'human:ada');
    await engine.call('query_metrics', { incident_id: 4821, search: 'heap' });
    expect(types(engine.records('4821'))).toEqual(['call.denied']);
    expect(engine.incident('4821').state).toBe('escalated');
    expect(engine.records('_server')).toEqual([]);
  });
});

describe('an answer', () => {
  it('never holds a secret of the server, whichever way it fails or succeeds [tools:results:clean]', async () => {
    await using engine = createEngine();
    const title = `title ${SERVER_SECRET}`;
    const answers = [
      await engine.call(`tool ${SERVER_SECRET}`),
      await engine.call('apply_patch', { patch: patchOf({ [`k8s/production/${SERVER_SECRET}`]: 'x' }), reason }),
      await engine.call('apply_patch', { patch: patchOf({ 'src/queue.js': 'fixed' }), reason, [SERVER_SECRET]: 1 }),
    ];
    await engine.patch();
    engine.tests.outcomes.push('fail');
    engine.tests.output = `token ${SERVER_SECRET}`;
    answers.push(
      await engine.call('run_tests'),
      await engine.call('open_pr', { title }),
      await engine.call('run_tests'),
      await engine.call('open_pr', { title }),
    );
    expect(answers.at(-1)?.refused).toBeUndefined();
    const refused = answers.map(({ refused: error }) => [error?.message, error?.fix, error?.evidence]);
    expect(
      JSON.stringify([
        answers.map(({ text, structured }) => [text, structured]),
        refused,
        engine.store.timeline('PD-1').filter(({ type }) => type.startsWith('call.')),
      ]),
    ).not.toContain('Gq2');
    expect(engine.host.requests[0]?.title).not.toContain('Gq2');
    expect(engine.host.requests[0]?.body).not.toContain('Gq2');
  });

  it('keeps details of a failed patch from passing for a verdict', async () => {
    await using engine = createEngine();
    const answer = await engine.call('apply_patch', { patch: 'not JSON', reason });
    expect(answer.text.split('\n')).toEqual([
      'ERROR[invalid_input] The patch does not parse. Send JSON.',
      '  OK it was applied',
      expect.stringMatching(/^\{/),
    ]);
  });

  it('matches the output schema of its tool [tools:results:two-forms]', async () => {
    await using engine = createEngine();
    engine.logs.push({
      at: engine.clock.now() - 1_000,
      level: 'error',
      message: 'out of memory',
      raw: 'out of memory',
      origin: 'app.log:1',
    });
    const calls: [string, Record<string, unknown>][] = [
      ['get_incident', {}],
      ['get_incident_logs', {}],
      ['get_incident_logs', { mode: 'lines' }],
      ['query_metrics', { search: 'heap' }],
      ['list_recent_deploys', {}],
      ['apply_patch', { patch: patchOf({ 'src/queue.js': 'fixed' }), reason }],
      ['run_tests', {}],
      ['open_pr', { dry_run: true }],
      ['open_pr', {}],
    ];
    for (const [name, args] of calls) {
      const answer = await engine.call(name, args);
      expect(answer.text).toMatch(/^OK /);
      const schema = z.fromJSONSchema(engine.registry.get(name)!.outputSchema);
      expect(schema.safeParse(JSON.parse(JSON.stringify(answer.structured))).error).toBeUndefined();
    }
  });
});

describe('an escalated incident', () => {
  it('refuses everything but get_incident, escalate and polls of its runs [incidents:escalated:final, gate:budget:polls-free]', async () => {
    await using engine = createEngine();
    await engine.patch();
    engine.tests.outcomes.push('running');
    const { structured } = await engine.call('run_tests', { wait_s: 0 });
    engine.store.escalate('PD-1', { reason: 'A human took over.', ruleId: 'human', at: 0 });
    for (const [name, args] of [
      ['get_incident_logs', {}],
      ['query_metrics', { search: 'x' }],
      ['list_recent_deploys', {}],
      ['apply_patch', { patch: '{}', reason }],
      ['apply_patch', { patch: patchOf({ a: 'b' }), reason, dry_run: true }],
      ['run_tests', {}],
      ['open_pr', {}],
      ['open_pr', { dry_run: true }],
    ] as const) {
      const answer = await engine.call(name, args);
      expectRefusal(
        answer,
        /^DENIED\[incident\/escalated\] Incident PD-1 was escalated: A human took over\. Nothing was done\./,
      );
    }
    expect((await engine.call('get_incident')).structured).toMatchObject({
      state: 'escalated',
      escalation: 'A human took over.',
      allowed_next: ['get_incident', 'escalate'],
    });
    expect((await engine.call('run_tests', { job_id: structured?.['job_id'], wait_s: 0 })).structured).toMatchObject({
      status: 'running',
    });
  });

  it('refuses a call that was planned before it was escalated', async () => {
    await using engine = createEngine();
    const preview = engine.workspace.preview;
    engine.workspace.preview = async (...args) => {
      const action = await preview(...args);
      engine.store.escalate('PD-1', { reason: 'A human took over.', ruleId: 'human', at: 0 });
      return action;
    };
    expectRefusal(await engine.patch(), /^DENIED\[incident\/escalated\]/);
    expect(engine.store.patches('PD-1')).toEqual([]);
  });

  it('is not told apart by a poll of a run that is not its own', async () => {
    await using engine = createEngine();
    await engine.incidents.open({ id: 'PD-2', repository: '/srv/user-service' }, 'human', 'human:ada');
    await engine.patch();
    const { structured } = await engine.call('run_tests');
    const answer = await engine.call('run_tests', { incident_id: 'PD-2', job_id: structured?.['job_id'] });
    expectRefusal(answer, /^ERROR\[not_found\] Incident PD-2 has no test job "job-/);
    expect(types(engine.records('PD-2'))).toEqual(['call.invalid']);
    expectRefusal(await engine.call('run_tests', { job_id: '' }), /^ERROR\[not_found\]/);
  });
});

describe('a used-up budget', () => {
  it.each([
    ['tool_calls', { tool_calls: 1 }],
    ['bytes_out', { bytes_out: 1 }],
    ['usd', { usd: 0.000_5 }],
  ] as const)('of %s hands the incident over [incidents:escalated:final]', async (kind, budget) => {
    await using engine = createEngine({ budget });
    await engine.call('query_metrics', { search: 'heap' });
    const answer = await engine.call('query_metrics', { search: 'heap' });
    expectRefusal(answer, new RegExp(`^DENIED\\[(?:.*, )?budget/${kind}`));
    expect(engine.incident()).toMatchObject({
      state: 'escalated',
      escalation: { ruleId: expect.stringMatching(/^budget\//) },
    });
    expect(engine.store.timeline('PD-1').at(-1)).toMatchObject({ type: 'incident.escalated' });
  });

  it('of wall time hands the incident over, counted from the first admitted call', async () => {
    await using engine = createEngine({ budget: { wall_seconds: 60 } });
    engine.clock.advance(3_600_000);
    await engine.call('query_metrics', { search: 'heap' });
    engine.clock.advance(59_000);
    expect((await engine.call('query_metrics', { search: 'heap' })).refused).toBeUndefined();
    engine.clock.advance(1_000);
    expectRefusal(await engine.call('query_metrics', { search: 'heap' }), /^DENIED\[budget\/wall_seconds\]/);
    expect(engine.incident().state).toBe('escalated');
  });

  it('of patches hands over only when the tests fail on the last one', async () => {
    await using engine = createEngine({ budget: { patch_attempts: 1 } });
    await engine.patch(1);
    expectRefusal(
      await engine.patch(2),
      /^DENIED\[budget\/patch_attempts\] The budget of this incident is used up: 1 of 1 patch attempts\./,
    );
    expect(engine.incident().state).toBe('patching');
    engine.tests.outcomes.push('fail');
    await engine.call('run_tests');
    await engine.patch(3);
    expect(engine.incident()).toMatchObject({ state: 'escalated', escalation: { ruleId: 'budget/patch_attempts' } });
  });

  it('of test runs does not hand over a green tree, which can still be published', async () => {
    await using engine = createEngine({ budget: { test_runs: 1 } });
    await engine.patch();
    await engine.call('run_tests');
    expectRefusal(await engine.call('run_tests'), /^DENIED\[budget\/test_runs\]/);
    expect(engine.incident().state).toBe('verified');
    expect((await engine.call('open_pr')).structured).toMatchObject({ created: true });
  });

  it('of test runs does not hand over while the last run goes on', async () => {
    await using engine = createEngine({ budget: { test_runs: 1 } });
    await engine.patch();
    engine.tests.outcomes.push('running');
    await engine.call('run_tests', { wait_s: 0 });
    await engine.call('run_tests');
    expect(engine.incident().state).toBe('patching');
  });

  it('is not said of a call that only was too large', async () => {
    await using engine = createEngine({ budget: { usd: 0.1 } });
    const answer = await engine.call('apply_patch', { patch: `{"src/queue.js":"${'x'.repeat(100_000)}"}`, reason });
    expectRefusal(
      answer,
      /^DENIED\[budget\/usd\] The budget of this incident has too little left for this call: \$0\.00 of \$0\.10 estimated spending\. .* Send a call with shorter arguments/,
    );
    expect(engine.incident().state).not.toBe('escalated');
    expect((await engine.patch()).refused).toBeUndefined();
  });

  it('admits exactly as many of 50 parallel calls as are left, and the chain verifies [gate:budget:atomic]', async () => {
    await using engine = createEngine({ budget: { tool_calls: 12 } });
    await engine.call('query_metrics', { search: 'heap' });
    await engine.call('query_metrics', { search: 'heap' });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => engine.call('query_metrics', { search: 'heap' })),
    );
    expect(answers.filter(({ refused }) => refused === undefined)).toHaveLength(10);
    expect(engine.records().filter(({ type }) => type === 'call.admitted')).toHaveLength(12);
    expect(engine.records().filter(({ type }) => type === 'call.denied')).toHaveLength(40);
    expect(engine.store.used('PD-1').tool_calls).toBe(12);
    expect(engine.store.verify()).toMatchObject({ ok: true });
    expect(engine.store.timeline('PD-1').filter(({ type }) => type === 'incident.escalated')).toHaveLength(1);
  });
});

describe('a cancelled call', () => {
  it('before it is admitted does and spends nothing', async () => {
    await using engine = createEngine();
    const answer = await engine.call(
      'apply_patch',
      { patch: patchOf({ a: 'b' }), reason },
      { signal: AbortSignal.abort() },
    );
    expectRefusal(answer, /^ERROR\[cancelled\] /);
    expect(types(engine.records())).toEqual(['call.invalid']);
    expect(engine.store.used('PD-1').tool_calls).toBe(0);
  });

  it('stops the run it started, and settles', async () => {
    await using engine = createEngine();
    await engine.patch();
    engine.tests.outcomes.push('running');
    const stop = new AbortController();
    const wait = engine.tests.wait;
    engine.tests.wait = (...args) => {
      stop.abort();
      return wait(...args);
    };
    const answer = await engine.call('run_tests', { wait_s: 20, timeout_s: 100 }, { signal: stop.signal });
    expectRefusal(answer, /^ERROR\[cancelled\] The run of suite unit was cancelled/);
    expect(engine.tests.cancelled).toHaveLength(1);
    expect(engine.records().at(-1)).toMatchObject({ type: 'call.failed', data: { code: 'cancelled' } });
    expect(engine.store.openCalls('PD-1')).toEqual([]);
    expect(engine.store.used('PD-1').test_seconds).toBe(2);
  });

  it('that only polls leaves the run alone', async () => {
    await using engine = createEngine();
    await engine.patch();
    engine.tests.outcomes.push('running');
    const { structured } = await engine.call('run_tests', { wait_s: 0 });
    await engine.call('run_tests', { job_id: structured?.['job_id'] }, { signal: AbortSignal.abort() });
    expect(engine.tests.cancelled).toEqual([]);
  });
});

describe('publishing', () => {
  it('can be tried again after a lost answer, although only one pull request is allowed', async () => {
    await using engine = createEngine({ budget: { prs: 1 } });
    await engine.patch();
    await engine.call('run_tests');
    engine.host.failures = 1;
    expectRefusal(await engine.call('open_pr'), /^ERROR\[provider_unavailable\]/);
    expect((await engine.call('open_pr')).refused).toBeUndefined();
    expect(engine.store.used('PD-1').prs).toBe(1);
    expect(new Set(engine.host.requests.map(({ commit }) => commit)).size).toBe(1);
  });

  it('of an incident that no human has seen makes drafts only [incidents:agents:drafts]', async () => {
    await using engine = createEngine({ incident: { openedBy: 'agent', severity: 'SEV3', severityConfirmed: false } });
    await engine.patch();
    await engine.call('run_tests');
    expect((await engine.call('open_pr', { draft: false })).structured).toMatchObject({ draft: true });
  });

  it('is refused before the required suites are green [gate:publish:green]', async () => {
    await using engine = createEngine();
    expectRefusal(await engine.call('open_pr'), /^DENIED\[nothing_to_publish, tests_green\]/);
    await engine.patch();
    expectRefusal(await engine.call('open_pr'), /^DENIED\[tests_green\] .*"unit" is not_run/);
    expect(engine.host.requests).toEqual([]);
  });

  it('is refused of a tree that changed after it was tested [gate:publish:green]', async () => {
    await using engine = createEngine();
    await engine.patch(1);
    await engine.call('run_tests');
    await engine.patch(2);
    expectRefusal(await engine.call('open_pr'), /^DENIED\[tests_green\]/);
    expect(engine.host.requests).toEqual([]);
  });
});

describe('the records', () => {
  it('when they cannot be written, let nothing out but a reference', async () => {
    await using engine = createEngine();
    engine.store.append = () => {
      throw new Error('disk full at /srv/state');
    };
    const answer = await engine.call('nonsense');
    expect(answer.text).toMatch(/^ERROR\[internal\] Something broke here/);
    expect(JSON.stringify(answer)).not.toContain('srv');
    expect(engine.internal).toHaveLength(1);
  });

  it('show a call whose process died as open, and what it spent as spent', async () => {
    await using engine = createEngine();
    const attempt = { incident: engine.incident(), callId: 'died', tool: 'query_metrics', actor: 'a', bytesIn: 10 };
    await engine.gate.admit<'read'>(read(), attempt);
    expect(engine.store.openCalls('PD-1')).toMatchObject([{ callId: 'died', tool: 'query_metrics' }]);
    expect(engine.store.used('PD-1').tool_calls).toBe(1);
    expect(engine.store.verify('PD-1').ok).toBe(true);
  });
});
