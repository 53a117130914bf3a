import { expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { observedSource } from '#providers/observed-source.ts';
import { callFacts, withCallFacts } from '#telemetry/call-facts.ts';

const who = { provider: 'loki', role: 'logs' } as const;
const down = new FixgateError('provider_unavailable', 'Down.', { fix: 'Wait.' });

async function* parts(failure?: Error): AsyncIterable<number> {
  yield 1;
  if (failure) throw failure;
  yield 2;
}

/** What the record of a call says that does this. */
async function asked(work: () => Promise<unknown>): Promise<unknown> {
  return withCallFacts(async () => {
    await work().catch(() => undefined);
    return callFacts()['asked'];
  });
}

async function all(stream: AsyncIterable<number>): Promise<number[]> {
  const read: number[] = [];
  for await (const part of stream) read.push(part);
  return read;
}

it.each([
  ['an answer', () => observedSource({ query: () => Promise.resolve(1) }, who).query(), 'ok'],
  ['a failure', () => observedSource({ query: () => Promise.reject(down) }, who).query(), 'provider_unavailable'],
  ['a failure of ours', () => observedSource({ list: () => Promise.reject(new Error('x')) }, who).list(), 'internal'],
  ['a stream', () => all(observedSource({ read: () => parts() }, who).read()), 'ok'],
  ['a stream that breaks', () => all(observedSource({ read: () => parts(down) }, who).read()), 'provider_unavailable'],
])('notes %s for the record of the call [telemetry:metrics:providers]', async (_what, work, outcome) => {
  expect(await asked(work)).toEqual([{ ...who, outcome, ms: expect.any(Number) as number }]);
});

it('notes a stream that is left early once, and closes it', async () => {
  let closed = false;
  const source = {
    async *read() {
      try {
        yield* parts();
      } finally {
        closed = true;
      }
    },
  };
  const noted = await asked(async () => {
    for await (const part of observedSource(source, who).read()) if (part === 1) break;
  });

  expect(noted).toHaveLength(1);
  expect(closed).toBe(true);
});

it('counts the time until parts come, not what the reader does with them', async () => {
  const noted = await asked(async () => {
    for await (const _ of observedSource({ read: () => parts() }, who).read())
      await new Promise((resolve) => setTimeout(resolve, 100));
  });

  expect((noted as { ms: number }[])[0]?.ms).toBeLessThan(100);
});

it('leaves what asks nobody as it is, and needs no call', async () => {
  const source = observedSource({ sample: 7, explain: () => 'native', query: () => Promise.resolve(3) }, who);

  expect([source.sample, source.explain(), await source.query()]).toEqual([7, 'native', 3]);
  expect(callFacts()).toEqual({});
});
