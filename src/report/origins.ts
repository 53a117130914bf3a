import type { PublishAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import { onsetOf } from '#domain/incident.ts';
import { causeOf } from '#report/diagnosis.ts';
import type { ReportInput } from '#report/input.ts';
import type { FactOrigin } from '#report/schema-facts.ts';
import { toInertLine, toMarkdownLine } from '#report/text.ts';

/** An incident and the words of its pull request, both without their secrets. */
interface Told {
  readonly incident: Incident;
  readonly action: Pick<PublishAction, 'title' | 'summary' | 'rootCause'>;
}

/** Where the title of an incident comes from: whoever opened it, the first line of its analysis, or nobody. */
type TitleOrigin = 'given' | 'analysis' | 'none';

function titleOrigin({ id, title, rca }: Incident): TitleOrigin {
  if (title === `Incident ${id}`) return 'none';
  return rca && title === rca.text.split('\n')[0]?.slice(0, 120) ? 'analysis' : 'given';
}

/** What the incident is about, as Markdown; says what nobody stated. */
export function toImpactWords(incident: Incident): string {
  const origin = titleOrigin(incident);
  const since = incident.startedAt === incident.openedAt ? ' (when it was opened; no start was given)' : '';
  const title = toMarkdownLine(incident.title, 300);
  if (origin === 'given') return `${since}: ${title}`;
  return `${since}: no title was given${origin === 'none' ? '' : `; its analysis begins: ${title}`}`;
}

/** The same for the symptom of a commit message. */
export function toSymptom(incident: Incident): string {
  const origin = titleOrigin(incident);
  if (origin === 'none') return 'not given';
  return `${origin === 'given' ? '' : 'not given; the analysis begins: '}${toInertLine(incident.title, 500)}`;
}

/** Who wrote the words of a pull request, in one sentence: a reviewer must not take the agent's for the on-call's. */
export function toOrigins({ incident, action }: Told): string {
  const titles: Readonly<Record<TitleOrigin, string>> = {
    given: 'the title of the incident',
    analysis: 'the first line of the analysis of the incident',
    none: 'made from the id of the incident',
  };
  const title = action.title === incident.title ? titles[titleOrigin(incident)] : 'by the agent';
  const summary = action.summary.trim() === '' ? 'not given' : 'by the agent';
  return `Whose words these are: title ${title}; root cause ${causeOrigin({ incident, action })}; summary ${summary}; files, tests and risk as Fixgate found them.`;
}

function causeOrigin({ incident, action }: Told): string {
  const own = action.rootCause.trim();
  const analysis = incident.rca?.text.trim() ?? '';
  if (own !== '' && own !== analysis) return 'by the agent';
  return analysis === '' ? 'not given' : 'from the analysis that was given with the incident';
}

/** Where the facts of a report come from, by their place in it. */
export type FactOrigins = Record<string, FactOrigin>;

const PRICE =
  'bytes written and read, four to a token, at 15 and 3 dollars per million, and six readings of each answer';

const measured = (how: string): FactOrigin => ({ origin: 'measured', by: 'fixgate', how });
const estimated = (how: string): FactOrigin => ({ origin: 'estimated', by: 'fixgate', how });
const answered = (how: string): FactOrigin => ({ origin: 'measured', by: 'source', how });
const reported = (by: FactOrigin['by'], how: string): FactOrigin => ({ origin: 'reported', by, how });

/** What of a report was measured, what somebody reported, and what is an estimate. Facts that nobody gave have no origin. */
export function toFactOrigins(facts: Facts): FactOrigins {
  const { incident, approvals = [], patches, pullRequest } = facts;
  const cause = causeOf(facts);
  return {
    ...ofIncident(incident),
    ...(cause && cause.from !== 'opening' && { 'diagnosis.root_cause': reported('host', `said ${cause.from}`) }),
    agent: reported('host', 'the name that the client gives itself'),
    'agents.name': reported('host', 'the names that the clients give themselves'),
    duration_seconds: measured('clock of the server, first to last record'),
    steps: measured('counted from the records'),
    total_cost: estimated(PRICE),
    'timeline.cost': estimated(PRICE),
    timeline: measured('the records, in order'),
    times: measured('clock of the server, except the onset'),
    'budget.used': measured('counted by the ledger, except usd'),
    'budget.used.usd': estimated(PRICE),
    verification: measured('exit code and report of the test runner, on the named tree'),
    evidence: answered('answers of the sources, as they were kept'),
    'diagnosis.signals': answered('rows of the kept answers'),
    'diagnosis.suspects': estimated('nearness in time, scope, and likeness to the errors'),
    'diagnosis.judged': reported('human', 'said when the incident was closed'),
    'diagnosis.category': estimated('a deploy with a confidence of 0.6 or more'),
    'impact.log_events': answered('counted by the source in its window'),
    'policy.decisions': measured('the gate, call by call'),
    suggested_actions: estimated('rules applied to the diagnosis'),
    ...(patches.length > 0 && {
      files_modified: measured('the tree, compared with the base commit'),
      git_diff: measured('the tree, compared with the base commit'),
      'patch.history.reason': reported('host', 'the agent gives it with each patch'),
      risk: estimated('a score of measured facts'),
    }),
    ...(approvals.length > 0 && {
      approvals: reported('human', 'proved as the policy demands, where it says believed'),
    }),
    ...(pullRequest && { pr: answered('the code host') }),
    ...(pullRequest?.fate && { 'pr.outcome': answered('the code host, else git, when it was last asked') }),
  };
}

/** The origins of those facts that the report holds. */
export function onlyHeld(facts: FactOrigins, report: object): FactOrigins {
  const holds = (value: unknown, [name, ...rest]: readonly string[]): boolean => {
    if (Array.isArray(value)) return value.some((item) => holds(item, name === undefined ? [] : [name, ...rest]));
    if (name === undefined) return value !== null && value !== undefined;
    return value !== null && typeof value === 'object' && holds((value as Record<string, unknown>)[name], rest);
  };
  return Object.fromEntries(Object.entries(facts).filter(([place]) => holds(report, place.split('.'))));
}

/** What the report is made of, as far as origins go. */
type Facts = Pick<ReportInput, 'incident' | 'events' | 'approvals' | 'patches' | 'pullRequest'>;

function ofIncident(incident: Incident): FactOrigins {
  const by = incident.openedBy === 'human' ? 'human' : 'host';
  const title = titleOrigin(incident);
  const words = reported(by, 'given when the incident was opened');
  return {
    'incident.opened_at': measured('clock of the server'),
    'incident.severity': severityOrigin(incident),
    'incident.started_at':
      onsetOf(incident) === undefined ? estimated('the time of the opening: nobody said when it began') : words,
    ...(title !== 'none' && { task: title === 'given' ? words : reported(by, 'the first line of the analysis') }),
    ...(title !== 'none' && { 'impact.statement': words }),
    ...(incident.service !== undefined && { 'incident.service': words }),
    ...(incident.environment !== undefined && { 'incident.environment': words }),
    ...(incident.rca && {
      'rca.text': words,
      'diagnosis.root_cause': words,
      'rca.references': measured('names of the analysis that exist in the repository'),
    }),
  };
}

function severityOrigin({ severity, severityConfirmed }: Incident): FactOrigin {
  if (severityConfirmed) return reported('human', 'confirmed');
  // Whoever opens an incident without one gets this.
  if (severity === 'SEV3') return estimated('the default: no human gave one');
  return reported('host', 'no human confirmed it');
}
