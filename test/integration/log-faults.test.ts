import { beforeEach, describe, expect, it, vi } from 'vitest';

import { createEngine, refusalOf } from '../support/engine-fixture.ts';
import type { WireFault } from '../support/faulty-server.ts';
import type { BackendEvent } from '../support/log-backends.ts';
import { vendorBackends } from '../support/log-backends.ts';
import { NOON } from '../support/store-samples.ts';

const MINUTE = 60_000;
const events: readonly BackendEvent[] = Array.from({ length: 40 }, (_, n) => ({
  at: NOON - 40 * MINUTE + n * 30_000,
  level: n % 2 === 0 ? 'error' : 'info',
  service: 'orders',
  message: `psp refused order ${n}`,
}));
const forever = (fault: WireFault) => Array.from({ length: 60 }, () => fault);
const tooMany: WireFault = { status: 429, headers: { 'retry-after': '1' }, body: '{"errors":["Too many requests"]}' };
const broken: WireFault = { status: 500, body: '{"errors":["Internal error"]}' };

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDOFTESTS');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-tests');
  return () => vi.unstubAllEnvs();
});

describe.each(vendorBackends)('between the server and %s', (_name, make) => {
  /** One call of the tool while the wire breaks in this way. */
  async function ask(faults: readonly (WireFault | undefined)[], timeoutS = 20) {
    await using backend = await make(events, timeoutS);
    await using engine = createEngine({ logSource: backend.source, incident: { service: 'orders' } });
    backend.server.fail(...faults);
    const start = Date.now();
    const answer = await engine.call('get_incident_logs', { since: '1h', baseline: 'none' });
    const took = Date.now() - start;
    return { ...answer, took, internal: engine.internal };
  }

  it.each([
    ['latency', [{ lateMs: 400 }, { lateMs: 400 }]],
    ['a reset', ['reset']],
    ['one 503', [{ status: 503, body: '{"errors":["Unavailable"]}' }]],
  ] as const)('%s is got over [logs:vendors:faults]', async (_, faults) => {
    const { structured } = await ask(faults);
    expect(structured).toMatchObject({ status: 'ok', matched: 40 });
  });

  it.each([
    ['nothing but resets', forever('reset')],
    ['nothing but 429', forever(tooMany)],
    ['nothing but 500', forever(broken)],
    ['half answers', forever('half')],
    ['answers that are no JSON', forever({ status: 200, body: '<html>login</html>' })],
    ['silence', forever('hang')],
  ] as const)('%s ends in a clear error, in bounded time [logs:vendors:faults]', async (_, faults) => {
    const { took, internal, ...answer } = await ask(faults, 2);
    const refusal = refusalOf(answer);
    expect(['provider_unavailable', 'timeout', 'provider_rejected']).toContain(refusal.code);
    expect(refusal.fix).toMatch(/\S/);
    expect(internal).toEqual([]);
    expect(took).toBeLessThan(15_000);
  });

  it('lines of 10 MB are cut, and the others are still read [logs:vendors:faults]', async () => {
    const huge: BackendEvent = {
      at: NOON - 5 * MINUTE,
      level: 'error',
      service: 'orders',
      message: `dump ${'x y '.repeat(2_500_000)}`,
    };
    await using backend = await make([...events, huge], 20);
    await using engine = createEngine({ logSource: backend.source, incident: { service: 'orders' } });
    const { structured, text } = await engine.call('get_incident_logs', { since: '1h', baseline: 'none' });
    expect(structured).toMatchObject({ matched: 41 });
    expect(text.length).toBeLessThan(10_000);
    expect(text).toContain('psp refused order <num>');
  });

  it('leaves no connection open, however often the wire breaks [logs:vendors:no-leak]', async () => {
    await using backend = await make(events, 1);
    await using engine = createEngine({ logSource: backend.source, incident: { service: 'orders' } });
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind.includes('TCPSocket')).length;
    const counts: number[] = [];
    for (let round = 0; round < 4; round++) {
      backend.server.fail(...forever((['reset', 'half', 'hang', tooMany] as const)[round] ?? 'reset'));
      await engine.call('get_incident_logs', { since: '1h', baseline: 'none', limit: round + 1 });
      backend.server.calm();
      counts.push(sockets());
    }
    // Both ends are in this process; a kept connection or two is no leak.
    await expect.poll(() => sockets() - (counts[0] ?? 0)).toBeLessThanOrEqual(4);
    const { structured } = await engine.call('get_incident_logs', { since: '1h', baseline: 'none' });
    expect(structured).toMatchObject({ status: 'ok', matched: 40 });
  });
});
