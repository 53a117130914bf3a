import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';

import { throwIfCancelled } from './cancelled.ts';
import type { Vendor } from './http/errors.ts';
import { notJson, toHttpError, tooLarge, tooSlow, unreachable } from './http/errors.ts';
import type { HeadRoom } from './http/head-room.ts';
import { createHeadRoom } from './http/head-room.ts';
import type { RetryContext } from './http/retry.ts';
import { withRetries } from './http/retry.ts';
import type { TlsMaterial, TlsSettings } from './http/tls.ts';
import { readTls } from './http/tls.ts';
import type { WireAnswer, WireRequest } from './http/transport.ts';
import { exchange } from './http/transport.ts';
import { annotateExchange } from './observed-source.ts';

/** Where a vendor's API is and how long to wait for it. */
export interface HttpSettings extends Vendor {
  /** The vendor's name in messages, such as `Prometheus`. */
  readonly title: string;
  /** Credentials are sent to this origin only. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Headers of one request, such as its signature; asked anew for each attempt. */
  readonly authorize?:
    | ((request: WireRequest, signal: AbortSignal) => Promise<Readonly<Record<string, string>>>)
    | undefined;
  readonly tls?: TlsSettings | undefined;
  /** Milliseconds for one request with all its retries; 10,000 when absent. */
  readonly timeoutMs?: number;
  /** Bytes of one answer; 16 MiB when absent. */
  readonly maxBytes?: number;
}

/** One request to a vendor's API. */
export interface HttpRequest {
  /** Below the configured URL, such as `api/v1/query`; its parts are encoded already. */
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** GET when absent. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as a JSON body. */
  readonly json?: unknown;
}

/** Reads JSON from one vendor; every failure is a FixgateError. */
export interface HttpClient {
  /** Only for requests that may be repeated. Without a body, long parameters are sent as a form instead of in the query. */
  read(request: HttpRequest, signal: AbortSignal): Promise<unknown>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const MAX_REDIRECTS = 3;
/** Proxies commonly refuse request lines beyond 8 KiB. */
const MAX_QUERY_CHARS = 4_096;

/** A client with a deadline, bounded retries with jitter, a size cap, room left for humans and the project's errors. */
export function createHttp(settings: HttpSettings, deps: { readonly clock: Clock }): HttpClient {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES } = settings;
  const headRoom = createHeadRoom(settings.title);
  let tls: TlsMaterial | undefined;
  return {
    async read(request, signal) {
      throwIfCancelled(signal);
      const limit = AbortSignal.timeout(timeoutMs);
      const context = {
        clock: deps.clock,
        deadline: deps.clock.now() + timeoutMs,
        signal: AbortSignal.any([signal, limit]),
      };
      try {
        tls ??= await readTls(settings.title, settings.tls ?? {});
        const connection = { settings, tls, headRoom, context, maxBytes };
        const answer = await withRetries(() => send(connection, request), context);
        return toJson(settings, answer);
      } catch (error) {
        if (error instanceof FixgateError) throw error;
        throwIfCancelled(signal);
        throw limit.aborted ? tooSlow(settings, timeoutMs) : unreachable(settings, error);
      }
    },
  };
}

interface Connection {
  readonly settings: HttpSettings;
  readonly tls: TlsMaterial;
  readonly headRoom: HeadRoom;
  readonly context: RetryContext;
  readonly maxBytes: number;
}

async function send(connection: Connection, request: HttpRequest): Promise<WireAnswer> {
  const { settings, tls, headRoom, context, maxBytes } = connection;
  let wire = toWire(settings, request);
  for (let redirects = 0; ; redirects++) {
    await headRoom.enter(context);
    const own = await settings.authorize?.(wire, context.signal);
    const signed = own === undefined ? wire : { ...wire, headers: { ...wire.headers, ...own } };
    const answer = await exchange(signed, { signal: context.signal, maxBytes, tls });
    annotateExchange(signed.url, { method: signed.method, status: answer.status });
    headRoom.note(answer, context.clock.now());
    if (answer.overflow) throw tooLarge(settings, maxBytes);
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status > 399 || location === undefined) return answer;
    wire = { ...wire, url: nextUrl(settings, { from: wire.url, location, redirects }) };
  }
}

function toWire(settings: HttpSettings, { path, params, method, json }: HttpRequest): WireRequest {
  const base = settings.url.endsWith('/') ? settings.url : `${settings.url}/`;
  const query = new URLSearchParams(params).toString();
  const asForm = json === undefined && method !== 'DELETE' && query.length > MAX_QUERY_CHARS;
  const body = json === undefined ? (asForm ? query : undefined) : JSON.stringify(json);
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    method: asForm ? 'POST' : (method ?? 'GET'),
    url: new URL(path + (query === '' || asForm ? '' : `?${query}`), base),
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': type }), ...settings.headers },
    ...(body !== undefined && { body }),
  };
}

function nextUrl(settings: HttpSettings, hop: { from: URL; location: string; redirects: number }): URL {
  const next = URL.parse(hop.location, hop.from.href);
  if (next === null || next.origin !== hop.from.origin || hop.redirects >= MAX_REDIRECTS) {
    const where = next === null ? 'nowhere' : next.origin === hop.from.origin ? 'in circles' : `to ${next.origin}`;
    throw new FixgateError(
      'provider_rejected',
      `${settings.title} at ${hop.from.origin} redirects ${where}; credentials are not sent there.`,
      { fix: `Set the url of ${settings.title} to the address it redirects to.` },
    );
  }
  return next;
}

function toJson(settings: HttpSettings, answer: WireAnswer): unknown {
  if (answer.status < 200 || answer.status > 299) throw toHttpError(settings, answer);
  try {
    return JSON.parse(answer.body);
  } catch (cause) {
    throw notJson(settings, answer, cause);
  }
}
