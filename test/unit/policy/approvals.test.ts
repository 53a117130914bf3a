import { describe, expect, it } from 'vitest';

import type { Approval, ApprovalDecision, ApprovalSubject } from '#domain/approval.ts';
import { approvalPayload, bindingOf } from '#domain/approval.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { ApprovalProof } from '#policy/approvals.ts';
import { createApprovals, matterOf, subjectOf } from '#policy/approvals.ts';

import { incident, patch, publishing, shipped } from './samples.ts';

const NOW = 1_000_000;
const subject: ApprovalSubject = { incidentId: 'INC-7', kind: 'patch', facts: { tree: 't2' } };
const finding = {
  rule: 'built_in_files/ci',
  effect: 'require_approval' as const,
  reason: 'It is CI.',
  fix: '',
  evidence: {},
};

const approved: ApprovalDecision = { verdict: 'approved', reason: 'fine', at: NOW, by: 'ada', signature: 'sig ada' };
const rejected: ApprovalDecision = { ...approved, verdict: 'rejected', reason: 'no' };

function approval(decision: ApprovalDecision | undefined, change: Partial<Approval> = {}): Approval {
  return {
    ...subject,
    id: 'A-1',
    binding: bindingOf(subject),
    question: 'May it?',
    ruleIds: ['built_in_files/ci'],
    requestedBy: 'agent',
    requestedAt: NOW,
    expiresAt: NOW + 1,
    ...(decision && { decision }),
    ...change,
  };
}

const signed: ApprovalProof = {
  mode: 'signed',
  signersOf: async (_text, signature) => (signature.startsWith('sig ') ? [signature.slice(4)] : []),
  approvers: () => ['e1'],
};

function approvalsOf(
  known: readonly Approval[],
  proof: ApprovalProof = signed,
  bound: Readonly<Record<string, readonly string[]>> = {},
) {
  const events: NewTimelineEvent[] = [];
  const approvals = createApprovals({
    store: {
      approvals: (id) => known.filter(({ incidentId }) => incidentId === id),
      timeline: (id) =>
        (bound[id] ? [{ type: 'incident.opened', data: { trust: 'signed', approvers: bound[id] } }] : []) as never,
      requestApproval: (asked, event) => {
        events.push(event);
        return asked;
      },
    },
    clock: { now: () => NOW },
    proof,
  });
  return { approvals, events };
}

const unsigned = ({ signature: _signature, ...rest }: ApprovalDecision): ApprovalDecision => rest;

describe('the proof of a decision', () => {
  it.each<[string, ApprovalProof, ApprovalDecision | undefined, boolean]>([
    ['a signature of who decided', signed, approved, true],
    ['a signature of somebody else', signed, { ...approved, by: 'bob' }, false],
    ['no signature', signed, unsigned(approved), false],
    ['an empty signature of nobody', signed, { ...approved, by: '', signature: '' }, false],
    ['a signature of nobody', signed, { ...approved, by: '', signature: 'sig ' }, false],
    ['a signature that is none', signed, { ...approved, signature: 'forged' }, false],
    ['no decision', signed, undefined, false],
    ['a mere word where words are believed', { mode: 'advisory' }, unsigned(approved), true],
    ['no decision where words are believed', { mode: 'advisory' }, undefined, false],
    ['a signature where nobody can approve', { mode: 'none' }, approved, false],
  ])('is %s', async (_, proof, decision, proved) => {
    const { approvals } = approvalsOf([], proof);
    expect(approvals.mode).toBe(proof.mode);
    expect(await approvals.isProved(approval(decision))).toBe(proved);
  });

  it('covers the exact text of the question and the decision', async () => {
    const texts: string[] = [];
    const proof: ApprovalProof = {
      mode: 'signed',
      signersOf: async (text, signature) => {
        texts.push(`${signature}: ${text}`);
        return ['ada'];
      },
      approvers: () => ['e1'],
    };
    const asked = approval(approved);
    await approvalsOf([], proof).approvals.isProved(asked);
    expect(texts).toEqual([`sig ada: ${approvalPayload(asked, approved)}`]);
  });
});

describe('the keys that count for a decision', () => {
  const bound = { 'INC-1': ['e1', 'e2'], 'INC-2': ['e2', 'e3'] };
  it.each<[string, Partial<Approval>, ApprovalDecision['verdict'], string | undefined, readonly string[] | undefined]>([
    ['those of its incident', { kind: 'release' }, 'approved', undefined, ['e1', 'e2']],
    [
      'those of both where another incident is to have something of it',
      { kind: 'resume' },
      'approved',
      'INC-2',
      ['e2'],
    ],
    ['all that are listed, for an end', { kind: 'close' }, 'approved', undefined, undefined],
    ['those of the incident that an end is to free', { kind: 'close' }, 'approved', 'INC-2', ['e2', 'e3']],
    ['all that are listed, for a no', { kind: 'patch' }, 'rejected', undefined, undefined],
    [
      'all that are listed, where nothing is bound',
      { kind: 'release', incidentId: 'INC-3' },
      'approved',
      undefined,
      undefined,
    ],
  ])('are %s [human:proof:bound]', async (...[, change, verdict, from, expected]) => {
    const asked: (readonly string[] | undefined)[] = [];
    const proof: ApprovalProof = {
      mode: 'signed',
      signersOf: async (_text, _signature, among) => {
        asked.push(among);
        return ['ada'];
      },
      approvers: () => ['e1'],
    };
    const { approvals } = approvalsOf([], proof, bound);
    const decided = approval({ ...approved, verdict }, { incidentId: 'INC-1', ...change });
    expect(await approvals.isProved(decided, from)).toBe(true);
    expect(asked).toEqual([expected]);
  });
});

describe('whose word is believed', () => {
  it.each<[ApprovalProof, readonly string[], readonly string[]]>([
    [signed, ['e1'], ['ada']],
    [{ mode: 'advisory' }, [], []],
    [{ mode: 'none' }, [], []],
  ])('under %j', async (proof, approvers, signers) => {
    const { approvals } = approvalsOf([], proof);
    expect(approvals.trust()).toEqual({ mode: proof.mode, approvers });
    expect(await approvals.signersOf(approval(approved), approved)).toEqual(signers);
  });

  it("is nobody's where nothing was signed", async () => {
    const { approvals } = approvalsOf([], { ...signed, signersOf: async (_text, signature) => [`by ${signature}`] });
    expect(await approvals.signersOf(approval(approved), unsigned(approved))).toEqual(['by ']);
  });
});

describe('what a human looks at', () => {
  it('is the change of a patch and why, and of a pull request with its words', () => {
    expect(matterOf(patch({ diff: '+a', reason: 'It leaks.' }))).toEqual({
      diff: '+a',
      texts: { reason: 'It leaks.' },
    });
    const words = { title: 'Fix', summary: 'It leaks.', rootCause: 'A map.' };
    expect(matterOf(publishing({ diff: '+a', ...words }))).toEqual({
      diff: '+a',
      texts: { title: 'Fix', summary: 'It leaks.', root_cause: 'A map.' },
    });
  });

  it('is nothing where no change is known, or none can be shown', () => {
    expect(matterOf(patch())).toBeUndefined();
    expect(matterOf(publishing())).toBeUndefined();
    expect(matterOf({ kind: 'inspect', diff: '+a' } as never)).toBeUndefined();
  });
});

const late = { expiresAt: NOW };
const used = { consumedAt: NOW };
const other = { binding: 'another' };
const forged = { ...approved, signature: 'forged' };

describe('an approval', () => {
  it.each<[string, readonly Approval[], boolean, boolean]>([
    ['that nobody asked for', [], false, false],
    ['that is open', [approval(undefined)], false, false],
    ['that was given', [approval(approved)], true, true],
    ['that expires now', [approval(approved, late)], false, false],
    ['of something else', [approval(approved, other)], false, false],
    ['of another incident', [approval(approved, { incidentId: 'INC-8' })], false, false],
    ['that is forged', [approval(forged)], false, false],
    ['that was used', [approval(approved, used)], false, true],
    ['that was used and given again', [approval(approved, used), approval(approved)], true, true],
    ['that was given and is asked for again', [approval(approved), approval(undefined)], true, true],
    ['whose rejection is forged', [approval(approved), approval({ ...rejected, signature: 'forged' })], true, true],
    ['whose rejection is late', [approval(approved), approval(rejected, late)], true, true],
  ])('%s is granted or stands', async (_, known, granted, standing) => {
    const { approvals } = approvalsOf(known);
    expect((await approvals.granted(subject)) !== undefined).toBe(granted);
    expect((await approvals.standing(subject)) !== undefined).toBe(standing);
  });

  it.each<[string, readonly Approval[]]>([
    ['alone', [approval(rejected)]],
    ['after it was given', [approval(approved), approval(rejected)]],
  ])('that was rejected %s is refused with the reason', async (_, known) => {
    const { approvals } = approvalsOf(known);
    await expect(approvals.granted(subject)).rejects.toMatchObject({
      code: 'policy_denied',
      message: 'A human was asked and rejected it (A-1): no. Nothing was done.',
      ruleIds: ['approvals/rejected', 'built_in_files/ci'],
      fix: 'Do not ask for the same again; change the action after that reason, or hand over.',
      evidence: { approval_id: 'A-1' },
    });
  });

  it('that was rejected with a whole sentence is refused in as many', async () => {
    const decision = { ...rejected, reason: 'Fix the code, not the build.' };
    const { approvals } = approvalsOf([approval(decision)], { mode: 'advisory' });
    await expect(approvals.granted(subject)).rejects.toMatchObject({
      message: 'A human was asked and rejected it (A-1): Fix the code, not the build. Nothing was done.',
    });
  });

  it('that was rejected and given later is granted, since the last word counts', async () => {
    const { approvals } = approvalsOf([approval(rejected), approval(approved, { id: 'A-2' })]);
    expect((await approvals.granted(subject))?.id).toBe('A-2');
  });

  it('that was rejected never stands, and the reason is cut', async () => {
    const { approvals } = approvalsOf([approval({ ...rejected, reason: 'x'.repeat(600) })]);
    expect(await approvals.standing(subject)).toBeUndefined();
    await expect(approvals.granted(subject)).rejects.toThrow(new RegExp(`: x{500}\\. Nothing`));
  });
});

describe('a question', () => {
  it('holds what is asked, by which rules, for an hour', () => {
    const { approvals, events } = approvalsOf([]);
    const asked = approvals.ask(subject, [finding, { ...finding, reason: 'Twice.' }], 'agent/1');
    expect(asked).toEqual({
      id: expect.stringMatching(/^A-[\da-f]{8}$/),
      incidentId: 'INC-7',
      kind: 'patch',
      binding: bindingOf(subject),
      facts: { tree: 't2' },
      question: 'It is CI. Twice.',
      ruleIds: ['built_in_files/ci'],
      requestedBy: 'agent/1',
      requestedAt: NOW,
      expiresAt: NOW + 3_600_000,
    });
    expect(events).toEqual([
      {
        type: 'approval.requested',
        actor: 'agent/1',
        summary: `Approval ${asked.id} asked for`,
        data: {
          approval: asked.id,
          binding: asked.binding,
          rule_ids: ['built_in_files/ci'],
          expires_at: NOW + 3_600_000,
        },
      },
    ]);
  });

  it('is about exactly this action, base commit and policy', () => {
    const asked = subjectOf(patch(), incident, shipped);
    expect(asked).toMatchObject({
      incidentId: 'INC-7',
      kind: 'patch',
      facts: { action: 'patch', tree: 't2', base_commit: 'a'.repeat(40), policy: shipped.digest },
    });
    const others = [
      subjectOf(patch({ tree: 't3' }), incident, shipped),
      subjectOf(patch(), { ...incident, id: 'INC-8' }, shipped),
      subjectOf(patch(), incident, { ...shipped, digest: 'sha256:1' }),
      subjectOf(patch(), { ...incident, repository: { ...incident.repository, baseCommit: 'c' } }, shipped),
    ];
    expect(new Set([asked, ...others].map(bindingOf)).size).toBe(5);
  });
});
