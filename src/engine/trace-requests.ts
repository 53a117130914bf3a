import type { Incident } from '#domain/incident.ts';
import { isIncidentId } from '#domain/incident.ts';
import type { TellerStore } from '#engine/record-teller.ts';
import { createRecordTeller } from '#engine/record-teller.ts';
import { toRootSpanId, toTraceId } from '#report/trace.ts';
import type { Store } from '#state/store.ts';
import { currentCaller } from '#telemetry/caller.ts';
import type { Operation } from '#telemetry/operations.ts';
import type { Carrier, Carriers } from '#telemetry/trace-parent.ts';
import { placeOf } from '#telemetry/trace-parent.ts';
import type { Attributes, FinishedSpan, RecordSpan, Span, SpanIds } from '#telemetry/tracing.ts';
import { newTraceId, withRootSpan } from '#telemetry/tracing.ts';

/** One MCP request, as far as its span tells of it. */
export interface TracedRequest {
  /** Such as `tools/call`. */
  readonly method: string;
  /** A tool or prompt of this server; what a client made up is no part of a span's name. */
  readonly target?: string | undefined;
  /** The incident that the request names; untrusted. */
  readonly incidentId?: string | undefined;
  readonly carriers?: Omit<Carriers, 'environment'>;
  readonly attributes?: Attributes;
}

/** Gives every request its span; also with export off, when spans have ids and nothing else. */
export interface RequestTracer {
  /** Cleans the arguments and answers that spans may tell of; absent when they may not. */
  readonly captured: (<T>(value: T) => T) | undefined;
  serve<T>(request: TracedRequest, work: (span: Span) => Promise<T> | T): Promise<T>;
  /** Begins the time of a session, over which transport and in which revision; called once more, when it ends. */
  session(transport: 'pipe' | 'tcp', protocolVersion: string | undefined): () => void;
  /** Exports what the records of an incident hold and no process told so far. */
  tell(incidentId: string): void;
  /** These spans did not arrive: what was made from records is told again, by this process or another. */
  giveBack(lost: readonly FinishedSpan[]): void;
}

interface TracerDeps {
  readonly store: Pick<Store, 'getIncident' | 'claimRootSpan' | 'releaseRootSpan'> & TellerStore;
  /** Incidents with records to tell of that this process wrote; each is taken out when that was done. */
  readonly toTell?: Set<string>;
  /** The environment's carrier, where a process serves one client alone. */
  readonly environment: Carrier | undefined;
  /** Absent: nothing is exported. */
  readonly record: RecordSpan | undefined;
  readonly captured: RequestTracer['captured'];
  /** Told of each request when it is answered; absent where nobody counts. */
  readonly observe?: ((operation: Operation) => void) | undefined;
}

/** What the span is called that all others of an incident hang from. */
const ROOT_SPAN = 'incident';

/** Incidents that one process remembers to have asked for; beyond that it asks the store again. */
const MAX_REMEMBERED = 10_000;

/** Makes the tracer of one process. */
export function createRequestTracer(deps: TracerDeps): RequestTracer {
  const { record, store, environment } = deps;
  const claim = createClaims(store);
  const teller = record && createRecordTeller(store, record);
  const find = (id: string) => quietly(() => store.getIncident(id));

  async function traced<T>(request: TracedRequest, work: Work<T>): Promise<T> {
    const { incidentId = '' } = request;
    const root = isIncidentId(incidentId) ? rootOf(incidentId) : undefined;
    const place = placeOf({ ...request.carriers, environment }, root, newTraceId);
    if (!record || !root) return await withRootSpan({ ...beginning(request), ...place, record }, work);
    const shared = { ...placeAttributes(incidentId), ...quietly(() => teller?.found(incidentId)) };
    return await withRootSpan({ ...beginning(request), ...place, shared, record }, async (span) => {
      try {
        return await work(span);
      } finally {
        // The call may have opened the incident, or moved it on.
        const incident = find(incidentId);
        if (incident) {
          span.setAll(incidentAttributes(incident));
          tellOf(incident);
        }
      }
    });
  }

  /** The root, and what the records hold. */
  function tellOf(incident: Incident): void {
    if (claim(incident.id)) record?.(rootSpan(incident, rootOf(incident.id)));
    deps.toTell?.delete(incident.id);
    quietly(() => teller?.tell(incident, incidentAttributes(incident)));
  }

  return {
    captured: record && deps.captured,
    tell(incidentId) {
      const incident = record && isIncidentId(incidentId) ? find(incidentId) : undefined;
      if (incident) tellOf(incident);
    },
    giveBack(lost) {
      giveBackRoots(store, lost);
      teller?.giveBack(lost);
    },
    session(transport, protocolVersion) {
      const began = performance.now();
      const attributes = { 'network.transport': transport, 'mcp.protocol.version': revisionOf(protocolVersion) };
      return () => deps.observe?.({ of: 'session', seconds: (performance.now() - began) / 1_000, attributes });
    },
    serve: (request, work) =>
      deps.observe ? observed(request, deps.observe, (watch) => traced(request, watch(work))) : traced(request, work),
  };
}

type Work<T> = (span: Span) => Promise<T> | T;

/** Times a request, and looks at how its span is said to have failed. */
async function observed<T>(
  { method, target, attributes = {} }: TracedRequest,
  observe: (operation: Operation) => void,
  serve: (watch: (work: Work<T>) => Work<T>) => Promise<T>,
): Promise<T> {
  const began = performance.now();
  let failure: string | undefined;
  const watch = (work: Work<T>) => (span: Span) =>
    work({
      ...span,
      fail(errorType) {
        failure ??= errorType;
        span.fail(errorType);
      },
    });
  try {
    return await serve(watch);
  } catch (error) {
    failure ??= 'internal';
    throw error;
  } finally {
    observe({
      seconds: (performance.now() - began) / 1_000,
      attributes: {
        'mcp.method.name': method,
        'gen_ai.tool.name': method === 'tools/call' ? target : undefined,
        'error.type': failure,
        'network.transport': currentCaller() ? 'tcp' : 'pipe',
        'mcp.protocol.version': revisionOf(attributes['mcp.protocol.version']),
      },
    });
  }
}

/** As the client says it: only what looks like one. */
function revisionOf(version: unknown): string | undefined {
  return /^\d{4}-\d\d-\d\d$/.test(String(version)) ? String(version) : undefined;
}

function beginning({ method, target, attributes }: TracedRequest) {
  return {
    name: target === undefined ? method : `${method} ${target}`,
    kind: 'server' as const,
    attributes: { 'mcp.method.name': method, ...transportAttributes(), ...attributes },
  };
}

function transportAttributes(): Attributes {
  const caller = currentCaller();
  if (!caller) return { 'network.transport': 'pipe' };
  return {
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    'network.protocol.version': caller.httpVersion,
    'client.address': caller.address,
    'client.port': caller.port,
  };
}

/** The span that all processes take for the parent of what happens in an incident. */
export function rootOf(incidentId: string): SpanIds {
  return { traceId: toTraceId(incidentId), spanId: toRootSpanId(incidentId) };
}

/** The opening of the incident: a moment, so that the trace has its root from the first call on. */
function rootSpan(incident: Incident, ids: SpanIds) {
  return {
    ...ids,
    name: ROOT_SPAN,
    kind: 'internal' as const,
    parentSpanId: undefined,
    remoteParent: false,
    traceState: undefined,
    start: incident.openedAt,
    end: incident.openedAt,
    attributes: { ...placeAttributes(incident.id), ...incidentAttributes(incident) },
    failed: false,
    links: [],
    events: [],
  };
}

/** What every span of an incident says of how it stands. */
export function incidentAttributes({ severity, state, fingerprint }: Incident): Attributes {
  return {
    'fixgate.incident.severity': severity,
    'fixgate.incident.state': state,
    ...(fingerprint !== undefined && { 'fixgate.incident.fingerprint': fingerprint }),
  };
}

/** What every span of a request says of its incident from the beginning. */
export function placeAttributes(incidentId: string): Attributes {
  return {
    'fixgate.incident.id': incidentId,
    // Finds also what is told in a caller's trace, by the trace id that the report and the pull request name.
    'fixgate.incident.trace_id': toTraceId(incidentId),
  };
}

/** Asks the store once per incident; answers whether this process is to export the root. */
function createClaims(store: TracerDeps['store']): (incidentId: string) => boolean {
  const asked = new Set<string>();
  return (incidentId) => {
    if (asked.has(incidentId)) return false;
    if (asked.size >= MAX_REMEMBERED) asked.clear();
    const claimed = quietly(() => store.claimRootSpan(incidentId));
    // One that this process took may come back when it does not arrive.
    if (claimed === false) asked.add(incidentId);
    return claimed ?? false;
  };
}

/** Lets another process, or this one later, export the roots that did not arrive. */
function giveBackRoots(store: Pick<Store, 'releaseRootSpan'>, lost: readonly FinishedSpan[]): void {
  for (const { name, attributes } of lost) {
    const id = attributes['fixgate.incident.id'];
    if (name === ROOT_SPAN && typeof id === 'string') store.releaseRootSpan(id);
  }
}

/** The store's own trouble is told by the call itself. */
function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Takes the caller's span out of a tool's arguments: it may stand there undeclared, for scripts that have no other place. */
export function liftCarrier(given: unknown): { readonly args: unknown; readonly carrier: Carrier | undefined } {
  if (given === null || typeof given !== 'object' || Array.isArray(given) || !Object.hasOwn(given, 'traceparent'))
    return { args: given, carrier: undefined };
  const { traceparent, ...args } = given as Record<string, unknown>;
  return { args, carrier: { traceparent } };
}

/** An argument as `parseArguments` reads an id. */
export function textIn(args: unknown, key: string): string | undefined {
  const value = args !== null && typeof args === 'object' ? (args as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
