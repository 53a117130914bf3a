import { randomUUID } from 'node:crypto';
import path from 'node:path';

import type { Stderr } from '#cli/stderr.ts';
import { endWithoutAnswer } from '#cli/stderr.ts';
import type { Config } from '#config/load.ts';
import type { Telemetry, TraceTarget } from '#config/telemetry.ts';
import { SERVER_CHAIN } from '#domain/timeline.ts';
import type { TellerStore } from '#engine/record-teller.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import type { RequestTracer } from '#engine/trace-requests.ts';
import { createRequestTracer } from '#engine/trace-requests.ts';
import type { Store } from '#state/store.ts';
import { createSpanCleaner } from '#telemetry/clean-span.ts';
import type { Dropped } from '#telemetry/dropped.ts';
import type { Log } from '#telemetry/log.ts';
import type { OperationMetrics } from '#telemetry/operations.ts';
import { createOperationMetrics } from '#telemetry/operations.ts';
import { openSpanFile, openSpanLines } from '#telemetry/span-lines.ts';
import type { QueueLimits, SpanExporter, SpanQueue } from '#telemetry/span-queue.ts';
import { createSpanQueue } from '#telemetry/span-queue.ts';
import type { Carrier } from '#telemetry/trace-parent.ts';
import type { FinishedSpan } from '#telemetry/tracing.ts';

/** The telemetry of one process that serves calls. */
export interface RuntimeTelemetry {
  /** Gives every request its span. */
  readonly tracer: RequestTracer;
  /** Puts on record what was given up since the last time. */
  readonly recordDrops: () => void;
  /** Sends what is left, for a bounded time, and puts on record what that gave up. */
  readonly closeTelemetry: () => Promise<void>;
  /** When all else is done: a collector that hangs does not keep the process. */
  readonly letGo: () => void;
}

interface TelemetryDeps {
  readonly config: Pick<Config, 'telemetry'>;
  /** The span that this process was started by, where it serves one client alone. */
  readonly carrier: Carrier | undefined;
  readonly store: TellerStore & Pick<Store, 'getIncident' | 'claimRootSpan' | 'releaseRootSpan' | 'append'>;
  /** Incidents of which this process wrote records that are told as spans. */
  readonly toTell: Set<string>;
  readonly redact: Redact;
  readonly log: Log;
  readonly version: string;
  readonly stateFolder: string;
  /** What else this process gives up is counted here, too. */
  readonly dropped: Dropped;
  readonly stderr: Pick<Stderr, 'offer'> | undefined;
}

/** Makes the tracer of a process and the ways out; with nothing to export spans have ids and nothing else. */
export function createTelemetry({ config, carrier, store, redact, ...deps }: TelemetryDeps): RuntimeTelemetry {
  const { telemetry } = config;
  const { dropped, log } = deps;
  const warn = (message: string) => log('warn', message);
  const onLost = (spans: readonly FinishedSpan[]) => {
    dropped.add('spans', spans.length);
    tell(() => tracer.giveBack(spans), log);
  };
  const spans = createSpanSink({ telemetry, redact, warn, onLost, ...deps });
  const operations = createOperationSink({ telemetry, warn, onLost: () => dropped.add('metrics'), ...deps });
  const recordDrops = () => tell(() => recordDropped(store, dropped), log);
  const tracer = createRequestTracer({
    store,
    toTell: deps.toTell,
    environment: carrier,
    record: spans?.record,
    observe: operations?.observe,
    captured: telemetry.captureContent ? (value) => redactDeep(value, redact) : undefined,
  });
  let hangs = false;
  const close = async () => {
    for (const incidentId of deps.toTell) tracer.tell(incidentId);
    hangs = (await Promise.all([spans?.close(), operations?.close()])).includes(false);
    recordDrops();
  };
  let closing: Promise<void> | undefined;
  return {
    tracer,
    recordDrops,
    closeTelemetry: () => (closing ??= close()),
    letGo: () => void (hangs && endWithoutAnswer()),
  };
}

/** Puts what a process gave up on record, where the metrics of every process count it. */
export function recordDropped(store: Pick<Store, 'append'>, dropped: Dropped): void {
  const event = dropped.takeEvent();
  if (event) store.append(SERVER_CHAIN, event);
}

/** The records' own trouble fails nothing that is only told. */
function tell(write: () => void, log: Log): void {
  try {
    write();
  } catch (error) {
    log('warn', `what was dropped is not on record: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface SpanSinkDeps {
  readonly telemetry: Pick<Telemetry, 'traces' | 'resource'>;
  readonly version: string;
  readonly stateFolder: string;
  readonly redact: (text: string) => string;
  /** Told once, when the first spans were given up. */
  readonly warn: (message: string) => void;
  readonly onLost: (spans: readonly FinishedSpan[]) => void;
  readonly limits?: Partial<QueueLimits>;
  /** Where `console` writes; absent: standard error as it is. */
  readonly stderr?: Pick<Stderr, 'offer'> | undefined;
}

/** Makes the way of spans out of this process; undefined when nothing is exported. */
export function createSpanSink({ telemetry, ...deps }: SpanSinkDeps): SpanQueue | undefined {
  const { traces } = telemetry;
  if (!traces) return undefined;
  const clean = createSpanCleaner(deps.redact);
  return createSpanQueue({
    async open() {
      const { send, close } = await openExporter(traces, { telemetry, ...deps });
      return { send: (spans) => send(spans.map(clean)), close };
    },
    onDrop: (reason) => deps.warn(`Spans are given up, calls are not affected: ${reason}.`),
    onLost: deps.onLost,
    ...(deps.limits && { limits: deps.limits }),
  });
}

async function openExporter(
  traces: TraceTarget,
  { telemetry, version, stateFolder, stderr, onLost }: Omit<SpanSinkDeps, 'redact' | 'warn'>,
): Promise<SpanExporter> {
  switch (traces.to) {
    case 'console':
      // Standard output belongs to the protocol.
      return openSpanLines(stderr?.offer ?? ((line) => process.stderr.write(line) || true), onLost);
    case 'json-file':
      return openSpanFile(traces.file ?? path.join(stateFolder, 'traces.jsonl'));
    case 'otlp': {
      const { openCollector } = await import('#telemetry/otlp-spans.ts');
      return openCollector({ ...traces, resource: toResource(telemetry, version) });
    }
  }
}

type OperationDeps = Pick<SpanSinkDeps, 'version' | 'warn'> & {
  readonly telemetry: Telemetry;
  readonly onLost: () => void;
};

/** Makes the way of metrics out of this process by OTLP; undefined when none are pushed. */
function createOperationSink({ telemetry, version, warn, onLost }: OperationDeps): OperationMetrics | undefined {
  const { metrics } = telemetry;
  if (!metrics) return undefined;
  return createOperationMetrics({
    async open(onFailure) {
      const { openMetrics } = await import('#telemetry/otlp-metrics.ts');
      return openMetrics({ ...metrics, resource: toResource(telemetry, version) }, onFailure);
    },
    onDrop: (reason) => warn(`Metrics do not arrive, calls are not affected: ${reason}.`),
    onLost,
  });
}

/** One process among all that share a state folder. */
const INSTANCE = randomUUID();

function toResource({ resource }: Pick<Telemetry, 'resource'>, version: string) {
  return {
    'service.instance.id': INSTANCE,
    'process.pid': process.pid,
    ...resource,
    'service.version': version,
  };
}
