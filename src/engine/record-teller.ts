import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { isTold, RECORD_ATTRIBUTE, toRecordSpan } from '#engine/trace-records.ts';
import type { Store } from '#state/store.ts';
import type { Attributes, FinishedSpan, RecordSpan } from '#telemetry/tracing.ts';

/** Tells of records that no process could tell of when they were made, and of what calls of other processes found out. */
export interface RecordTeller {
  /** What calls found out of an incident, in whichever process. */
  found(incidentId: string): Attributes;
  /** Sends a span for each record that no process has taken upon itself so far. */
  tell(incident: Incident, attributes: Attributes): void;
  /** These spans did not arrive: this process or another tells them again. */
  giveBack(lost: readonly FinishedSpan[]): void;
}

/** What it needs of the store. */
export type TellerStore = Pick<Store, 'timeline' | 'getApproval' | 'claimTold' | 'releaseTold'>;

/** How far the records of an incident were looked at. */
interface Seen {
  seq: number;
  category: string | undefined;
}

/** Incidents that one process remembers; beyond that it looks at all records again. */
const MAX_REMEMBERED = 10_000;

/** Makes the teller of one process. What the store throws is the caller's. */
export function createRecordTeller(store: TellerStore, record: RecordSpan): RecordTeller {
  const told = new Map<string, Seen>();
  const read = new Map<string, Seen>();
  const facts = { kindOf: (id: string) => store.getApproval(id)?.kind };

  /** The records since the last time, and how far that is now. */
  function news(known: Map<string, Seen>, incidentId: string) {
    if (known.size >= MAX_REMEMBERED) known.clear();
    const seen = known.get(incidentId) ?? { seq: 0, category: undefined };
    known.set(incidentId, seen);
    // A chain begins at 1, and nothing is missing in it.
    const events = store.timeline(incidentId).slice(seen.seq);
    seen.seq += events.length;
    return { seen, events };
  }

  return {
    found(incidentId) {
      const { seen, events } = news(read, incidentId);
      seen.category = events.map(categoryOf).findLast((each) => each !== undefined) ?? seen.category;
      return seen.category === undefined ? {} : { 'fixgate.incident.category': seen.category };
    },
    tell(incident, attributes) {
      const events = news(told, incident.id).events.filter(isTold);
      const last = events.at(-1)?.seq;
      const before = last === undefined ? undefined : store.claimTold(incident.id, last);
      if (before === undefined) return;
      for (const event of events) {
        const span = event.seq > before ? toRecordSpan(event, facts) : undefined;
        if (span) record({ ...span, attributes: { ...attributes, ...span.attributes } });
      }
    },
    giveBack(lost) {
      const first = new Map<string, number>();
      for (const { attributes } of lost) {
        const { 'fixgate.incident.id': id, [RECORD_ATTRIBUTE]: seq } = attributes;
        if (typeof id === 'string' && typeof seq === 'number') first.set(id, Math.min(seq, first.get(id) ?? seq));
      }
      for (const [id, seq] of first) {
        told.delete(id);
        store.releaseTold(id, seq);
      }
    },
  };
}

function categoryOf({ data }: TimelineEvent): string | undefined {
  const found: Json | undefined = data['found'];
  const fields = found !== null && typeof found === 'object' ? (found as Readonly<Record<string, Json>>) : {};
  return fields['category'] === 'deployment_issue' ? fields['category'] : undefined;
}
