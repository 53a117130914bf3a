import { describe, expect, it } from 'vitest';

import { comparePatterns } from '#analysis/compare-patterns.ts';
import { errorCodeOf } from '#analysis/error-code.ts';
import { createPatternCounter } from '#analysis/log-patterns.ts';
import type { LogEntry, LogLevel } from '#domain/evidence.ts';

describe('errorCodeOf', () => {
  it.each([
    ['query failed with error code 1213 on shard 2', 'code 1213'],
    ['worker exited with exit code: 137', 'code 137'],
    ['HRESULT code=0x80070005', 'code 0x80070005'],
    ['open failed (errno: -24)', 'errno -24'],
    ['child was killed by signal 9', 'signal 9'],
    ['SQLSTATE[40P01]: deadlock', 'sqlstate 40p01'],
    ['psp answered HTTP/1.1 502', 'status 502'],
    ['unexpected status code 503 from psp', 'status 503'],
    ['{"level":50,"msg":"request failed","res":{"statusCode":500}}', 'status 500'],
    ['{"level":"error","err":{"code":"ECONNRESET"}}', undefined],
    ['code 1213000 of the parcel', undefined],
    ['status 99.5% of the queue', undefined],
    ['status: 503ms', undefined],
    ['the order 503 failed', undefined],
  ])('finds in %s: %s', (text, code) => {
    expect(errorCodeOf(text)).toBe(code);
  });
});

const entry = (at: number, level: LogLevel, message: string): LogEntry => ({
  at,
  level,
  message,
  raw: `${new Date(at).toISOString()} ${message}`,
  origin: `app.log@${at}`,
});

const times = (count: number, event: (n: number) => LogEntry, from = 0) =>
  Array.from({ length: count }, (_, n) => event(from + n));

function changesOf(before: readonly LogEntry[], now: readonly LogEntry[]) {
  const counter = createPatternCounter();
  for (const each of before) counter.add(each, true);
  for (const each of now) counter.add(each);
  const found = comparePatterns(counter.table(), { scale: 1, covered: true, complete: true, currentComplete: true });
  return found.map(({ change, error, count, baseCount }) => [change, error, count, baseCount]);
}

describe('errors that differ in their code alone', () => {
  const failed = (code: number) => (n: number) => entry(n, 'error', `query ${n} failed with error code ${code}`);

  it('are told apart, so that a new code is new [logs:errors:code]', () => {
    expect(
      changesOf(times(60, failed(1205)), [...times(40, failed(1205), 100), ...times(3, failed(1213), 200)]),
    ).toEqual([
      ['new', 'code 1213', 3, 0],
      ['same', 'code 1205', 40, 60],
    ]);
  });

  it('are one when codes hardly repeat, as ids do', () => {
    const parcel = (n: number) => entry(n, 'error', `parcel lost, code ${4_000 + n}`);
    expect(changesOf(times(6, parcel), times(6, parcel, 100))).toEqual([['same', undefined, 6, 6]]);
    expect(changesOf(times(3, parcel), times(4, parcel, 100))).toEqual([['same', undefined, 4, 3]]);
  });

  it('are one when a statement has many codes, whichever came first', () => {
    const exits = (n: number) => entry(n, 'error', `job failed with exit code ${n % 9}`);
    expect(changesOf(times(90, exits), times(90, exits, 100))).toEqual([['same', undefined, 90, 90]]);
    expect(changesOf(times(90, exits).toReversed(), times(90, exits, 100))).toEqual([['same', undefined, 90, 90]]);
  });

  it('are one when the log is full of codes, and places stay apart', () => {
    const many = (n: number) => entry(n, 'error', `step ${['mix', 'cut', 'fry'][n % 3]} ended, status ${n % 150}`);
    const traced = (n: number) => ({
      ...entry(n, 'error', 'request failed'),
      raw: `request failed\njava.io.IOException: x\n\tat com.acme.Cart.total(Cart.java:${n})`,
    });
    const found = changesOf(times(900, many), [...times(900, many, 1_000), ...times(20, traced, 3_000)]);
    expect(found).toHaveLength(4);
    expect(found[0]).toEqual(['new', 'IOException Cart.total com/acme/Cart.java', 20, 0]);
    for (const [change, error] of found.slice(1)) expect([change, error]).toEqual(['same', undefined]);
  });

  it('are told apart among errors alone', () => {
    const done = (code: number) => (n: number) => entry(n, 'info', `request ${n} done, status ${code}`);
    expect(changesOf(times(60, done(200)), times(60, done(202), 100))).toEqual([['same', undefined, 60, 60]]);
  });
});
