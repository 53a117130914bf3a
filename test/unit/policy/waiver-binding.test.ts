import { expect, it } from 'vitest';

import type { Incident } from '#domain/incident.ts';
import type { Policy } from '#policy/schema.ts';
import { waiverSubject } from '#policy/waivers.ts';

import { createEngine, refusalOf } from '../../support/engine-fixture.ts';

const RULE = 'protected_files/*.lock';
const change = { patch: JSON.stringify({ 'yarn.lock': 'x' }), reason: 'release every job' };

/** What the agent is answered after somebody waived the rule for this incident under this policy. */
async function answerAfter(of: (own: { readonly incident: Incident; readonly policy: Policy }) => [Incident, Policy]) {
  await using engine = createEngine({ proof: { mode: 'advisory' } });
  const subject = waiverSubject(RULE, ...of({ incident: engine.incident(), policy: engine.policy }));
  const finding = { rule: RULE, effect: 'require_approval' as const, reason: '', fix: '', evidence: {} };
  const { id } = engine.approvals.ask(subject, [finding], 'ada');
  const decision = { verdict: 'approved' as const, reason: 'needed now', at: engine.clock.now(), by: 'ada' };
  const event = { type: 'approval.granted' as const, actor: 'human:ada', summary: '', data: {} };
  expect(engine.store.decideApproval(id, decision, event)).toBe(true);
  return await engine.call('apply_patch', change);
}

it('a waiver of this policy and this base commit counts', async () => {
  expect((await answerAfter(({ incident, policy }) => [incident, policy])).text).toMatch(/^OK /);
});

it('a waiver of another policy is worth nothing [gate:policy:waivers]', async () => {
  const answer = await answerAfter(({ incident, policy }) => [incident, { ...policy, digest: 'sha256:another' }]);
  expect(refusalOf(answer).rule_ids).toEqual([RULE]);
});

it('a waiver of another base commit is worth nothing [gate:policy:waivers]', async () => {
  const answer = await answerAfter(({ incident, policy }) => {
    const repository = { ...incident.repository, baseCommit: 'c'.repeat(40) };
    return [{ ...incident, repository }, policy];
  });
  expect(refusalOf(answer).rule_ids).toEqual([RULE]);
});
