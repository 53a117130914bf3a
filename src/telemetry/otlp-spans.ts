import type { HrTime, SpanContext } from '@opentelemetry/api';
import { SpanKind, SpanStatusCode, TraceFlags, createTraceState } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan, SpanExporter as OtelExporter } from '@opentelemetry/sdk-trace';

import type { Collector } from '#telemetry/collector.ts';
import { SCHEMA_URL, SEND_TIMEOUT_MS } from '#telemetry/collector.ts';
import { toMetadata } from '#telemetry/otlp-headers.ts';
import type { SpanExporter } from '#telemetry/span-queue.ts';
import type { Attributes, FinishedSpan, SpanIds } from '#telemetry/tracing.ts';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

/** Opens the way to a collector with OpenTelemetry's own exporters; loaded only when there is something to send. */
export async function openCollector(collector: Collector): Promise<SpanExporter> {
  const exporter = await makeExporter(collector);
  const resource = resourceFromAttributes({ ...collector.resource }, { schemaUrl: SCHEMA_URL });
  const scope = {
    name: 'fixgate',
    version: String(collector.resource['service.version'] ?? ''),
    schemaUrl: SCHEMA_URL,
  };
  return {
    send: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export(
          spans.map((span) => toReadable(span, resource, scope)),
          ({ error }) => (error === undefined ? resolve() : reject(error)),
        );
      }),
    close: () => void exporter.shutdown().catch(() => {}),
  };
}

async function makeExporter({ protocol, url, headers }: Collector): Promise<OtelExporter> {
  const shared = { ...(url !== undefined && { url }), timeoutMillis: SEND_TIMEOUT_MS };
  if (protocol === 'http') {
    const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
    return new OTLPTraceExporter({ ...shared, headers: { ...headers } });
  }
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-grpc');
  return new OTLPTraceExporter({ ...shared, metadata: toMetadata(headers) });
}

type Scope = ReadableSpan['instrumentationScope'];

function toReadable(span: FinishedSpan, resource: Resource, scope: Scope): ReadableSpan {
  const traceState = span.traceState === undefined ? undefined : createTraceState(span.traceState);
  const contextOf = ({ traceId, spanId }: SpanIds, isRemote: boolean): SpanContext => ({
    traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote,
    ...(traceState && { traceState }),
  });
  const context = contextOf(span, false);
  const { parentSpanId, traceId } = span;
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context,
    ...(parentSpanId !== undefined && {
      parentSpanContext: contextOf({ traceId, spanId: parentSpanId }, span.remoteParent),
    }),
    startTime: toHrTime(span.start),
    endTime: toHrTime(span.end),
    duration: toHrTime(span.end - span.start),
    status: { code: span.failed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: toOtel(span.attributes),
    links: span.links.map(({ attributes = {}, ...ids }) => ({
      context: { ...ids, traceFlags: TraceFlags.SAMPLED, isRemote: true },
      attributes: toOtel(attributes),
    })),
    events: span.events.map(({ name, at, attributes }) => ({
      name,
      time: toHrTime(at),
      attributes: toOtel(attributes),
      droppedAttributesCount: 0,
    })),
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function toOtel(attributes: Attributes): Record<string, string | number | boolean | string[]> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, typeof value === 'object' ? [...value] : value]],
    ),
  );
}

function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
