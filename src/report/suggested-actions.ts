import { handOverWordsOf } from '#domain/hand-over.ts';
import { primeDeploy } from '#report/diagnosis.ts';
import type { ReportInput } from '#report/input.ts';
import type { ReportedDiagnosis, ReportedSuspect, SuggestedAction } from '#report/schema-facts.ts';
import { toLine, toWebAddress } from '#report/text.ts';

/** What a human may do now, the first choice first: the way back where a deploy is suspect. Nothing of it is ever executed. */
export function toSuggestedActions(
  input: Pick<ReportInput, 'incident' | 'events' | 'pullRequest'>,
  diagnosis: ReportedDiagnosis,
): SuggestedAction[] {
  if (input.incident.state === 'closed') return [];
  return [...toRollbackAction(diagnosis), ...toFixAction(input), ...toTold(input), ...toEscalation(input), communicate];
}

const communicate: SuggestedAction = {
  type: 'communicate',
  description: 'Tell those who are affected where it stands.',
  command: null,
  risk: 'none',
  requires_approval: false,
  why: 'they wait for word',
};

/** What a suspect is rolled back to, and the command that does it in the repository; null where none is known. */
export function rollbackOf(
  prime: ReportedSuspect,
  target: string | null,
): { readonly back: string | null; readonly command: string | null } {
  // The target is that of the deploy that the ranking blames; another one goes back to what ran before it.
  const isItsOwn = prime.previous === null || target?.startsWith(prime.previous);
  const back = isItsOwn ? target : prime.previous;
  const commit = prime.commit !== null && /^[0-9a-f]{7,64}$/.test(prime.commit) ? prime.commit : undefined;
  return { back, command: commit === undefined ? null : `git revert --no-edit ${commit}` };
}

function toRollbackAction({ suspects, rollback_to: target }: ReportedDiagnosis): SuggestedAction[] {
  const prime = primeDeploy(suspects);
  if (!prime) return [];
  const { back, command } = rollbackOf(prime, target);
  return [
    {
      type: 'rollback',
      description: `Roll ${prime.ref} back to ${back ?? 'the version before it'}.`,
      command,
      risk: 'low',
      requires_approval: true,
      why: `it is the likeliest cause, confidence ${prime.confidence}`,
    },
  ];
}

function toFixAction({ pullRequest }: Pick<ReportInput, 'pullRequest'>): SuggestedAction[] {
  if (!pullRequest || pullRequest.isForeign || (pullRequest.fate && pullRequest.fate.outcome !== 'open')) return [];
  const address = toWebAddress(pullRequest.url) ?? pullRequest.branch;
  return [
    {
      type: 'code_fix',
      description: `Review the pull request and merge or close it: ${address}`,
      command: null,
      risk: 'medium',
      requires_approval: true,
      why: 'it is never merged automatically',
    },
  ];
}

/** What the agent would do; words alone, whatever they look like. */
function toTold({ events }: Pick<ReportInput, 'events'>): SuggestedAction[] {
  const told = handOverWordsOf(events).flatMap(({ suggestedActions }) => suggestedActions);
  return [...new Set(told)].map((each) => ({
    type: 'told',
    description: toLine(each, 500),
    command: null,
    risk: 'high',
    requires_approval: true,
    why: 'the agent said so at the hand-over; nobody checked it',
  }));
}

function toEscalation({ incident: { state, escalation } }: Pick<ReportInput, 'incident'>): SuggestedAction[] {
  if (state !== 'escalated') return [];
  return [
    {
      type: 'escalate',
      description: 'Bring in whoever owns the service.',
      command: null,
      risk: 'none',
      requires_approval: false,
      why: `the work was handed over (${escalation?.ruleId ?? 'by a rule'})`,
    },
  ];
}
