import path from 'node:path';

import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import { createApprovals } from '#policy/approvals.ts';
import { parseOperatorPolicy } from '#policy/load.ts';
import { compileGlob } from '#policy/path-rules.ts';
import { priceOf } from '#policy/price.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';

import { root } from '../support/citations.ts';
import { cpuMs } from '../support/cpu-time.ts';
import { createEngine, refusalOf, shippedPolicy } from '../support/engine-fixture.ts';
import { sampleEvent, sampleIncident } from '../support/store-samples.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';
import { touching } from '../unit/policy/samples.ts';

const files = (content: Readonly<Record<string, string>>, reason = 'release every job') => ({
  patch: JSON.stringify(content),
  reason,
});
const approve = (engine: ReturnType<typeof createEngine>, id: string) =>
  engine.store.decideApproval(
    id,
    { verdict: 'approved', reason: 'Seen.', at: 0, by: 'somebody' },
    { type: 'approval.granted', actor: 'human:test', summary: '', data: {} },
  );

describe('what a host says of its own cost', () => {
  it('lowers nothing: every call is charged by what was written and answered [gate:budget:charged]', async () => {
    await using engine = createEngine();
    const said = { usage: { input_tokens: 0, output_tokens: 0 }, cost: 0, model: 'free/model' };
    expect((await engine.call('query_metrics', { search: 'heap', ...said })).text).toMatch(/^ERROR\[/);
    await engine.call('query_metrics', { search: 'heap' });
    expect(engine.store.used('PD-1').usd).toBeGreaterThan(0);
  });

  it('knows no cheap model: prices of a policy change no charge [gate:budget:charged]', () => {
    const text = 'costs: { budget_usd: 0.5, prices_file: free.json }\nguardrails: { max_files_modified: 2 }\n';
    const policy = parseOperatorPolicy(text, '.architect.yaml', {
      shipped: shippedPolicy,
      read: () => '{"any-model": {"input": 0, "output": 0}}',
    });
    expect(policy.budget.usd).toBe(0.5);
    expect(priceOf(touching('a'), { bytesIn: 4_000, reported: 0 }).spend.usd).toBe(15_000);
  });
});

describe('attempts that were refused', () => {
  it('never stand in the way of what is allowed [gate:caps:refused-count-nothing]', async () => {
    await using engine = createEngine({
      files: { 'src/a.js': '1', 'src/b.js': '1', 'src/c.js': '1', 'src/d.js': '1' },
      budget: { patch_attempts: 20 },
    });
    const patch = (content: Readonly<Record<string, string>>) => engine.call('apply_patch', files(content));
    expect((await patch({ 'src/a.js': '2', 'src/b.js': '2', 'src/c.js': '2' })).text).toMatch(/^OK/);
    const fourth = await patch({ 'src/d.js': '2' });
    expect(refusalOf(fourth).rule_ids).toEqual(['max_files']);
    expect((await patch({ 'src/a.js': '3' })).text).toMatch(/^OK/);
    expect(refusalOf(await patch({ '.env': 'x', 'src/b.js': '3' })).rule_ids).toContain('protected_files/*.env*');
    expect((await patch({ 'src/c.js': '3' })).text).toMatch(/^OK/);
    expect(engine.store.everTouched('PD-1')).toEqual(['src/a.js', 'src/b.js', 'src/c.js']);
  });
});

describe('the answer to a question', () => {
  it('counts under the policy that asked, and under no other [gate:approvals:bound]', async () => {
    await using engine = createEngine({ proof: { mode: 'advisory' } });
    const asked = refusalOf(await engine.call('apply_patch', files({ 'package.json': '{}' })));
    expect(approve(engine, asked.evidence['approval_id'] as string)).toBe(true);
    const incident = engine.incident();
    const [approval] = engine.store.approvals('PD-1');
    const subject = { incidentId: incident.id, kind: 'patch' as const, facts: approval?.facts ?? {} };
    expect(await engine.approvals.granted(subject)).toMatchObject({ id: approval?.id });
    const other = { ...subject, facts: { ...subject.facts, policy: 'sha256:another' } };
    expect(await engine.approvals.granted(other)).toBeUndefined();
  });

  it('is used by one call: the same again asks anew [gate:approvals:bound]', async () => {
    await using engine = createEngine({ proof: { mode: 'advisory' }, files: { 'package.json': '{"a":1}' } });
    const change = files({ 'package.json': '{"a":2}' });
    const back = files({ 'package.json': '{"a":1}' });
    const ask = async (args: object) => {
      const answer = await engine.call('apply_patch', { ...args });
      return refusalOf(answer).evidence['approval_id'] as string;
    };
    approve(engine, await ask(change));
    expect((await engine.call('apply_patch', change)).text).toMatch(/^OK/);
    approve(engine, await ask(back));
    expect((await engine.call('apply_patch', back)).text).toMatch(/^OK/);
    expect((await engine.call('apply_patch', change)).text).toMatch(/^PENDING\[/);
  });

  it('is not the agent’s to give: no tool and no form of its host approves anything [gate:approvals:not-the-agent]', async () => {
    await using engine = createEngine();
    const change = files({ 'package.json': '{}' });
    const id = refusalOf(await engine.call('apply_patch', change)).evidence['approval_id'] as string;
    expect(engine.registry.names.filter((name) => /appro|confirm|release|resume|grant|waive/.test(name))).toEqual([]);
    for (const extra of [{ approval_id: id }, { inputResponses: { approve: 'yes' } }])
      expect((await engine.call('apply_patch', { ...change, ...extra })).text).not.toMatch(/^OK/);
    approve(engine, id);
    expect((await engine.call('apply_patch', change)).text).toMatch(/^PENDING\[/);
  });

  it('is asked for five times at most while nobody answers, however little the questions differ [gate:approvals:waiting]', async () => {
    await using engine = createEngine({ proof: { mode: 'advisory' } });
    const ask = (n: number) => engine.call('apply_patch', files({ 'package.json': `{"n":${n}}` }));
    const answers = [];
    for (let n = 0; n < 12; n += 1) answers.push(await ask(n));
    expect(answers.filter(({ text }) => text.startsWith('PENDING['))).toHaveLength(5);
    expect(answers[5] && refusalOf(answers[5])).toMatchObject({ rule_ids: ['approvals/waiting'] });
    expect(engine.store.approvals('PD-1')).toHaveLength(5);
    expect((await ask(0)).text).toMatch(/^PENDING\[/);
    expect(approve(engine, engine.store.approvals('PD-1')[0]?.id ?? '')).toBe(true);
    expect((await ask(20)).text).toMatch(/^PENDING\[/);
  });
});

describe('a question as a human reads it', () => {
  it('shows every fact on a line of its own, with nothing hidden and nothing that commands the terminal [gate:approvals:readable]', async () => {
    await using folder = await temporaryFolder();
    const state = path.join(folder.path, 'state');
    await using store = createSqliteStore({ folder: state, clock: systemClock });
    store.openIncident(sampleIncident('PD-1'), sampleEvent('incident.opened'));
    const facts = { title: 'fix\u001b[2K\u202e\n  policy: sha256:harmless', reason: 'a\u200bb', policy: 'sha256:real' };
    const subject = { incidentId: 'PD-1', kind: 'publish' as const, facts };
    const approvals = createApprovals({ store, clock: systemClock, proof: { mode: 'none' } });
    const reason = 'Look at this.\r\n  title: nothing to see';
    approvals.ask(subject, [{ rule: 'r', effect: 'require_approval', reason, fix: '', evidence: {} }], 'agent');
    const { stdout } = await execa(process.execPath, [path.join(root, 'bin/fixgate.js'), 'approvals', 'PD-1'], {
      cwd: folder.path,
      extendEnv: false,
      env: { PATH: process.env['PATH'] ?? '', FIXGATE_STATE_DIR: state },
    });
    expect(stdout).not.toMatch(/[\u001b\u202e\u200b]/);
    expect(stdout.match(/^ {2}policy: .*$/gm)).toEqual(['  policy: sha256:real']);
    expect(stdout.match(/^ {2}title: .*$/gm)).toHaveLength(1);
  });
});

describe('a metric query', () => {
  it.each([
    ['a selector that carries data out', { query: `up{job="${'secret'.repeat(400)}"}` }],
    ['a search that carries data out', { search: 'x'.repeat(300) }],
  ])('is bounded: %s [metrics:query:bounded]', async (_, args) => {
    await using engine = createEngine();
    expect((await engine.call('query_metrics', args)).text).toMatch(/^ERROR\[/);
    expect(engine.store.used('PD-1').tool_calls).toBe(0);
  });

  it('costs a call each, so that many small ones end as well [metrics:query:bounded]', async () => {
    await using engine = createEngine({ budget: { tool_calls: 3 } });
    const answers = [];
    for (let n = 0; n < 6; n += 1) answers.push(await engine.call('query_metrics', { search: `part-${n}` }));
    expect(answers.filter(({ text }) => text.startsWith('OK'))).toHaveLength(3);
    expect(answers.at(-1)?.text).toMatch(/^(?:DENIED|ERROR)\[/);
  });
});

describe('a glob that other matchers hang on', () => {
  it.each(['*a*a*a*a*a*a*a*a*b', '**/**/**/**/**/**/x', '*.*.*.*.*.*.*.*.z'])('%s is decided at once', (glob) => {
    const { covers } = compileGlob(glob);
    const began = cpuMs();
    expect(covers(`${'a'.repeat(200)}/${'a/'.repeat(50)}${'a.'.repeat(50)}c`)).toBe(false);
    expect(cpuMs() - began).toBeLessThan(500);
  });
});

describe('what was judged', () => {
  it('is what runs: nothing can change an action between its permit and its effect [gate:permits:only-gate]', async () => {
    await using engine = createEngine();
    const action = touching('src/queue.js');
    const attempt = { incident: engine.incident(), callId: 'c', tool: 't', actor: 'a', bytesIn: 1 };
    const permit = await engine.gate.admit<'patch'>(action, attempt);
    expect(permit.action).toBe(action);
    const forged = touching('.env');
    await expect(engine.gate.admit<'patch'>(forged, { ...attempt, callId: 'd' })).rejects.toBeInstanceOf(FixgateError);
  });
});
