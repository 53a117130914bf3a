import { describe, expect, it } from 'vitest';

import type { Policy } from '#policy/schema.ts';

import type { Engine, EngineSetup } from '../../support/engine-fixture.ts';
import { createEngine } from '../../support/engine-fixture.ts';

interface View {
  readonly allowed_next: readonly string[];
  readonly not_allowed: readonly { readonly tool: string; readonly why: string }[];
  readonly state: string;
  readonly changed_files: readonly string[];
  readonly budget: { readonly tool_calls_left: number };
}

const view = async (engine: Engine) => (await engine.call('get_incident')).structured as unknown as View;

async function whyNot(tool: string, setup: EngineSetup, prepare: (engine: Engine) => Promise<unknown>) {
  await using engine = createEngine(setup);
  await prepare(engine);
  const { allowed_next, not_allowed } = await view(engine);
  return allowed_next.includes(tool) ? 'allowed' : not_allowed.find((entry) => entry.tool === tool)?.why;
}

describe('get_incident', () => {
  it('tells state, budget and changes, and names every tool as allowed or not [tools:incident:allowed-next]', async () => {
    await using engine = createEngine();
    await engine.patch();

    const { allowed_next, not_allowed, ...rest } = await view(engine);

    expect([...allowed_next, ...not_allowed.map(({ tool }) => tool)].toSorted()).toEqual(
      engine.registry.names.toSorted(),
    );
    expect(rest).toMatchObject({ state: 'patching', changed_files: ['src/queue.js'], budget: { tool_calls_left: 39 } });
  });

  it('tells files that a human may allow to change from those that nobody may', async () => {
    const protected_files: Policy['protected_files'] = [
      '.env*',
      { glob: 'go.sum', effect: 'require_approval' },
      { glob: 'Makefile', effect: 'allow' },
      { glob: 'db/**', effect: 'deny' },
    ];
    await using engine = createEngine({ policy: { protected_files, require_plan: true } });
    const { limits } = (await engine.call('get_incident')).structured as { readonly limits: readonly string[] };
    expect(limits).toContain('protected files: .env*, db/**');
    expect(limits).toContain('files whose change needs an approval: go.sum');
    expect(limits.join('\n')).not.toContain('Makefile');
    expect(limits).toContain('apply_patch needs a plan, open_pr a root_cause');
  });

  it.each<[string, string, EngineSetup, (engine: Engine) => Promise<unknown>]>([
    ['open_pr', 'nothing is changed yet: apply_patch first', {}, async () => {}],
    ['open_pr', 'not green: unit is not_run', {}, (engine) => engine.patch()],
    [
      'open_pr',
      'no required suite is known: the operator must declare one',
      { suites: [] },
      (engine) => engine.patch(),
    ],
    ['apply_patch', 'no patch attempts are left', { budget: { patch_attempts: 0 } }, async () => {}],
    ['run_tests', 'no test runs are left; polling a job stays free', { budget: { test_runs: 0 } }, async () => {}],
    ['query_metrics', 'the budget is used up', { budget: { tool_calls: 0 } }, async () => {}],
    ['apply_patch', 'allowed', {}, async () => {}],
  ])('says of %s: %s [tools:incident:allowed-next]', async (tool, expected, setup, prepare) => {
    expect(await whyNot(tool, setup, prepare)).toBe(expected);
  });
});
