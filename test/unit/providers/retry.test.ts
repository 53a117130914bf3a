import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';

import type { withRetries } from '#providers/http/retry.ts';
import type { WireAnswer } from '#providers/http/transport.ts';

const waits: number[] = [];
let retries: { readonly withRetries: typeof withRetries };

// Tests of this project share their modules: others may have loaded it with real timers, and must not find it with these.
beforeAll(async () => {
  vi.resetModules();
  const setTimeout = async (ms: number) => void waits.push(ms);
  vi.doMock('node:timers/promises', () => ({ setTimeout }));
  retries = await import('#providers/http/retry.ts');
});
afterAll(() => {
  vi.doUnmock('node:timers/promises');
  vi.resetModules();
});
afterEach(() => {
  waits.length = 0;
  vi.restoreAllMocks();
});

const now = 1_000_000;
const answer = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  ({ status, headers }) as unknown as WireAnswer;

async function retry(...answers: readonly WireAnswer[]): Promise<number> {
  const left = [...answers];
  const context = { clock: { now: () => now }, deadline: now + 60_000, signal: new AbortController().signal };
  const { status } = await retries.withRetries(async () => left.shift() ?? answer(200), context);
  return status;
}

it.each([
  [0, [125, 250]],
  [0.5, [250, 500]],
  [1, [375, 750]],
])('waits twice as long each time, spread by half of it either way: %d', async (random, expected) => {
  vi.spyOn(Math, 'random').mockReturnValue(random);
  expect(await retry(answer(503), answer(503))).toBe(200);
  expect(waits).toEqual(expected);
});

it('does not wait for the same time as others do', async () => {
  for (let n = 0; n < 20; n += 1) await retry(answer(502));
  expect(new Set(waits).size).toBeGreaterThan(10);
});

it.each([
  ['Retry-After', { 'retry-after': '7' }, 7_000],
  ['a reset in seconds', { 'x-ratelimit-reset': '4' }, 4_000],
  ['a reset at a time', { 'ratelimit-reset': String(1e9 + 5) }, (1e9 + 5) * 1_000 - now],
])('waits exactly as long as the vendor asks by %s', async (_, headers, ms) => {
  const asked = ms < 60_000;
  expect(await retry(answer(429, headers))).toBe(asked ? 200 : 429);
  expect(waits).toEqual(asked ? [ms] : []);
});
