import { describe, expect, it } from 'vitest';

import type { ErrorCode } from '#domain/errors.ts';
import { FixgateError } from '#domain/errors.ts';
import { createCircuit, guardedSource } from '#providers/circuit.ts';
import { callFacts, withCallFacts } from '#telemetry/call-facts.ts';

import { movableClock } from '../../support/store-samples.ts';

const failing = (code: ErrorCode = 'provider_unavailable') => new FixgateError(code, 'It is down.', { fix: 'Wait.' });
const who = { provider: 'loki', role: 'logs' } as const;
const UNTIL = '2026-03-01T12:00:30.000Z';

function circuitOf() {
  const clock = movableClock();
  const circuit = createCircuit('prod-logs', clock);
  const ask = (failure?: unknown) => circuit.enter()(failure);
  const fail = (times: number, code?: ErrorCode) => {
    for (let n = 0; n < times; n += 1) ask(failing(code));
  };
  const refused = () => {
    try {
      circuit.enter()();
      return undefined;
    } catch (error) {
      return error as FixgateError;
    }
  };
  return { clock, circuit, ask, fail, refused };
}

describe('a source that fails', () => {
  it('is left alone after five failures within a minute, and says until when [gate:breakers:provider]', () => {
    const { fail, refused } = circuitOf();
    fail(4);
    expect(refused()).toBeUndefined();
    fail(1);
    expect(refused()).toMatchObject({
      code: 'provider_unavailable',
      message: `prod-logs failed 5 times within 60 s, and it is not asked before ${UNTIL}.`,
      fix: `Ask another source, or again after ${UNTIL}.`,
      ruleIds: ['breaker/provider'],
      retry: 'later',
      evidence: { source: 'prod-logs', until: UNTIL },
    });
  });

  it.each<[ErrorCode, boolean]>([
    ['provider_unavailable', true],
    ['timeout', true],
    ['cancelled', false],
    ['invalid_input', false],
    ['not_found', false],
    ['provider_rejected', false],
    ['misconfigured', false],
  ])('with %s is left alone: %s', (code, isOpen) => {
    const { fail, refused } = circuitOf();
    fail(5, code);
    expect(refused() !== undefined).toBe(isOpen);
  });

  it('is not left alone for failures that lie a minute apart', () => {
    const { clock, fail, refused } = circuitOf();
    fail(4);
    clock.at += 60_000;
    fail(4);
    expect(refused()).toBeUndefined();
    clock.at += 59_999;
    fail(1);
    expect(refused()).toBeDefined();
  });

  it('is tried with one question after 30 s [gate:breakers:provider]', () => {
    const { clock, circuit, fail, refused } = circuitOf();
    fail(5);
    clock.at += 29_999;
    expect(refused()?.evidence).toEqual({ source: 'prod-logs', until: UNTIL });
    clock.at += 1;
    const probe = circuit.enter();
    expect(refused()).toMatchObject({
      message: 'prod-logs failed 5 times within 60 s, and whether it answers again is being tried right now.',
      fix: 'Ask again in 10 s, or another source.',
      evidence: { source: 'prod-logs' },
    });
    probe();
    expect(refused()).toBeUndefined();
  });

  it('begins a new count after an answer, and is left alone at once when the probe fails', () => {
    const { clock, ask, fail, refused } = circuitOf();
    fail(5);
    clock.at += 30_000;
    ask(failing());
    expect(refused()?.evidence['until']).toBe('2026-03-01T12:01:00.000Z');
    clock.at += 30_000;
    ask();
    fail(4);
    expect(refused()).toBeUndefined();
  });

  it('is left alone at once when the probe fails, however long ago the other failures were', () => {
    const { clock, ask, fail, refused } = circuitOf();
    fail(5);
    clock.at += 600_000;
    ask(failing());
    expect(refused()?.evidence['until']).toBe('2026-03-01T12:10:30.000Z');
  });

  it('counts as answering when it refuses the question of the probe', () => {
    const { clock, ask, refused } = circuitOf();
    for (let n = 0; n < 5; n += 1) ask(failing());
    clock.at += 30_000;
    ask(failing('invalid_input'));
    expect(refused()).toBeUndefined();
  });

  it('is tried again when who asked went away, or never came back', () => {
    const { clock, circuit, ask, fail, refused } = circuitOf();
    fail(5);
    clock.at += 30_000;
    ask(failing('cancelled'));
    const lost = circuit.enter();
    expect(refused()).toBeDefined();
    clock.at += 60_000;
    const next = circuit.enter();
    lost(failing('cancelled'));
    expect(refused()).toBeDefined();
    next();
    expect(refused()).toBeUndefined();
  });

  it('is not opened by an answer that was on its way when it was closed', () => {
    const { circuit, fail, refused } = circuitOf();
    const slow = circuit.enter();
    fail(5);
    slow();
    expect(refused()).toBeDefined();
  });

  it('hears the end of a question once', () => {
    const { circuit, fail, refused } = circuitOf();
    const end = circuit.enter();
    fail(3);
    end(failing());
    end(failing());
    expect(refused()).toBeUndefined();
  });

  it('is not left alone for longer by a clock that is turned back', () => {
    const { clock, fail, refused } = circuitOf();
    fail(5);
    clock.at -= 3_600_000;
    expect(refused()).toBeUndefined();
  });
});

describe('a guarded source', () => {
  const down = failing();
  const make = () => {
    const clock = movableClock();
    const asked: string[] = [];
    const source = {
      sample: 7,
      failure: undefined as FixgateError | undefined,
      async *read(part: string) {
        asked.push(part);
        yield 1;
        if (this.failure) throw this.failure;
        yield 2;
      },
      async count(part: string) {
        asked.push(part);
        if (this.failure) throw this.failure;
        return part.length;
      },
      explain: () => ({ native: '{}' }),
    };
    return { clock, asked, source, guarded: guardedSource(source, who, createCircuit('prod-logs', clock)) };
  };
  const readAll = async (stream: AsyncIterable<number>) => {
    const all: number[] = [];
    for await (const each of stream) all.push(each);
    return all;
  };

  it('answers as it did', async () => {
    const { guarded } = make();
    expect(await readAll(guarded.read('a'))).toEqual([1, 2]);
    expect(await guarded.count('abc')).toBe(3);
    expect(guarded.explain()).toEqual({ native: '{}' });
    expect(guarded.sample).toBe(7);
  });

  it('is not asked while it is left alone, but still explains, and the call notes it [gate:breakers:provider]', async () => {
    const { source, guarded, asked } = make();
    source.failure = down;
    for (let n = 0; n < 3; n += 1) await expect(readAll(guarded.read('read'))).rejects.toBe(down);
    for (let n = 0; n < 2; n += 1) await expect(guarded.count('count')).rejects.toBe(down);
    expect(asked).toHaveLength(5);

    await withCallFacts(async () => {
      await expect(readAll(guarded.read('read'))).rejects.toMatchObject({ ruleIds: ['breaker/provider'] });
      await expect(guarded.count('count')).rejects.toMatchObject({ ruleIds: ['breaker/provider'] });
      const noted = { ...who, ms: 0, outcome: 'unasked' };
      expect(callFacts()).toMatchObject({ asked: [noted, noted] });
    });
    expect(asked).toHaveLength(5);
    expect(guarded.explain()).toEqual({ native: '{}' });
  });

  it('answers a probe that reads only as much as it wants', async () => {
    const { source, clock, guarded } = make();
    source.failure = down;
    for (let n = 0; n < 5; n += 1) await expect(guarded.count('count')).rejects.toBe(down);
    clock.at += 30_000;
    for await (const first of guarded.read('read')) {
      expect(first).toBe(1);
      break;
    }
    source.failure = undefined;
    expect(await guarded.count('abc')).toBe(3);
  });
});
