import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { loki } from '#providers/loki.ts';
import type { LogBatch, LogSource } from '#providers/sources.ts';

import type { FakeLoki } from '../support/fake-loki.ts';
import { fakeLoki, paramsOf } from '../support/fake-loki.ts';
import { leaveAfter } from '../support/faulty-server.ts';
import type { StoredLine } from '../support/logql-fake.ts';
import { lokiLogs, ns } from '../support/loki-sources.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const window = { since: onset, until: onset + 60_000 };
const live = new AbortController().signal;
const labels = { service_name: 'checkout', env: 'prod' };

let server: FakeLoki;
beforeEach(async () => {
  server = await fakeLoki();
});
afterEach(() => server[Symbol.asyncDispose]());

const logs = (settings: Record<string, unknown> = {}) => lokiLogs({ url: server.url, ...settings });
const line = (at: bigint, text: string, more: Partial<StoredLine> = {}): StoredLine => ({
  ns: at,
  line: text,
  labels,
  ...more,
});

interface ReadAll {
  readonly entries: readonly LogEntry[];
  readonly warnings: readonly string[];
  readonly truncated: boolean;
  readonly scannedBytes: number;
}

async function readAll(source: LogSource, query: Partial<LogQuery> = {}, signal = live): Promise<ReadAll> {
  const batches: LogBatch[] = [];
  for await (const batch of source.read({ window, ...query }, signal)) batches.push(batch);
  return {
    entries: batches.flatMap(({ entries }) => entries),
    warnings: batches.flatMap(({ warnings = [] }) => warnings),
    truncated: batches.some(({ truncated }) => truncated === true),
    scannedBytes: batches.reduce((sum, batch) => sum + batch.scannedBytes, 0),
  };
}

const messages = ({ entries }: ReadAll) => entries.map(({ message }) => message);
const asked = (path: string) => server.seen.filter((request) => request.path.startsWith(`/loki/api/v1/${path}`));
const queries = () => asked('query_range').map((request) => paramsOf(request).get('query'));
const refusal = async (act: Promise<unknown>) => (await act.catch((error: unknown) => error)) as FixgateError;

describe('times', () => {
  it('are sent as nanosecond strings, the end excluded, and asked backward [logs:loki:nanoseconds]', async () => {
    await readAll(logs());
    expect(Object.fromEntries(paramsOf(server.seen[0]!))).toMatchObject({
      start: `${onset}000000`,
      end: `${onset + 60_000}000000`,
      direction: 'backward',
      limit: '1000',
    });
  });

  it('keep lines apart that differ by a nanosecond, which a number could not [logs:loki:nanoseconds]', async () => {
    const at = ns(onset);
    server.lines = Array.from({ length: 2_500 }, (_, n) => line(at + BigInt(n), `event ${n}`));
    const read = await readAll(logs());
    expect(new Set(messages(read)).size).toBe(2_500);
    expect(read.entries).toHaveLength(2_500);
    expect(new Set(read.entries.map(({ origin }) => origin)).size).toBe(2_500);
  });
});

describe('paging', () => {
  it.each([
    ['that are spread', 7n],
    ['of the same nanosecond, more than a page holds', 0n],
  ])('gives every one of 3,500 lines %s exactly once [logs:loki:pages]', async (_, step) => {
    server.lines = Array.from({ length: 3_500 }, (_, n) => line(ns(onset + 5) + BigInt(n) * step, `event ${n}`));
    const read = await readAll(logs());
    expect(read.entries).toHaveLength(3_500);
    expect(new Set(messages(read)).size).toBe(3_500);
    expect(read.truncated).toBe(false);
  });

  it('says that lines are missing when more have the same time than Loki gives [logs:loki:pages]', async () => {
    server.lines = [
      line(ns(onset), 'first'),
      ...Array.from({ length: 6_000 }, (_, n) => line(ns(onset + 5), `event ${n}`)),
    ];
    const read = await readAll(logs());
    expect(read).toMatchObject({
      truncated: true,
      warnings: [expect.stringContaining('5000 lines have the same time')],
    });
    expect(messages(read)).toContain('first');
  });

  it('stops at the newest entries and says that there are more [logs:vendors:newest]', async () => {
    server.lines = Array.from({ length: 3_000 }, (_, n) => line(ns(onset + n), `event ${n}`));
    const read = await readAll(logs(), { newest: 10 });
    expect(messages(read).toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `event ${2_990 + n}`));
    expect(read.truncated).toBe(true);
    expect(asked('query_range')).toHaveLength(1);
  });

  it('does not call an answer truncated that holds exactly the newest', async () => {
    server.lines = Array.from({ length: 1_000 }, (_, n) => line(ns(onset + n), `event ${n}`));
    expect(await readAll(logs(), { newest: 1_000 })).toMatchObject({ truncated: false });
  });

  it('takes smaller pages where the operator of Loki allows no more', async () => {
    server.maxEntries = 300;
    server.lines = Array.from({ length: 1_000 }, (_, n) => line(ns(onset + n), `event ${n}`));
    expect((await readAll(logs())).entries).toHaveLength(1_000);
    expect(paramsOf(asked('query_range')[1]!).get('limit')).toBe('300');
  });
});

describe('the query', () => {
  it('pushes down words, phrases, exclusions, service, env and level [logs:loki:pushed-down]', async () => {
    await readAll(logs({ selector: '{namespace="shop"}' }), {
      text: 'Timeout "to psp (eu)" -health',
      service: 'checkout',
      env: 'prod',
      level: 'info',
    });
    expect(queries()[0]).toMatch(
      /^\{namespace="shop", service_name=~"\(\?i:checkout\)\|\(\?:unknown_service\.\*\)\?"\} \|~ "\(\?i:timeout\)" \|~ "\(\?i:to psp \\\\\(eu\\\\\)\)" !~ "\(\?i:health\)" \| env=~"\(\?:\(\?i:prod\)\)\?" \| level!~"\(\?i:trace\|/,
    );
  });

  it('keeps lines of which Loki knows no service, env or level [logs:vendors:known-to-differ]', async () => {
    server.lines = [
      line(ns(onset), 'of nobody', { labels: { service_name: 'unknown_service' } }),
      line(ns(onset + 1), 'of checkout', { metadata: { level: 'ERROR' } }),
      line(ns(onset + 2), 'of cart', { labels: { ...labels, service_name: 'cart' } }),
      line(ns(onset + 3), 'of staging', { labels: { ...labels, env: 'staging' } }),
      line(ns(onset + 4), 'of no interest', { metadata: { level: 'Info' } }),
    ];
    const query = { service: 'Checkout', env: 'PROD', level: 'warn' } as const;
    expect(messages(await readAll(logs(), query)).toSorted()).toEqual(['of checkout', 'of nobody']);
    expect(await logs().count({ window, ...query }, live)).toBe(2);
  });

  it('has every stream with a service where the operator chose none: Loki refuses {}', async () => {
    await readAll(logs());
    expect(queries()).toEqual(['{service_name=~".+"}']);
  });

  it('applies every filter, each as stages of its own', async () => {
    server.lines = [500, 200].flatMap((status, n) => [
      line(ns(onset + n), JSON.stringify({ status, path: '/pay', msg: `answered ${status}` })),
      line(ns(onset + n + 5), JSON.stringify({ status, path: '/cart', msg: `answered ${status} to cart` })),
    ]);
    expect(messages(await readAll(logs(), { filters: ['| json | status >= 500', '| path="/pay"'] }))).toEqual([
      'answered 500',
    ]);
  });

  it.each([
    ['{app="x"} | json', 'must begin with |'],
    ['or {app="x"}', 'must begin with |'],
    ['| json or {app="x"}', 'stream selector'],
    ['|= "a" # | env="prod"', 'comment'],
    ['|= `a', 'not closed'],
    ['|= "a', 'not closed'],
    ['|= "a\n"', 'not closed'],
    ['| json [5m]) or vector(1', 'range'],
    ['| json ) or (', 'parentheses'],
    ['| json (', 'parentheses'],
    ['| line_format "{{ .password }}"', 'no stage'],
    [`| drop '"' [5m])) or sum(count_over_time({ns="x"} | drop '"'`, 'double quotes'],
  ])('refuses the filter %j, which would change more than it filters [logs:vendors:filters]', async (filter, why) => {
    const error = await refusal(readAll(logs(), { filters: [filter] }));
    expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining(why) });
    expect(server.seen).toEqual([]);
  });

  it('takes brackets, braces and comment signs within strings for text', async () => {
    server.lines = [line(ns(onset), 'a {b} [c] (d # "e"')];
    const read = await readAll(logs(), { filters: ['|= `{b} [c] (d # "e"`', String.raw`|= "# \"e\""`] });
    expect(read.entries).toHaveLength(1);
  });

  it.each([['app="x"'], ['{app="x"} | json'], ['{app="x'], ['{app="x"} or {app="y"}'], ['{app="x" # }']])(
    'refuses %s as the selector of the configuration',
    (selector) => {
      expect(loki.settings.safeParse({ url: server.url, selector }).success).toBe(false);
    },
  );

  it('is explained with its place and as a link to Grafana [logs:vendors:explained]', () => {
    const source = logs({ tenant: 'a|b', ui_url: 'https://grafana.example.com/sub', ui_datasource: 'P8E80F' });
    const { native, uiUrl, place } = source.explain({ window, text: 'psp', filters: ['| json'] });
    expect(native).toBe('{service_name=~".+"} |~ "(?i:psp)" | json');
    expect(place).toBe('tenant a|b');
    const url = new URL(uiUrl ?? '');
    expect(url.pathname).toBe('/sub/explore');
    expect(JSON.parse(url.searchParams.get('panes') ?? '')).toMatchObject({
      logs: {
        datasource: 'P8E80F',
        queries: [{ expr: native }],
        range: { from: String(onset), to: String(onset + 60_000) },
      },
    });
  });
});

describe('counting', () => {
  it('counts the window exactly, although a LogQL range excludes its start and includes its end [logs:loki:count]', async () => {
    server.lines = [
      line(ns(onset) - 1n, 'psp: just before'),
      line(ns(onset), 'psp: first'),
      line(ns(onset + 30_000), 'another'),
      line(ns(onset + 60_000) - 1n, 'psp: last'),
      line(ns(onset + 60_000), 'psp: just after'),
    ];
    expect(await logs().count({ window, text: 'psp' }, live)).toBe(2);
    expect(await logs().count({ window, text: 'nothing' }, live)).toBe(0);
  });

  it('counts what was scanned by the statistics of Loki, else by the lines', async () => {
    server.lines = [line(ns(onset), 'one two'), line(ns(onset + 1), 'three')];
    expect((await readAll(logs(), { text: 'two' })).scannedBytes).toBe(12);
    server.silent = true;
    expect((await readAll(logs(), { text: 'two' })).scannedBytes).toBe(7);
  });

  it('refuses a window of which the index says more than the operator allows [logs:loki:estimate]', async () => {
    server.indexBytes = 41.5e9;
    const error = await refusal(readAll(logs({ max_scan_gb: 40, selector: '{a="b"}' }), { service: 'checkout' }));
    expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('about 41.5 GB') });
    expect(server.seen.map(({ path }) => path.split('?')[0])).toEqual(['/loki/api/v1/index/stats']);
    expect(await readAll(logs({ max_scan_gb: 42 }))).toMatchObject({ entries: [] });
  });
});

describe('an entry', () => {
  it('takes structured metadata over what its line says, and Loki’s own guess last [logs:loki:labels]', async () => {
    server.lines = [
      line(ns(onset), 'level=info msg="retrying"', {
        metadata: { level: 'warning', trace_id: '4bf92f35', detected_level: 'error' },
      }),
      line(ns(onset + 1), 'ERROR payments refused', { metadata: { detected_level: 'info' } }),
      line(ns(onset + 2), 'plain text', { metadata: { detected_level: 'error' } }),
      line(ns(onset + 3), '{"service":"cart","env":"staging","msg":"hi"}', {
        labels: { service_name: 'unknown_service' },
      }),
    ];
    const { entries } = await readAll(logs());
    expect(entries.toSorted((a, b) => a.at! - b.at!)).toMatchObject([
      { level: 'warn', service: 'checkout', env: 'prod', message: 'retrying', traceId: '4bf92f35' },
      { level: 'error', at: onset + 1 },
      { level: 'error' },
      { service: 'cart', env: 'staging', message: 'hi' },
    ]);
  });

  it('belongs to its stream, although each of its lines has structured metadata of its own [logs:loki:labels]', async () => {
    const trace = [
      'java.lang.IllegalStateException: pool is empty',
      '\tat shop.Pay.step(Pay.java:1)',
      'Caused by: x.Y: z',
    ];
    server.lines = trace.map((text, n) =>
      line(ns(onset + n), text, { metadata: { detected_level: n === 0 ? 'error' : 'unknown', span_id: `${n}` } }),
    );
    expect((await readAll(logs())).entries).toMatchObject([{ raw: trace.join('\n'), level: 'error' }]);
  });

  it('is asked for without the encoding flag with which Loki hides errors [logs:loki:honest]', async () => {
    server.lines = [line(ns(onset), 'hello')];
    await readAll(logs());
    expect(server.seen[0]?.headers).not.toHaveProperty('x-loki-response-encoding-flags');
  });

  it('has its whole stack trace, whose lines came one by one, across pages [logs:loki:joined]', async () => {
    const trace = [
      'java.lang.IllegalStateException: pool is empty',
      ...Array.from({ length: 40 }, (_, n) => `\tat shop.Pay.step${n}(Pay.java:${n})`),
    ];
    server.lines = Array.from({ length: 60 }, (_, event) => [
      ...trace.map((text, n) => line(ns(onset + event * 100 + n), text)),
      line(ns(onset + event * 100 + 5), `GET /health ${event}`, { labels: { service_name: 'cart' } }),
    ]).flat();
    const { entries } = await readAll(logs());
    const traces = entries.filter(({ service }) => service === 'checkout');
    expect(traces).toHaveLength(60);
    expect(new Set(traces.map(({ raw }) => raw))).toEqual(new Set([trace.join('\n')]));
    expect(entries).toHaveLength(120);
  });

  it('can be read again whole by its origin, and only within the selector [logs:vendors:event]', async () => {
    server.lines = [
      line(ns(onset), 'ERROR java.lang.IllegalStateException: pool is empty'),
      line(ns(onset) + 1n, '\tat shop.Pay.step(Pay.java:1)'),
      line(ns(onset) + 2n, 'GET /health'),
      line(ns(onset), 'of another stream', { labels: { service_name: 'cart' } }),
    ];
    const { entries } = await readAll(logs());
    for (const entry of entries) expect(await logs().event(entry.origin, live)).toEqual(entry);
    expect(entries).toHaveLength(3);
    const elsewhere = logs({ selector: '{service_name="cart"}' });
    const found = await Promise.all(entries.map(({ origin }) => elsewhere.event(origin, live)));
    expect(found.filter((entry) => entry !== undefined)).toMatchObject([{ service: 'cart' }]);
    expect(await logs().event('nonsense', live)).toBeUndefined();
  });
});

describe('tenants', () => {
  it('are asked together as a|b; without one the missing setting is named [logs:loki:tenants]', async () => {
    server.multiTenant = true;
    server.lines = ['a', 'b', 'c'].map((tenant, n) => line(ns(onset + n), `of ${tenant}`, { tenant }));
    expect(messages(await readAll(logs({ tenant: 'a|b' }))).toSorted()).toEqual(['of a', 'of b']);
    const error = await refusal(readAll(logs()));
    expect(error).toMatchObject({ code: 'provider_rejected', fix: expect.stringContaining('tenant') });
  });

  it.each([['a b'], ['a\r\nX-Admin: 1'], ['a||b'], ['']])('cannot be %j', (tenant) => {
    expect(loki.settings.safeParse({ url: server.url, tenant }).success).toBe(false);
  });
});

describe('credentials', () => {
  it.each([
    [{ token: 's3cret' }, 'Bearer s3cret'],
    [{ user: 'me', password: 'pw' }, 'Basic bWU6cHc='],
  ])('%j are sent as a header', async (settings, header) => {
    await readAll(logs(settings));
    expect(server.seen[0]?.headers.authorization).toBe(header);
  });

  it.each([[{ token: 't', user: 'u', password: 'p' }], [{ user: 'u' }], [{ password: 'p' }], [{ cert: 'c.pem' }]])(
    'cannot be %j',
    (settings) => {
      expect(loki.settings.safeParse({ url: server.url, ...settings }).success).toBe(false);
    },
  );
});

describe('what goes wrong', () => {
  it('in a filter is placed in it, although Loki counts in the whole query [logs:loki:position]', async () => {
    const error = await refusal(readAll(logs(), { text: 'psp', filters: ['| json', '| status = = 500'] }));
    expect(error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/^Loki refused filter 2 at character 12: syntax error: unexpected =/),
    });
  });

  it('in the operator’s part is the operator’s', async () => {
    const error = await refusal(readAll(logs({ selector: '{app=~".*"}' })));
    expect(error).toMatchObject({ code: 'misconfigured', message: expect.stringContaining('empty-compatible') });
    const broken = await refusal(readAll(logs({ selector: '{app==="x"}' })));
    expect(broken).toMatchObject({ code: 'misconfigured', fix: expect.stringContaining('selector') });
  });

  it.each([
    [429, 'too many outstanding requests', 'provider_unavailable', 'shorter window'],
    [
      400,
      'the query time range exceeds the limit (query length: 800h0m0s, limit: 30d1h)',
      'invalid_input',
      'shorter window',
    ],
    [
      400,
      'the query would read too many bytes (query: 1.2TB, limit: 100GB); consider adding more specific stream selectors',
      'invalid_input',
      'name the service',
    ],
    [504, 'context deadline exceeded', 'invalid_input', 'shorter window'],
    [500, 'rpc error: code = Internal desc = boom', 'provider_unavailable', 'Try again'],
    [
      401,
      '{"status":"error","error":"authentication error: invalid scope requested"}',
      'provider_rejected',
      'logs:read',
    ],
    [400, 'multiple org IDs present', 'provider_rejected', 'multi_tenant_queries_enabled'],
  ])('with status %d and %s is %s [logs:loki:errors]', async (status, body, code, fix) => {
    server.fail({ status, body }, { status, body }, { status, body });
    expect(await refusal(readAll(logs()))).toMatchObject({ code, fix: expect.stringContaining(fix) });
  });

  it('for a moment is tried again [logs:vendors:faults]', async () => {
    server.lines = [line(ns(onset), 'hello')];
    server.fail('reset', { status: 429, body: 'too many outstanding requests' });
    expect(messages(await readAll(logs()))).toEqual(['hello']);
  });

  it.each([
    ['half', 'no JSON'],
    [
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Log in</title>' },
      'page for browsers',
    ],
    [
      {
        status: 200,
        body: '{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["soon","x"]]}]}}',
      },
      'data.result.0.values.0',
    ],
    ['hang', 'within 1 s'],
  ] as const)('as %j is an error that says so [logs:vendors:faults]', async (fault, message) => {
    server.fail(fault);
    const error = await refusal(readAll(logs({ timeout_s: 1 })));
    expect(error).toMatchObject({ code: 'provider_unavailable', message: expect.stringContaining(message) });
  });

  it('after the first page leaves a partial answer that says what is missing [logs:vendors:faults]', async () => {
    server.lines = Array.from({ length: 1_500 }, (_, n) => line(ns(onset + n), `event ${n}`));
    server.fail(undefined, undefined, { status: 500, body: 'boom' });
    const read = await readAll(logs());
    expect(read).toMatchObject({ truncated: true, warnings: [expect.stringContaining('failed after 999 entries')] });
  });

  it('with lines of 10 MB is read in small pages of cut lines [logs:vendors:faults]', async () => {
    server.lines = Array.from({ length: 3 }, (_, n) => line(ns(onset + n), `${n} ${'x'.repeat(10_000_000)}`));
    const { entries, truncated } = await readAll(logs());
    expect(entries).toHaveLength(3);
    expect(truncated).toBe(false);
    for (const { raw } of entries) {
      expect(raw.length).toBeLessThan(66_000);
      expect(raw).toMatch(/…\(\+\d+ bytes\)$/);
    }
  });

  it('within Loki, whose parts exchange 4 MiB at once, leads to smaller pages [logs:vendors:faults]', async () => {
    server.lines = Array.from({ length: 120 }, (_, n) => line(ns(onset + n), `event ${n}`));
    const body =
      'rpc error: code = ResourceExhausted desc = trying to send message larger than max (24006235 vs. 4194304)';
    server.fail({ status: 500, body });
    expect((await readAll(logs())).entries).toHaveLength(120);
    expect(asked('query_range').map((request) => paramsOf(request).get('limit'))).toEqual(['1000', '50', '50', '50']);
  });

  it('when the caller leaves ends the request on the wire [logs:vendors:cancelled]', async () => {
    server.fail('hang');
    const caller = new AbortController();
    const act = readAll(logs(), {}, caller.signal);
    void leaveAfter(1, server, caller);
    await expect(act).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server.abandoned).toHaveLength(1);
  });
});

describe('the probe', () => {
  const recent = (more: Partial<StoredLine> = {}) => [line(ns(Date.now() - 60_000), 'hello', more)];

  it('asks for labels and says whether the service label is there', async () => {
    expect(await logs().probe(live)).toContain('no stream');
    server.lines = recent();
    expect(await logs().probe(live)).toContain('service_name among them');
    server.lines = recent({ labels: { app: 'checkout' } });
    expect(await logs().probe(live)).toContain('set labels.service to one of app');
  });

  it('names the tenant when it is missing [logs:vendors:probe]', async () => {
    server.multiTenant = true;
    expect(await refusal(logs().probe(live))).toMatchObject({ fix: expect.stringContaining('tenant') });
  });
});
