import type { TimelineEvent } from '#domain/timeline.ts';
import { SERVER_CHAIN } from '#domain/timeline.ts';
import { decisionOf } from '#telemetry/decision.ts';
import type { Log, LogLevel } from '#telemetry/log.ts';
import type { SpanIds } from '#telemetry/tracing.ts';
import { requestSpan } from '#telemetry/tracing.ts';

/** Rules of one line; the records have all. */
const MAX_RULES = 20;

/**
 * Makes the listener that writes one line for each decision about a call, each call that failed, and each hand-over. What no request
 * led to, such as a limit of time, is told with the root span of its incident.
 */
export function createDecisionLog(log: Log, rootOf: (incidentId: string) => SpanIds): (event: TimelineEvent) => void {
  return (event) => {
    const decision = decisionOf(event);
    const level = levelOf(event, decision);
    if (!level) return;
    const { chain, tool, actor, callId, data, type } = event;
    const rules = Array.isArray(data['rule_ids']) ? data['rule_ids'].slice(0, MAX_RULES).map(String) : undefined;
    const root = requestSpan() || chain === SERVER_CHAIN ? undefined : rootOf(chain);
    log(level, sentenceOf(event, decision), {
      ...(root && { trace_id: root.traceId, span_id: root.spanId }),
      event: type,
      decision,
      incident_id: chain,
      tool,
      rules: rules && rules.length > 0 ? rules : undefined,
      rule: asText(data['rule_id']),
      code: asText(data['code']),
      actor,
      call_id: callId,
    });
  };
}

/** Not every event is a line: that a call ended well stands in the records. */
function levelOf({ type, data }: TimelineEvent, decision: string | undefined): LogLevel | undefined {
  switch (type) {
    case 'call.denied':
    case 'incident.escalated':
    case 'server.stopped':
      return 'warn';
    case 'call.invalid':
    case 'call.failed':
      return data['code'] === 'internal' ? 'error' : 'warn';
    default:
      return decision === undefined ? undefined : 'info';
  }
}

function sentenceOf({ type, tool, summary }: TimelineEvent, decision: string | undefined): string {
  if (decision === 'deny') return `${tool} denied: ${summary}`;
  if (decision === 'require_approval') return `${tool} waits for approval: ${summary}`;
  return type === 'incident.escalated' ? `handed over: ${summary}` : summary;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
