import { beforeEach, expect, it, vi } from 'vitest';

import { createEngine } from '../support/engine-fixture.ts';
import type { BackendEvent } from '../support/log-backends.ts';
import { inFile, vendorBackends } from '../support/log-backends.ts';
import { NOON } from '../support/store-samples.ts';

const MINUTE = 60_000;
const ONSET = NOON - 30 * MINUTE;

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDOFTESTS');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-tests');
  return () => vi.unstubAllEnvs();
});

/** A shop whose payments break half an hour ago, beside all that goes on as before and a burst that has nothing to do with it. */
const incident: readonly BackendEvent[] = Array.from({ length: 480 }, (_, n): BackendEvent[] => {
  const at = NOON - 120 * MINUTE + n * 15_000;
  const orders: BackendEvent = {
    at,
    level: 'info',
    service: 'orders',
    message: `order ${4_000 + n} took ${n % 90} ms`,
  };
  const cart: BackendEvent = { at: at + 50, level: 'warn', service: 'orders', message: `cart ${n} has an old price` };
  const refused: BackendEvent = {
    at: at + 700,
    level: 'error',
    service: 'orders',
    message: [
      `PaymentError: psp-${n % 3}.example refused order ${4_000 + n} after ${3_000 + n} ms`,
      `    at charge (/srv/app/src/payments/client.js:${41 + (n % 2)}:13)`,
      '    at async checkout (/srv/app/src/orders/checkout.js:88:5)',
    ].join('\n'),
  };
  return [orders, ...(n % 7 === 0 ? [cart] : []), ...(at >= ONSET && n % 2 === 0 ? [refused] : [])];
}).flat();

const TOP = {
  change: 'NEW',
  count: 60,
  base: 0,
  level: 'error',
  pattern: expect.stringMatching(/^PaymentError: psp-<num>\.example refused order <num> after <duration>$/) as string,
  code: expect.arrayContaining([expect.stringContaining('src/payments/client.js:')]) as string[],
};

it.each([['files', inFile] as const, ...vendorBackends])(
  'the same incident has the same top pattern in %s [logs:backends:same-pattern]',
  async (_, make) => {
    await using backend = await make(incident);
    await using engine = createEngine({ logSource: backend.source, incident: { service: 'orders' } });
    const asked = { since: new Date(ONSET).toISOString(), until: new Date(NOON).toISOString(), baseline: 'previous' };
    const { structured = {} } = await engine.call('get_incident_logs', asked);
    const rows = structured['rows'] as Record<string, unknown>[];
    expect(structured).toMatchObject({ status: 'ok', matched: incident.filter(({ at }) => at >= ONSET).length });
    expect(rows[0]).toMatchObject(TOP);
    expect(rows.slice(1).filter(({ change }) => change === 'NEW')).toEqual([]);
  },
);

it.each([['files', inFile] as const, ...vendorBackends])(
  '%s gives as many lines as are asked for, and its pages lead through all of them once [logs:complaint:limits, logs:complaint:cursors]',
  async (_, make) => {
    await using backend = await make(incident);
    await using engine = createEngine({ logSource: backend.source, incident: { service: 'orders' } });
    const asked = { mode: 'lines', query: 'PaymentError', since: '31m', limit: 7, max_tokens: 400 };
    const seen: string[] = [];
    for (let cursor: unknown, page = 0; page < 10; page++) {
      const { structured = {} } = await engine.call('get_incident_logs', { ...asked, ...(page > 0 && { cursor }) });
      expect(structured).toMatchObject({ matched: 60, truncated: true });
      seen.push(...(structured['rows'] as { readonly time: string }[]).map(({ time }) => time));
      cursor = structured['next_cursor'];
      if (cursor === undefined) break;
    }
    const newest = incident.filter(({ level }) => level === 'error').slice(-7);
    expect(seen).toEqual(newest.map(({ at }) => new Date(at).toISOString()).toReversed());
  },
);
