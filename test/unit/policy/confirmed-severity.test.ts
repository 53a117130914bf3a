import { expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import { bindingOf } from '#domain/approval.ts';
import type { Incident } from '#domain/incident.ts';
import { createHumanWord } from '#policy/human-word.ts';
import type { Trust } from '#policy/trust.ts';

import { sampleIncident } from '../../support/store-samples.ts';

const opened = (change: Partial<Incident>) =>
  sampleIncident('PD-1', { severity: 'SEV2', severityConfirmed: true, openedBy: 'agent', ...change });

/** A used word for a severity; ada's are proved. */
function given(to: string, by: string): Approval {
  const facts = { base_commit: opened({}).repository.baseCommit, from: 'SEV2', to, confirmed: true };
  const subject = { incidentId: 'PD-1', kind: 'severity' as const, facts };
  const asked = { id: 'A-1', question: '', ruleIds: [], requestedBy: 'a', requestedAt: 0, expiresAt: 0, consumedAt: 7 };
  const decision = { verdict: 'approved' as const, reason: '', at: 0, by };
  return { ...subject, ...asked, binding: bindingOf(subject), decision };
}

async function isConfirmed(
  mode: Trust['mode'],
  incident: Incident,
  ...approvals: readonly Approval[]
): Promise<boolean> {
  const word = createHumanWord({
    store: { approvals: () => approvals, timeline: () => [] },
    approvals: { trust: () => ({ mode, approvers: [] }), isProved: async ({ decision }) => decision?.by === 'ada' },
  });
  return (await word.believed(incident)).severityConfirmed;
}

it.each<[string, boolean, Trust['mode'], Partial<Incident>, Approval?]>([
  ['by a proved word', true, 'signed', {}, given('SEV2', 'ada')],
  ['by nothing that is kept', false, 'signed', {}],
  ['by a word of nobody who is listed', false, 'signed', {}, given('SEV2', 'mallory')],
  ['by a proved word for another severity', false, 'signed', { severity: 'SEV1' }, given('SEV2', 'ada')],
  ['by the human who opened it', true, 'signed', { openedBy: 'human' }],
  ['by whoever runs the command where that is believed', true, 'advisory', {}],
  ['by whoever runs the command where nobody can sign', true, 'none', {}],
  ['by nobody where nobody said so', false, 'signed', { severityConfirmed: false }, given('SEV2', 'ada')],
])(
  'the severity of what an agent opened is confirmed %s: %s [human:verbs:severity]',
  async (...[, is, trust, change, said]) => {
    expect(await isConfirmed(trust, opened(change), ...(said ? [said] : []))).toBe(is);
  },
);
