import { setImmediate as otherWork } from 'node:timers/promises';

import type { TimelineEvent } from '#domain/timeline.ts';
import type { KnownNames } from '#telemetry/count-events.ts';
import { createEventCounter } from '#telemetry/count-events.ts';
import { declareProcessMetrics } from '#telemetry/process-metrics.ts';
import { declareRecordMetrics } from '#telemetry/record-metrics.ts';

/** Numbers that an operator can scrape and alert on. No label has unbounded values: no incident ids, no paths. */
export interface Metrics {
  /** What the records say and how this process does, as Prometheus text. */
  exposition(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** What the records say: the same text in every process of a state folder, but for what was written meanwhile. */
  recordsText(): Promise<string>;
}

interface MetricsDeps extends KnownNames {
  readonly store: {
    eventsAfter(
      position: number,
      limit: number,
    ): readonly { readonly position: number; readonly event: TimelineEvent }[];
  };
  readonly version: string;
  /** Tells the state folders of one computer apart, as a label of every series. */
  readonly state: string;
}

/** Records that are read at once, so that calls are served between two parts of a long history. */
const BATCH = 500;

/** Makes the metrics of one state folder as this process sees it; the library is loaded now, not at program start. */
export async function createMetrics({ store, version, state, ...names }: MetricsDeps): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const [records, ours] = [new Registry(), new Registry()];
  for (const registry of [records, ours]) registry.setDefaultLabels({ state_id: state });
  const count = createEventCounter(declareRecordMetrics({ Counter, Gauge, Histogram }, records), names);
  new Gauge({
    name: 'fixgate_build_info',
    help: 'Always 1; the version that wrote this is a label.',
    labelNames: ['version'],
    registers: [records],
  }).set({ version }, 1);
  declareProcessMetrics({ Counter, Gauge }, ours);

  let position = 0;
  async function catchUp(): Promise<void> {
    for (let full = true; full;) {
      const batch = store.eventsAfter(position, BATCH);
      for (const placed of batch) {
        position = placed.position;
        count(placed.event);
      }
      full = batch.length === BATCH;
      if (full) await otherWork();
    }
  }

  // One after the other: each record counts once.
  let turn = Promise.resolve();
  const caughtUp = (): Promise<void> => (turn = turn.catch(() => undefined).then(catchUp));

  return {
    async exposition() {
      await caughtUp();
      const [said, own] = await Promise.all([records.metrics(), ours.metrics()]);
      return { contentType: records.contentType, body: `${said}\n${own}` };
    },
    async recordsText() {
      await caughtUp();
      return records.metrics();
    },
  };
}
