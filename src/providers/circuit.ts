import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import { QUESTIONS } from '#providers/observed-source.ts';
import type { Asked } from '#telemetry/call-facts.ts';
import { noteAsked, UNASKED } from '#telemetry/call-facts.ts';

/** So many failures in so short a time, and a source is left alone; then one question shows whether it answers again. */
const FAILURES = { count: 5, withinMs: 60_000 } as const;
const OPEN_MS = 30_000;
/** A question that takes longer tells nothing any more. */
const PROBE_MS = 60_000;

/** The rule by which a source is not asked. */
const NOT_ASKED = 'breaker/provider';

/** Keeps questions from a source that fails; one per source and process. */
export interface Circuit {
  /** Throws while the source is left alone, else answers what is to be told how the question ended. */
  enter(): (failure?: unknown) => void;
}

/** The source again: it is asked only while its circuit is closed. */
export function guardedSource<T extends object>(source: T, who: Pick<Asked, 'provider' | 'role'>, circuit: Circuit): T {
  const enter = () => {
    try {
      return circuit.enter();
    } catch (error) {
      noteAsked({ ...who, ms: 0, outcome: UNASKED });
      throw error;
    }
  };
  return new Proxy(source, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || !QUESTIONS.has(key)) return value;
      const ask = (args: readonly unknown[]): unknown => Reflect.apply(value, target, args);
      return key === 'read'
        ? (...args: readonly unknown[]) => readWithin(enter, () => ask(args) as AsyncIterable<unknown>)
        : (...args: readonly unknown[]) => askWithin(enter, () => ask(args));
    },
  });
}

async function* readWithin(enter: Circuit['enter'], ask: () => AsyncIterable<unknown>): AsyncGenerator {
  const end = enter();
  let failure: unknown;
  try {
    yield* ask();
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    end(failure);
  }
}

async function askWithin(enter: Circuit['enter'], ask: () => unknown): Promise<unknown> {
  const end = enter();
  try {
    const answer = await ask();
    end();
    return answer;
  } catch (error) {
    end(error);
    throw error;
  }
}

/** Makes the breaker of a source, known to callers by its name. */
export function createCircuit(name: string, clock: Clock): Circuit {
  let failedAt: number[] = [];
  let openUntil: number | undefined;
  let probe: { readonly at: number } | undefined;

  function ended(question: object, failure: unknown): void {
    const now = clock.now();
    const isProbe = probe === question;
    if (isProbe) probe = undefined;
    // Who went away has learned nothing; an answer that refuses the question is one.
    if (isCode(failure, 'cancelled')) return;
    if (isCode(failure, 'provider_unavailable') || isCode(failure, 'timeout')) {
      failedAt = [...failedAt.filter((at) => Math.abs(now - at) < FAILURES.withinMs), now];
      if (isProbe || failedAt.length >= FAILURES.count) openUntil = now + OPEN_MS;
      return;
    }
    if (!isProbe) return;
    openUntil = undefined;
    failedAt = [];
  }

  return {
    enter() {
      const question = { at: clock.now() };
      if (openUntil !== undefined) {
        const left = openUntil - question.at;
        // A clock that was turned back must not keep it closed for long.
        if (left > 0 && left <= OPEN_MS) throw notAsked(name, openUntil);
        if (probe !== undefined && Math.abs(question.at - probe.at) < PROBE_MS) throw notAsked(name, undefined);
        probe = question;
      }
      let isOver = false;
      return (failure) => {
        if (!isOver) ended(question, failure);
        isOver = true;
      };
    },
  };
}

function isCode(failure: unknown, code: FixgateError['code']): boolean {
  return failure instanceof FixgateError && failure.code === code;
}

function notAsked(name: string, openUntil: number | undefined): FixgateError {
  const failed = `${name} failed ${FAILURES.count} times within ${FAILURES.withinMs / 1_000} s`;
  const until = openUntil === undefined ? undefined : new Date(openUntil).toISOString();
  const state =
    until === undefined ? 'whether it answers again is being tried right now' : `it is not asked before ${until}`;
  return new FixgateError('provider_unavailable', `${failed}, and ${state}.`, {
    ruleIds: [NOT_ASKED],
    fix: until === undefined ? 'Ask again in 10 s, or another source.' : `Ask another source, or again after ${until}.`,
    evidence: { source: name, ...(until !== undefined && { until }) },
  });
}
