import { AsyncLocalStorage } from 'node:async_hooks';

/** Who sent an HTTP request, as far as the connection tells. */
export interface Caller {
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** Such as `1.1`. */
  readonly httpVersion: string;
}

const callers = new AsyncLocalStorage<Caller>();

/** Answers one HTTP request; what it leads to knows its caller. */
export function withCaller<T>(caller: Caller, answer: () => T): T {
  return callers.run(caller, answer);
}

/** The caller of the HTTP request that is being answered; undefined on stdio. */
export function currentCaller(): Caller | undefined {
  return callers.getStore();
}
