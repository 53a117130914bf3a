import { createHash } from 'node:crypto';

import type { ReportInput } from '#report/input.ts';
import type { Report } from '#report/schema.ts';

/** The trace of an incident, as 32 hex digits: the same in every process that knows the id, without a channel between them. */
export function toTraceId(incidentId: string): string {
  return createHash('sha256').update(`fixgate:incident:${incidentId}`).digest('hex').slice(0, 32);
}

/** The span that everything of the incident's trace hangs from, as 16 hex digits: known to every process, like the trace itself. */
export function toRootSpanId(incidentId: string): string {
  return createHash('sha256').update(`fixgate:incident:${incidentId}`).digest('hex').slice(32, 48);
}

/** The trace of the incident and its root span, and the traces of hosts that sent one of their own. */
export function toReportedTrace({
  incident,
  events,
  traceUrl,
}: Pick<ReportInput, 'incident' | 'events' | 'traceUrl'>): Report['trace'] {
  const trace = toTraceId(incident.id);
  const linked = events.flatMap(({ data }) => {
    const { trace_id: id } = data;
    return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) && id !== trace ? [id] : [];
  });
  return {
    trace_id: trace,
    span_id: toRootSpanId(incident.id),
    url: traceUrl?.replaceAll('{trace_id}', trace) ?? null,
    linked: [...new Set(linked)].slice(0, 50),
  };
}
