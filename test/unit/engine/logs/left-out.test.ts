// What `truncated` means: something of what was asked for was left out, and a cursor or a note leads to it.
import { describe, expect, it } from 'vitest';

import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import type { LogSource } from '#providers/sources.ts';

import { createEngine } from '../../../support/engine-fixture.ts';

const MINUTE = 60_000;
const now = Date.UTC(2026, 2, 1, 12);
const kinds = ['TypeError', 'RangeError', 'SyntaxError'];

/** Twelve failures of three kinds and ten other events, in the last minutes. */
const events = Array.from({ length: 22 }, (_, n): LogEntry => {
  const head = { at: now - 20 * MINUTE + n * 1_000, origin: `a@${n}` };
  const kind = kinds[n % 3] ?? '';
  if (n >= 12) return { ...head, level: 'info', message: 'heartbeat', raw: `heartbeat ${n}` };
  const message = `${kind}: cannot ${kind.toLowerCase()} the cart`;
  return { ...head, level: 'error', message, raw: `${message}\n    at ${kind} (/srv/app/src/${kind}.js:4:13)` };
});

type Arguments = Readonly<Record<string, unknown>>;

async function ask(args: Arguments, held: readonly LogEntry[] = events, logSource?: LogSource) {
  await using engine = createEngine({ incident: { startedAt: 0 }, ...(logSource && { logSource }) });
  engine.logs.push(...held);
  const pages: Arguments[] = [];
  for (let cursor: unknown; pages.length < 40;) {
    const next = cursor === undefined ? {} : { cursor };
    const { structured = {} } = await engine.call('get_incident_logs', { since: '30m', ...args, ...next });
    pages.push(structured);
    cursor = structured['next_cursor'];
    if (cursor === undefined) break;
  }
  const [first = {}] = pages;
  return { ...first, first, pages, notes: (first['notes'] as readonly string[]).join(' ') };
}

const HOW = 'ask with a larger limit (at most 1000) or a narrower window, service or query.';

describe('what an answer leaves out', () => {
  it.each([
    ['lines', {}, 12, '22 events, 12 lines, all that speak of failures.'],
    ['lines', { limit: 12 }, 12, '22 events, 12 lines, all that speak of failures.'],
    ['lines', { query: 'a' }, 22, '22 events, 22 lines, all.'],
    ['errors', { limit: 3 }, 3, '22 events, 3 kinds of errors.'],
    ['patterns', { baseline: 'none' }, 4, '22 events, 4 patterns, compared with nothing.'],
    ['histogram', { limit: 2 }, 2, '22 events, 2 stretches of 15m.'],
  ])('is nothing of %s with %o [logs:reply:truncated]', async (mode, args, returned, summary) => {
    const answer = await ask({ mode, ...args });
    expect(answer.first).toMatchObject({ matched: 22, returned, truncated: false, summary });
    expect(answer.notes).not.toContain('beyond the limit');
    expect(answer.pages).toHaveLength(1);
  });

  it.each([
    ['lines', { limit: 3 }, '9 more lines beyond the limit of 3'],
    ['lines', { limit: 5, query: 'a' }, '17 more lines beyond the limit of 5'],
    ['errors', { limit: 2 }, '1 more kind of error beyond the limit of 2'],
    ['patterns', { limit: 2, baseline: 'none' }, '2 more patterns beyond the limit of 2'],
  ])(
    'is counted where rows of %s lie beyond a limit, and a note says what helps [logs:reply:truncated]',
    async (mode, args, note) => {
      const answer = await ask({ mode, ...args });
      expect(answer.first).toMatchObject({ truncated: true, returned: args.limit });
      expect(answer.notes).toContain(`${note}: ${HOW}`);
    },
  );

  it('is counted of the lines that the view shows, not of all events', async () => {
    const { first } = await ask({ mode: 'lines', limit: 3 });
    expect(first['summary']).toBe('22 events, 3 lines, the newest of 12 that speak of failures.');
  });

  it('has no larger limit to be asked for where there is none', async () => {
    const many = Array.from({ length: 1_300 }, (_, n) => ({ ...events[n % 12]!, origin: `b@${n}` }));
    const { notes } = await ask({ mode: 'lines', limit: 1_000, max_tokens: 2_000 }, many);
    expect(notes).toContain('300 more lines beyond the limit of 1000: ask with a narrower window, service or query.');
  });

  it.each([
    ['lines', 12],
    ['errors', 3],
    ['patterns', 4],
    ['histogram', 30],
  ])(
    'of %s for want of tokens is what the cursor leads to, and the last page says there is no more [logs:reply:truncated]',
    async (mode, rows) => {
      const { pages } = await ask({ mode, baseline: 'none', max_tokens: 300, limit: 30 });
      expect(pages.length).toBeGreaterThan(1);
      expect(pages.map(({ truncated }) => truncated)).toEqual(pages.map((_, page) => page < pages.length - 1));
      expect(pages.reduce((sum, { returned }) => sum + Number(returned), 0)).toBe(rows);
    },
  );

  it('stays true on the last page of rows that a limit cut as well', async () => {
    const { pages } = await ask({ mode: 'lines', limit: 6, max_tokens: 300 });
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.at(-1)).toMatchObject({ truncated: true });
    expect(JSON.stringify(pages.at(-1))).toContain('6 more lines beyond the limit of 6');
  });
});

describe('a vendor that is read as a sample', () => {
  const within = ({ window, level }: LogQuery) =>
    events.filter(
      ({ at = 0, level: of }) => at >= window.since && at < window.until && (level !== 'error' || of === level),
    );
  const vendor: LogSource = {
    sample: 10,
    count: async (query) => within(query).length,
    async *read(query) {
      const found = within(query);
      yield {
        entries: found.slice(-(query.newest ?? 1_000)),
        scannedBytes: 1,
        truncated: found.length > (query.newest ?? 1_000),
      };
    },
  };

  it('says so with lines of failures as well', async () => {
    const { first, notes } = await ask({ mode: 'lines' }, [], vendor);
    expect(first).toMatchObject({ matched: 22, scanned: 15, truncated: true });
    expect(first['summary']).toBe('22 events, 5 lines, those read that speak of failures.');
    expect(notes).toContain('Read as a sample: 15 of 22 events of the window');
  });

  it('is read for the newest lines alone where they are asked for', async () => {
    const { first, notes } = await ask({ mode: 'lines', query: 'a', limit: 4 }, [], vendor);
    expect(first).toMatchObject({ matched: 22, scanned: 4, truncated: true });
    expect(notes).toContain(`18 more lines beyond the limit of 4: ${HOW}`);
    expect(notes).not.toContain('sample');
  });
});
