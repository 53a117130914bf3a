import { FixgateError } from '#domain/errors.ts';
import type { Asked } from '#telemetry/call-facts.ts';
import { noteAsked } from '#telemetry/call-facts.ts';

/** What a source does that asks somebody; the rest answers from memory. */
const QUESTIONS: ReadonlySet<PropertyKey> = new Set([
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
]);

/** The source again, noting each question for the record of the call that asks it. */
export function measuredSource<T extends object>(source: T, who: Pick<Asked, 'provider' | 'role'>): T {
  return new Proxy(source, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function' || !QUESTIONS.has(name)) return value;
      return (...args: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(value, target, args);
        if (isStream(answer)) return measuredStream(answer, who);
        return answer instanceof Promise ? measuredPromise(answer, who) : answer;
      };
    },
  });
}

async function measuredPromise<T>(answer: Promise<T>, who: Pick<Asked, 'provider' | 'role'>): Promise<T> {
  const began = performance.now();
  let outcome = 'ok';
  try {
    return await answer;
  } catch (error) {
    outcome = codeOf(error);
    throw error;
  } finally {
    noteAsked({ ...who, ms: Math.round(performance.now() - began), outcome });
  }
}

/** Only the time until each part came counts, not what the reader does with it. */
async function* measuredStream<T>(stream: AsyncIterable<T>, who: Pick<Asked, 'provider' | 'role'>): AsyncIterable<T> {
  let ms = 0;
  let outcome = 'ok';
  let asked = performance.now();
  try {
    for await (const part of stream) {
      ms += performance.now() - asked;
      yield part;
      asked = performance.now();
    }
    ms += performance.now() - asked;
  } catch (error) {
    outcome = codeOf(error);
    throw error;
  } finally {
    noteAsked({ ...who, ms: Math.round(ms), outcome });
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Codes of our own errors are few; the messages of others may hold anything. */
function codeOf(error: unknown): string {
  return error instanceof FixgateError ? error.code : 'internal';
}
