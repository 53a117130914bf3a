import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { HttpSettings } from '#providers/http.ts';
import { createHttp } from '#providers/http.ts';
import type { WireRequest } from '#providers/http/transport.ts';
import { prometheus } from '#providers/prometheus.ts';

import type { MutualTlsServer } from '../support/mutual-tls.ts';
import { hasOpenssl, serveMutualTls } from '../support/mutual-tls.ts';
import { missing } from '../support/needs.ts';

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

/** A local server that gives one prepared reply per request, the last one again and again. */
async function listen() {
  const seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  let replies: Reply[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      (replies.length > 1 ? replies.shift() : replies[0])?.(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (...next: Reply[]) => void (replies = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const live = new AbortController().signal;

let server: Awaited<ReturnType<typeof listen>>;
beforeEach(async () => {
  server = await listen();
});
afterEach(() => server[Symbol.asyncDispose]());

const client = (settings: Partial<HttpSettings> = {}) =>
  createHttp(
    { title: 'Vendor', url: `${server.url}/base`, headers: { authorization: 'Bearer t0ken' }, ...settings },
    { clock: systemClock },
  );
const read = (settings: Partial<HttpSettings> = {}, params: Record<string, string> = { q: 'a b' }, signal = live) =>
  client(settings).read({ path: 'api/v1/query', params }, signal);

describe('a request', () => {
  it('goes below the configured path with parameters and credentials', async () => {
    server.answer(json(200, { fine: true }));
    expect(await read()).toStrictEqual({ fine: true });
    expect(server.seen).toMatchObject([
      { method: 'GET', url: '/base/api/v1/query?q=a+b', headers: { authorization: 'Bearer t0ken' } },
    ]);
  });

  it('becomes a form when its parameters are long', async () => {
    server.answer(json(200, {}));
    await read({}, { q: 'x'.repeat(5_000) });
    expect(server.seen).toMatchObject([{ method: 'POST', url: '/base/api/v1/query', body: `q=${'x'.repeat(5_000)}` }]);
  });

  it.each([429, 502, 503, 504])('is tried again after %d', async (status) => {
    server.answer(json(status, {}), json(200, { fine: true }));
    expect(await read()).toStrictEqual({ fine: true });
    expect(server.seen).toHaveLength(2);
  });

  it('is tried again after a lost connection', async () => {
    server.answer((request) => request.socket.destroy(), json(200, { fine: true }));
    expect(await read()).toStrictEqual({ fine: true });
  });

  it('waits as long as the vendor asks', async () => {
    server.answer(json(429, {}, { 'retry-after': '1' }), json(200, {}));
    const start = performance.now();
    await read();
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  it('is not tried again when the vendor asks to wait beyond the deadline', async () => {
    server.answer(json(429, {}, { 'retry-after': '3600' }));
    await expect(read()).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('Retry-After 3600'),
    });
    expect(server.seen).toHaveLength(1);
  });

  it('is tried three times at most', async () => {
    server.answer(json(503, { error: 'overloaded' }));
    await expect(read()).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('overloaded'),
    });
    expect(server.seen).toHaveLength(3);
  });
});

describe('a body', () => {
  it('goes as JSON with POST and DELETE, and its answer is read as JSON', async () => {
    server.answer(json(200, { fine: true }));
    for (const method of ['POST', 'DELETE'] as const)
      await client().read({ method, path: 'x', params: { keep_alive: '1m' }, json: { id: 'ü' } }, live);
    expect(server.seen).toMatchObject(
      ['POST', 'DELETE'].map((method) => ({
        method,
        url: '/base/x?keep_alive=1m',
        body: '{"id":"ü"}',
        headers: { 'content-type': 'application/json', 'content-length': '11' },
      })),
    );
  });

  it('is signed anew for each attempt [logs:cluster:signed]', async () => {
    server.answer(json(503, {}), json(200, {}));
    let signatures = 0;
    const authorize = async ({ method, url, body }: WireRequest) => ({
      'x-signature': `${method} ${url.pathname} ${body} ${(signatures += 1)}`,
    });
    await client({ authorize }).read({ method: 'POST', path: 'x', params: {}, json: {} }, live);
    expect(server.seen.map(({ headers }) => headers['x-signature'])).toEqual([
      'POST /base/x {} 1',
      'POST /base/x {} 2',
    ]);
  });
});

describe('a rate limit', () => {
  const limits = (remaining: number, reset: number) => ({
    'x-ratelimit-limit': '100',
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(reset),
  });
  const twice = async (settings: Partial<HttpSettings> = {}) => {
    const same = client(settings);
    await same.read({ path: 'x', params: {} }, live);
    const start = performance.now();
    await same.read({ path: 'x', params: {} }, live);
    return performance.now() - start;
  };

  it.each([
    ['in seconds', () => 1],
    ['as a time', () => Math.ceil(Date.now() / 1_000) + 1],
  ])(
    'of which less than a fifth is left is waited for until its reset %s [logs:vendors:head-room]',
    async (_, reset) => {
      server.answer(json(200, {}, limits(19, reset())));
      expect(await twice()).toBeGreaterThan(800);
    },
  );

  it('with room left is not waited for', async () => {
    server.answer(json(200, {}, limits(20, 60)));
    // The reset is a minute away.
    expect(await twice()).toBeLessThan(10_000);
  });

  it('that resets beyond the deadline is left to humans, with an error that says when [logs:vendors:head-room]', async () => {
    server.answer(json(200, {}, limits(5, 60)));
    await expect(twice()).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('kept for humans'),
      evidence: { retry_after_s: 60 },
    });
    expect(server.seen).toHaveLength(1);
  });

  it('that is used up is waited for before the next attempt', async () => {
    server.answer(json(429, {}, { ...limits(0, 1) }), json(200, { fine: true }));
    const start = performance.now();
    expect(await read()).toStrictEqual({ fine: true });
    expect(performance.now() - start).toBeGreaterThan(900);
  });
});

describe.skipIf(missing('openssl', hasOpenssl) !== undefined)('TLS, where the program openssl is installed', () => {
  let secure: MutualTlsServer;
  beforeAll(async () => {
    secure = await serveMutualTls((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"fine":true}'),
    );
  });
  afterAll(() => secure[Symbol.asyncDispose]());
  const tls = () => ({ ca: secure.ca, cert: secure.cert, key: secure.key });

  it('trusts a private authority and shows a certificate of its own [evidence:vendors:tls]', async () => {
    expect(await read({ url: secure.url, tls: tls() })).toStrictEqual({ fine: true });
    await expect(read({ url: secure.url, tls: { ca: tls().ca } })).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  it('refuses an authority that nobody named, and says which setting names it [evidence:vendors:tls]', async () => {
    await expect(read({ url: secure.url })).rejects.toMatchObject({
      code: 'provider_rejected',
      fix: expect.stringContaining('set ca for Vendor'),
    });
  });

  it.each([
    ['is not there', 'nothing.pem', 'ENOENT'],
    ['is no certificate', 'note.txt', 'no PEM'],
  ])('names a file that %s', async (_, name, why) => {
    await writeFile(join(secure.folder, 'note.txt'), 'hello');
    await expect(read({ url: secure.url, tls: { ca: join(secure.folder, name) } })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining(why),
    });
  });
});

describe('an answer', () => {
  it('may be compressed, and is counted as it is read', async () => {
    const packed =
      (body: string): Reply =>
      (_, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body));
    server.answer(packed('{"fine":true}'), packed(JSON.stringify('x'.repeat(17 * 1024 * 1024))));
    expect(await read()).toStrictEqual({ fine: true });
    expect(server.seen[0]?.headers['accept-encoding']).toBe('gzip');
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining('16 MiB') });
  });

  it.each([
    ['a text', 'too many outstanding requests\n', 'too many outstanding requests'],
    ['a list of texts', '{"errors":["bad query","at 5"]}', 'bad query; at 5'],
    ['a list of objects', '{"errors":[{"status":"400","title":"Invalid","detail":"no such facet"}]}', 'no such facet'],
    [
      'an object with its cause',
      '{"error":{"root_cause":[{"type":"parse","reason":"at 5"}],"type":"search","reason":"all failed"}}',
      'parse: at 5',
    ],
    ['a message of AWS', '{"Message":"not authorized"}', 'not authorized'],
    ['JSON that is a text', '"silence not found"', 'silence not found'],
    ['a page', '<html>Bad gateway</html>', 'refused the query (400).'],
  ])('of an error may be %s', async (_, body, said) => {
    server.answer((_, response) => response.writeHead(400).end(body));
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining(said), evidence: { status: 400 } });
  });

  it.each([
    [401, 'provider_rejected'],
    [403, 'provider_rejected'],
    [400, 'invalid_input'],
    [422, 'invalid_input'],
    [404, 'provider_unavailable'],
    [500, 'provider_unavailable'],
  ])('of status %d is %s, in the words of the vendor', async (status, code) => {
    server.answer(
      json(status, { status: 'error', errorType: 'x', error: `line 1:\u001B[31m because ${'y'.repeat(5_000)}` }),
    );
    const error: unknown = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining('line 1: [31m because') });
    expect((error as Error).message.length).toBeLessThan(1_300);
    expect(server.seen).toHaveLength(1);
  });

  it('that is no JSON is named so', async () => {
    server.answer((_, response) => response.end('<html>Log in</html>'));
    await expect(read()).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('no JSON'),
    });
  });

  it('that is cut off is an error', async () => {
    server.answer((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"a":');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(read()).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('beyond 16 MiB is refused before it is read to its end [evidence:vendors:bounded]', async () => {
    let sent = 0;
    server.answer((_, response) => {
      const block = Buffer.alloc(1024 * 1024, 'x');
      const more = () => {
        if (response.destroyed || sent > 64) return;
        sent++;
        if (response.write(block)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    await expect(read()).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('16 MiB') });
    expect(sent).toBeLessThan(40);
  });

  it('that never comes ends at the deadline [evidence:vendors:bounded]', async () => {
    server.answer(() => undefined);
    const start = performance.now();
    await expect(read({ timeoutMs: 200 })).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('0.2 s'),
    });
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('is not waited for when the caller is gone', async () => {
    server.answer(() => undefined);
    const caller = new AbortController();
    const act = read({}, {}, caller.signal);
    setTimeout(() => caller.abort(), 50);
    await expect(act).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('may redirect within the origin', async () => {
    server.answer(
      (_, response) => response.writeHead(302, { location: '/elsewhere?q=1' }).end(),
      json(200, { fine: true }),
    );
    expect(await read()).toStrictEqual({ fine: true });
    expect(server.seen[1]).toMatchObject({ url: '/elsewhere?q=1', headers: { authorization: 'Bearer t0ken' } });
  });

  it('may not redirect to another origin, which never sees the credentials [evidence:vendors:bounded]', async () => {
    await using other = await listen();
    other.answer(json(200, {}));
    server.answer((_, response) => response.writeHead(307, { location: other.url }).end());
    await expect(read()).rejects.toMatchObject({
      code: 'provider_rejected',
      message: expect.stringContaining(other.url),
    });
    expect(other.seen).toStrictEqual([]);
  });

  it('may not redirect in circles', async () => {
    server.answer((_, response) => response.writeHead(302, { location: '/again' }).end());
    await expect(read()).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(server.seen.length).toBeLessThan(6);
  });
});

it('says that a server which is not there cannot be reached', async () => {
  const gone = await listen();
  await gone[Symbol.asyncDispose]();
  await expect(read({ url: gone.url })).rejects.toMatchObject({
    code: 'provider_unavailable',
    message: expect.stringContaining('cannot be reached'),
  });
});

describe('Prometheus', () => {
  const source = (settings: Record<string, unknown> = {}) => {
    const made = prometheus.capabilities.metrics?.(prometheus.settings.parse({ url: server.url, ...settings }), {
      clock: systemClock,
    });
    if (made === undefined) throw new Error('prometheus has no metrics');
    return made;
  };
  const matrix = (result: unknown) => json(200, { status: 'success', data: { resultType: 'matrix', result } });
  const query = { query: 'up', window: { since: 1_000_000, until: 1_060_000 }, stepMs: 15_000 };

  it('sends seconds, a token and the tenant [metrics:sources:prometheus]', async () => {
    server.answer(matrix([]));
    await source({ token: 's3cret', headers: { 'X-Scope-OrgID': 'team-a' } }).query(query, live);
    const headers = { authorization: 'Bearer s3cret', 'x-scope-orgid': 'team-a' };
    // The series are counted before they are read.
    expect(server.seen).toMatchObject([
      { url: expect.stringContaining('query=count'), headers },
      { url: '/api/v1/query_range?query=up&start=1000&end=1059.999&step=15', headers },
    ]);
  });

  it('widens the step so that a series has at most 11,000 points', async () => {
    server.answer(matrix([]));
    const day = 86_400_000;
    await source().query({ query: 'up', window: { since: 0, until: 7 * day }, stepMs: 1_000 }, live);
    expect(server.seen.at(-1)?.url).toContain('step=60');
  });

  it('takes NaN and infinities for gaps, and says when they were', async () => {
    server.answer(
      matrix([
        {
          metric: { __name__: 'up', job: 'a' },
          values: [
            [1_000, '1'],
            [1_015, 'NaN'],
            [1_030, '+Inf'],
            [1_045.5, '-2.5e3'],
          ],
        },
      ]),
    );
    expect((await source().query(query, live)).series).toStrictEqual([
      {
        name: 'up',
        labels: { job: 'a' },
        points: [
          [1_000_000, 1],
          [1_045_500, -2_500],
        ],
        notNumbers: [1_015_000, 1_030_000],
      },
    ]);
  });

  it('says what to do about native histograms', async () => {
    server.answer(matrix([{ metric: {}, histograms: [[1_000, { count: '1' }]] }]));
    await expect(source().query(query, live)).rejects.toMatchObject({
      code: 'invalid_input',
      fix: expect.stringContaining('histogram_quantile'),
    });
  });

  it('hands on what Prometheus says of a wrong query', async () => {
    server.answer(
      json(400, {
        status: 'error',
        errorType: 'bad_data',
        error: 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis',
      }),
    );
    await expect(source().query(query, live)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('1:5: parse error: unclosed'),
    });
  });

  it('names the place where an answer has an unknown form', async () => {
    server.answer(json(200, { status: 'success', data: { resultType: 'matrix' } }));
    await expect(source().query(query, live)).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringContaining('data.result'),
    });
  });

  it('lists metrics of servers that keep no metadata', async () => {
    server.answer((request, response) =>
      request.url?.includes('metadata') === true
        ? json(404, {})(request, response)
        : json(200, { status: 'success', data: ['up', 'down'] })(request, response),
    );
    expect(await source().search('up', 10, live)).toStrictEqual([{ name: 'up', type: '', help: '', unit: '' }]);
  });

  it.each([['ftp://x'], ['http://user:pw@host'], ['no url']])('refuses %s as its address', (url) => {
    expect(prometheus.settings.safeParse({ url }).success).toBe(false);
  });
});
