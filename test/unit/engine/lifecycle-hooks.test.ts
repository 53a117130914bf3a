import { describe, expect, it } from 'vitest';

import type { HookOutcome } from '#engine/lifecycle-hooks.ts';
import { createLifecycleHooks } from '#engine/lifecycle-hooks.ts';
import type { Hook } from '#policy/schema-checks.ts';

import { createEngine, SERVER_SECRET } from '../../support/engine-fixture.ts';
import { sampleEvent } from '../../support/store-samples.ts';

const hook = (on: Hook['on'], changes: Partial<Hook> = {}): Hook => ({
  on,
  argv: ['tell', on],
  timeout_s: 30,
  on_error: 'record',
  ...changes,
});
const fine: HookOutcome = { ok: true, how: 'exit code 0', output: '' };

function setUp(hooks: readonly Hook[], outcome: () => Promise<HookOutcome> = async () => fine) {
  const engine = createEngine({ policy: { hooks: [...hooks] } });
  const told: Record<string, unknown>[] = [];
  const lifecycle = createLifecycleHooks({
    store: engine.store,
    policyOf: async () => engine.policy,
    clock: engine.clock,
    redact: engine.redact,
    async run(_hook, input) {
      told.push(JSON.parse(input) as Record<string, unknown>);
      return outcome();
    },
  });
  return { engine, told, lifecycle, around: lifecycle.around(engine.callTool) };
}

const call = (name: string, args: object = {}) => ({
  name,
  args: { incident_id: 'PD-1', ...args },
  actor: 'test/1',
  signal: new AbortController().signal,
  progress: () => {},
});
const patch = call('apply_patch', { patch: JSON.stringify({ 'src/queue.js': 'fixed' }), reason: 'release every job' });

describe('hooks', () => {
  it('are told of what happened, in order and once [gate:policy:hooks]', async () => {
    const { engine, told, around } = setUp([hook('incident_opened'), hook('patch_applied'), hook('escalated')]);
    await using stack = new AsyncDisposableStack();
    stack.use(engine);
    await around(patch);
    await around(call('get_incident'));
    expect(told).toMatchObject([
      { event: 'incident_opened', incident_id: 'PD-1', seq: 1 },
      { event: 'patch_applied', incident_id: 'PD-1', summary: expect.any(String) },
    ]);
    const kept = engine.store.timeline('PD-1').filter(({ type }) => type.startsWith('hook.'));
    expect(kept.map(({ type, data }) => [type, data['of']])).toEqual([
      ['hook.succeeded', 'incident.opened'],
      ['hook.succeeded', 'patch.applied'],
    ]);
  });

  it('are told once when calls come together', async () => {
    const { engine, told, lifecycle } = setUp([hook('incident_opened')]);
    await using stack = new AsyncDisposableStack();
    stack.use(engine);
    await Promise.all([lifecycle.catchUp('PD-1'), lifecycle.catchUp('PD-1'), lifecycle.catchUp('PD-1')]);
    expect(told).toHaveLength(1);
  });

  it('that fail are recorded, and nothing else comes of it [gate:policy:hooks]', async () => {
    const failed = { ok: false, how: 'exit code 2', output: `no: ${SERVER_SECRET}` };
    const { engine, around } = setUp([hook('patch_applied')], async () => failed);
    await using stack = new AsyncDisposableStack();
    stack.use(engine);
    expect((await around(patch)).text).toMatch(/^OK /);
    const [kept] = engine.store.timeline('PD-1').filter(({ type }) => type === 'hook.failed');
    expect(kept?.summary).toBe('Hook of patch_applied failed: tell patch_applied (exit code 2)');
    expect(kept?.data).toMatchObject({ of: 'patch.applied', output: 'no: [masked:secret]' });
    expect(engine.incident().state).not.toBe('escalated');
  });

  it.each<[string, () => Promise<HookOutcome>]>([
    ['fails', async () => ({ ok: false, how: 'exit code 2', output: '' })],
    ['cannot be started', () => Promise.reject(new Error('no such program'))],
  ])(
    'that block end the incident when one %s, before the next call is judged [gate:policy:hooks]',
    async (_, outcome) => {
      const blocking = [hook('patch_applied', { on_error: 'block' }), hook('escalated', { on_error: 'block' })];
      const { engine, told, around } = setUp(blocking, outcome);
      await using stack = new AsyncDisposableStack();
      stack.use(engine);
      await around(patch);
      expect(engine.incident()).toMatchObject({ state: 'escalated', escalation: { ruleId: 'hooks/patch_applied' } });
      expect((await around(patch)).text).toMatch(/^DENIED\[incident\/escalated\]/);
      expect(told.map(({ event }) => event)).toEqual(['patch_applied', 'escalated']);
    },
  );

  it('that another process left untold run first', async () => {
    const { engine, told, around } = setUp([hook('tests_finished', { on_error: 'block' })], async () => ({
      ...fine,
      ok: false,
    }));
    await using stack = new AsyncDisposableStack();
    stack.use(engine);
    engine.store.append('PD-1', sampleEvent('tests.finished'));
    expect((await around(patch)).text).toMatch(/^DENIED\[incident\/escalated\]/);
    expect(told).toHaveLength(1);
  });

  it('are nothing to calls without an incident', async () => {
    const { engine, told, around } = setUp([hook('incident_opened')]);
    await using stack = new AsyncDisposableStack();
    stack.use(engine);
    await around({ ...call('get_incident'), args: {} });
    await around({ ...call('get_incident'), args: { incident_id: 'PD-404' } });
    expect(told).toEqual([]);
  });
});
