import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { readWindows } from '#engine/services/logs/read-windows.ts';
import type { LogBatch, LogSource } from '#providers/sources.ts';

const MINUTE = 60_000;
const onset = Date.parse('2026-03-01T12:00:00Z');
const current = { since: onset, until: onset + 60 * MINUTE };
const baseline = { since: onset - 60 * MINUTE, until: onset };

/** One event a second, every hundredth an error, newest first when asked so. */
const held: LogEntry[] = Array.from({ length: 7_200 }, (_, n) => {
  const at = baseline.since + n * 1_000;
  const level = n % 100 === 0 ? 'error' : 'info';
  return { at, level, message: `event ${n}`, raw: `event ${n}`, origin: String(n) };
});

interface Setup {
  readonly sample?: number;
  readonly counts?: boolean;
  /** Fails after so many batches. */
  readonly failsAfter?: number;
}

function sourceOf(
  { sample, counts = true, failsAfter = Number.POSITIVE_INFINITY }: Setup,
  asked: LogQuery[],
): LogSource {
  const matching = ({ window, level }: LogQuery) =>
    held.filter(
      ({ at = 0, level: of }) => at >= window.since && at < window.until && (level !== 'error' || of === level),
    );
  let batches = 0;
  async function* read(query: LogQuery): AsyncGenerator<LogBatch> {
    asked.push(query);
    const found = matching(query);
    const wanted = query.newest === undefined ? found : found.slice(-query.newest).toReversed();
    for (let at = 0; at < wanted.length; at += 100) {
      batches += 1;
      if (batches > failsAfter)
        throw new FixgateError('provider_unavailable', 'The vendor is down.', { fix: 'Try again in 30 s.' });
      yield { entries: wanted.slice(at, at + 100), scannedBytes: 100 };
    }
    if (wanted.length < found.length) yield { entries: [], scannedBytes: 0, truncated: true };
  }
  return {
    read,
    ...(sample !== undefined && { sample }),
    ...(counts && { count: async (query: LogQuery) => matching(query).length }),
  };
}

async function readAll(
  setup: Setup,
  extra: { readonly baseline?: typeof baseline; readonly query?: Partial<LogQuery> },
) {
  const asked: LogQuery[] = [];
  const seen = { current: [] as LogEntry[], baseline: [] as LogEntry[] };
  const read = await readWindows(sourceOf(setup, asked), {
    query: { window: current, ...extra.query },
    current,
    baseline: extra.baseline,
    onset,
    signal: new AbortController().signal,
    add: (entry, inBaseline) => void seen[inBaseline ? 'baseline' : 'current'].push(entry),
  });
  return { read, seen, asked };
}

describe('a source that is cheap to read', () => {
  it('is read whole, both windows in one pass when they touch', async () => {
    const { read, seen, asked } = await readAll({}, { baseline });
    expect(asked).toHaveLength(1);
    expect([seen.baseline.length, seen.current.length]).toEqual([3_600, 3_600]);
    expect(read.current).toEqual({ matched: 3_600, read: 3_600, untimed: 0, from: onset, truncated: false });
    expect(read.baseline).toMatchObject({ matched: 3_600, from: baseline.since });
  });

  it('is read in two passes when the baseline lies apart', async () => {
    const day = { since: baseline.since, until: baseline.since + 30 * MINUTE };
    const { seen, asked } = await readAll({}, { baseline: day });
    expect(asked.map(({ window }) => window)).toEqual([current, day]);
    expect(seen.baseline).toHaveLength(1_800);
  });
});

describe('a source that answers in pages', () => {
  it('is read as a sample of the newest, the errors and the time around the onset, and counted [logs:reply:sample]', async () => {
    const { read, seen, asked } = await readAll({ sample: 400 }, { baseline });
    expect(asked.map(({ newest, level }) => [newest, level])).toEqual([
      [400, undefined],
      [200, 'error'],
      [200, undefined],
      [400, undefined],
      [200, 'error'],
      [200, undefined],
    ]);
    expect(read.current).toMatchObject({ matched: 3_600, truncated: true, read: seen.current.length });
    expect(seen.current.filter(({ level }) => level === 'error')).toHaveLength(36);
    expect(seen.current.some(({ at }) => at === onset + 1_000)).toBe(true);
  });

  it('counts no event twice that several parts of the sample hold', async () => {
    const { seen } = await readAll({ sample: 400 }, { baseline });
    const origins = [...seen.current, ...seen.baseline].map(({ origin }) => origin);
    expect(new Set(origins).size).toBe(origins.length);
  });

  it('is read whole, and not counted, when the sample holds it all', async () => {
    const { read, asked } = await readAll({ sample: 5_000 }, {});
    expect(asked).toHaveLength(1);
    expect(read.current).toMatchObject({ matched: 3_600, read: 3_600, truncated: false });
  });

  it('says truncated when the back end cannot count', async () => {
    const { read } = await readAll({ sample: 400, counts: false }, {});
    expect(read.current).toMatchObject({ truncated: true, matched: read.current.read });
  });

  it('gives the newest lines that were asked for, and nothing else', async () => {
    const { seen, asked } = await readAll({ sample: 400 }, { query: { newest: 50 } });
    expect(asked).toHaveLength(1);
    expect(seen.current.map(({ origin }) => origin)).toEqual(Array.from({ length: 50 }, (_, n) => String(7_199 - n)));
  });
});

it('masks the lines of a private key that a back end sent one by one [outbound:logs:key-lines]', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    .trim()
    .split('\n');
  const entries = pem
    .map((message, n) => ({ at: onset + n, message, raw: message, origin: `stream@${n}` }))
    .toReversed();
  const seen: LogEntry[] = [];
  await readWindows(
    {
      read: async function* () {
        yield { entries, scannedBytes: 1 };
      },
      sample: 100,
    },
    {
      query: { window: current },
      current,
      baseline: undefined,
      onset,
      signal: new AbortController().signal,
      add: (entry) => void seen.push(entry),
    },
  );
  expect(seen.map(({ origin }) => origin)).toEqual(entries.map(({ origin }) => origin));
  expect(seen.slice(1, -1).every(({ message, raw }) => message === '[masked:private-key]' && raw === message)).toBe(
    true,
  );
  expect([seen.at(-1)?.raw, seen[0]?.raw]).toEqual([pem[0], pem.at(-1)]);
});

describe('a source that fails', () => {
  it('leaves what was read, marked as a part [logs:faults:partial]', async () => {
    const { read, seen } = await readAll({ failsAfter: 3 }, {});
    expect(seen.current).toHaveLength(300);
    expect(read.current.truncated).toBe(true);
    expect(read.warnings).toEqual(['The source failed before all was read: The vendor is down. Try again in 30 s.']);
  });

  it('is an error when nothing was read', async () => {
    await expect(readAll({ failsAfter: 0 }, {})).rejects.toThrow('The vendor is down.');
  });
});
