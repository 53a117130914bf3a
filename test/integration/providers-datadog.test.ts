import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { datadog } from '#providers/datadog.ts';
import type { LogSource } from '#providers/sources.ts';

import type { FakeDatadog, StoredLog } from '../support/fake-datadog.ts';
import { fakeDatadog } from '../support/fake-datadog.ts';
import { leaveAfter } from '../support/faulty-server.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const window = { since: onset, until: onset + 60_000 };
const live = new AbortController().signal;

const log = (n: number, more: Partial<StoredLog> = {}): StoredLog => ({
  id: `AQAAA${n}`,
  at: onset + n,
  status: 'error',
  service: 'checkout',
  message: `payments timeout ${n}`,
  tags: ['env:prod', 'source:nodejs', 'env:prod'],
  ...more,
});
const logs = (count: number) => Array.from({ length: count }, (_, n) => log(n));

let server: FakeDatadog;
beforeAll(async () => {
  // From source, the client's first load reads thousands of files.
  await import('#providers/datadog/api.ts');
}, 60_000);
beforeEach(async () => {
  server = await fakeDatadog();
});
afterEach(() => server[Symbol.asyncDispose]());

function source(more: Record<string, unknown> = {}): LogSource {
  const written = { site: 'datadoghq.eu', ...server.keys, url: server.url, timeout_s: 5, ...more };
  const made = datadog.capabilities.logs?.(datadog.settings.parse(written), { clock: systemClock });
  if (made === undefined) throw new Error('datadog has no logs');
  return made;
}

async function read(query: Partial<LogQuery> = {}, from = source(), signal = live) {
  const answer = { entries: [] as LogEntry[], warnings: [] as string[], truncated: false, scannedBytes: 0 };
  for await (const batch of from.read({ window, ...query }, signal)) {
    answer.entries.push(...batch.entries);
    answer.warnings.push(...(batch.warnings ?? []));
    answer.truncated ||= batch.truncated === true;
    answer.scannedBytes += batch.scannedBytes;
  }
  return answer;
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => (error instanceof FixgateError ? error : expect.unreachable(String(error))),
  );
const bodies = () =>
  server.seen.map(
    ({ body }) =>
      JSON.parse(body) as { filter: Record<string, string>; page?: { cursor?: string; limit?: number }; sort: string },
  );

describe('paging', () => {
  it('reads a full last page, whose cursor leads to an empty answer without meta [logs:datadog:last-page]', async () => {
    server.tiers.set('indexes', logs(2_000));
    expect((await read()).entries).toHaveLength(2_000);
    expect(server.seen).toHaveLength(3);
  });

  it('asks every page for the same absolute window, in an explicit order [logs:datadog:window]', async () => {
    server.tiers.set('indexes', logs(2_500));
    await read();
    expect(new Set(bodies().map(({ filter, sort }) => `${filter['from']} ${filter['to']} ${sort}`))).toEqual(
      new Set([`${window.since} ${window.until} -timestamp`]),
    );
    expect(bodies().map(({ page }) => page?.cursor === undefined)).toEqual([true, false, false]);
  });

  it('ends with an error when a cursor leads in circles', async () => {
    const page = {
      status: 200,
      body: JSON.stringify({
        data: [{ id: 'A', attributes: { timestamp: new Date(onset).toISOString(), message: 'again' } }],
        meta: { page: { after: 'same' } },
      }),
    };
    server.fail(page, page, page);
    const { entries, truncated, warnings } = await read();
    expect(entries.length).toBeLessThan(4);
    expect(truncated).toBe(true);
    expect(warnings.join(' ')).toMatch(/cursor/);
  });

  it.each([
    [10, 9, true],
    [10, 10, false],
    [10, 11, false],
    [1_001, 1_000, true],
    [1_000, 1_000, false],
  ])(
    'of %i events reads the newest %i and knows whether there are more [logs:vendors:newest]',
    async (held, newest, truncated) => {
      server.tiers.set('indexes', logs(held));
      const answer = await read({ newest });
      expect(answer.entries.map(({ at }) => at)).toEqual(
        logs(held)
          .map(({ at }) => at)
          .toReversed()
          .slice(0, newest),
      );
      expect(answer.truncated).toBe(truncated);
    },
  );
});

describe('what is asked', () => {
  it('counts what matches without reading it [logs:vendors:counted]', async () => {
    server.tiers.set('indexes', [...logs(1_500), log(7, { id: 'x', status: 'info' })]);
    expect(await source().count?.({ window, level: 'error' }, live)).toBe(1_500);
    expect(server.seen.map(({ path }) => path)).toEqual(['/api/v2/logs/analytics/aggregate']);
    expect(await source().count?.({ window, text: 'nothing' }, live)).toBe(0);
  });

  it('keeps events that name no service or environment, as every source does', async () => {
    const { service: _, ...bare } = log(1, { tags: [] });
    server.tiers.set('indexes', [bare, log(2, { service: 'cart' }), log(3, { tags: ['env:staging'] }), log(4)]);
    const { entries } = await read({ service: 'Checkout', env: 'prod' });
    expect(entries.map(({ at }) => at)).toEqual([onset + 4, onset + 1]);
  });

  it('finds words in any attribute, and in a message that is kept elsewhere [logs:datadog:message-attribute]', async () => {
    const { message: _, ...silent } = log(1);
    server.tiers.set('indexes', [{ ...silent, attributes: { event: { text: 'psp-2.internal refused' }, order: 77 } }]);
    const { entries } = await read({ text: 'psp-2 refused' }, source({ message_attribute: '@event.text' }));
    expect(entries.map(({ message }) => message)).toEqual(['psp-2.internal refused']);
    expect((await read({ text: '77' })).entries).toHaveLength(1);
  });

  it('asks the other tiers only when nothing is found, once, and says so [logs:datadog:tiers]', async () => {
    server.tiers.set('flex', [log(1)]);
    const made = source();
    const answer = await read({}, made);
    expect(answer.entries).toHaveLength(1);
    expect(answer.warnings.join(' ')).toMatch(/come from the tier flex/);
    expect(bodies().map(({ filter }) => filter['storage_tier'])).toEqual(['indexes', 'flex']);
    expect(await made.count?.({ window }, live)).toBe(1);
    server.tiers.delete('flex');
    server.seen.splice(0);
    const empty = source();
    expect((await read({}, empty)).entries).toEqual([]);
    expect(bodies().map(({ filter }) => filter['storage_tier'])).toEqual(['indexes', 'flex', 'online-archives']);
    await read({}, empty);
    expect(server.seen).toHaveLength(4);
    await read({}, source({ storage_tier: 'indexes' }));
    expect(server.seen).toHaveLength(5);
  });

  it('limits a search to the configured indexes', async () => {
    await read({}, source({ indexes: ['main', 'web'], storage_tier: 'indexes' }));
    expect(bodies()[0]?.filter).toMatchObject({ indexes: ['main', 'web'], storage_tier: 'indexes' });
  });

  it('gives one event whole by its origin, and nothing for another [logs:vendors:event]', async () => {
    server.tiers.set('indexes', [log(1, { id: 'A' }), log(1, { id: 'B', message: 'the other' })]);
    const { entries } = await read();
    const other = entries.find(({ message }) => message === 'the other');
    expect(await source().event?.(other?.origin ?? '', live)).toEqual(other);
    expect(await source().event?.(`${onset + 1}:C`, live)).toBeUndefined();
    expect(await source().event?.('AQAAA', live)).toBeUndefined();
  });

  it('names the query, its page and its place [logs:vendors:explained]', () => {
    const { native, uiUrl = '', place } = source().explain?.({ window, text: 'psp', level: 'error' }) ?? {};
    expect(native).toContain('*:*psp*');
    expect(new URL(uiUrl).host).toBe('app.datadoghq.eu');
    expect(new URL(uiUrl).searchParams.get('from_ts')).toBe(String(onset));
    expect(place).toBe('Datadog datadoghq.eu, all indexes');
    const us3 = source({ site: 'us3.datadoghq.com' }).explain?.({ window });
    expect(us3?.uiUrl).toMatch(/^https:\/\/us3\.datadoghq\.com\/logs\?/);
  });
});

describe('limits of the organisation', () => {
  it('waits for the reset when little of the limit is left, and leaves the rest to people [logs:vendors:head-room]', async () => {
    server.tiers.set('indexes', logs(1_500));
    server.rate = { limit: 300, remaining: 59, reset: 1 };
    const before = Date.now();
    expect((await read()).entries).toHaveLength(1_500);
    expect(Date.now() - before).toBeGreaterThanOrEqual(950);
  });

  it('gives what it has when the reset lies behind its deadline, and refuses the next call', async () => {
    server.tiers.set('indexes', logs(1_500));
    server.rate = { limit: 300, remaining: 10, reset: 900 };
    const made = source();
    const answer = await read({}, made);
    expect(answer.entries).toHaveLength(1_000);
    expect(answer.truncated).toBe(true);
    expect(answer.warnings.join(' ')).toMatch(/kept for people/);
    const error = await failure(read({}, made));
    expect(error).toMatchObject({ code: 'provider_unavailable', retry: 'later' });
    expect(server.seen).toHaveLength(1);
  });

  it('tries again after 429 when the seconds of X-RateLimit-Reset are over', async () => {
    server.tiers.set('indexes', logs(3));
    server.fail({ status: 429, headers: { 'x-ratelimit-reset': '1' }, body: '{"errors":["Too many requests"]}' });
    const before = Date.now();
    expect((await read()).entries).toHaveLength(3);
    expect(Date.now() - before).toBeGreaterThanOrEqual(950);
  });
});

describe('errors', () => {
  it.each([
    ['texts', { errors: ['Query parsing error: unexpected )'] }, 'Query parsing error: unexpected )'],
    [
      'objects',
      { errors: [{ status: '400', title: 'Invalid Query', detail: 'unexpected )' }] },
      'Invalid Query: unexpected )',
    ],
    ['both', { errors: ['first', { title: 'second' }] }, 'first; second'],
  ])('reads errors written as %s [logs:datadog:error-shapes]', async (_, body, said) => {
    server.fail({ status: 400, body: JSON.stringify(body) });
    expect(await failure(read())).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining(said) as string,
    });
  });

  it('names the permission that is missing [logs:vendors:probe]', async () => {
    expect(await source().probe?.(live)).toMatch(/datadoghq\.eu/);
    expect(bodies()[0]?.page).toEqual({ limit: 1 });
    const wrong = await failure(source({ app_key: 'wrong' }).probe?.(live) ?? Promise.resolve());
    expect(wrong).toMatchObject({
      code: 'provider_rejected',
      fix: expect.stringContaining('logs_read_data') as string,
    });
    const unknown = await failure(source({ api_key: 'wrong' }).probe?.(live) ?? Promise.resolve());
    expect(unknown.message).toMatch(/API key/);
    expect(`${unknown.message} ${wrong.message}`).not.toContain(server.keys.app_key);
  });

  it('sends its keys nowhere else', async () => {
    server.fail({ status: 302, headers: { location: 'https://login.example/' }, body: '' });
    expect(await failure(read())).toMatchObject({ code: 'provider_rejected' });
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    ['a reset', 'reset' as const],
    ['an error of the server', { status: 500, body: 'oops' }],
    ['a late answer', { lateMs: 300 }],
  ])('gets over %s', async (_, fault) => {
    server.tiers.set('indexes', logs(3));
    server.fail(fault);
    expect((await read()).entries).toHaveLength(3);
  });

  it.each([
    ['only resets', Array.from({ length: 9 }, () => 'reset' as const), 'provider_unavailable'],
    [
      'only errors of the server',
      Array.from({ length: 9 }, () => ({ status: 503, body: '<html>' })),
      'provider_unavailable',
    ],
    ['half an answer', ['half' as const], 'provider_unavailable'],
    ['silence', ['hang' as const], 'timeout'],
  ])('ends with an error after %s [logs:vendors:faults]', async (_, faults, code) => {
    server.tiers.set('indexes', logs(3));
    server.fail(...faults);
    expect(await failure(read({}, source({ timeout_s: code === 'timeout' ? 1 : 15 })))).toMatchObject({ code });
  });

  it('gives the pages that it read when a later one fails', async () => {
    server.tiers.set('indexes', logs(1_500));
    server.fail(undefined, 'half');
    expect(await read()).toMatchObject({ truncated: true, entries: { length: 1_000 } });
  });

  it('cuts an event of 10 MB and says so', async () => {
    server.tiers.set('indexes', [log(1, { message: `ERROR ${'x'.repeat(10_000_000)}` })]);
    const { entries, scannedBytes } = await read();
    expect(entries[0]?.raw.length).toBeLessThan(66_000);
    expect(entries[0]?.raw).toMatch(/\+\d+ bytes\)$/);
    expect(scannedBytes).toBeGreaterThan(10_000_000);
  });

  it('passes the warnings of Datadog on', async () => {
    server.tiers.set('indexes', logs(1));
    server.meta = {
      status: 'timeout',
      warnings: [{ code: 'unknown_index', title: 'Unknown index', detail: 'index web' }],
    };
    expect((await read()).warnings.join(' ')).toMatch(/Unknown index: index web.*ran out of time/s);
    expect(await failure(source().count?.({ window }, live) ?? Promise.resolve())).toMatchObject({ code: 'timeout' });
  });

  it('ends a request on the wire when its caller is gone [logs:vendors:cancelled]', async () => {
    server.fail('hang');
    const caller = new AbortController();
    void leaveAfter(server.seen.length + 1, server, caller);
    expect(await failure(read({}, source(), caller.signal))).toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server.abandoned.length).toBe(1);
  });
});
