import type { SpanIds, SpanLink } from '#telemetry/tracing.ts';

/** The W3C fields of one carrier, as they came: untrusted, and used for nothing but the trace. */
export interface Carrier {
  readonly traceparent?: unknown;
  readonly tracestate?: unknown;
}

/** A span of another process, as a carrier named it. */
export interface RemoteSpan extends SpanIds {
  readonly traceState: string | undefined;
}

/** Every way in which a caller can name its span, in the order in which they count. */
export interface Carriers {
  /** `_meta` of the request. */
  readonly meta?: Carrier | undefined;
  /** Headers of the HTTP request. */
  readonly header?: Carrier | undefined;
  /** The environment that the process was started with. */
  readonly environment?: Carrier | undefined;
  /** Arguments of the tool. */
  readonly argument?: Carrier | undefined;
}

/** Where a request's span belongs. */
export interface TracePlace {
  readonly traceId: string;
  readonly parentSpanId: string | undefined;
  readonly remoteParent: boolean;
  readonly traceState: string | undefined;
  readonly links: readonly SpanLink[];
  /** The caller's trace, when it is not the incident's own. */
  readonly foreign: string | undefined;
}

/** W3C Trace Context, version 00; later versions may go on after another dash. */
const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-[0-9a-f]{2}(?<more>-.*)?$/;

/** Characters of a `traceparent` that are looked at; versions to come may be longer than 55. */
const MAX_TRACEPARENT = 256;

/** Characters of `tracestate` that the standard asks every participant to carry on. */
const MAX_TRACESTATE = 512;

/** Reads one carrier; anything that is no valid `traceparent` is as good as none. */
export function parseCarrier(carrier: Carrier | undefined): RemoteSpan | undefined {
  const { traceparent, tracestate } = carrier ?? {};
  if (typeof traceparent !== 'string' || traceparent.length > MAX_TRACEPARENT) return undefined;
  const { version, traceId, spanId, more } = TRACEPARENT.exec(traceparent.trim())?.groups ?? {};
  if (version === undefined || traceId === undefined || spanId === undefined) return undefined;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceState: traceStateOf(tracestate) };
}

function traceStateOf(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_TRACESTATE) return undefined;
  return /^[\x20-\x7E]+$/.test(text) ? text : undefined;
}

/**
 * Chooses the parent of a request: what the caller named, else the root of the incident's trace, else none. A caller's trace is
 * kept, and linked to the incident's; an HTTP header beside `_meta` becomes a link.
 */
export function placeOf(carriers: Carriers, root: SpanIds | undefined, newTraceId: () => string): TracePlace {
  const [meta, header, environment, argument] = [
    carriers.meta,
    carriers.header,
    carriers.environment,
    carriers.argument,
  ].map(parseCarrier);
  const parent = meta ?? header ?? environment ?? argument;
  if (!parent) {
    return {
      traceId: root?.traceId ?? newTraceId(),
      parentSpanId: root?.spanId,
      remoteParent: root !== undefined,
      traceState: undefined,
      links: [],
      foreign: undefined,
    };
  }
  const foreign = root !== undefined && root.traceId !== parent.traceId;
  return {
    traceId: parent.traceId,
    parentSpanId: parent.spanId,
    remoteParent: true,
    traceState: parent.traceState,
    links: [
      ...(meta && header && header.spanId !== meta.spanId ? [linkTo(header, 'http')] : []),
      ...(foreign ? [linkTo(root, 'incident')] : []),
    ],
    foreign: foreign ? parent.traceId : undefined,
  };
}

function linkTo({ traceId, spanId }: SpanIds, relation: string): SpanLink {
  return { traceId, spanId, attributes: { 'fixgate.link': relation } };
}
