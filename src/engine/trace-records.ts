import { createHash } from 'node:crypto';

import type { ApprovalSubject } from '#domain/approval.ts';
import { pullRequestOutcomes } from '#domain/remediation.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { autonomyOf } from '#engine/trace-answers.ts';
import { toRootSpanId, toTraceId } from '#report/trace.ts';
import { decisionOf } from '#telemetry/decision.ts';
import type { Attributes, FinishedSpan, SpanEvent, SpanLink } from '#telemetry/tracing.ts';

/**
 * What was done where no span could be sent: by hooks, which a host waits for, and by humans, whose commands end at once. Their
 * spans are made from the records by the next process that exports spans, with ids that follow from the record, so that a span
 * that was told twice is the same one.
 */
export interface RecordFacts {
  /** What a question to a human was about. */
  readonly kindOf: (approvalId: string) => ApprovalSubject['kind'] | undefined;
}

/** Where a span says from which record it was made. */
export const RECORD_ATTRIBUTE = 'fixgate.record.seq';

/** Whether a record is told as a span of its own. */
export function isTold({ type, actor, data }: TimelineEvent): boolean {
  if (type === 'call.admitted' || type === 'call.denied') return actor.startsWith('hook:');
  if (type === 'incident.escalated') return data['rule_id'] === 'human';
  return type === 'pull_request.outcome' || VERBS[type] !== undefined;
}

/** Records of what humans did, by the command that writes them. */
const VERBS: Readonly<Partial<Record<TimelineEvent['type'], string>>> = {
  'approval.granted': 'approve',
  'approval.rejected': 'reject',
  'incident.confirmed': 'incident confirm',
  'incident.released': 'release',
  'incident.resumed': 'resume',
  'incident.closed': 'incident close',
};

/** Questions that a command asks and answers itself; the command has a record of its own. */
const OWN_WORD: ReadonlySet<string | undefined> = new Set(['release', 'resume', 'severity', 'close']);

/** The span of a record, below the incident's root; undefined for one that another record tells as well. */
export function toRecordSpan(event: TimelineEvent, facts: RecordFacts): FinishedSpan | undefined {
  const said = event.actor.startsWith('hook:') ? ofHook(event) : ofOther(event, facts);
  if (!said) return undefined;
  const { took_ms: took } = event.data;
  return {
    name: said.name,
    kind: 'internal',
    traceId: toTraceId(event.chain),
    spanId: createHash('sha256').update(`fixgate:record:${event.chain}:${event.hash}`).digest('hex').slice(0, 16),
    parentSpanId: toRootSpanId(event.chain),
    remoteParent: true,
    traceState: undefined,
    start: event.at - (typeof took === 'number' && took > 0 ? took : 0),
    end: event.at,
    attributes: {
      'fixgate.incident.id': event.chain,
      'fixgate.incident.trace_id': toTraceId(event.chain),
      [RECORD_ATTRIBUTE]: event.seq,
      ...said.attributes,
    },
    failed: said.failed ?? false,
    links: linksOf(event),
    events: said.events ?? [],
  };
}

interface Said {
  readonly name: string;
  readonly attributes: Attributes;
  readonly failed?: boolean;
  readonly events?: readonly SpanEvent[];
}

/** A call of the host's own tool, as the hook judged it. */
function ofHook(event: TimelineEvent): Said {
  const { actor, tool, data } = event;
  const host = actor.slice('hook:'.length) === 'claude' ? 'claude' : 'architect';
  const rules = textsOf(data['rule_ids']);
  const isDenied = event.type === 'call.denied';
  return {
    name: `hook ${host}`,
    failed: isDenied,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool?.slice(0, 128),
      'fixgate.hook.host': host,
      'fixgate.action.kind': textOf(data['action']),
      'fixgate.policy.decision': decisionOf(event),
      'fixgate.policy.rule_id': rules[0],
      'fixgate.policy.rule_ids': rules.length === 0 ? undefined : rules,
      'fixgate.refusal.code': textOf(data['code']),
      'error.type': isDenied ? 'tool_error' : undefined,
      ...autonomyOf(data['autonomy']),
    },
  };
}

function ofOther(event: TimelineEvent, { kindOf }: RecordFacts): Said | undefined {
  const { type, data } = event;
  if (type === 'pull_request.outcome') return ofOutcome(event);
  const approval = textOf(data['approval']);
  const isAnswer = type === 'approval.granted' || type === 'approval.rejected';
  const kind = isAnswer && approval !== undefined ? kindOf(approval) : undefined;
  const verb = type === 'incident.escalated' ? 'stop' : kind === 'waiver' ? 'waive' : VERBS[type];
  if (verb === undefined || OWN_WORD.has(kind)) return undefined;
  return {
    name: `fixgate ${verb}`,
    attributes: {
      'fixgate.verb': verb,
      'fixgate.approval.id': approval,
      'fixgate.approval.signed': typeof data['signed'] === 'boolean' ? data['signed'] : undefined,
      'fixgate.incident.resolution': textOf(data['resolution']),
    },
    ...(type === 'incident.closed' && { events: ofDiagnosis(event) }),
  };
}

function ofOutcome(event: TimelineEvent): Said | undefined {
  const { data } = event;
  const outcome = pullRequestOutcomes.find((each) => each === data['outcome']);
  if (outcome === undefined) return undefined;
  const number = typeof data['number'] === 'number' ? String(data['number']) : undefined;
  return {
    name: 'pull request outcome',
    attributes: {
      'fixgate.pr.outcome': outcome,
      'vcs.change.id': number,
      'vcs.change.state': outcome === 'reverted' ? 'merged' : outcome,
      'vcs.ref.head.revision': textOf(data['commit']),
      'vcs.ref.base.revision': textOf(data['reverted_by']) ?? textOf(data['merge_commit']),
    },
    events: {
      open: [],
      merged: [evaluation(event, { name: 'pr_accepted', value: 1, label: 'merged', why: event.summary })],
      closed: [evaluation(event, { name: 'pr_accepted', value: 0, label: 'closed', why: event.summary })],
      reverted: [evaluation(event, { name: 'reverted', value: 1, label: 'reverted', why: event.summary })],
    }[outcome],
  };
}

/** Nobody but a human judges the diagnosis: without a word of theirs there is no event. */
function ofDiagnosis(event: TimelineEvent): readonly SpanEvent[] {
  const said = event.data['diagnosis'];
  if (said !== 'right' && said !== 'wrong') return [];
  const [value, label] = said === 'right' ? [1, 'correct'] : [0, 'incorrect'];
  const why = `Whoever closed the incident said that the diagnosis was ${said}; whether that is proved its report says.`;
  return [evaluation(event, { name: 'classification_correct', value, label, why })];
}

interface Evaluation {
  readonly name: 'classification_correct' | 'pr_accepted' | 'reverted';
  readonly value: number;
  readonly label: string;
  readonly why: string;
}

function evaluation({ at }: TimelineEvent, { name, value, label, why }: Evaluation): SpanEvent {
  return {
    name: 'gen_ai.evaluation.result',
    at,
    attributes: {
      'gen_ai.evaluation.name': name,
      'gen_ai.evaluation.score.value': value,
      'gen_ai.evaluation.score.label': label,
      'gen_ai.evaluation.explanation': why,
    },
  };
}

/** The request in which the record was written, where there was one. */
function linksOf({ data }: TimelineEvent): readonly SpanLink[] {
  const { trace_id: traceId, span_id: spanId } = data;
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return [];
  return [{ traceId, spanId, attributes: { 'fixgate.link': 'request' } }];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, 256) : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((each) => textOf(each) ?? []).slice(0, 16) : [];
}
