import type { Approval } from '#domain/approval.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { toCode } from '#report/text.ts';

/** Decisions that a pull request names. */
const MAX_NAMED = 20;

/** The records of an incident, and the call whose pull request is written. */
export interface DecisionRecords {
  readonly events: readonly TimelineEvent[];
  readonly approvals: readonly Approval[];
  readonly callId: string;
}

/** Who waived a rule or approved a call on the way to a pull request; what was believed under other approvers is left out. */
export function toHumanDecisions({ decisions }: { readonly decisions?: DecisionRecords | undefined }): string[] {
  if (decisions === undefined) return [];
  const { events, approvals, callId } = decisions;
  const admitted = events.filter(({ type }) => type === 'call.admitted');
  const trust = admitted.find((event) => event.callId === callId)?.data['trust'];
  const lines = admitted
    .filter(({ data }) => data['trust'] === trust)
    .flatMap(({ tool, data }) => [
      ...waivedIn(data).map(
        ({ rule, approval, by }) => `- Rule ${toCode(rule)} was waived by ${whoOf({ approval, by })}.`,
      ),
      ...(typeof data['approval'] === 'string'
        ? [
            `- A call of ${toCode(tool ?? '', 60)} was approved by ${whoOf({ approval: data['approval'], by: data['approved_by'] })}.`,
          ]
        : []),
    ]);
  const all = [...new Set(lines)];
  const rest = all.length - MAX_NAMED;
  if (all.length === 0) return [];
  return [
    '## Allowed by humans',
    [...all.slice(0, MAX_NAMED), ...(rest > 0 ? [`- … and ${rest} more`] : [])].join('\n'),
  ];

  function whoOf({ approval, by }: { readonly approval: string; readonly by: unknown }): string {
    const signed = approvals.find(({ id }) => id === approval)?.decision?.signature !== undefined;
    return `${toCode(typeof by === 'string' && by !== '' ? by : 'somebody', 100)} (${toCode(approval, 40)}${signed ? '' : ', not signed'})`;
  }
}

function waivedIn({ waived }: TimelineEvent['data']) {
  return (Array.isArray(waived) ? waived : []).flatMap((each) => {
    if (each === null || typeof each !== 'object' || Array.isArray(each)) return [];
    const { rule, approval, by } = each;
    return typeof rule === 'string' && typeof approval === 'string' ? [{ rule, approval, by }] : [];
  });
}
