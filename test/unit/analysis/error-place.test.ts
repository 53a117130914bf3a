import { describe, expect, it } from 'vitest';

import { comparePatterns } from '#analysis/compare-patterns.ts';
import { createPatternCounter } from '#analysis/log-patterns.ts';
import type { LogEntry } from '#domain/evidence.ts';

const entry = (at: number, message: string, raw: string): LogEntry => ({
  at,
  level: 'error',
  message,
  raw,
  origin: `app.log@${at}`,
});

const java = (type: string, place: string) => (at: number) =>
  entry(
    at,
    `request ${at} failed`,
    `ERROR request ${at} failed\n${type}: pipe ${at}\n\tat com.acme.${place}.run(${place}.java:${at})`,
  );
const python = (type: string) => (at: number) =>
  entry(
    at,
    'unhandled',
    `ERROR unhandled\nTraceback (most recent call last):\n  File "/app/cart.py", line ${at}, in total\n    g()\n${type}: ${at}`,
  );
const node = (place: string) => (at: number) => {
  const stack = `TypeError: x is undefined\n    at total (/app/src/${place}.js:${at}:5)`;
  return entry(at, 'request failed', JSON.stringify({ level: 50, msg: 'request failed', err: { stack } }));
};

type Event = (at: number) => LogEntry;
const times = (count: number, event: Event, from = 0) => Array.from({ length: count }, (_, n) => event(from + n));

function patternsOf(before: readonly LogEntry[], now: readonly LogEntry[]) {
  const counter = createPatternCounter();
  for (const each of before) counter.add(each, true);
  for (const each of now) counter.add(each);
  return comparePatterns(counter.table(), { scale: 1, covered: true, complete: true, currentComplete: true });
}

describe('errors that are logged with the same words', () => {
  it.each([
    [
      'another exception of Java',
      java('java.net.ConnectException', 'Smtp'),
      java('java.lang.NullPointerException', 'Cart'),
    ],
    ['the same exception elsewhere', java('java.io.IOException', 'Smtp'), java('java.io.IOException', 'Cart')],
    ['another exception of Python', python('ValueError'), python('TypeError')],
    ['the same exception in a quoted trace elsewhere', node('alpha'), node('beta')],
  ])('are told apart for %s', (_, old, fresh) => {
    const found = patternsOf(times(60, old), [...times(40, old, 100), ...times(60, fresh, 200)]);
    expect(found.map(({ change, count, baseCount }) => [change, count, baseCount])).toEqual([
      ['new', 60, 0],
      ['same', 40, 60],
    ]);
    expect(found[0]?.sample.raw).toBe(fresh(200).raw);
    expect(found[0]?.error).not.toBe(found[1]?.error);
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
  });

  it.each([
    ['on another line of the same place', java('java.io.IOException', 'Smtp')],
    ['with other values', python('ValueError')],
  ])('are one pattern %s', (_, same) => {
    expect(patternsOf(times(60, same), times(60, same, 100)).map(({ change }) => change)).toEqual(['same']);
  });

  it('are one pattern from one release folder to the next', () => {
    const released = (folder: string) => (at: number) =>
      entry(at, 'failed', `ERROR failed\nError: ${at}\n    at total (/srv/releases/${folder}/src/cart.js:${at}:5)`);
    const found = patternsOf(times(60, released('production-4')), times(60, released('production-5'), 100));
    expect(found.map(({ change, error }) => [change, error])).toEqual([['same', 'Error total src/cart.js']]);
  });

  it('are one with those of several lines that hold no trace', () => {
    const plain = (at: number) => entry(at, 'request failed', 'ERROR request failed');
    const more = (at: number) => entry(at, 'request failed', 'ERROR request failed\n  for the second time');
    expect(patternsOf(times(60, plain), times(60, more)).map(({ change }) => change)).toEqual(['same']);
  });

  it('are put together when they come from too many places, whichever came first', () => {
    const letters = (n: number) =>
      Array.from(n.toString(26), (c) => String.fromCodePoint(97 + Number.parseInt(c, 26))).join('');
    const events = Array.from({ length: 1_500 }, (_, n) => java('java.io.IOException', `C${letters(n)}z`)(n));
    const tables = [events, events.toReversed()].map((all) => {
      const counter = createPatternCounter();
      for (const each of all) counter.add(each);
      return counter.table();
    });
    expect(tables[0]?.patterns.map(({ count }) => count)).toEqual([1_500]);
    expect(tables[1]).toEqual(tables[0]);
  });
});
