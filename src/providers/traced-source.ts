import type { SpanStart } from '#telemetry/tracing.ts';
import { annotateSpan, openSpan, withSpan } from '#telemetry/tracing.ts';

/** Which source a span is about. */
export interface SourceName {
  /** As the configuration names it. */
  readonly name: string;
  /** Id of its provider, such as `loki`. */
  readonly provider: string;
  readonly role: 'logs' | 'metrics' | 'deploys';
}

/** What asks the back end; everything else only computes. */
const QUERIES: ReadonlySet<unknown> = new Set([
  'read',
  'count',
  'event',
  'query',
  'search',
  'survey',
  'list',
  'changes',
  'compare',
]);

/** Providers that read this computer's own files. */
const LOCAL: ReadonlySet<string> = new Set(['files', 'local-git', 'openmetrics']);

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The same source, whose queries have spans; with export off they are called as they are. */
export function tracedSource<T extends object>(source: T, { name, provider, role }: SourceName): T {
  const start = (operation: string): SpanStart => ({
    name: 'provider query',
    kind: LOCAL.has(provider) ? 'internal' : 'client',
    attributes: {
      'fixgate.provider.name': name,
      'fixgate.provider.id': provider,
      'fixgate.provider.role': role,
      'fixgate.provider.operation': operation,
    },
  });
  return new Proxy(source, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function' || !QUERIES.has(key)) return value;
      const ask = value as Method;
      const operation = String(key);
      if (operation === 'read')
        return (...args: unknown[]) => readWithin(start(operation), () => ask.apply(target, args) as Stream);
      return (...args: unknown[]) => withSpan(start(operation), () => ask.apply(target, args));
    },
  });
}

type Stream = AsyncIterable<unknown>;

/** One span for all batches of a stream; it ends when its reader has enough. */
async function* readWithin(start: SpanStart, read: () => Stream): AsyncGenerator {
  const open = openSpan(start);
  if (!open) return yield* read();
  const batches = open.within(() => read()[Symbol.asyncIterator]());
  let failure: unknown;
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a stream is read in its order
      const next = await open.within(() => batches.next());
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await batches.return?.();
    open.end(failure);
  }
}

/** Says of the current query which server was asked, and how it answered: never its path, which may hold secrets. */
export function annotateExchange(
  url: string | URL,
  exchange: { readonly method: string; readonly status: number },
): void {
  const { hostname, port, protocol } = new URL(url);
  annotateSpan({
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'http:' ? 80 : 443),
    'http.request.method': exchange.method,
    'http.response.status_code': exchange.status,
  });
}
