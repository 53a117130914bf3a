import type { Attributes, FinishedSpan } from '#telemetry/tracing.ts';

type Value = Attributes[string];

/** Values that recur in most spans: names of tools, methods, states. */
const MAX_KNOWN = 1_000;
const MAX_KNOWN_CHARS = 128;

/** Makes the way out for spans: every text of a span passes the one redactor. Done when spans are sent, not when calls end. */
export function createSpanCleaner(redact: (text: string) => string): (span: FinishedSpan) => FinishedSpan {
  const known = new Map<string, string>();

  function clean(text: string): string {
    const before = known.get(text);
    if (before !== undefined) return before;
    const after = redact(text);
    if (text.length <= MAX_KNOWN_CHARS) {
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(text, after);
    }
    return after;
  }

  const cleanValue = (value: Value): Value =>
    typeof value === 'string' ? clean(value) : typeof value === 'object' ? value.map(clean) : value;

  const cleanAll = (attributes: Attributes): Attributes =>
    Object.fromEntries(
      Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [[key, cleanValue(value)]])),
    );

  return (span) => ({
    ...span,
    name: clean(span.name),
    attributes: cleanAll(span.attributes),
    ...(span.traceState !== undefined && { traceState: clean(span.traceState) }),
    links: span.links.map(({ attributes = {}, ...ids }) => ({ ...ids, attributes: cleanAll(attributes) })),
    events: span.events.map((event) => ({ ...event, attributes: cleanAll(event.attributes) })),
  });
}
