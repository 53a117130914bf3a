import { describe, expect, it } from 'vitest';

import { isWaivable, waiverSubject } from '#policy/waivers.ts';

import type { Engine } from '../../support/engine-fixture.ts';
import { createEngine, refusalOf } from '../../support/engine-fixture.ts';

const change = (files: Record<string, string>) => ({ patch: JSON.stringify(files), reason: 'release every job' });

/** What `fixgate waive` does. */
function waive(engine: Engine, rule: string, id = 'PD-1', signature?: string) {
  const finding = { rule, effect: 'require_approval' as const, reason: '', fix: '', evidence: {} };
  const approval = engine.approvals.ask(waiverSubject(rule, engine.incident(id), engine.policy), [finding], 'ada');
  const said = { verdict: 'approved' as const, reason: 'needed now', at: engine.clock.now(), by: 'ada' };
  const decision = signature === undefined ? said : { ...said, signature };
  const event = { type: 'approval.granted' as const, actor: 'human:ada', summary: '', data: {} };
  engine.store.decideApproval(approval.id, decision, event);
  return approval;
}

const advisory = { proof: { mode: 'advisory' as const } };

describe('a waiver', () => {
  it('lifts exactly its rule for its incident, as often as needed, on the record [gate:policy:waivers]', async () => {
    await using engine = createEngine(advisory);
    const { id } = waive(engine, 'protected_files/*.lock');
    for (const text of ['one', 'two']) {
      const answer = await engine.call('apply_patch', change({ 'yarn.lock': text }));
      expect(answer.text).toMatch(/^OK /);
    }
    const admitted = engine.records().filter(({ type }) => type === 'call.admitted');
    const waived = [{ rule: 'protected_files/*.lock', approval: id, by: 'ada' }];
    expect(admitted.map(({ data }) => data['waived'])).toEqual([waived, waived]);
    const other = await engine.call('apply_patch', change({ 'yarn.lock': 'three', '.env': 'x' }));
    expect(refusalOf(other).rule_ids).toEqual(['protected_files/*.env*']);
  });

  it('lifts what is built in only where a human may agree', async () => {
    await using engine = createEngine(advisory);
    waive(engine, 'built_in_files/package-manifest');
    waive(engine, 'built_in_files/package-manager-configuration');
    expect((await engine.call('apply_patch', change({ 'package.json': '{}' }))).text).toMatch(/^OK /);
    const denied = await engine.call('apply_patch', change({ '.npmrc': 'x' }));
    expect(refusalOf(denied).rule_ids).toEqual(['built_in_files/package-manager-configuration']);
  });

  it('ends [gate:policy:waivers]', async () => {
    await using engine = createEngine(advisory);
    waive(engine, 'protected_files/*.lock');
    engine.clock.advance(61 * 60_000);
    const late = await engine.call('apply_patch', change({ 'yarn.lock': 'x' }));
    expect(refusalOf(late).code).toBe('policy_denied');
  });

  it.each([
    ['nobody can approve', { mode: 'none' as const }, undefined],
    [
      'the signature is another',
      { mode: 'signed' as const, signersOf: async () => ['mallory'], approvers: () => [] },
      'forged',
    ],
    [
      'there is no signature',
      { mode: 'signed' as const, signersOf: async () => ['ada'], approvers: () => [] },
      undefined,
    ],
  ])('is worth nothing when %s [gate:policy:waivers]', async (_, proof, signature) => {
    await using engine = createEngine({ proof });
    waive(engine, 'protected_files/*.lock', 'PD-1', signature);
    const answer = await engine.call('apply_patch', change({ 'yarn.lock': 'x' }));
    expect(refusalOf(answer).rule_ids).toEqual(['protected_files/*.lock']);
  });

  it('publishes a tree whose only failures are on the base commit too, and none with a new one [tests:base:waiver]', async () => {
    await using engine = createEngine(advisory);
    await engine.patch();
    engine.tests.outcomes.push('fail_preexisting_only');
    await engine.call('run_tests');
    expect(refusalOf(await engine.call('open_pr')).rule_ids).toEqual(['tests_green/preexisting']);
    waive(engine, 'tests_green/preexisting');
    engine.tests.outcomes.push('fail');
    await engine.call('run_tests');
    expect(refusalOf(await engine.call('open_pr')).rule_ids).toEqual(['tests_green']);
    engine.tests.outcomes.push('fail_preexisting_only');
    await engine.call('run_tests');
    expect((await engine.call('open_pr')).text).toMatch(/^OK /);
    expect(engine.host.requests.at(-1)?.body).toContain('is not green: fail_preexisting_only');
  });

  it('holds for a dry run as well', async () => {
    await using engine = createEngine(advisory);
    waive(engine, 'max_files');
    const files = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`src/${name}.js`, 'x']));
    expect((await engine.call('apply_patch', { ...change(files), dry_run: true })).text).toMatch(/^OK /);
  });
});

it.each([
  ['protected_files/db/**', true],
  ['sensitive_files/@secrets', true],
  ['code_rules/no-eval', true],
  ['max_bytes', true],
  ['max_deleted_tests', true],
  ['file_scope', true],
  ['secrets_in_patch', true],
  ['branches/triggers_workflow', true],
  ['built_in_files/ci', true],
  ['file_modes/executable_bit', true],
  ['file_modes/symlink', false],
  ['branches', false],
  ['tests_green', false],
  ['tests_green/preexisting', true],
  ['tests_green/edited_test', true],
  ['nothing_to_publish', false],
  ['path_canonical', false],
  ['budget/usd', false],
  ['daily_budget/prs', false],
  ['blocked_commands/kubectl apply', false],
  ['command_not_analysable', false],
  ['sandbox/least', false],
  ['incident/escalated', false],
  ['max_filesx', false],
  ['x/max_files', false],
])('%s can be waived: %s [gate:policy:waivers]', (rule, expected) => {
  expect(isWaivable(rule)).toBe(expected);
});
