import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** Where a span is: 32 and 16 hex digits. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** What a span may say; undefined values are left out. */
export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Who does the work of a span: we for a client, another server for us, or we alone. */
export type SpanKind = 'server' | 'client' | 'internal';

/** A pointer to another span, which is no parent. */
export interface SpanLink extends SpanIds {
  readonly attributes?: Attributes;
}

/** Something that happened at a moment of a span. */
export interface SpanEvent {
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly attributes: Attributes;
}

/** A span that has ended; times are milliseconds since the Unix epoch, with fractions. */
export interface FinishedSpan extends SpanIds {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parentSpanId: string | undefined;
  /** The parent is in another process. */
  readonly remoteParent: boolean;
  readonly traceState: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly failed: boolean;
  readonly links: readonly SpanLink[];
  readonly events: readonly SpanEvent[];
}

/** Takes spans that have ended; never throws and never waits. */
export type RecordSpan = (span: FinishedSpan) => void;

/** What the code within a span can say of it. */
export interface Span extends SpanIds {
  /** Adds attributes to this span. */
  set(attributes: Attributes): void;
  /** Adds attributes to this span and to all spans that end after this within the same request. */
  setAll(attributes: Attributes): void;
  /** What all spans of this request say. */
  shared(): Attributes;
  event(name: string, attributes: Attributes): void;
  link(link: SpanLink): void;
  /** Marks the span as failed; the kind of the error must be one of few. */
  fail(errorType: string): void;
}

/** How a span begins. */
export interface SpanStart {
  readonly name: string;
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
}

/** The beginning of a request: its place in a trace was chosen before. */
export interface RootStart extends SpanStart {
  readonly traceId: string;
  readonly parentSpanId?: string | undefined;
  readonly remoteParent?: boolean;
  readonly traceState?: string | undefined;
  readonly links?: readonly SpanLink[];
  /** The trace is a caller's, who can find it. */
  readonly foreign?: string | undefined;
  /** Attributes of all spans of this request. */
  readonly shared?: Attributes;
  /** Absent when nothing is exported: then there are ids, and nothing else. */
  readonly record?: RecordSpan | undefined;
}

interface Active {
  readonly span: Span;
  /** The span of the whole request. */
  readonly request: SpanIds;
  readonly traceState: string | undefined;
  readonly shared: Record<string, Attributes[string]>;
  readonly record: RecordSpan | undefined;
  readonly isForeign: boolean;
}

// The one thing that has to follow a call through every folder without being passed on by each.
const active = new AsyncLocalStorage<Active>();

/** The span of the request that is being served, whichever part of it is at work; also with export off. */
export function requestSpan(): SpanIds | undefined {
  return active.getStore()?.request;
}

/** The current span as W3C `traceparent`; the last flag says whether it is exported. */
export function currentTraceparent(): string | undefined {
  const now = active.getStore();
  return now && `00-${now.span.traceId}-${now.span.spanId}-${now.record ? '01' : '00'}`;
}

/** The current span as the environment of a child process carries it; nothing where nothing is exported. */
export function childCarrier(): Readonly<Record<string, string>> {
  const traceparent = active.getStore()?.record && currentTraceparent();
  // Without the caller's tracestate: whoever runs there need not see what others wrote.
  return traceparent === undefined ? {} : { TRACEPARENT: traceparent };
}

/** What records keep of the request: the ids of its span, where somebody can find it again, or its trace, by them. */
export function keptSpan(): Readonly<Record<string, string>> | undefined {
  const now = active.getStore();
  if (!now || (!now.record && !now.isForeign)) return undefined;
  return { trace_id: now.request.traceId, span_id: now.request.spanId };
}

/** Adds attributes to the span of the work that is being done. */
export function annotateSpan(attributes: Attributes): void {
  active.getStore()?.span.set(attributes);
}

/** Adds an event to the span of the work that is being done. */
export function addSpanEvent(name: string, attributes: Attributes): void {
  active.getStore()?.span.event(name, attributes);
}

/** Adds attributes to the current span and to all that end later within its request: which incident it is about. */
export function annotateRequest(attributes: Attributes): void {
  active.getStore()?.span.setAll(attributes);
}

/** What all spans of the request say that is being served, for processes that go on with its work. */
export function requestAttributes(): Attributes {
  return { ...active.getStore()?.shared };
}

/** Does work as a child of the current span. Without one, or with export off, it only does the work. */
export async function withSpan<T>(start: SpanStart, work: (span: Span | undefined) => Promise<T> | T): Promise<T> {
  const open = openSpan(start);
  if (!open) return work(undefined);
  let failure: unknown;
  try {
    return await open.within(() => work(open.span));
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    open.end(failure);
  }
}

/** Does the work of one request: makes its span, around everything that happens until the work is done. */
export async function withRootSpan<T>(start: RootStart, work: (span: Span) => Promise<T> | T): Promise<T> {
  return inActive(start, { ...start.shared }, work);
}

/** An id that no other span has. */
export function newSpanId(): string {
  return randomBytes(8).toString('hex');
}

/** An id that no other trace has. */
export function newTraceId(): string {
  return randomBytes(16).toString('hex');
}

/** A span whose work comes in pieces, such as the batches of a stream. */
export interface OpenSpan {
  readonly span: Span;
  /** Does one piece of the work within the span. */
  within<T>(work: () => T): T;
  /** Ends the span; with an error it is marked as failed. */
  end(error?: unknown): void;
}

/** Begins a child of the current span; undefined without one, or with export off. */
export function openSpan(start: SpanStart): OpenSpan | undefined {
  const parent = active.getStore();
  if (!parent?.record) return undefined;
  const { record, shared, traceState } = parent;
  const { traceId, spanId: parentSpanId } = parent.span;
  const { span, finish } = recordedSpan({ ...start, traceId, parentSpanId, traceState, spanId: newSpanId() }, shared);
  return {
    span,
    within: (work) => active.run({ ...parent, span }, work),
    end(error) {
      if (error !== undefined) span.fail(errorTypeOf(error));
      record(finish());
    },
  };
}

async function inActive<T>(
  start: RootStart,
  shared: Active['shared'],
  work: (span: Span) => Promise<T> | T,
): Promise<T> {
  const { record, traceId, traceState } = start;
  const isForeign = start.foreign !== undefined;
  const spanId = newSpanId();
  const request = { traceId, spanId };
  if (!record) {
    const span = silentSpan(request);
    return active.run({ span, request, traceState, shared, record, isForeign }, work, span);
  }
  const { span, finish } = recordedSpan({ ...start, spanId }, shared);
  try {
    return await active.run({ span, request, traceState, shared, record, isForeign }, work, span);
  } catch (error) {
    span.fail(errorTypeOf(error));
    throw error;
  } finally {
    record(finish());
  }
}

function silentSpan(ids: SpanIds): Span {
  const nothing = () => {};
  return { ...ids, set: nothing, setAll: nothing, shared: () => ({}), event: nothing, link: nothing, fail: nothing };
}

function recordedSpan(start: RootStart & SpanIds, shared: Active['shared']) {
  const began = timeNow();
  const own: Record<string, Attributes[string]> = { ...start.attributes };
  const links = [...(start.links ?? [])];
  const events: SpanEvent[] = [];
  let failed = false;
  const span: Span = {
    traceId: start.traceId,
    spanId: start.spanId,
    set: (attributes) => void Object.assign(own, attributes),
    setAll: (attributes) => void Object.assign(shared, attributes),
    shared: () => shared,
    event: (name, attributes) => void (events.length < MAX_EVENTS && events.push({ name, at: timeNow(), attributes })),
    link: (link) => void (links.length < MAX_LINKS && links.push(link)),
    fail(errorType) {
      failed = true;
      own['error.type'] ??= errorType;
    },
  };
  const finish = (): FinishedSpan => ({
    name: start.name,
    kind: start.kind ?? 'internal',
    traceId: start.traceId,
    spanId: start.spanId,
    parentSpanId: start.parentSpanId,
    remoteParent: start.remoteParent ?? false,
    traceState: start.traceState,
    start: began,
    end: Math.max(began, timeNow()),
    attributes: { ...shared, ...own },
    failed,
    links,
    events,
  });
  return { span, finish };
}

/** Bounds of one span, as OpenTelemetry's own. */
const MAX_EVENTS = 128;
const MAX_LINKS = 128;

/** Spans need parts of a millisecond and a time that does not go backwards within a process. */
function timeNow(): number {
  return performance.timeOrigin + performance.now();
}

/** A short word for what went wrong; never its message, which may hold anything. */
function errorTypeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' || typeof code === 'number') return String(code).slice(0, 64);
  return error instanceof Error ? error.name.slice(0, 64) : 'unknown';
}
