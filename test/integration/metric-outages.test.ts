import { describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { countTokens } from '#engine/tokens.ts';
import { prometheus } from '#providers/prometheus.ts';

import { createEngine } from '../support/engine-fixture.ts';
import { missing } from '../support/needs.ts';
import type { RealPrometheus } from '../support/real-prometheus.ts';
import { hasPrometheus, realPrometheus } from '../support/real-prometheus.ts';

const skip = missing('prometheus with promtool', hasPrometheus);
const MINUTE = 60_000;
const NOW = Date.UTC(2026, 2, 1, 12, 0);
const ONSET = NOW - 25 * MINUTE;
const SINCE = NOW - 5 * 60 * MINUTE;
const SCRAPE_MS = 15_000;
const services = ['gateway', 'orders', 'ledger', 'mail', 'stock', 'users'];
const BOUNDS = [0.1, 0.25, 0.5, 1, 2.5];

type Value = (at: number) => number;

/** What a service does, and what happens to it. */
interface Life {
  readonly load: Value;
  /** Share of requests that fail. */
  readonly failing: Value;
  /** Share of requests that take long. */
  readonly slow: Value;
  /** The process is started anew: its counters begin at 0. */
  readonly restarts?: number;
  /** The process is gone. */
  readonly ends?: number;
}

function noise(at: number, salt: number): number {
  const x = Math.sin(at / 9_999 + salt * 78.233) * 43_758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

const calm = (salt: number): Life => ({
  load: (at) => (10 + 8 * salt) * (1 + 0.25 * Math.sin(at / 2_500_000) + 0.06 * noise(at, salt)),
  failing: (at) => 0.002 * (1 + 0.5 * noise(at, salt + 1)),
  slow: (at) => 0.02 + 0.01 * noise(at, salt + 2),
});
const since =
  (from: number, share: number, before: Value): Value =>
  (at) =>
    before(at) + (at >= from ? share : 0);

/** Four counters and a gauge of each service, as one that counts requests tells them. */
function expositionOf(lifeOf: (service: string, usual: Life) => Life): string {
  const families = new Map<string, string[]>();
  const add = (family: string, text: string) => families.set(family, [...(families.get(family) ?? []), text]);
  for (const [salt, service] of services.entries()) {
    const life = lifeOf(service, calm(salt));
    const { load, failing, slow, restarts, ends = NOW } = life;
    const labels = `service="${service}",instance="10.1.0.${salt}:8080"`;
    const series = (name: string, more: string, value: Value) => {
      const lines: string[] = [];
      for (let at = SINCE; at < ends; at += SCRAPE_MS)
        lines.push(`${name}{${labels}${more}} ${value(at)} ${at / 1_000}\n`);
      return lines.join('');
    };
    const growing = (rate: Value): Value => {
      let total = 5_000;
      return (at) => {
        total = restarts !== undefined && Math.abs(at - restarts) < SCRAPE_MS / 2 ? 0 : total;
        return (total += (Math.max(0, rate(at)) * SCRAPE_MS) / 1_000);
      };
    };
    const counted = (share: Value) => growing((at) => load(at) * share(at));
    add(
      'http_requests unknown',
      series(
        'http_requests_total',
        ',status="200"',
        counted((at) => 1 - failing(at)),
      ),
    );
    add('http_requests unknown', series('http_requests_total', ',status="500"', counted(failing)));
    for (const bound of BOUNDS)
      add(
        'http_request_duration_seconds unknown',
        series(
          'http_request_duration_seconds_bucket',
          `,le="${bound}"`,
          counted((at) => (bound >= 2.5 ? 1 : (1 - slow(at)) * Math.min(1, bound * 4))),
        ),
      );
    add(
      'http_request_duration_seconds unknown',
      series('http_request_duration_seconds_bucket', ',le="+Inf"', growing(load)),
    );
    add(
      'process_cpu_usage gauge',
      series('process_cpu_usage', '', (at) => 0.2 + 0.03 * noise(at, salt + 3)),
    );
  }
  return `${[...families].map(([family, parts]) => `# TYPE ${family}\n${parts.join('')}`).join('')}# EOF\n`;
}

function connect(url: string) {
  const source = prometheus.capabilities.metrics?.(prometheus.settings.parse({ url }), { clock: systemClock });
  if (source === undefined) throw new Error('prometheus has no metrics');
  return source;
}

type Row = Readonly<Record<string, unknown>>;

/** Asks as somebody does who was called: with the moment at which it began, or without any. */
async function ask(server: RealPrometheus, args: Readonly<Record<string, unknown>>, startedAt = NOW) {
  await using engine = createEngine({
    metrics: { name: 'prom', source: connect(server.url) },
    incident: { startedAt },
  });
  const { text, structured } = await engine.call('query_metrics', args);
  return { tokens: countTokens(text), rows: (structured?.['rows'] ?? []) as readonly Row[] };
}

const moments = [
  ['with the onset', ONSET, SCRAPE_MS],
  ['without one', NOW, MINUTE],
] as const;

describe.skipIf(skip)(`an outage in a real Prometheus (${skip ?? 'backfilled by promtool'})`, () => {
  it('of a service that is gone: it comes before its callers, which fail [metrics:signals:gaps, metrics:services:ranked]', async () => {
    const failing = (share: number, usual: Life) => ({
      ...usual,
      failing: since(ONSET + 20_000, share, usual.failing),
    });
    const exposition = expositionOf((service, usual) => {
      if (service === 'stock') return { ...usual, ends: ONSET };
      return service === 'orders' ? failing(0.2, usual) : service === 'gateway' ? failing(0.1, usual) : usual;
    });
    await using server = await realPrometheus({ exposition });
    for (const [name, startedAt, step] of moments) {
      const { rows, tokens } = await ask(server, {}, startedAt);
      const [first, ...others] = rows;
      expect([name, first?.['service']]).toEqual([name, 'stock']);
      expect(first?.['why']).toMatch(/^stopped reporting: all \d metrics ended; /);
      // A rate over a minute has a value for as long.
      const late = Date.parse(String(first?.['stopped_reporting'])) - ONSET;
      expect(late).toBeLessThanOrEqual(MINUTE + step);
      expect(others.slice(0, 2).map((row) => row['service'])).toEqual(['orders', 'gateway']);
      expect(tokens).toBeLessThanOrEqual(1_500);
    }
    const { rows } = await ask(server, { query: 'sum by (service) (rate(http_requests_total[1m]))' }, ONSET);
    expect(rows[0]).toMatchObject({ labels: { service: 'stock' }, stopped_reporting: expect.any(String) as string });
  }, 60_000);

  it('is found in the latency of one beside counters that begin anew, and those are no sign [metrics:services:ranked]', async () => {
    const exposition = expositionOf((service, usual) => {
      if (service === 'mail') return { ...usual, restarts: ONSET - 2 * MINUTE };
      if (service === 'gateway') return { ...usual, restarts: ONSET + 5 * MINUTE };
      return service === 'users' ? { ...usual, slow: since(ONSET, 0.3, usual.slow) } : usual;
    });
    await using server = await realPrometheus({ exposition });
    for (const [name, startedAt, step] of moments) {
      const { rows, tokens } = await ask(server, {}, startedAt);
      const [first, second] = rows;
      expect([name, first?.['service'], first?.['signal']]).toEqual([name, 'users', 'latency']);
      expect(Math.abs(Date.parse(String(first?.['change_at'])) - ONSET)).toBeLessThanOrEqual(step);
      expect(Number(second?.['score'])).toBeLessThan(Number(first?.['score']) / 4);
      expect(tokens).toBeLessThanOrEqual(1_500);
    }
    const { rows } = await ask(
      server,
      { metric: 'http_requests_total', filters: 'service=mail', group_by: 'service' },
      ONSET,
    );
    expect(Math.abs(Number(rows[0]?.['z']))).toBeLessThan(4);
  }, 60_000);
});
