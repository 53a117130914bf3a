import { createHash } from 'node:crypto';

import type { Incident, Severity } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { ToldType } from '#domain/notice.ts';
import type { PullRequestRecord } from '#domain/remediation.ts';
import type { HandOver } from '#report/schema-hand-over.ts';
import { clip, toLine } from '#report/text.ts';
import { toRootSpanId, toTraceId } from '#report/trace.ts';

/** What happened, to whom it is told. Texts are redacted already. */
export interface TellFacts {
  readonly incident: Incident;
  readonly event: {
    readonly type: ToldType;
    /** Hex: it identifies the event among all others. */
    readonly hash: string;
    readonly at: number;
    /** Who did it; a human for what only humans do. */
    readonly actor?: string;
    readonly summary: string;
    readonly data: Readonly<Record<string, Json>>;
  };
  /** Of an escalation; undefined when the report cannot be made. */
  readonly handOver: HandOver | undefined;
  /** Of what only a human may say: whether it is proved as this configuration asks. */
  readonly believed?: boolean;
  readonly pullRequest: PullRequestRecord | undefined;
}

/** Types of CDEvents 0.6.0-draft, and of our own by their rule for custom ones. */
const TYPES: Readonly<Record<ToldType, string>> = {
  'incident.opened': 'dev.cdevents.incident.detected.0.3.0',
  'incident.escalated': 'dev.cdeventsx.fixgate-incident.escalated.0.1.0',
  'incident.resumed': 'dev.cdeventsx.fixgate-incident.resumed.0.1.0',
  'incident.closed': 'dev.cdevents.incident.resolved.0.3.0',
  'pull_request.opened': 'dev.cdevents.change.created.0.4.0',
};

/** What nobody proved must not end an incident elsewhere. */
const UNPROVED_END = 'dev.cdeventsx.fixgate-incident.closed.0.1.0';

/** Severity numbers of OpenTelemetry logs. */
const SEVERITIES: Readonly<Record<Severity, { readonly text: string; readonly number: number }>> = {
  SEV1: { text: 'FATAL', number: 21 },
  SEV2: { text: 'ERROR', number: 17 },
  SEV3: { text: 'WARN', number: 13 },
  SEV4: { text: 'INFO', number: 9 },
};

/** Bytes that the CloudEvents specification lets everybody rely on, less some for the envelope. */
const MAX_DATA_BYTES = 60_000;

/** The id of an event's message: the same at each attempt and in each process. */
export function toEventId({ event }: Pick<TellFacts, 'event'>): string {
  return event.hash.slice(0, 32);
}

/** What happened as a CloudEvent 1.0 in structured JSON, with the CDEvent as its data. */
export function toCloudEvent(facts: TellFacts): Record<string, Json> {
  const { incident, event } = facts;
  const id = toEventId(facts);
  const type = event.type === 'incident.closed' && facts.believed === false ? UNPROVED_END : TYPES[event.type];
  const source = sourceOf(incident);
  const time = new Date(event.at).toISOString();
  const subject = toSubject(facts);
  const severity = SEVERITIES[incident.severity];
  return {
    specversion: '1.0',
    type,
    source,
    id,
    subject: subject.id,
    time,
    datacontenttype: 'application/json',
    traceparent: `00-${toTraceId(incident.id)}-${toRootSpanId(incident.id)}-01`,
    severitytext: severity.text,
    severitynumber: severity.number,
    data: {
      context: { specversion: '0.6.0-draft', id, chainId: toChainId(incident.id), source, type, timestamp: time },
      subject: { id: subject.id, source, content: subject.content },
      customData: toCustomData(facts),
      customDataContentType: 'application/json',
    },
  };
}

function toSubject({ incident, event, pullRequest }: TellFacts): { id: string; content: Record<string, Json> } {
  if (event.type === 'pull_request.opened')
    return { id: pullRequest?.url ?? incident.id, content: { description: toLine(pullRequest?.title ?? '', 500) } };
  const content = {
    description: toLine(incident.title, 500),
    // Required; nobody said where most incidents happen.
    environment: { id: toLine(incident.environment ?? 'unknown', 64) },
    ...(incident.service !== undefined && { service: { id: incident.service } }),
  };
  return { id: incident.id, content };
}

function toCustomData({ incident, event, handOver, pullRequest, believed }: TellFacts): Record<string, Json> {
  const { id, severity, severityConfirmed } = incident;
  const known = { incident_id: id, severity, severity_confirmed: severityConfirmed };
  if (event.type === 'incident.opened') return { ...known, opened_by: incident.openedBy };
  if (event.type === 'pull_request.opened') {
    const { url = '', branch = '', draft = true, diffHash = '', commit = '', isForeign = false } = pullRequest ?? {};
    return { ...known, url, branch, draft, commit, diff_hash: diffHash, other_configuration: isForeign };
  }
  if (event.type === 'incident.resumed' || event.type === 'incident.closed') {
    const { grant = null, resolution = null } = event.data;
    const what = event.type === 'incident.closed' ? { resolution } : { grant };
    return {
      ...known,
      by: toLine(event.actor ?? 'human', 200),
      reason: clip(event.summary, 2_000),
      believed: believed ?? false,
      ...what,
    };
  }
  return {
    ...known,
    // The incident may have been resumed meanwhile: why it stopped stands in the event.
    rule_id: ruleOf(event),
    reason: clip(event.summary, 2_000),
    state: incident.state,
    hand_over: handOver ? toFitting(handOver) : null,
  };
}

/** Diffs are the first to go when the package is too large for one event; the report has them. */
function toFitting(handOver: HandOver): Json {
  const fits = (candidate: HandOver) => Buffer.byteLength(JSON.stringify(candidate)) <= MAX_DATA_BYTES;
  const withDiffs = (chars: number): HandOver => ({
    ...handOver,
    tried: handOver.tried.map((each) => ({
      ...each,
      diff: chars === 0 || each.diff === null ? null : clip(each.diff, chars),
    })),
  });
  const short: HandOver = {
    ...withDiffs(0),
    tried: handOver.tried.slice(-3).map((each) => ({ ...each, diff: null, files: each.files.slice(0, 20) })),
    suspects: handOver.suspects.slice(0, 3),
    suggested_actions: handOver.suggested_actions.slice(0, 5),
  };
  const candidates = [handOver, withDiffs(8_000), withDiffs(2_000), withDiffs(0), short];
  return candidates.find(fits) ?? short;
}

/** The rule that stopped the work. */
export function ruleOf({ data }: TellFacts['event']): string {
  const { rule_id: rule } = data;
  return typeof rule === 'string' ? rule : 'human';
}

/** The last two parts of the repository's address, without credentials. */
export function repositoryParts({ repository: { location } }: Pick<Incident, 'repository'>): string[] {
  const parts = location
    .replace(/\.git\/?$/, '')
    .split(/[/:\\]+/)
    .filter((part) => part !== '' && !part.includes('@'));
  return parts.slice(-2);
}

/** `/fixgate/` and the last two parts of the repository's address. */
function sourceOf(incident: Incident): string {
  return `/fixgate/${repositoryParts(incident).map(encodeURIComponent).join('/')}`;
}

/** One id for all events of an incident, as a UUID of version 8. */
function toChainId(incidentId: string): string {
  const hex = createHash('sha256').update(`fixgate:chain:${incidentId}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
