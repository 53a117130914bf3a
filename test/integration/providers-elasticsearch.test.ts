import { createHash, createHmac } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { elasticsearch } from '#providers/elasticsearch.ts';
import type { LogBatch, LogSource } from '#providers/sources.ts';

import { clusterLogs } from '../support/elasticsearch-sources.ts';
import type { FakeElasticsearch, Flavour } from '../support/fake-elasticsearch.ts';
import { fakeElasticsearch } from '../support/fake-elasticsearch.ts';
import { leaveAfter } from '../support/faulty-server.ts';
import type { SeenRequest } from '../support/faulty-server.ts';
import type { StoredDocument } from '../support/search-dsl.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const window = { since: onset, until: onset + 60_000 };
const live = new AbortController().signal;

const document = (n: number, source: Record<string, unknown>, index = 'logs-app'): StoredDocument => ({
  index,
  id: `doc${n}`,
  source: { '@timestamp': new Date(onset + n).toISOString(), ...source },
});
const events = (count: number, at: (n: number) => unknown) =>
  Array.from({ length: count }, (_, n) => document(n, { '@timestamp': at(n), message: `event ${n} happened` }));

interface ReadAll {
  readonly entries: readonly LogEntry[];
  readonly warnings: readonly string[];
  readonly truncated: boolean;
}

async function readAll(source: LogSource, query: Partial<LogQuery> = {}, signal = live): Promise<ReadAll> {
  const batches: LogBatch[] = [];
  for await (const batch of source.read({ window, ...query }, signal)) batches.push(batch);
  return {
    entries: batches.flatMap(({ entries }) => entries),
    warnings: batches.flatMap(({ warnings = [] }) => warnings),
    truncated: batches.some(({ truncated }) => truncated === true),
  };
}

const messages = ({ entries }: ReadAll) => entries.map(({ message }) => message);
const refusal = async (act: Promise<unknown>) => (await act.catch((error: unknown) => error)) as FixgateError;

describe.each<Flavour>(['elasticsearch', 'opensearch'])('%s', (flavour) => {
  let server: FakeElasticsearch;
  beforeEach(async () => {
    server = await fakeElasticsearch(flavour);
  });
  afterEach(async () => {
    // Whatever a test did, nothing stays open in the cluster.
    await vi.waitFor(() => {
      if (server.points.size > 0) throw new Error('a point in time was left open');
    }, 20_000);
    await server[Symbol.asyncDispose]();
  });
  const logs = (settings: Record<string, unknown> = {}) => clusterLogs(flavour, { url: server.url, ...settings });
  const searches = () =>
    server.seen
      .filter(({ path }) => path.startsWith('/_search') && !path.includes('point_in_time'))
      .map(({ body }) => JSON.parse(body) as { size: number; search_after?: unknown[]; pit: { id: string } });

  describe('paging', () => {
    it.each([
      ['spread over milliseconds', 3_500, (n: number) => new Date(onset + n * 7).toISOString()],
      ['of the same millisecond', 3_500, () => onset + 5],
      ['a few of each millisecond', 5_000, (n: number) => new Date(onset + Math.floor(n / 300)).toISOString()],
      [
        'of the same millisecond, but not the same nanosecond',
        3_500,
        (n: number) => `2025-11-03T13:58:01.123${String(n).padStart(6, '0')}Z`,
      ],
    ])('gives every one of the documents %s exactly once [logs:cluster:pages]', async (_, count, at) => {
      server.documents = events(count, at);
      const read = await readAll(logs());
      expect(read.entries).toHaveLength(count);
      expect(new Set(messages(read)).size).toBe(count);
      expect(read.truncated).toBe(false);
    });

    it('says that documents are missing when more have the same time than can be told apart [logs:cluster:pages]', async () => {
      server.documents = [
        ...events(12_500, () => onset + 5),
        document(99_999, { '@timestamp': onset, message: 'first' }),
      ];
      const read = await readAll(logs());
      expect(messages(read)).toContain('first');
      expect(new Set(messages(read)).size).toBe(read.entries.length);
      expect(read.truncated).toBe(flavour === 'opensearch');
      expect(read.entries.length > 10_000).toBe(true);
    });

    it('always uses the newest id of the point in time, and deletes the last one [logs:cluster:point-in-time]', async () => {
      server.documents = events(2_500, (n) => onset + n);
      await readAll(logs());
      expect(new Set(searches().map(({ pit }) => pit.id)).size).toBe(3);
      expect(server.points.size).toBe(0);
      expect(server.seen.at(-1)?.method).toBe('DELETE');
    });

    it('stops at the newest and says that there are more [logs:vendors:newest]', async () => {
      server.documents = events(3_000, (n) => onset + n);
      const read = await readAll(logs(), { newest: 10 });
      expect(messages(read)).toEqual(Array.from({ length: 10 }, (_, n) => `event ${2_999 - n} happened`));
      expect(read.truncated).toBe(true);
      expect(searches()).toHaveLength(1);
    });
  });

  it('keeps the window half-open, in UTC [logs:cluster:window]', async () => {
    server.documents = [-1, 0, 59_999, 60_000].map((n) => document(n, { message: `at ${n}` }));
    expect(messages(await readAll(logs()))).toEqual(['at 59999', 'at 0']);
    expect(await logs().count({ window }, live)).toBe(2);
  });

  it('counts with _count, beyond the 10,000 at which a search stops counting [logs:cluster:count]', async () => {
    server.documents = events(12_000, (n) => onset + n);
    expect(await logs().count({ window, text: 'happened' }, live)).toBe(12_000);
  });

  describe('words', () => {
    it.each([
      ['within a term', 'TimeoutException', ['java.net.SocketTimeoutException: Read timed out']],
      ['split by the analyzer', 'psp-eu', ['call to psp-eu failed']],
      ['in any case', 'READ TIMED', ['java.net.SocketTimeoutException: Read timed out']],
      ['a phrase', '"to psp"', ['call to psp-eu failed']],
      ['excluded', '-read', ['order 42 placed', 'call to psp-eu failed']],
      ['in a field of its own', 'AB-12', ['order 42 placed']],
      ['in a stack trace', 'Pay.java', ['call to psp-eu failed']],
      ['of another script', 'größe', []],
    ])('are found %s [logs:cluster:words]', async (_, text, expected) => {
      server.documents = [
        document(1, { message: 'java.net.SocketTimeoutException: Read timed out' }),
        document(2, {
          message: 'call to psp-eu failed',
          error: { stack_trace: 'x.Y\n\tat shop.Pay.step(Pay.java:1)' },
        }),
        document(3, { message: 'order 42 placed', order: { id: 'AB-12' } }),
      ];
      expect(messages(await readAll(logs(), { text }))).toEqual(expected);
    });

    it('are found whole, with a warning, where the cluster forbids wildcards [logs:cluster:words]', async () => {
      server.allowExpensive = false;
      server.documents = [document(1, { message: 'timeout calling psp' }), document(2, { message: 'SocketTimeout' })];
      const read = await readAll(logs(), { text: 'timeout' });
      expect(messages(read)).toEqual(['timeout calling psp']);
      expect(read.warnings).toEqual([expect.stringContaining('only whole words')]);
    });
  });

  it('keeps documents without service, env or level, and knows them in every spelling [logs:vendors:known-to-differ]', async () => {
    server.documents = [
      document(1, { message: 'of nobody' }),
      document(2, {
        message: 'of checkout',
        service: { name: 'CHECKOUT', environment: 'prod' },
        log: { level: 'ERROR' },
      }),
      document(3, { message: 'plain', service: 'checkout', env: 'prod', level: 50 }),
      document(4, { message: 'of cart', service: { name: 'cart' } }),
      document(5, { message: 'staging', service: { name: 'checkout', environment: 'staging' } }),
      document(6, { message: 'quiet', log: { level: 'Info' } }),
      document(7, { message: 'plain and quiet', level: 30 }),
    ];
    const query = { service: 'checkout', env: 'prod', level: 'warn' } as const;
    expect(messages(await readAll(logs(), query))).toEqual(['plain', 'of checkout', 'of nobody']);
  });

  it('takes numbers for levels where the field holds them', async () => {
    server.documents = [30, 40, 50].map((level, n) => document(n, { message: `level ${level}`, level }));
    expect(messages(await readAll(logs({ fields: { level: 'level' } }), { level: 'warn' }))).toEqual([
      'level 50',
      'level 40',
    ]);
    expect(await logs({ fields: { level: 'level' } }).count({ window, level: 'warn' }, live)).toBe(2);
  });

  it('applies every filter as a clause of its own, so that none reaches into another [logs:vendors:filters]', async () => {
    server.documents = [
      document(1, { message: 'mine', team: 'a', status: 500 }),
      document(2, { message: 'theirs', team: 'b', status: 500 }),
    ];
    const filters = ['team:a', 'status:>=500 OR team:b'];
    expect(messages(await readAll(logs(), { filters }))).toEqual(['mine']);
    const error = await refusal(readAll(logs(), { filters: ['team:a', 'team:b) OR (team:'] }));
    expect(error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('Failed to parse query [team:b) OR (team:]'),
    });
  });

  it('reads an entry from ECS and from plain names [logs:cluster:fields]', async () => {
    server.documents = [
      document(1, {
        '@timestamp': '2025-11-03T13:58:01.123456789Z',
        message: 'payment failed',
        log: { level: 'warning' },
        service: { name: 'checkout', environment: 'prod' },
        trace: { id: '4bf92f35' },
        error: { type: 'x.Y', message: 'boom', stack_trace: 'x.Y: boom\n\tat shop.Pay.step(Pay.java:1)' },
      }),
      document(2, { msg: 'hello', 'log.level': 'error', app: 'cart' }),
      document(3, { message: '{"level":50,"service":"cart","msg":"in json"}' }),
    ];
    const { entries } = await readAll(logs());
    expect(entries).toMatchObject([
      {
        at: onset + 1_123,
        level: 'warn',
        service: 'checkout',
        env: 'prod',
        message: 'payment failed',
        traceId: '4bf92f35',
      },
      { level: 'error', service: 'cart', message: 'in json' },
      { level: 'error', service: 'cart', message: 'hello' },
    ]);
    expect(entries[0]?.raw).toMatch(/^payment failed\nx\.Y: boom\n\tat shop\.Pay\.step\(Pay\.java:1\)\n\{/);
  });

  it('reads an event again by its origin, and only in its own index [logs:vendors:event]', async () => {
    server.documents = [document(1, { message: 'mine' }), document(2, { message: 'theirs' }, 'secrets-1')];
    const [entry] = (await readAll(logs())).entries;
    expect(entry?.origin).toBe('logs-app/doc1');
    expect(await logs().event('logs-app/doc1', live)).toEqual(entry);
    for (const origin of ['secrets-1/doc2', 'logs-app/doc2', '_search/x', 'nonsense', '../secrets-1/doc2'])
      expect(await logs().event(origin, live)).toBeUndefined();
  });

  it.each([
    [{ filters: ['team:a OR team:b'] }, 'team:a OR team:b'],
    [
      { filters: ['team:a OR team:b'], service: 'checkout' },
      '(team:a OR team:b) AND (service.name:"checkout" OR NOT _exists_:service.name)',
    ],
    [{ filters: ['team:a OR team:b', 'x OR y'] }, '(team:a OR team:b) AND (x OR y)'],
    [{ service: 'checkout' }, 'service.name:"checkout" OR NOT _exists_:service.name'],
    [{}, '*'],
  ])('explains %j by what runs: no part reaches into another', (query, expected) => {
    expect(logs().explain({ window, ...query }).native).toBe(expected);
  });

  it('is explained in Lucene, with its index and a link to Discover [logs:vendors:explained]', () => {
    const source = logs({ ui_url: 'https://kibana.example.com/s/ops' });
    const { native, uiUrl, place } = source.explain({
      window,
      text: 'psp -"health check"',
      service: 'checkout',
      filters: ["path:'/pay'"],
    });
    expect(native).toBe(
      `(path:'/pay') AND ("psp") AND (NOT "health check") AND (service.name:"checkout" OR NOT _exists_:service.name)`,
    );
    expect(place).toBe('index logs-*');
    expect(decodeURIComponent(uiUrl ?? '')).toBe(
      `https://kibana.example.com/s/ops/app/discover#/?_g=(time:(from:'2025-11-03T13:58:00.000Z',to:'2025-11-03T13:59:00.000Z'))&_a=(query:(language:lucene,query:'${native.replaceAll("'", "!'")}'))`,
    );
  });

  it.each([
    [{ api_key: 'a2V5' }, 'ApiKey a2V5'],
    [{ token: 't0ken' }, 'Bearer t0ken'],
    [{ user: 'me', password: 'pw' }, 'Basic bWU6cHc='],
  ])('signs in with %j [logs:cluster:credentials]', async (settings, header) => {
    server.authorization = header;
    server.documents = [document(1, { message: 'hello' })];
    expect(messages(await readAll(logs(settings)))).toEqual(['hello']);
    expect(await refusal(readAll(logs()))).toMatchObject({ code: 'provider_rejected' });
  });

  it('signs every request for AWS as its documentation says [logs:cluster:signed]', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
    vi.stubEnv('AWS_SESSION_TOKEN', 'session');
    try {
      server.documents = events(1_500, (n) => onset + n);
      await readAll(logs({ aws: { region: 'eu-west-1', service: 'aoss' } }));
    } finally {
      vi.unstubAllEnvs();
    }
    expect(server.seen.length).toBeGreaterThan(3);
    for (const request of server.seen) {
      expect(request.headers).toMatchObject({
        'x-amz-security-token': 'session',
        'x-amz-content-sha256': sha256(request.body),
      });
      expect(request.headers.authorization).toContain(`Signature=${signatureOf(request, 'eu-west-1/aoss')}`);
    }
  });

  describe('what goes wrong', () => {
    it('in some shards, or for lack of time, makes a partial answer that says so [logs:cluster:partial]', async () => {
      server.documents = [document(1, { message: 'hello' })];
      server.failedShards = 2;
      server.timedOut = true;
      const read = await readAll(logs());
      expect(messages(read)).toEqual(['hello']);
      expect(read.warnings).toEqual([
        expect.stringContaining('2 of 5 shards failed (no_shard_available_action_exception: shard is recovering)'),
        expect.stringContaining('ran out of time'),
      ]);
      await expect(logs().count({ window }, live)).rejects.toMatchObject({
        message: expect.stringContaining('only a part'),
      });
    });

    it('with the index or the field of the time is the operator’s', async () => {
      expect(await refusal(readAll(logs({ index: 'nothing' })))).toMatchObject({
        code: 'misconfigured',
        fix: expect.stringContaining('nothing is named nothing'),
      });
      expect(await refusal(readAll(logs({ fields: { timestamp: 'ts' } })))).toMatchObject({
        code: 'misconfigured',
        fix: expect.stringContaining('fields.timestamp'),
      });
    });

    it.each([
      [
        403,
        'security_exception',
        'action [indices:data/read/open_point_in_time] is unauthorized for API key id [x] of user [y] on indices [logs-*], this action is granted by the index privileges [read,all]',
        'index privilege read',
      ],
      [
        403,
        'security_exception',
        'no permissions for [indices:data/read/point_in_time/create] and User [name=x]',
        'indices:data/read/point_in_time/create',
      ],
      [429, 'es_rejected_execution_exception', 'rejected execution of coordinating operation', 'shorter window'],
      [503, 'circuit_breaking_exception', '[parent] Data too large, data for [<http_request>]', 'shorter window'],
    ])('with %d %s names the way out [logs:vendors:probe]', async (status, type, reason, fix) => {
      const body = JSON.stringify({ error: { root_cause: [{ type, reason }], type, reason }, status });
      server.fail({ status, body }, { status, body }, { status, body });
      expect(await refusal(logs().probe(live))).toMatchObject({
        message: expect.stringContaining(reason.slice(0, 40)),
        fix: expect.stringContaining(fix),
      });
    });

    it('with a refusal of AWS names the IAM action', async () => {
      const body =
        '{"Message":"User: arn:aws:iam::1:user/x is not authorized to perform: es:ESHttpPost because no policy allows it"}';
      server.fail({ status: 403, body });
      expect(await refusal(readAll(logs()))).toMatchObject({ fix: expect.stringContaining('allow es:ESHttpPost') });
    });

    it('for a moment is tried again [logs:vendors:faults]', async () => {
      server.documents = [document(1, { message: 'hello' })];
      server.fail(undefined, 'reset', { status: 429, body: '{}' });
      expect(messages(await readAll(logs()))).toEqual(['hello']);
    });

    it.each([
      ['half', 'no JSON'],
      [{ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' }, 'page for browsers'],
      [{ status: 200, body: '{"hits":{"hits":[]}}' }, '_shards'],
      [{ status: 500, body: '{"error":{"type":"x","reason":"boom"}}' }, 'boom'],
      ['hang', 'within 1 s'],
    ] as const)(
      'as %j in a search is an error, and leaves no point in time [logs:cluster:point-in-time]',
      async (fault, message) => {
        server.fail(undefined, fault);
        const error = await refusal(readAll(logs({ timeout_s: 1 })));
        expect(error).toMatchObject({ code: 'provider_unavailable', message: expect.stringContaining(message) });
        expect(server.points.size).toBe(0);
      },
    );

    it('after the first page leaves a partial answer [logs:vendors:faults]', async () => {
      server.documents = events(1_500, (n) => onset + n);
      server.fail(undefined, undefined, { status: 500, body: 'boom' });
      expect(await readAll(logs())).toMatchObject({
        truncated: true,
        warnings: [expect.stringContaining('after 1000 entries')],
      });
    });

    it('with documents of 10 MB is read in small pages [logs:vendors:faults]', async () => {
      server.documents = [0, 1, 2].map((n) => document(n, { message: `${n} ${'x'.repeat(10_000_000)}` }));
      const { entries, truncated } = await readAll(logs());
      expect(entries).toHaveLength(3);
      expect(truncated).toBe(false);
      for (const { raw, message } of entries) expect(raw.length + message.length).toBeLessThan(140_000);
    });
  });

  it.each([
    ['while it is opened', [{ lateMs: 300 }]],
    ['in a search', [undefined, 'hang']],
  ] as const)('deletes the point in time when the caller leaves %s [logs:cluster:point-in-time]', async (_, faults) => {
    server.fail(...faults);
    const caller = new AbortController();
    const act = readAll(logs(), {}, caller.signal);
    void leaveAfter(faults.length, server, caller);
    await expect(act).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server.seen.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });

  it('probes with one document and says how new it is', async () => {
    expect(await logs().probe(live)).toContain('no document');
    server.documents = [document(1, { message: 'hello' }), document(2, { message: 'newer' })];
    expect(await logs().probe(live)).toContain('the newest document is of 2025-11-03T13:58:00.002Z in logs-*');
  });
});

it.each([
  [{ api_key: 'a', token: 'b' }],
  [{ user: 'a' }],
  [{ token: 'a', aws: { region: 'eu-west-1' } }],
  [{ aws: { region: 'nowhere' } }],
  [{ index: 'a/b' }],
  [{ index: '' }],
  [{ key: 'k' }],
  [{ fields: { time: 'x' } }],
])('%j cannot be configured', (settings) => {
  expect(elasticsearch.settings.safeParse({ url: 'http://localhost', index: 'a', ...settings }).success).toBe(false);
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature by the steps of "Create a signed AWS API request": paths are encoded twice, and query and headers sorted. */
function signatureOf({ method, path, headers, body }: SeenRequest, scope: string): string {
  const [plainPath = '', query = ''] = path.split('?');
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
  const date = String(headers['x-amz-date']);
  const twice = plainPath
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/');
  const canonical = [
    method,
    twice,
    query.split('&').toSorted().join('&'),
    ...signed.split(';').map((name) => `${name}:${String(headers[name]).trim().replaceAll(/\s+/g, ' ')}`),
    '',
    signed,
    sha256(body),
  ].join('\n');
  const credential = `${date.slice(0, 8)}/${scope}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, credential, sha256(canonical)].join('\n');
  const key = credential
    .split('/')
    .reduce<string | Buffer>((key, part) => hmac(key, part), 'AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  return createHmac('sha256', key).update(toSign).digest('hex');
}
