import { describe, expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import { bindingOf } from '#domain/approval.ts';
import type { Refusal } from '#domain/errors.ts';
import type { ApprovalProof } from '#policy/approvals.ts';

import { createEngine } from '../../support/engine-fixture.ts';

type Engine = ReturnType<typeof createEngine>;

/** Signatures of listed keys. */
let believed = ['of ada'];
const proof: ApprovalProof = {
  mode: 'signed',
  signersOf: async (_text, signature) => (believed.includes(signature) ? ['ada@example.com'] : []),
  approvers: () => ['key of ada'],
};

/** What a command keeps of a human's word, whoever signed it. */
function say(engine: Engine, kind: Approval['kind'], facts: Approval['facts'], signature: string): Approval {
  const { store, clock } = engine;
  const base_commit = store.getIncident('PD-1')?.repository.baseCommit ?? '';
  const id = `A-${store.approvals('PD-1').length}`;
  const subject = { incidentId: 'PD-1', kind, facts: { base_commit, ...facts } };
  const asked = { question: '', ruleIds: [], requestedBy: 'ada', requestedAt: 0, expiresAt: clock.now() + 3_600_000 };
  const approval = { id, ...subject, binding: bindingOf(subject), ...asked };
  store.requestApproval(approval, { type: 'approval.requested', actor: 'ada', summary: '', data: {} });
  return decide(engine, approval, signature);
}

function decide({ store, clock }: Engine, approval: Approval, signature: string): Approval {
  const decision = { verdict: 'approved' as const, reason: 'Seen.', at: clock.now(), by: 'ada@example.com', signature };
  const event = { type: 'approval.granted' as const, actor: 'human:ada@example.com', summary: '', data: {} };
  store.decideApproval(approval.id, decision, event);
  return { ...approval, decision };
}

const change = (files: Readonly<Record<string, string>>) => ({ patch: JSON.stringify(files), reason: 'mend it now' });

/** A patch that somebody of whichever key lets in. */
async function approvedPatch(engine: Engine, files: Readonly<Record<string, string>>, signature: string) {
  expect((await engine.call('apply_patch', change(files))).text).toMatch(/^PENDING\[/);
  const asked = engine.store.approvals('PD-1').at(-1)!;
  decide(engine, asked, signature);
  // Under a configuration that lists the other key the call is admitted.
  believed = [signature];
  expect((await engine.call('apply_patch', change(files))).text).toMatch(/^OK/);
  believed = ['of ada'];
  return asked.id;
}

const MIGRATION = 'db/migrations/2.sql';

it.each([
  ['none', false],
  ['signed', true],
])(
  'a call that waits for approval asks nobody where nobody can approve: %s [gate:approvals:nobody]',
  async (mode, asks) => {
    await using engine = createEngine(mode === 'signed' ? { proof } : {});
    for (const files of [{ 'package.json': '{}' }, { [MIGRATION]: 'alter table jobs;' }])
      for (const dry_run of [false, true]) {
        const { text } = await engine.call('apply_patch', { ...change(files), dry_run });
        expect(text).toMatch(/^PENDING\[/);
        expect(/ask the on-call|fixgate approve/i.test(text)).toBe(asks);
        expect(text.match(/hand over with escalate/g) ?? []).toHaveLength(asks ? 0 : 2);
        const { fix, retry } = JSON.parse(text.split('\n').at(-1) ?? '') as Refusal;
        expect(retry).toBe(asks ? 'after_approval' : 'after_change');
        expect(fix.includes('`approvers:` in fixgate.yaml')).toBe(!asks && !dry_run);
      }
  },
);

describe('what nobody proved', () => {
  it.each([
    ['of nobody', true],
    ['of ada', false],
  ])(
    'makes no pull request ready: a severity that was confirmed by the signature %s [human:verbs:own-policy]',
    async (signature, draft) => {
      await using engine = createEngine({
        proof,
        incident: { openedBy: 'agent', severity: 'SEV3', severityConfirmed: false },
      });
      const { id } = say(engine, 'severity', { from: 'SEV3', to: 'SEV3', confirmed: false }, signature);
      const data = { severity: 'SEV3', from: 'SEV3', approval: id, signed: true };
      engine.store.confirmSeverity('PD-1', 'SEV3', { type: 'incident.confirmed', actor: 'ada', summary: '', data }, id);
      await engine.patch();
      await engine.call('run_tests');
      expect((await engine.call('open_pr', { draft: false })).structured).toMatchObject({ draft });
    },
  );

  it.each([
    ['of nobody', false],
    ['of ada', true],
  ])(
    'is no human’s in what is said of a risk: a patch that was approved by the signature %s [human:verbs:own-policy]',
    async (signature, isTold) => {
      await using engine = createEngine({ proof });
      const id = await approvedPatch(engine, { [MIGRATION]: 'alter table jobs;' }, signature);
      const later = await engine.call('apply_patch', change({ 'src/queue.js': 'fixed' }));
      expect(later.text.includes(`which a human approved as ${id}`)).toBe(isTold);
      expect(later.text).toContain(MIGRATION);
    },
  );

  it.each([
    ['of nobody', false],
    ['of ada', true],
  ])(
    'is told in no pull request: a waiver with the signature %s [report:pull-request:allowed]',
    async (signature, isTold) => {
      await using engine = createEngine({ proof });
      const { id } = say(engine, 'waiver', { rule: 'max_lines' }, signature);
      const data = { trust: 'signed', waived: [{ rule: 'max_lines', approval: id, by: 'ada@example.com' }] };
      engine.store.append('PD-1', { type: 'call.admitted', actor: 'a', tool: 'apply_patch', summary: '', data });
      await engine.patch();
      await engine.call('run_tests');
      await engine.call('open_pr');
      const told = `Rule \`max_lines\` was waived by \`ada@example.com\` (\`${id}\`).`;
      expect(engine.host.requests.map(({ body }) => body.includes(told))).toEqual([isTold]);
    },
  );
});
