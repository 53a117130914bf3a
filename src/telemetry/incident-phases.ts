import type { IncidentEvent, IncidentState, Severity } from '#domain/incident.ts';
import { incidentStates, nextState, severities } from '#domain/incident.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { RecordMetrics } from '#telemetry/record-metrics.ts';

interface Standing {
  readonly state: IncidentState;
  readonly severity: Severity;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Makes the listener that follows every incident through its phases, from its records alone. */
export function createPhaseCounter({
  incidents,
  phases,
}: Pick<RecordMetrics, 'incidents' | 'phases'>): (event: TimelineEvent) => void {
  const standings = new Map<string, Standing>();
  for (const state of incidentStates.filter((each) => each !== 'closed'))
    for (const severity of severities) {
      incidents.set({ state, severity }, 0);
      phases.zero({ phase: state, severity });
    }

  return (event) => {
    const { chain, at, type, data } = event;
    if (type === 'incident.opened') {
      const severity = toSeverity(data['severity']) ?? 'SEV3';
      standings.set(chain, { state: 'open', severity, since: at });
      incidents.inc({ state: 'open', severity });
      return;
    }
    const before = standings.get(chain);
    if (!before) return;
    const severity = (type === 'incident.confirmed' && toSeverity(data['severity'])) || before.severity;
    const moved = movedBy(event, before.state);
    const state = moved ? nextState(before.state, moved) : before.state;
    if (state === before.state && severity === before.severity) return;
    incidents.dec({ state: before.state, severity: before.severity });
    if (state === 'closed') standings.delete(chain);
    else {
      standings.set(chain, { state, severity, since: state === before.state ? before.since : at });
      incidents.inc({ state, severity });
    }
    if (state === before.state) return;
    phases.observe({ phase: before.state, severity }, Math.max(0, at - before.since) / 1_000);
  };
}

/** What an event does to an incident. The first green run after a patch counts as verified: which suites are required is no record. */
function movedBy({ type, data }: TimelineEvent, state: IncidentState): IncidentEvent | undefined {
  switch (type) {
    case 'call.admitted':
      return data['action'] === 'read' ? 'read' : undefined;
    case 'patch.applied':
      return 'patched';
    case 'tests.finished':
      if (data['verdict'] !== 'pass') return 'unverified';
      return state === 'patching' ? 'verified' : undefined;
    case 'pull_request.opened':
    case 'pull_request.updated':
      return 'published';
    case 'incident.escalated':
      return 'escalated';
    case 'incident.resumed':
      return 'resumed';
    case 'incident.closed':
      return 'closed';
    default:
      return undefined;
  }
}

function toSeverity(value: unknown): Severity | undefined {
  return severities.find((each) => each === value);
}
