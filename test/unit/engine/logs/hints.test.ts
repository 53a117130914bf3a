import { describe, expect, it } from 'vitest';

import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { explainEmpty, explainUnnamed } from '#engine/services/logs/hints.ts';
import { createLogFilter } from '#providers/log-filter.ts';
import type { LogSource } from '#providers/sources.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const window = { since: now - 3_600_000, until: now };
const event = (at: number, more: Partial<LogEntry>): LogEntry => ({
  at,
  message: 'm',
  raw: 'm',
  origin: `o${at}`,
  ...more,
});

const holding = (entries: LogEntry[]): LogSource => ({
  async *read(query) {
    yield { entries: entries.filter((entry) => createLogFilter(query)(entry)), scannedBytes: 1 };
  },
});
const explain = (entries: LogEntry[], query: Partial<LogQuery>) =>
  explainEmpty(holding(entries), { query: { window, ...query }, filter: undefined }, new AbortController().signal);

it('names the services, environments and levels that exist when the asked ones do not [logs:reply:empty-hints]', async () => {
  const held = [
    event(now - 9, { service: 'cart', env: 'prod', level: 'info' }),
    event(now - 8, { service: 'checkout', env: 'prod', level: 'warn' }),
  ];
  expect(await explain(held, { service: 'chekout', env: 'staging', level: 'error', text: 'psp' })).toEqual([
    'Without service chekout, env staging, level error, query "psp" the window holds 2 events.',
    'Services there: cart, checkout.',
    'Environments there: prod.',
    'Levels there: info, warn.',
  ]);
});

it('says when the source last held anything', async () => {
  const [hint] = await explain([event(window.since - 60_000, {})], {});
  expect(hint).toContain('its last event before it is of 2026-03-01T10:59:00.000Z');
});

it('doubts the source when it holds nothing at all', async () => {
  expect(await explain([], { service: 'cart' })).toEqual([expect.stringContaining('the wrong source')]);
});

it('says what a filter left out, and that a source takes it as words where it does [logs:reply:filter-hint]', async () => {
  const source = holding([event(now - 9, {})]);
  const asked = { query: { window, filters: ['team', 'status >= 500'] }, filter: 'status >= 500' };
  const explainFor = (of: LogSource) => explainEmpty(of, asked, new AbortController().signal);
  expect(await explainFor(source)).toEqual(['Without filter "status >= 500" the window holds 1 event.']);
  expect(await explainFor({ ...source, filtersAreWords: true })).toEqual([
    'Without filter "status >= 500" the window holds 1 event.',
    expect.stringContaining('words that must all occur'),
  ]);
});

describe('an answer of events that name nothing', () => {
  const unnamed = (entries: LogEntry[], query: Partial<LogQuery>) =>
    explainUnnamed(holding(entries), { window, ...query }, new AbortController().signal);
  const none = event(now - 9, {});
  const shop = event(now - 8, { service: 'shop' });
  const cart = event(now - 7, { service: 'cart', env: 'prod' });

  it.each<[string, LogEntry[], Partial<LogQuery>, string[]]>([
    [
      'another service',
      [none, shop],
      { service: 'shpo' },
      ['No event is named as of service shpo; these name none. Services there: shop. Did you mean shop?'],
    ],
    [
      'the asked service, and none an environment',
      [none, shop],
      { service: 'shop', env: 'prod' },
      ['No event names an environment, so env prod leaves none out.'],
    ],
    ['no environment', [none, shop], { env: 'prod' }, ['No event names an environment, so env prod leaves none out.']],
    ['nothing at all', [], { env: 'prod' }, []],
    ['the asked service otherwise written', [none, shop], { service: 'Shop' }, []],
    [
      'the asked service, and another environment',
      [none, cart],
      { service: 'cart', env: 'production' },
      ['No event is named as of env production; these name none. Environments there: prod.'],
    ],
    [
      'others of both',
      [none, cart],
      { service: 'crat', env: 'production', level: 'error' },
      [
        'No event is named as of service crat and env production; these name none. Services there: cart. Did you mean cart? Environments there: prod.',
      ],
    ],
  ])('is told what there is where others of the window name %s', async (_, entries, query, want) => {
    expect(await unnamed(entries, query)).toEqual(want);
  });

  /** Newest first, as many as are wanted. */
  const writing = (entries: LogEntry[], more: Partial<LogSource>): LogSource => ({
    ...more,
    async *read({ newest }) {
      const sorted = entries.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0));
      yield { entries: sorted.slice(0, newest), scannedBytes: 1 };
    },
  });
  const busy = Array.from({ length: 5_000 }, (_, n) => event(now - n, {}));
  const quiet = event(now - 60_000, { service: 'shop' });

  it.each<[string, Partial<LogSource>, number]>([
    ['is found behind thousands of events where reading is cheap', {}, 1],
    ['is looked for among the newest where it is not', { sample: 5_000 }, 0],
  ])('a service that writes little %s', async (_, more, hints) => {
    const source = writing([...busy, quiet], more);
    expect(await explainUnnamed(source, { window, service: 'shpo' }, new AbortController().signal)).toHaveLength(hints);
  });
});
