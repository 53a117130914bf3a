import type { Approval } from '#domain/approval.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { toCode } from '#report/text.ts';

/** Decisions that a pull request names. */
const MAX_NAMED = 20;

/** The records of an incident. */
export interface DecisionRecords {
  readonly events: readonly TimelineEvent[];
  /** Whose decision is believed here. */
  readonly approvals: readonly Approval[];
}

/** Who waived a rule or approved a call on the way to a pull request; what is not believed here is left out. */
export function toHumanDecisions({ decisions }: { readonly decisions?: DecisionRecords | undefined }): string[] {
  if (decisions === undefined) return [];
  const known = new Map(decisions.approvals.map((each) => [each.id, each]));
  const admitted = decisions.events.filter(({ type }) => type === 'call.admitted');
  const lines = admitted.flatMap(({ tool, data }) => [
    ...waivedIn(data).flatMap(({ rule, approval }) => told(`- Rule ${toCode(rule)} was waived`, approval)),
    ...told(`- A call of ${toCode(tool ?? '', 60)} was approved`, data['approval']),
  ]);
  const all = [...new Set(lines)];
  const rest = all.length - MAX_NAMED;
  if (all.length === 0) return [];
  return [
    '## Allowed by humans',
    [...all.slice(0, MAX_NAMED), ...(rest > 0 ? [`- … and ${rest} more`] : [])].join('\n'),
  ];

  function told(what: string, id: unknown): string[] {
    const decision = typeof id === 'string' ? known.get(id)?.decision : undefined;
    if (!decision) return [];
    const by = decision.by === '' ? 'somebody' : decision.by;
    return [`${what} by ${toCode(by, 100)} (${toCode(String(id), 40)}${decision.signature ? '' : ', not signed'}).`];
  }
}

function waivedIn({ waived }: TimelineEvent['data']) {
  return (Array.isArray(waived) ? waived : []).flatMap((each) => {
    if (each === null || typeof each !== 'object' || Array.isArray(each)) return [];
    const { rule, approval } = each;
    return typeof rule === 'string' ? [{ rule, approval }] : [];
  });
}
