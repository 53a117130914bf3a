import type { IncidentEvent, IncidentState, Severity } from '#domain/incident.ts';
import { incidentStates, nextState, severities } from '#domain/incident.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { RecordMetrics } from '#telemetry/record-metrics.ts';

interface Standing {
  readonly state: IncidentState;
  /** Where an escalated incident would stand without its escalation. */
  readonly beneath: IncidentState;
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
      standings.set(chain, { state: 'open', beneath: 'open', severity, since: at });
      incidents.inc({ state: 'open', severity });
      return;
    }
    const earlier = standings.get(chain);
    if (!earlier) return;
    const severity = (type === 'incident.confirmed' && toSeverity(data['severity'])) || earlier.severity;
    const own = earlier.state === 'escalated' ? earlier.beneath : earlier.state;
    const moved = movedBy(event, own);
    // What was under way when it was handed over still ends.
    const beneath = moved === undefined || moved === 'escalated' ? own : nextState(own, moved);
    const state = moved ? nextState(earlier.state, moved, beneath) : earlier.state;
    incidents.dec({ state: earlier.state, severity: earlier.severity });
    if (state === 'closed') standings.delete(chain);
    else {
      standings.set(chain, { state, beneath, severity, since: state === earlier.state ? earlier.since : at });
      incidents.inc({ state, severity });
    }
    if (state === earlier.state) return;
    phases.observe({ phase: earlier.state, severity }, Math.max(0, at - earlier.since) / 1_000);
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
