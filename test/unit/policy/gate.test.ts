import { describe, expect, it } from 'vitest';

import type { Action, ActionKind, ActionOf } from '#domain/action.ts';
import type { Retry } from '#domain/errors.ts';
import { FixgateError } from '#domain/errors.ts';
import type { ApprovalProof } from '#policy/approvals.ts';

import type { Engine } from '../../support/engine-fixture.ts';
import { createEngine, shippedPolicy } from '../../support/engine-fixture.ts';
import { samplePlan } from '../../support/store-samples.ts';
import { patch, touching } from './samples.ts';

const read: ActionOf<'read'> = { kind: 'read', source: 'files', request: { of: 'metric_names', search: 'heap' } };
const inspect: ActionOf<'inspect'> = { kind: 'inspect' };
const test = (command: string): ActionOf<'test'> => ({
  kind: 'test',
  plan: { ...samplePlan, sandbox: { isolation: 'full', network: false, services: [], limits: {} } },
  commands: [{ command, origin: 'suite unit' }],
});
const publish: ActionOf<'publish'> = {
  kind: 'publish',
  branch: 'hotfix/PD-1',
  baseBranch: 'main',
  baseCommit: 'b'.repeat(40),
  tree: 't1',
  diffHash: 'sha256:1',
  netChanges: [{ path: 'src/queue.js', change: 'modify', added: 1, removed: 1 }],
  title: 't',
  summary: '',
  rootCause: '',
  draft: true,
  verification: [{ suite: 'unit', green: true, state: 'green' }],
  exists: false,
  touched: [],
  triggers: [],
  pipelines: [],
};

let calls = 0;
function attempt(engine: Engine, bytesIn = 100) {
  calls += 1;
  return { incident: engine.incident(), callId: `call-${calls}`, tool: 'a_tool', actor: 'test/1', bytesIn };
}

async function refusal(promise: Promise<unknown>): Promise<FixgateError | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof FixgateError) return error;
    throw error;
  }
}

/** What `check` and `admit` say, which must be the same; only `admit` asks a human and names the question. */
async function judge(engine: Engine, action: Action, bytesIn?: number) {
  const said = ({ message, fix, code, ruleIds, retry, budget, evidence }: FixgateError) =>
    code === 'approval_required'
      ? { code, ruleIds, retry, budget }
      : { message, fix, code, ruleIds, retry, budget, evidence };
  const before = engine.store.used('PD-1');
  const dry = await refusal(engine.gate.check<ActionKind>(action, attempt(engine, bytesIn)));
  expect(engine.store.used('PD-1')).toEqual(before);
  const real = await refusal(engine.gate.admit<ActionKind>(action, attempt(engine, bytesIn)));
  expect(dry && said(dry)).toEqual(real && said(real));
  return real;
}

describe('the gate', () => {
  it('mints a permit that holds exactly the action it judged [gate:permits:only-gate]', async () => {
    await using engine = createEngine();
    const action = touching('src/queue.js');
    const permit = await engine.gate.admit<'patch'>(action, attempt(engine));
    expect(permit.action).toBe(action);
    expect(permit.incident.id).toBe('PD-1');
    expect(permit.held).toEqual({ bytes_out: 24_000 });
  });

  it('says everything that is wrong at once, denials first, and spends nothing [tools:refusals:all-findings]', async () => {
    await using engine = createEngine();
    const error = await judge(engine, touching('package.json', '.env', 'k8s/production/a.yaml', 'src/../x', 'b'));
    expect(error?.code).toBe('policy_denied');
    expect(error?.ruleIds).toEqual(
      expect.arrayContaining([
        'path_canonical',
        'protected_files/*.env*',
        'protected_files/k8s/production/**',
        'max_files',
        expect.stringMatching(/^built_in_files\//),
      ]),
    );
    const effects = ((error?.evidence['findings'] ?? []) as { effect: string }[]).map(({ effect }) => effect);
    expect(effects).toEqual(effects.toSorted());
    expect(engine.records()).toEqual([]);
  });

  it.each<[ApprovalProof['mode'], Retry]>([
    ['advisory', 'after_approval'],
    ['none', 'after_change'],
  ])('asks a human when nothing is denied, and says whether that helps: %s', async (mode, retry) => {
    await using engine = createEngine({ proof: { mode } as ApprovalProof });
    const error = await judge(engine, touching('package.json'));
    expect(error).toMatchObject({ code: 'approval_required', retry });
  });

  it.each<[string, Action, string]>([
    ['another branch', { ...publish, branch: 'hotfix/PD-2' }, 'branches'],
    ['the base branch', { ...publish, branch: 'main' }, 'branches'],
    ['a red tree', { ...publish, verification: [{ suite: 'unit', green: false, state: 'fail' }] }, 'tests_green'],
    ['an untested tree', { ...publish, verification: [] }, 'tests_green'],
    ['no change', { ...publish, netChanges: [] }, 'nothing_to_publish'],
    ['a blocked command', test('sh -c "kubectl apply -f ."'), 'blocked_commands/kubectl apply'],
    ['a command that cannot be read off', test('$TOOL apply'), 'command_not_analysable'],
  ])('refuses %s', async (_, action, rule) => {
    await using engine = createEngine();
    expect((await judge(engine, action))?.ruleIds).toContain(rule);
  });

  it('lets looks at the records through without a charge, and writes them down [gate:budget:polls-free]', async () => {
    await using engine = createEngine({ budget: { tool_calls: 0, usd: 0, bytes_out: 0 } });
    expect(await judge(engine, inspect)).toBeUndefined();
    expect(engine.records()).toMatchObject([{ type: 'call.free' }]);
    expect(engine.store.openCalls('PD-1')).toEqual([]);
  });

  it('settles a look at the records without a second record', async () => {
    await using engine = createEngine();
    const tried = attempt(engine);
    engine.gate.settle(await engine.gate.admit<ActionKind>(inspect, tried), tried, {
      ok: true,
      summary: 'OK',
      bytesOut: 10,
    });
    expect(engine.records()).toHaveLength(1);
  });

  it('does nothing for an incident that was escalated meanwhile', async () => {
    await using engine = createEngine();
    const stale = attempt(engine);
    engine.store.escalate('PD-1', { reason: 'A human took over.', ruleId: 'human', at: 0 });
    for (const ask of [engine.gate.admit<'read'>(read, stale), engine.gate.check<'read'>(read, stale)]) {
      expect(await refusal(ask)).toMatchObject({
        code: 'policy_denied',
        ruleIds: ['incident/escalated'],
        retry: 'never',
      });
    }
    expect(engine.store.used('PD-1').tool_calls).toBe(0);
  });

  it('keeps no contents and no words of an action in its record', async () => {
    await using engine = createEngine();
    await engine.gate.admit<'patch'>(patch({ reason: 'free words' }), attempt(engine));
    const text = JSON.stringify(engine.records());
    expect(text).toContain('src/orders.js');
    expect(text).not.toMatch(/free words|text\\n/);
  });
});

describe('shadow mode', () => {
  const shadow = { policy: { mode: 'shadow' as const } };

  it('lets the rules of the file through and records what they would have refused', async () => {
    await using engine = createEngine(shadow);
    expect(await judge(engine, touching('.env.local', 'a', 'b', 'c'))).toBeUndefined();
    expect(engine.records()[0]?.data['would_deny']).toEqual(['protected_files/*.env*', 'max_files']);
  });

  it.each<[string, Action, string]>([
    ['lines', patch({ netChanges: [{ path: 'a', change: 'modify', added: 900, removed: 0 }] }), 'max_lines'],
    ['commands', test('kubectl apply -f .'), 'blocked_commands/kubectl apply'],
  ])('lets %s through too', async (_, action, rule) => {
    await using engine = createEngine(shadow);
    expect(await judge(engine, action)).toBeUndefined();
    expect(engine.records()[0]?.data['would_deny']).toContain(rule);
  });

  it('reports sensitive files of the policy', async () => {
    await using engine = createEngine({ policy: { mode: 'shadow', sensitive_files: ['credentials/**'] } });
    expect(await judge(engine, touching('credentials/db.txt'))).toBeUndefined();
    expect(engine.records()[0]?.data['would_deny']).toEqual(['sensitive_files/credentials/**']);
  });

  it.each<[string, Action, string]>([
    ['files of tools', touching('.git/hooks/pre-commit'), 'built_in_files/'],
    ['paths in another spelling', touching('src/../.env'), 'path_canonical'],
    ['other branches', { ...publish, branch: 'main' }, 'branches'],
    ['red trees', { ...publish, verification: [] }, 'tests_green'],
    ['commands that cannot be read off', test('$TOOL'), 'command_not_analysable'],
  ])('still refuses %s', async (_, action, rule) => {
    await using engine = createEngine(shadow);
    expect((await judge(engine, action))?.ruleIds.some((id) => id.startsWith(rule))).toBe(true);
  });

  it('still keeps to the budget', async () => {
    await using engine = createEngine({ ...shadow, budget: { patch_attempts: 0 } });
    expect(await judge(engine, touching('src/a.js'))).toMatchObject({ code: 'budget_exhausted' });
  });
});

describe('budgets', () => {
  it.each<[string, Partial<(typeof shippedPolicy)['budget']>, Action, string]>([
    ['calls', { tool_calls: 0 }, read, 'budget/tool_calls'],
    ['patches', { patch_attempts: 0 }, touching('src/a.js'), 'budget/patch_attempts'],
    ['test runs', { test_runs: 0 }, test('node --test'), 'budget/test_runs'],
    ['test seconds', { test_seconds: 0 }, test('node --test'), 'budget/test_seconds'],
    ['pull requests', { prs: 0 }, publish, 'budget/prs'],
    ['dollars', { usd: 0 }, read, 'budget/usd'],
    ['bytes', { bytes_out: 0 }, read, 'budget/bytes_out'],
    ['wall time', { wall_seconds: 0 }, read, 'budget/wall_seconds'],
  ])(
    'of %s refuse what goes past them, and a dry run says the same [tools:refusals:dry-run]',
    async (_, budget, action, rule) => {
      await using engine = createEngine({ budget });
      expect(await judge(engine, action)).toMatchObject({ code: 'budget_exhausted', ruleIds: [rule], retry: 'never' });
    },
  );

  it('say every kind that is used up', async () => {
    await using engine = createEngine({ budget: { tool_calls: 0, test_runs: 0, test_seconds: 0 } });
    expect((await judge(engine, test('node --test')))?.ruleIds).toEqual([
      'budget/tool_calls',
      'budget/test_runs',
      'budget/test_seconds',
    ]);
  });

  it('let the update of a pull request through when no other is allowed', async () => {
    await using engine = createEngine({ budget: { prs: 0 } });
    expect(await judge(engine, { ...publish, exists: true })).toBeUndefined();
  });

  it('charge what the arguments cost, in a dry run as well', async () => {
    await using engine = createEngine({ budget: { usd: 0.01 } });
    expect((await judge(engine, read, 2_700))?.ruleIds).toEqual(['budget/usd']);
    expect(await judge(engine, read, 2_600)).toBeUndefined();
  });

  it('are only ever lowered from the command line [server:switches:budget]', async () => {
    await using lower = createEngine({ maxUsd: 0.25 });
    await using higher = createEngine({ maxUsd: 50 });
    expect((await lower.gate.caps(lower.incident())).usd).toBe(250_000);
    expect((await higher.gate.caps(higher.incident())).usd).toBe(1_000_000);
    expect(await lower.gate.caps(lower.incident())).toEqual({ ...shippedPolicy.budget, usd: 250_000 });
  });

  it('cut the seconds of a test run to what is left [gate:budget:held]', async () => {
    await using engine = createEngine({ budget: { test_seconds: 25 } });
    const permit = await engine.gate.admit<'test'>(test('node --test'), attempt(engine));
    expect(permit.held).toMatchObject({ test_seconds: 25 });
  });

  it('charge an answer by its size when it is known', async () => {
    await using engine = createEngine();
    const tried = attempt(engine, 400);
    const permit = await engine.gate.admit<ActionKind>(read, tried);
    expect(engine.store.used('PD-1')).toMatchObject({ bytes_out: 24_000, usd: 1_500 });
    engine.gate.settle(permit, tried, { ok: true, summary: 'OK', bytesOut: 4_000 });
    engine.gate.settle(permit, tried, { ok: false, summary: 'again', bytesOut: 9_000 });
    expect(engine.store.used('PD-1')).toMatchObject({ bytes_out: 4_000, usd: 1_500 + 18_000 });
    expect(engine.records().map(({ type }) => type)).toEqual(['call.admitted', 'call.succeeded']);
  });
});

describe('incidents that agents opened', () => {
  const setup = {
    incident: { openedBy: 'agent' as const },
    budget: { patch_attempts: 2 },
    policy: { incidents_opened_by_agents: { daily_budget_factor: 1.5, max_per_day: 20 } },
  };

  it('share one daily ledger per repository, so that a new id buys nothing [incidents:agents:daily-ledger]', async () => {
    await using engine = createEngine({ ...setup, autoOpen: true });
    for (const id of ['A-1', 'A-2', 'A-3']) await engine.call('query_metrics', { incident_id: id, search: 'heap' });
    const ask = (id: string) =>
      engine.gate.admit<'patch'>(touching('src/a.js'), { ...attempt(engine), incident: engine.incident(id) });
    await ask('A-1');
    await ask('A-2');
    await ask('A-2');
    expect(await refusal(ask('A-3'))).toMatchObject({ ruleIds: ['daily_budget/patch_attempts'] });
    expect(
      await refusal(
        engine.gate.check<'patch'>(touching('src/a.js'), { ...attempt(engine), incident: engine.incident('A-3') }),
      ),
    ).toMatchObject({
      ruleIds: ['daily_budget/patch_attempts'],
    });
    expect(engine.store.used('A-3').patch_attempts).toBe(0);
  });

  it('get a new ledger the next day', async () => {
    await using engine = createEngine({
      ...setup,
      policy: { incidents_opened_by_agents: { daily_budget_factor: 0.5, max_per_day: 20 } },
    });
    const ask = () => engine.gate.admit<'patch'>(touching('src/a.js'), attempt(engine));
    await ask();
    expect(await judge(engine, touching('src/a.js'))).toMatchObject({ ruleIds: ['daily_budget/patch_attempts'] });
    engine.clock.advance(86_400_000);
    expect((await judge(engine, touching('src/a.js')))?.ruleIds).toEqual(['budget/wall_seconds']);
  });

  it('spend nothing of it when a human opened them', async () => {
    await using engine = createEngine({ ...setup, incident: { openedBy: 'human' } });
    await engine.gate.admit<'patch'>(touching('src/a.js'), attempt(engine));
    expect(engine.store.usedToday('agents:/srv/user-service').patch_attempts).toBe(0);
  });
});
