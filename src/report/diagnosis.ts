import type { AgentCause } from '#domain/hand-over.ts';
import { agentCauseOf, handOverWordsOf } from '#domain/hand-over.ts';
import { onsetOf } from '#domain/incident.ts';
import { reproductions } from '#domain/test-proof.ts';
import type { KeptAnswer, Read } from '#report/evidence.ts';
import { fieldsOf, numberOf, textOf } from '#report/evidence.ts';
import type { ReportInput } from '#report/input.ts';
import type { ReportedDiagnosis, ReportedImpact, ReportedSuspect } from '#report/schema-facts.ts';
import { toRollback, toSignals, toSuspects } from '#report/suspects.ts';
import { clip, toLine, toPlain } from '#report/text.ts';
import { latestRuns } from '#report/verification.ts';

/** Least confidence at which a deploy is taken for the cause, and its rollback suggested. */
export const LEAST_CONFIDENCE = 0.6;

type Known = Pick<
  ReportInput,
  'incident' | 'events' | 'patches' | 'runs' | 'verification' | 'openCalls' | 'current' | 'pullRequest'
>;

/** What is thought to be wrong: the words that were given, what the evidence points to, and what nobody knows. */
export function toDiagnosis(input: Known, reads: readonly Read[]): ReportedDiagnosis {
  const suspects = toSuspects(reads);
  const prime = primeDeploy(suspects);
  const words = causeOf(input)?.words ?? '';
  return {
    root_cause: words === '' ? null : clip(toPlain(words), 4_000),
    category: prime ? 'deployment_issue' : 'unknown',
    confidence: prime?.confidence ?? null,
    suspects,
    rollback_to: toRollback(reads),
    signals: toSignals(reads),
    unknowns: toUnknowns(input, reads, suspects),
    judged: (input.incident.state === 'closed' && input.incident.closure?.diagnosis) || null,
  };
}

/** The words for the cause, and whether they came with the incident or where the agent said them. */
export function causeOf({
  incident,
  events,
}: Pick<ReportInput, 'incident' | 'events'>):
  | { readonly words: string; readonly from: 'opening' | AgentCause['said'] }
  | undefined {
  const given = incident.rca?.text.trim() ?? '';
  if (given !== '') return { words: given, from: 'opening' };
  const told = agentCauseOf(events);
  return told && { words: told.text, from: told.said };
}

/** The deploy that ranks first of those that are likely enough to act on; a commit that ranks before it may be one that it brought. */
export function primeDeploy(suspects: readonly ReportedSuspect[]): ReportedSuspect | undefined {
  return suspects.find(({ confidence, ref }) => ref !== null && (confidence ?? 0) >= LEAST_CONFIDENCE);
}

/** What the trouble did, as far as it was said or read. */
export function toImpact({ incident }: Pick<ReportInput, 'incident'>, reads: readonly Read[]): ReportedImpact {
  return {
    statement: incident.title === `Incident ${incident.id}` ? null : toLine(incident.title, 500),
    service: incident.service ?? null,
    severity: incident.severity,
    log_events: toLogEvents(reads, incident.service),
    users_affected: null,
    requests_failed: null,
    revenue_impact: null,
    sla_breach: null,
  };
}

/** What the widest read of everything that the service logged found: a filter or a single event tells no impact. */
function toLogEvents(reads: readonly Read[], service: string | undefined): ReportedImpact['log_events'] {
  const counts = reads.flatMap(({ answer, read: { kind, matched, status, uri } }) => {
    if (!answer || kind !== 'logs' || matched === null || !isOfAll(answer, service)) return [];
    // A source that was not asked found nothing, and its answer is partial.
    return matched > 0 || status === 'empty' ? [{ matched, errors: errorsOf(answer, matched), evidence: uri }] : [];
  });
  const widest = Math.max(...counts.map(({ matched }) => matched));
  return counts.findLast(({ matched }) => matched === widest) ?? null;
}

/** How many of all that matched are errors: ordinary lines are no impact. */
function errorsOf({ output }: KeptAnswer, matched: number): number | null {
  const errors = numberOf(output, 'errors');
  const isWhole = numberOf(output, 'scanned') === matched;
  return isWhole && errors !== undefined && Number.isInteger(errors) && errors >= 0 && errors <= matched
    ? errors
    : null;
}

function isOfAll({ request, output }: KeptAnswer, service: string | undefined): boolean {
  const { service: asked, text, level, filters = [] } = fieldsOf(request, 'query');
  const isFiltered = text !== undefined || level !== undefined || !Array.isArray(filters) || filters.length > 0;
  return asked === service && !isFiltered && textOf(output, 'summary')?.startsWith('One event of ') !== true;
}

function toUnknowns(input: Known, reads: readonly Read[], suspects: readonly ReportedSuspect[]): string[] {
  const { incident, openCalls } = input;
  const has = (kind: string) => reads.some(({ read }) => read.kind === kind);
  const partial = reads.filter(({ read }) => read.status === 'partial');
  return [
    ...(onsetOf(incident) === undefined ? ['When the trouble began: nobody said.'] : []),
    ...(incident.severityConfirmed ? [] : ['Whether the severity is right: no human confirmed it.']),
    ...(causeOf(input) === undefined ? ['The root cause: nobody gave an analysis.'] : []),
    ...(has('logs') ? [] : ['What the logs say: none were read.']),
    ...(has('metrics') ? [] : ['What the metrics say: none were read.']),
    ...(has('deploys') ? [] : ['Whether a deploy caused it: none were looked at.']),
    ...(has('deploys') && suspects.length === 0
      ? ['Which change caused it: nothing that was found came before the onset.']
      : []),
    ...partial.slice(0, 5).map(({ read }) => `What ${read.source} left out: its answer ${read.uri} is partial.`),
    ...ofTheChange(input),
    ...handOverWordsOf(input.events).flatMap(({ unknowns }) => unknowns.map((each) => toLine(each, 500))),
    ...openCalls.slice(0, 5).map(({ tool }) => `How a call of ${tool} ended: it was admitted and no end was recorded.`),
  ];
}

/** What the tests cannot tell of the change. */
function ofTheChange({ patches, runs, current, verification }: Known): string[] {
  if (patches.length === 0) return [];
  const tree = current?.tree ?? patches.at(-1)?.tree;
  const onTree = latestRuns(runs, tree).filter(({ plan }) => plan.tree === tree);
  const reproduced =
    onTree.some(({ result }) => (result?.comparison?.fixedCount ?? 0) > 0) ||
    (tree !== undefined && reproductions({ tree, verification, runs, patches }).length > 0);
  return [
    ...(onTree.length === 0 ? ['Whether the change works: no test ran on it.'] : []),
    ...(onTree.length > 0 && !reproduced
      ? ['Whether the change removes the cause: no test failed before it and passes now.']
      : []),
    'Whether the trouble is over: the change has not run in production.',
  ];
}
