import { AsyncLocalStorage } from 'node:async_hooks';

import type { Json } from '#domain/json.ts';

/** One question to another system, made for a call. */
export interface Asked {
  /** Id of a provider, such as `loki`. */
  readonly provider: string;
  readonly role: 'logs' | 'metrics' | 'deploys' | 'host';
  readonly ms: number;
  /** `ok`, the code of the failure, or `UNASKED`. */
  readonly outcome: string;
}

/** The outcome of a question that a breaker kept from being asked. */
export const UNASKED = 'unasked';

interface Facts {
  readonly began: number;
  readonly asked: Asked[];
  category?: string;
}

/** A call that asks more is summed up well enough by these. */
const MAX_ASKED = 50;

// Providers know nothing of calls, and the records of a call nothing of providers.
const serving = new AsyncLocalStorage<Facts>();

/** Does the work of one call, noting how long it takes and whom it asks. */
export function withCallFacts<T>(work: () => Promise<T>): Promise<T> {
  return serving.run({ began: performance.now(), asked: [] }, work);
}

/** Notes a question for the record of the call that is being served, if there is one. */
export function noteAsked(asked: Asked): void {
  const facts = serving.getStore();
  if (facts && facts.asked.length < MAX_ASKED) facts.asked.push(asked);
}

/** Notes what kind of trouble a call finds its incident to be, for the spans of whichever process serves the next one. */
export function noteCategory(category: string): void {
  const facts = serving.getStore();
  if (facts) facts.category = category;
}

/** What the closing record of the call that is being served says of it: `took_ms`, `asked` where somebody was, and what was `found`. */
export function callFacts(): Readonly<Record<string, Json>> {
  const facts = serving.getStore();
  if (!facts) return {};
  const took = Math.round(performance.now() - facts.began);
  return {
    took_ms: took,
    ...(facts.asked.length > 0 && { asked: facts.asked.map((each) => ({ ...each })) }),
    ...(facts.category !== undefined && { found: { category: facts.category } }),
  };
}
