import { FixgateError } from '#domain/errors.ts';
import type { Asked } from '#telemetry/call-facts.ts';
import { noteAsked } from '#telemetry/call-facts.ts';
import { annotateSpan, openSpan } from '#telemetry/tracing.ts';

/** Whom questions go to. */
export interface Observed extends Pick<Asked, 'provider' | 'role'> {
  /** As the configuration names it; absent where whoever asks makes the span. */
  readonly name?: string;
}

/** The methods that ask somebody; everything else only computes. `read` answers a stream. */
export const QUESTIONS: ReadonlySet<PropertyKey> = new Set([
  'read',
  'count',
  'event',
  'query',
  'search',
  'survey',
  'list',
  'changes',
  'compare',
  'publish',
  'outcome',
]);

/** Providers that read this computer's own files. */
const LOCAL: ReadonlySet<string> = new Set(['files', 'local-git', 'openmetrics']);

/** The source again: each question is noted for the record of the call that asks it, and has a span where spans are exported. */
export function observedSource<T extends object>(source: T, who: Observed): T {
  return new Proxy(source, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || !QUESTIONS.has(key)) return value;
      return (...args: readonly unknown[]): unknown =>
        answerOf(begin(who, String(key)), () => Reflect.apply(value, target, args));
    },
  });
}

/** A question that was asked and not answered yet. */
interface Question {
  within<T>(work: () => T): T;
  /** Told once, with the milliseconds that the other side took. */
  end(ms: number, failure?: unknown): void;
}

function begin({ name, provider, role }: Observed, operation: string): Question {
  const open =
    name === undefined
      ? undefined
      : openSpan({
          name: 'provider query',
          kind: LOCAL.has(provider) ? 'internal' : 'client',
          attributes: {
            'fixgate.provider.name': name,
            'fixgate.provider.id': provider,
            'fixgate.provider.role': role,
            'fixgate.provider.operation': operation,
          },
        });
  return {
    within: (work) => (open ? open.within(work) : work()),
    end(ms, failure) {
      noteAsked({ provider, role, ms: Math.round(ms), outcome: failure === undefined ? 'ok' : codeOf(failure) });
      open?.end(failure);
    },
  };
}

function answerOf(question: Question, ask: () => unknown): unknown {
  const began = performance.now();
  try {
    const answer = question.within(ask);
    if (isStream(answer)) return readThrough(answer, question);
    if (answer instanceof Promise) return settled(answer, question, began);
    question.end(performance.now() - began);
    return answer;
  } catch (error) {
    question.end(performance.now() - began, error);
    throw error;
  }
}

async function settled(answer: Promise<unknown>, question: Question, began: number): Promise<unknown> {
  let failure: unknown;
  try {
    return await answer;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    question.end(performance.now() - began, failure);
  }
}

/** Ends when its reader has enough. Only the time until each part came counts, not what the reader does with it. */
async function* readThrough(stream: AsyncIterable<unknown>, question: Question): AsyncGenerator {
  const parts = question.within(() => stream[Symbol.asyncIterator]());
  let ms = 0;
  let failure: unknown;
  try {
    for (;;) {
      const asked = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- a stream is read in its order
      const next = await question.within(() => parts.next()).finally(() => (ms += performance.now() - asked));
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await parts.return?.();
    question.end(ms, failure);
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Codes of our own errors are few; the messages of others may hold anything. */
function codeOf(error: unknown): string {
  return error instanceof FixgateError ? error.code : 'internal';
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
    'url.scheme': protocol.slice(0, -1),
    'http.request.method': exchange.method,
    'http.response.status_code': exchange.status,
  });
}
