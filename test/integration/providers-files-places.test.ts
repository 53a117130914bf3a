import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, open, rename, rm, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { files } from '#providers/files.ts';
import type { LogSource } from '#providers/sources.ts';

import { hasProgram, missing } from '../support/needs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fixgate-places-'));
});
afterEach(() => rm(folder, { recursive: true }));

const since = Date.parse('2025-11-03T13:00:00Z');
const window = { since, until: since + 3_600_000 };
const live = new AbortController().signal;

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

function sourceOf(paths: readonly string[] = [folder]): LogSource {
  const source = files.capabilities.logs?.(files.settings.parse({ paths }), { clock: systemClock });
  if (source === undefined) throw new Error('files have no logs');
  return source;
}

/** `meanwhile` happens after the files were listed and before the first one is opened. */
async function read(source: LogSource, query: Partial<LogQuery> = {}, meanwhile?: () => Promise<unknown>) {
  const entries: LogEntry[] = [];
  const warnings: string[] = [];
  let [scannedBytes, truncated, batches] = [0, false, 0];
  for await (const batch of source.read({ window, ...query }, live)) {
    if (batches++ === 0) await meanwhile?.();
    entries.push(...batch.entries);
    warnings.push(...(batch.warnings ?? []));
    scannedBytes += batch.scannedBytes;
    truncated ||= batch.truncated === true;
  }
  return { entries, warnings, scannedBytes, truncated };
}

const iso = (at: number) => new Date(at).toISOString();
const line = (second: number, text: string) => `${iso(since + second * 1_000)} ${text}\n`;
const messages = (entries: readonly LogEntry[]) => entries.map(({ message }) => message);

/** A line of syslog from the day of the window. */
const levelAt = (at: number) => ['INFO', 'DEBUG', 'WARN', 'ERROR'][(at / 1_000) % 4];
const syslog = (at: number) => `Nov  3 ${iso(at).slice(11, 19)} web-1 shop[7]: event ${'x'.repeat(100)}`;

/** About `megabytes` of lines over a day, in the order of time. */
function day(megabytes: number): { readonly text: string; readonly count: number } {
  const count = megabytes * 5_000;
  const step = 86_400_000 / count;
  const start = since - 12 * 3_600_000;
  const lines = Array.from(
    { length: count },
    (_, n) => `${iso(Math.floor(start + n * step))} INFO event ${n} ${'x'.repeat(160)}\n`,
  );
  return { text: lines.join(''), count };
}

describe('packed and exported logs', () => {
  it('reads zstd, and what a packed file holds that was cut short [logs:files:packed]', async () => {
    const text = Array.from({ length: 3_000 }, (_, n) => line(n % 60, `INFO event ${n} ${Math.sin(n)}`)).join('');
    const packed = zstdCompressSync(text);
    await write('a.log.zst', packed);
    expect((await read(sourceOf())).entries).toHaveLength(3_000);
    await write('a.log.zst', packed.subarray(0, packed.length - 20));
    const { entries } = await read(sourceOf());
    expect(entries.length).toBeGreaterThan(500);
    expect(entries.length).toBeLessThan(3_000);
  });

  it('reads a file once while it is being packed [logs:files:rotated]', async () => {
    await write('app.log.1', line(1, 'INFO one') + line(2, 'INFO two'));
    await write('app.log.1.gz', gzipSync(line(1, 'INFO one')));
    expect(messages((await read(sourceOf())).entries)).toStrictEqual(['INFO one', 'INFO two']);
  });

  it.each([
    ['text', 'ERROR payments refused', 'error'],
    ['bytes, where it is not UTF-8', [...Buffer.from('payments refused')], 'warn'],
  ])('reads the JSON of journalctl, the message as %s [logs:files:journal]', async (_, MESSAGE, level) => {
    const record = { __REALTIME_TIMESTAMP: `${since + 1_500}250`, PRIORITY: level === 'error' ? '6' : '4' };
    await write('journal.json', `${JSON.stringify({ ...record, _SYSTEMD_UNIT: 'checkout.service', MESSAGE })}\n`);
    const { entries } = await read(sourceOf());
    expect(entries).toMatchObject([
      { at: since + 1_500, level, service: 'checkout', message: expect.stringContaining('payments refused') },
    ]);
  });

  it('reads the binary export of journalctl, values of several lines included [logs:files:journal]', async () => {
    const message = Buffer.from('Error: boom\n    at f (/app/a.js:1:1)');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(message.length));
    const head = (n: number) =>
      `__CURSOR=s=${n}\n__REALTIME_TIMESTAMP=${since + n}000\nSYSLOG_IDENTIFIER=cart\nPRIORITY=3\n`;
    const first = Buffer.concat([Buffer.from(`${head(1)}MESSAGE\n`), length, message, Buffer.from('\n\n')]);
    await write('journal.export', Buffer.concat([first, Buffer.from(`${head(2)}MESSAGE=second\n`)]));
    const { entries } = await read(sourceOf());
    expect(entries).toMatchObject([
      { at: since + 1, level: 'error', service: 'cart', message: message.toString() },
      { at: since + 2, message: 'second' },
    ]);
    expect(await sourceOf().event?.(entries[1]?.origin ?? '', live)).toMatchObject({ message: 'second' });
  });
});

describe('one event', () => {
  it('has an origin of its own where files of several folders have one name [logs:files:event]', async () => {
    await write('a/app.log', line(1, 'ERROR one'));
    await write('b/app.log', line(2, 'ERROR two'));
    await write('b/app.log.1.gz', gzipSync(line(3, 'ERROR three\n    at f (/app/a.js:1:1)') + line(4, 'INFO four')));
    const source = sourceOf();
    const { entries } = await read(source);
    expect(entries.map(({ origin }) => origin)).toStrictEqual([
      'a/app.log@0',
      'b/app.log@0',
      'b/app.log.1.gz@0',
      expect.stringMatching(/^b\/app\.log\.1\.gz@\d+$/),
    ]);
    for (const entry of entries) expect(await source.event?.(entry.origin, live)).toStrictEqual(entry);
  });

  it.each(['app.log@3', 'app.log@99999', 'gone.log@0', '../secret@0', 'no origin'])(
    'is none for the origin %j [logs:files:event]',
    async (origin) => {
      await write('app.log', line(1, 'ERROR one') + line(2, 'ERROR two'));
      expect(await sourceOf().event?.(origin, live)).toBeUndefined();
    },
  );
});

describe('reading little', () => {
  it('reads only the part of an ordered file that holds the window, and all of its events [logs:files:window]', async () => {
    const { text, count } = day(12);
    await write('app.log', text);
    const { entries, scannedBytes } = await read(sourceOf());
    expect(entries).toHaveLength(count / 24);
    expect(scannedBytes).toBeLessThan(text.length / 3);
  });

  it.each([
    ['ISO 8601', (at: number) => `${iso(at)} INFO event ${'x'.repeat(100)}`],
    [
      'ISO 8601 in another zone',
      (at: number) =>
        `[${iso(at + 7_200_000)
          .slice(0, 23)
          .replace('T', ' ')}+02:00] INFO event ${'x'.repeat(100)}`,
    ],
    ['epoch milliseconds', (at: number) => JSON.stringify({ level: 30, time: at, pad: 'x'.repeat(100), msg: 'event' })],
    [
      'epoch milliseconds behind a level',
      (at: number) => JSON.stringify({ level: levelAt(at), time: at, pad: 'x'.repeat(100), msg: 'event' }),
    ],
    ['klog', (at: number) => `I1103 ${iso(at).slice(11, 23)} 7 server.go:12] event ${'x'.repeat(100)}`],
    ['syslog', syslog],
    [
      'common log',
      (at: number) => `10.0.0.${at % 255} - - [03/Nov/2025:${iso(at).slice(11, 19)} +0000] "GET /${'x'.repeat(99)}"`,
    ],
  ])(
    'finds the same events in a large file as in a small one, with times in %s [logs:files:window]',
    async (_, toLine) => {
      const start = since - 6 * 3_600_000;
      const lines = Array.from({ length: 45_000 }, (__, n) => `${toLine(start + n * 1_000)}\n`);
      const path = await write('app.log', lines.join(''));
      // A time without a year is read against the last write.
      await utimes(path, window.until / 1_000 + 80_000, window.until / 1_000 + 80_000);
      const small = { since, until: since + 60_000 };
      const { entries, scannedBytes } = await read(sourceOf(), { window: small });
      expect(entries).toHaveLength(60);
      expect(scannedBytes).toBeLessThan(lines.join('').length / 2);
      const wide = { since: 0, until: 9e15 };
      expect((await read(sourceOf(), { window: wide })).entries).toHaveLength(45_000);
    },
  );

  it.each([
    ['a line of another clock', `${syslog(since + 5_000)} ERROR odd`],
    ['JSON', JSON.stringify({ pad: 'x'.repeat(600), time: since + 5_000, msg: 'odd' })],
    ['logfmt', `level=error msg=odd time=${iso(since + 5_000)}`],
    ['a line of a container', `${iso(since + 5_000)} stderr F odd`],
    ['a line with a better time', `Nov  3 07:10:00 web-1 shop[7]: ${iso(since + 5_000)} odd`],
  ])('loses nothing of a large file of syslog with %s in it [logs:files:window]', async (_, odd) => {
    const start = since - 6 * 3_600_000;
    const lines = Array.from({ length: 45_000 }, (__, n) => syslog(start + n * 1_000));
    for (const place of [4_200, 44_000]) {
      const path = await write('app.log', `${lines.toSpliced(place, 0, odd).join('\n')}\n`);
      await utimes(path, window.until / 1_000 + 80_000, window.until / 1_000 + 80_000);
      const { entries } = await read(sourceOf(), { window: { since, until: since + 60_000 }, text: 'odd' });
      expect(entries).toHaveLength(1);
    }
  });

  it.each([
    ['two numbers that may be its time', { level: 'INFO', from: 1e12, time: since + 5_000, msg: 'odd' }],
    ['a time far behind', { level: 'INFO', pad: 'x'.repeat(600), time: since + 5_000, msg: 'odd' }],
    [
      'a longer number where others have their time',
      { level: 'INFO', late: 17_621_712_000_001, time: since + 5_000, msg: 'odd' },
    ],
  ])('loses nothing of a large file of JSON with levels and %s in it [logs:files:window]', async (_, odd) => {
    const start = since - 6 * 3_600_000;
    const lines = Array.from({ length: 45_000 }, (__, n) => {
      const at = start + n * 1_000;
      return JSON.stringify({ level: levelAt(at), time: at, pad: 'x'.repeat(100), msg: 'event' });
    });
    for (const place of [4_200, 44_000]) {
      await write('app.log', `${lines.toSpliced(place, 0, JSON.stringify(odd)).join('\n')}\n`);
      const { entries } = await read(sourceOf(), { window: { since, until: since + 60_000 }, text: 'odd' });
      expect(entries).toHaveLength(1);
    }
  });

  it.each([
    ['syslog', syslog],
    ['ISO 8601', (at: number) => `${iso(at)} INFO event ${'x'.repeat(100)}`],
  ])('keeps what begins a large file of %s without a time [logs:files:window]', async (_, toLine) => {
    const start = since - 6 * 3_600_000;
    const lines = Array.from({ length: 45_000 }, (__, n) => toLine(start + n * 1_000));
    const path = await write('app.log', ['a banner without a time', ...lines, ''].join('\n'));
    await utimes(path, window.until / 1_000 + 80_000, window.until / 1_000 + 80_000);
    expect(messages((await read(sourceOf(), { text: 'banner' })).entries)).toStrictEqual(['a banner without a time']);
  });

  it('loses nothing of a file whose times jump back, wherever that is [logs:files:window]', async () => {
    const { text } = day(6);
    const jump = line(600, 'ERROR from another clock').repeat(50);
    for (const place of [text.indexOf('\n', 1_000) + 1, text.indexOf('\n', text.length * 0.51) + 1]) {
      await write('app.log', text.slice(0, place) + text.slice(0, place) + text.slice(place) + jump);
      const { entries } = await read(sourceOf(), { text: '"another clock"' });
      expect(entries).toHaveLength(50);
    }
  });

  it('reads the newest from the end and stops early [logs:files:newest]', async () => {
    const { text, count } = day(12);
    await write('app.log.1', line(-90_000, 'INFO old'));
    await write('app.log', text);
    const wide = { since: since - 86_400_000, until: since + 86_400_000 };
    const { entries, scannedBytes, truncated } = await read(sourceOf(), { window: wide, newest: 100 });
    expect(entries.map(({ message }) => message.split(' ')[2])).toStrictEqual(
      Array.from({ length: 100 }, (_, n) => String(count - 1 - n)),
    );
    expect(truncated).toBe(true);
    expect(scannedBytes).toBeLessThan(text.length / 3);
  });

  it('takes filters as words, each for itself [logs:files:filters]', async () => {
    await write('app.log', line(1, 'INFO team=a paid') + line(2, 'INFO team=b paid') + line(3, 'INFO team=a refused'));
    const { entries } = await read(sourceOf(), { filters: ['team=a', '"paid'] });
    expect(messages(entries)).toStrictEqual(['INFO team=a paid']);
  });
});

describe('files that change while they are read', () => {
  it('neither loses nor doubles an event when files are rotated [logs:files:rotated]', async () => {
    const path = await write('app.log', line(2, 'INFO newer'));
    await write('app.log.1', line(1, 'INFO older'));
    const { entries, warnings } = await read(sourceOf([path]), {}, async () => {
      await rename(`${path}.1`, `${path}.2`);
      await rename(path, `${path}.1`);
      await writeFile(path, line(3, 'INFO after the question'));
    });
    expect(messages(entries).toSorted()).toStrictEqual(['INFO newer', 'INFO older']);
    expect(warnings).toStrictEqual([]);
  });

  it('reads what a file held when it was opened, though it grows [logs:files:rotated]', async () => {
    const path = await write('app.log', line(1, 'INFO one'));
    let grown = 0;
    const source = sourceOf([path]);
    for await (const { entries } of source.read({ window }, live)) {
      grown += entries.length;
      await appendFile(path, line(2, 'INFO more').repeat(10));
    }
    expect(grown).toBeLessThan(100);
  });

  it('says that a file was truncated or removed, and reads the others [logs:files:faults]', async () => {
    const path = await write('app.log', line(1, `INFO ${'x'.repeat(1_000)}`).repeat(2_000));
    await write('other.log', line(2, 'INFO fine'));
    await write('z.log', line(3, 'INFO gone'));
    let batches = 0;
    const warnings: string[] = [];
    const found: string[] = [];
    for await (const batch of sourceOf().read({ window }, live)) {
      if (++batches === 2) {
        await truncate(path, 10);
        await unlink(join(folder, 'z.log'));
      }
      warnings.push(...(batch.warnings ?? []));
      found.push(...messages(batch.entries));
    }
    expect(found).toContain('INFO fine');
    expect(warnings).toStrictEqual([
      expect.stringMatching(/app\.log was not read to its end: it was truncated/),
      expect.stringMatching(/z\.log was not read to its end: it was removed/),
    ]);
  });
});

describe('hostile files', () => {
  it.skipIf(missing('mkfifo', hasProgram('mkfifo')) !== undefined)(
    'does not wait for a pipe in a folder or named outright (needs mkfifo) [logs:files:faults]',
    async () => {
      await write('app.log', line(1, 'INFO fine'));
      execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(folder, 'pipe.log')]);
      expect(await read(sourceOf())).toMatchObject({ entries: [{ message: 'INFO fine' }], warnings: [] });
      const { warnings } = await read(sourceOf([join(folder, 'app.log'), join(folder, 'pipe.log'), '/dev/zero']));
      expect(warnings.join(' ')).toMatch(/pipe\.log was not read: it is neither.*zero was not read/);
    },
  );

  it('skips the hole that truncation leaves below a writer, and keeps stray zero bytes [logs:files:faults]', async () => {
    const path = await write('app.log', '');
    await using file = await open(path, 'r+');
    await file.write(Buffer.from(`${line(1, 'INFO first')}${line(2, 'INFO a\0b').trimEnd()}`), 0, undefined, 1_000_000);
    const { entries } = await read(sourceOf());
    expect(messages(entries)).toStrictEqual(['INFO first', 'INFO a\0b']);
    expect(entries[0]?.origin).toBe('app.log@1000000');
  });

  it('reads a file that is one giant stack trace as one bounded event [logs:files:faults]', async () => {
    const frames = Array.from({ length: 100_000 }, (_, n) => `\tat com.acme.Deep.f${n}(Deep.java:${n})\n`).join('');
    await write('app.log', `${line(1, 'ERROR overflow')}java.lang.StackOverflowError\n${frames}`);
    const { entries } = await read(sourceOf());
    expect(entries).toHaveLength(1);
    expect(entries[0]?.raw.length).toBeLessThan(70_000);
    expect(await sourceOf().event?.(entries[0]?.origin ?? '', live)).toMatchObject({ message: 'ERROR overflow' });
  });
});

describe('what is said about the files', () => {
  it('explains a question in words and names the place [logs:files:explained]', () => {
    const asked = sourceOf(['/var/log/app']).explain?.({ window, text: 'psp', service: 'cart', filters: ['team=a'] });
    expect(asked).toStrictEqual({
      native:
        'events from 2025-11-03T13:00:00.000Z until 2025-11-03T14:00:00.000Z, service cart or none, with psp, with team=a',
      place: '/var/log/app',
    });
  });

  it('counts the files, names the newest write, and fails where there are none [logs:files:probe]', async () => {
    await write('a.log', line(1, 'INFO one'));
    await write('b.log', line(2, 'INFO two'));
    expect(await sourceOf().probe?.(live)).toMatch(/^2 files, 0\.0 MB, last written \d{4}-\d\d-\d\dT/);
    const [slip, there] = ['none', '*.log'].map((name) => join(folder, name)) as [string, string];
    expect(await sourceOf([slip, there, there]).probe?.(live)).toMatch(`; nothing is there: ${slip}`);
    await expect(sourceOf([join(folder, 'none')]).probe?.(live)).rejects.toMatchObject({
      code: 'misconfigured',
    });
  });
});
