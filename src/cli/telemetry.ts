import { randomUUID } from 'node:crypto';
import path from 'node:path';

import type { Config } from '#config/load.ts';
import type { Telemetry, TraceTarget } from '#config/telemetry.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import type { RequestTracer } from '#engine/trace-requests.ts';
import { createRequestTracer } from '#engine/trace-requests.ts';
import type { Store } from '#state/store.ts';
import { createSpanCleaner } from '#telemetry/clean-span.ts';
import type { Log } from '#telemetry/log.ts';
import type { OperationMetrics } from '#telemetry/operations.ts';
import { createOperationMetrics } from '#telemetry/operations.ts';
import { openSpanFile, openSpanLines } from '#telemetry/span-lines.ts';
import type { SpanExporter, SpanQueue } from '#telemetry/span-queue.ts';
import { createSpanQueue } from '#telemetry/span-queue.ts';
import type { Carrier } from '#telemetry/trace-parent.ts';

/** The telemetry of one process that serves calls. */
export interface RuntimeTelemetry {
  /** Gives every request its span. */
  readonly tracer: RequestTracer;
  /** Spans that could not be exported so far. */
  readonly droppedSpans: () => number;
  /** Sends what is left of them, for a bounded time; after that every further one is dropped. */
  readonly closeSpans: () => Promise<void>;
  /** Ends all ways out, for a bounded time. */
  readonly closeTelemetry: () => Promise<void>;
}

interface TelemetryDeps {
  readonly config: Pick<Config, 'telemetry'>;
  /** The span that this process was started by, where it serves one client alone. */
  readonly carrier: Carrier | undefined;
  readonly store: Pick<Store, 'getIncident' | 'claimRootSpan'>;
  readonly redact: Redact;
  readonly log: Log;
  readonly version: string;
  readonly stateFolder: string;
}

/** Makes the tracer of a process and the ways out; with nothing to export spans have ids and nothing else. */
export function createTelemetry({ config, carrier, store, redact, ...deps }: TelemetryDeps): RuntimeTelemetry {
  const { telemetry } = config;
  const warn = (message: string) => deps.log('warn', message);
  const spans = createSpanSink({ telemetry, redact, warn, ...deps });
  const operations = createOperationSink({ telemetry, warn, ...deps });
  const closeSpans = async () => spans?.close();
  return {
    tracer: createRequestTracer({
      store,
      environment: carrier,
      record: spans?.record,
      observe: operations?.observe,
      captured: telemetry.captureContent ? (value) => redactDeep(value, redact) : undefined,
    }),
    droppedSpans: () => spans?.dropped() ?? 0,
    closeSpans,
    closeTelemetry: async () => void (await Promise.all([closeSpans(), operations?.close()])),
  };
}

interface SpanSinkDeps {
  readonly telemetry: Pick<Telemetry, 'traces' | 'resource'>;
  readonly version: string;
  readonly stateFolder: string;
  readonly redact: (text: string) => string;
  /** Told once, when the first spans were given up. */
  readonly warn: (message: string) => void;
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
  });
}

async function openExporter(
  traces: TraceTarget,
  { telemetry, version, stateFolder }: Pick<SpanSinkDeps, 'telemetry' | 'version' | 'stateFolder'>,
): Promise<SpanExporter> {
  switch (traces.to) {
    case 'console':
      // Standard output belongs to the protocol.
      return openSpanLines((text) => void process.stderr.write(text));
    case 'json-file':
      return openSpanFile(traces.file ?? path.join(stateFolder, 'traces.jsonl'));
    case 'otlp': {
      const { openCollector } = await import('#telemetry/otlp-spans.ts');
      return openCollector({ ...traces, resource: toResource(telemetry, version) });
    }
  }
}

type OperationDeps = Pick<SpanSinkDeps, 'version' | 'warn'> & { readonly telemetry: Telemetry };

/** Makes the way of metrics out of this process by OTLP; undefined when none are pushed. */
function createOperationSink({ telemetry, version, warn }: OperationDeps): OperationMetrics | undefined {
  const { metrics } = telemetry;
  if (!metrics) return undefined;
  return createOperationMetrics({
    async open(onFailure) {
      const { openMetrics } = await import('#telemetry/otlp-metrics.ts');
      return openMetrics({ ...metrics, resource: toResource(telemetry, version) }, onFailure);
    },
    onDrop: (reason) => warn(`Metrics do not arrive, calls are not affected: ${reason}.`),
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
