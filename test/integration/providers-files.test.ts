import { createHash, generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { files } from '#providers/files.ts';
import { openmetrics } from '#providers/openmetrics.ts';

/** An account that owns nothing. */
const NOBODY = 65_534;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fixgate-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (text: string) => Date.parse(text);
const window = { since: at('2025-11-03T13:00:00Z'), until: at('2025-11-03T14:00:00Z') };
const live = new AbortController().signal;

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function read(settings: Record<string, unknown>, query: Partial<LogQuery> = {}) {
  const source = files.capabilities.logs?.(files.settings.parse({ paths: [folder], ...settings }), {
    clock: systemClock,
  });
  if (source === undefined) throw new Error('files have no logs');
  const entries: LogEntry[] = [];
  const warnings: string[] = [];
  let scannedBytes = 0;
  for await (const batch of source.read({ window, ...query }, live)) {
    entries.push(...batch.entries);
    warnings.push(...(batch.warnings ?? []));
    scannedBytes += batch.scannedBytes;
  }
  return { entries, warnings, scannedBytes };
}

const line = (minute: number, text: string) => `2025-11-03T13:${String(minute).padStart(2, '0')}:00Z ${text}\n`;
const messages = (entries: readonly LogEntry[]) => entries.map(({ message }) => message).toSorted();

describe('choosing files', () => {
  beforeEach(async () => {
    await write('app.log', line(30, 'INFO now'));
    await write('app.log.1', line(20, 'INFO rotated'));
    await write('app.log.2.gz', gzipSync(line(10, 'INFO packed')));
    await write('app-2025-11-02.log', line(5, 'INFO dated'));
    await write('deep/worker.log', line(31, 'INFO deep'));
    await write('deep/.hidden.log', line(31, 'INFO hidden'));
    await write('metrics.prom', 'requests 1\n');
  });

  it.each([
    ['a file brings its rotated siblings', ['app.log'], ['INFO dated', 'INFO now', 'INFO packed', 'INFO rotated']],
    [
      'a folder brings everything below it that may be a log',
      ['.'],
      ['INFO dated', 'INFO deep', 'INFO now', 'INFO packed', 'INFO rotated'],
    ],
    ['a glob brings what it matches', ['**/w*.log'], ['INFO deep']],
    ['a file named twice is read once', ['app.log.1', 'app.log.1', '*.1'], ['INFO rotated']],
    ['rotated siblings count without the file itself', ['gone.log', 'deep'], ['INFO deep']],
  ])('%s', async (_, paths, expected) => {
    const { entries, warnings } = await read({ paths: paths.map((path) => join(folder, path)) });
    expect(messages(entries)).toStrictEqual(expected);
    expect(warnings).toStrictEqual([]);
  });

  it('follows symlinks and reads a file once, whatever its names', async () => {
    await symlink(join(folder, 'app.log'), join(folder, 'current.log'));
    await symlink(folder, join(folder, 'deep', 'loop'));
    const { entries } = await read({});
    expect(messages(entries).filter((message) => message === 'INFO now')).toHaveLength(1);
  });

  it('says where each entry came from', async () => {
    const { entries } = await read({ paths: [join(folder, 'app.log')] });
    expect(entries.map(({ origin }) => origin)).toContain('app.log.2.gz@0');
  });

  it('does not open files that were last written long before the window', async () => {
    const path = join(folder, 'app.log.1');
    await utimes(path, window.since / 1_000 - 200_000, window.since / 1_000 - 200_000);
    const { entries } = await read({ paths: [join(folder, 'app.log')] });
    expect(messages(entries)).not.toContain('INFO rotated');
  });
});

describe('what cannot be read', () => {
  it('says what no path matches, and what to do', async () => {
    await expect(read({ paths: [join(folder, 'none/*.log')] })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('none/*.log'),
    });
  });

  it('warns of an unreadable file and reads the others', async () => {
    await write('a.log', line(1, 'INFO fine'));
    await chmod(await write('b.log', line(2, 'INFO secret')), 0o000);
    // Root may read all.
    const isRoot = process.geteuid?.() === 0;
    await chmod(folder, 0o755);
    if (isRoot) process.seteuid?.(NOBODY);
    const { entries, warnings } = await read({}).finally(() => isRoot && process.seteuid?.(0));
    expect(messages(entries)).toStrictEqual(['INFO fine']);
    expect(warnings.join()).toContain('permission denied');
  });

  it('warns of a file that is no text and reads the others', async () => {
    await write('a.log', line(1, 'INFO fine'));
    await write('core.dump', Buffer.from([1, 0, 2, 0]));
    const { entries, warnings } = await read({});
    expect(messages(entries)).toStrictEqual(['INFO fine']);
    expect(warnings.join()).toMatch(/core\.dump.*not a text file/);
  });

  it('fails when nothing can be read at all', async () => {
    await write('a.log', Buffer.from([1, 0, 2, 0]));
    await expect(read({})).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('keeps what a file holds that was cut short while it was packed', async () => {
    const packed = gzipSync(
      Array.from({ length: 2_000 }, (_, n) => line(n % 60, `INFO event ${n} ${Math.sin(n)}`)).join(''),
    );
    await write('a.log.gz', packed.subarray(0, packed.length / 2));
    const { entries } = await read({});
    expect(entries.length).toBeGreaterThan(500);
  });

  it('warns of a gzip file that is damaged', async () => {
    const packed = gzipSync(
      Array.from({ length: 2_000 }, (_, n) => line(n % 60, `INFO event ${Math.sin(n)}`)).join(''),
    );
    packed.fill(0xff, 1_000, 2_000);
    await write('a.log', line(1, 'INFO fine'));
    await write('b.log.gz', packed);
    const { warnings } = await read({});
    expect(warnings.join()).toContain('b.log.gz was not read to its end');
  });
});

describe('hostile and unusual content', () => {
  it('cuts a line of 10 MB, says so, and goes on', async () => {
    await write('a.log', line(1, `ERROR ${'x'.repeat(10 * 1024 * 1024)}`) + line(2, 'INFO after'));
    const { entries, scannedBytes } = await read({});
    expect(entries).toHaveLength(2);
    expect(entries[0]?.raw.length).toBeLessThan(66_000);
    expect(entries[0]?.raw).toMatch(/…\(\+\d{8} bytes\)$/);
    expect(scannedBytes).toBeGreaterThan(10 * 1024 * 1024);
  });

  it('keeps lines with invalid UTF-8, line ends of Windows and a byte order mark', async () => {
    await write(
      'a.log',
      Buffer.concat([
        Buffer.from('\uFEFF'),
        Buffer.from(line(1, 'ERROR caf')).subarray(0, -1),
        Buffer.from([0xff, 0x0d, 0x0a]),
      ]),
    );
    const { entries } = await read({});
    expect(entries).toMatchObject([{ at: at('2025-11-03T13:01:00Z'), level: 'error', message: 'ERROR caf\uFFFD' }]);
  });

  it.each([
    ['plain text', (minute: number, text: string) => line(minute, `INFO  ${text}`)],
    [
      'JSON',
      (minute: number, text: string) =>
        `${JSON.stringify({ time: `2025-11-03T13:${String(minute).padStart(2, '0')}:00Z`, msg: text })}\n`,
    ],
  ])(
    'masks the lines of a private key that are events by themselves: %s [outbound:logs:key-lines]',
    async (_, lineOf) => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
      const pem = String(privateKey.export({ type: 'pkcs1', format: 'pem' }))
        .trim()
        .split('\n');
      const hash = createHash('sha512').update('x').digest('base64');
      const lines = ['before', ...pem, 'after', hash];
      await write('app.log', lines.map((text, minute) => lineOf(minute, text)).join(''));
      const { entries } = await read({});
      const told = entries.map(({ message }) => message.replace(/^INFO\s+/, ''));
      expect(told.slice(2, -3)).toStrictEqual(pem.slice(1, -1).map(() => '[masked:private-key]'));
      expect([told[0], ...told.slice(-2)]).toStrictEqual(['before', 'after', hash]);
      const all = JSON.stringify(entries);
      for (const secret of pem.slice(1, -1)) expect(all).not.toContain(secret);
      const source = files.capabilities.logs?.(files.settings.parse({ paths: [folder] }), { clock: systemClock });
      expect((await source?.event?.(entries[5]?.origin ?? '', live))?.raw).toContain('[masked:private-key]');
    },
  );

  it('holds memory steady while it streams 300 MB, packed in several gzip members [logs:size:streamed, logs:formats:read]', async () => {
    const member = gzipSync(
      Array.from({ length: 500 }, (_, n) => line(n % 60, `INFO ${'payload '.repeat(2_500)}`)).join(''),
    );
    await write('a.log.gz', Buffer.concat(Array.from({ length: 30 }, () => member)));
    const before = process.memoryUsage().rss;
    const { entries, scannedBytes } = await read({}, { text: 'no such words' });
    expect(entries).toStrictEqual([]);
    expect(scannedBytes).toBeGreaterThan(300_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });
});

describe('events of several lines', () => {
  const trace = {
    node: "TypeError: Cannot read properties of undefined (reading 'total')\n    at CartService.total (/app/src/cart.js:88:12)\n    at /app/src/server.js:12:3",
    java: 'java.lang.IllegalStateException: failed\n\tat com.acme.Cart.total(Cart.java:88)\nCaused by: java.io.IOException: broken pipe\n\tat com.acme.Psp.call(Psp.java:4)\n\t... 12 more',
    python:
      'Traceback (most recent call last):\n  File "/app/cart.py", line 88, in total\n    return 1 / 0\nZeroDivisionError: division by zero\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "/app/web.py", line 1, in post\nValueError: bad cart',
    go: 'panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.(*Cart).Total(...)\n\t/app/cart.go:88\nmain.main()\n\t/app/main.go:12 +0x1d\nexit status 2',
    dotnet:
      'Unhandled exception. System.InvalidOperationException: bad\n ---> System.IO.IOException: pipe\n   at Acme.Psp.Call() in /src/Psp.cs:line 4\n   --- End of inner exception stack trace ---\n   at Acme.Cart.Total() in /src/Cart.cs:line 88',
    ruby: "/app/cart.rb:88:in `total': undefined method `x' (NoMethodError)\n\tfrom /app/server.rb:12:in `post'",
  };

  it.each(Object.entries(trace))('a trace of %s on its own is one error [logs:formats:read]', async (_, text) => {
    await write('a.log', `${line(1, 'INFO before')}${text}\n${line(2, 'INFO after')}`);
    const { entries } = await read({});
    expect(entries.map(({ message }) => message)).toStrictEqual(['INFO before', expect.any(String), 'INFO after']);
    expect(entries[1]).toMatchObject({ at: at('2025-11-03T13:01:00Z'), origin: 'a.log@33' });
    expect(['error', 'fatal']).toContain(entries[1]?.level);
    expect(entries[1]?.raw.split('\n')).toHaveLength(text.split('\n').filter(Boolean).length);
  });

  it.each(Object.entries(trace).filter(([name]) => name !== 'go'))(
    'a trace of %s belongs to the error line before it',
    async (_, text) => {
      await write('a.log', `${line(1, 'ERROR order failed')}${text}\n${line(2, 'INFO after')}`);
      const { entries } = await read({});
      expect(entries.map(({ message }) => message)).toStrictEqual(['ERROR order failed', 'INFO after']);
      expect(entries[0]?.raw).toContain(text.split('\n').at(-1));
    },
  );

  it('names a bare Python traceback by its exception', async () => {
    await write('a.log', `${line(1, 'INFO before')}${trace.python}\n`);
    const { entries } = await read({}, { level: 'error' });
    expect(entries.map(({ message }) => message)).toStrictEqual(['ValueError: bad cart']);
  });

  it('keeps a crash between JSON lines apart from them', async () => {
    const json = (minute: number) =>
      `${JSON.stringify({ time: at(`2025-11-03T13:0${minute}:00Z`), level: 30, msg: 'fine' })}\n`;
    await write('a.log', `${json(1)}${trace.node}\n${json(2)}`);
    const { entries } = await read({});
    expect(entries.map(({ level }) => level)).toStrictEqual(['info', 'error', 'info']);
  });
});

describe('metrics recorded scrape by scrape', () => {
  it('dates a scrape by its file name, else by its last write, gzip included [metrics:sources:openmetrics]', async () => {
    await write('scrape-2025-11-03T13-10-00Z.prom', '# TYPE queue_size gauge\nqueue_size 5\n');
    await write('scrape-2025-11-03T13-11-00Z.prom.gz', gzipSync('queue_size 7\n'));
    const last = await write('scrape.prom', 'queue_size{odd="a\\"b} c"} 9 # {trace="x"} 1\n');
    await utimes(last, at('2025-11-03T13:12:00Z') / 1_000, at('2025-11-03T13:12:00Z') / 1_000);
    const source = openmetrics.capabilities.metrics?.(openmetrics.settings.parse({ paths: [folder] }), {
      clock: systemClock,
    });
    const answer = await source?.query(
      {
        query: 'queue_size',
        window: { since: at('2025-11-03T13:10:00Z'), until: at('2025-11-03T13:13:00Z') },
        stepMs: 60_000,
      },
      live,
    );
    expect(
      answer?.series.map(({ labels, points }) => ({ labels, values: points.map(([, value]) => value) })),
    ).toStrictEqual([
      { labels: {}, values: [5, 7, 7] },
      { labels: { odd: 'a"b} c' }, values: [9] },
    ]);
    expect(await source?.search('queue', 5, live)).toStrictEqual([
      { name: 'queue_size', type: 'gauge', help: '', unit: '' },
    ]);
  });

  it('says what no path matches', async () => {
    const source = openmetrics.capabilities.metrics?.(openmetrics.settings.parse({ paths: [join(folder, 'x.om')] }), {
      clock: systemClock,
    });
    await expect(source?.query({ query: 'up', window, stepMs: 60_000 }, live)).rejects.toMatchObject({
      code: 'misconfigured',
    });
  });

  it('says of what is there how much it is, and fails where no path matches [cli:doctor:providers]', async () => {
    const probe = (...paths: readonly string[]) =>
      openmetrics.capabilities.metrics?.(openmetrics.settings.parse({ paths }), { clock: systemClock }).probe?.(live);
    await write('a.prom', 'up 1\n');
    await write('b.jpeg', '');
    expect(await probe(folder, join(folder, 'gone.om'))).toMatch(/^1 file, 0\.0 MB, last written 2/);
    await expect(probe(join(folder, 'gone.om'), join(folder, '*.om'))).rejects.toMatchObject({
      code: 'misconfigured',
      message: `No metrics file matches ${join(folder, 'gone.om')}, ${join(folder, '*.om')}.`,
    });
  });
});
