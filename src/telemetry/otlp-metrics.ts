import { resourceFromAttributes } from '@opentelemetry/resources';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

import type { Collector } from '#telemetry/collector.ts';
import { SCHEMA_URL, SEND_TIMEOUT_MS } from '#telemetry/collector.ts';
import type { Operation, OperationSink } from '#telemetry/operations.ts';
import { toMetadata } from '#telemetry/otlp-headers.ts';

/** Milliseconds between two exports. */
const INTERVAL_MS = 10_000;

/** Seconds; from the MCP semantic conventions of OpenTelemetry. */
const BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Opens the way of metrics to a collector; loaded only when there is something to count. */
export async function openMetrics(collector: Collector, onFailure: (reason: string) => void): Promise<OperationSink> {
  const exporter = watched(await makeExporter(collector), onFailure);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: INTERVAL_MS,
    exportTimeoutMillis: SEND_TIMEOUT_MS,
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ ...collector.resource }),
    readers: [reader],
  });
  const meter = provider.getMeter('fixgate', undefined, { schemaUrl: SCHEMA_URL });
  const durationsOf = (what: string, description: string) =>
    meter.createHistogram(`mcp.server.${what}.duration`, {
      unit: 's',
      description,
      advice: { explicitBucketBoundaries: BUCKETS },
    });
  const requests = durationsOf('operation', 'Duration of MCP requests, as their receiver sees it.');
  const sessions = durationsOf('session', 'Duration of MCP sessions, as the server sees it.');
  return {
    observe({ of, seconds, attributes }: Operation) {
      const given = Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined);
      (of === 'session' ? sessions : requests).record(seconds, Object.fromEntries(given));
    },
    close: () => provider.shutdown(),
  };
}

/** Tells of each export that did not arrive. */
function watched(exporter: PushMetricExporter, onFailure: (reason: string) => void): PushMetricExporter {
  const send = exporter.export.bind(exporter);
  exporter.export = (metrics, done) =>
    send(metrics, (result) => {
      if (result.error !== undefined) onFailure(result.error.message.slice(0, 200));
      done(result);
    });
  return exporter;
}

async function makeExporter({ protocol, url, headers }: Collector): Promise<PushMetricExporter> {
  const shared = { ...(url !== undefined && { url }), timeoutMillis: SEND_TIMEOUT_MS };
  if (protocol === 'http') {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
    return new OTLPMetricExporter({ ...shared, headers: { ...headers } });
  }
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-grpc');
  return new OTLPMetricExporter({ ...shared, metadata: toMetadata(headers) });
}
