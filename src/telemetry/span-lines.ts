import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';

import type { SpanExporter } from '#telemetry/span-queue.ts';
import type { FinishedSpan } from '#telemetry/tracing.ts';

/** Writes spans as lines of JSON to the end of a file that only this account can read. */
export function openSpanFile(file: string): SpanExporter {
  const made = mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  return {
    async send(spans) {
      await made;
      await appendFile(file, toLines(spans), { mode: 0o600 });
    },
    close() {},
  };
}

/** Writes spans as lines of JSON, such as to standard error; `write` answers whether a line was taken. */
export function openSpanLines(
  write: (line: string) => boolean,
  onLost: (spans: readonly FinishedSpan[]) => void,
): SpanExporter {
  return {
    async send(spans) {
      const lost = spans.filter((span) => !write(toLines([span])));
      if (lost.length > 0) onLost(lost);
    },
    close() {},
  };
}

function toLines(spans: readonly FinishedSpan[]): string {
  return spans.map((span) => `${JSON.stringify(toLine(span))}\n`).join('');
}

/** The fields that architect writes, and ours after them; times are nanoseconds since the Unix epoch, as OpenTelemetry counts. */
function toLine(span: FinishedSpan) {
  return {
    name: span.name,
    trace_id: span.traceId,
    span_id: span.spanId,
    start_time: toNanoseconds(span.start),
    end_time: toNanoseconds(span.end),
    attributes: span.attributes,
    status: span.failed ? 'ERROR' : 'UNSET',
    parent_span_id: span.parentSpanId ?? null,
    kind: span.kind.toUpperCase(),
    links: span.links.map(({ traceId, spanId, attributes = {} }) => ({
      trace_id: traceId,
      span_id: spanId,
      attributes,
    })),
    events: span.events.map(({ name, at, attributes }) => ({ name, time: toNanoseconds(at), attributes })),
  };
}

function toNanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
