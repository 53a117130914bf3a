import { onsetOf } from '#domain/incident.ts';
import type { ReportInput } from '#report/input.ts';
import type { ReportedTimes } from '#report/schema-facts.ts';
import { currentTree } from '#report/verification.ts';

/** When each phase of an incident began, from the records. */
export function toTimes(input: ReportInput): ReportedTimes {
  const { incident, events, pullRequest } = input;
  const onset = onsetOf(incident);
  const closed = events.findLast(({ type }) => type === 'incident.closed')?.at;
  const ended = incident.state === 'closed' ? (incident.closure?.at ?? closed) : undefined;
  return {
    onset: iso(onset) ?? null,
    opened_at: new Date(incident.openedAt).toISOString(),
    first_evidence_at: iso(events.find(isRead)?.at) ?? null,
    first_patch_at: iso(input.patches[0]?.at) ?? null,
    verified_at: iso(verifiedAt(input)) ?? null,
    pull_request_at: iso(openedPullRequest(input)) ?? null,
    escalated_at: iso(incident.escalation?.at) ?? null,
    closed_at: iso(ended) ?? null,
    to_open_seconds: between(onset, incident.openedAt),
    to_pull_request_seconds: pullRequest === undefined ? null : between(incident.openedAt, openedPullRequest(input)),
    to_end_seconds: between(onset ?? incident.openedAt, ended),
  };
}

function isRead({ type, data }: ReportInput['events'][number]): boolean {
  return type === 'call.admitted' && data['action'] === 'read';
}

function openedPullRequest({ events, pullRequest }: ReportInput): number | undefined {
  if (pullRequest === undefined) return undefined;
  return events.find(({ type }) => type === 'pull_request.opened')?.at ?? pullRequest.at;
}

/** When the last of the required suites that are green became so. */
function verifiedAt(input: ReportInput): number | undefined {
  const { verification, runs } = input;
  if (verification.length === 0 || verification.some(({ green }) => !green)) return undefined;
  const required = new Set(verification.map(({ suite }) => suite));
  const tree = currentTree(input);
  const green = runs.filter(
    ({ plan, result }) => plan.tree === tree && required.has(plan.suite) && result?.verdict === 'pass',
  );
  const firsts = [...required].flatMap((suite) => {
    const ends = green.flatMap(({ plan, finishedAt }) => (plan.suite === suite ? (finishedAt ?? []) : []));
    return ends.length === 0 ? [] : [Math.min(...ends)];
  });
  return firsts.length === 0 ? undefined : Math.max(...firsts);
}

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

function between(from: number | undefined, to: number | undefined): number | null {
  return from === undefined || to === undefined ? null : Math.max(0, Math.round((to - from) / 10) / 100);
}
