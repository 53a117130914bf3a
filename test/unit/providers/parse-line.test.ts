import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLineParser, parseLine } from '#providers/files/parse-line.ts';
import type { TimeContext } from '#providers/files/timestamp.ts';
import { createOffsets, findTimestamp, isTimeZone } from '#providers/files/timestamp.ts';

const writtenAt = Date.parse('2025-11-03T14:00:00Z');
const context = { offsetAt: createOffsets('UTC'), writtenAt };
const utc = (text: string) => Date.parse(text);
/** As the only line of its file. */
const parse = (line: string) => parseLine(line, 'auto', { ...context });

describe('plain lines', () => {
  it.each([
    [
      'api.log.1.2025-10-01_00:00:00 2025-11-03 13:58:01.123 77 INFO up',
      '2025-11-03T13:58:01.123Z',
      'info',
      '77 INFO up',
    ],
    [
      '11-03 13:58:01.123  1702  2113 W Window: slow',
      '2025-11-03T13:58:01.123Z',
      undefined,
      '1702  2113 W Window: slow',
    ],
    ['2025-11-03T13:58:01.123Z ERROR payments timeout', '2025-11-03T13:58:01.123Z', 'error', 'ERROR payments timeout'],
    [
      '2025-11-03 13:58:01,123 [main] WARN  c.a.Cart - slow',
      '2025-11-03T13:58:01.123Z',
      'warn',
      '[main] WARN  c.a.Cart - slow',
    ],
    ['[2025-11-03 13:58:01] production.ERROR: boom', '2025-11-03T13:58:01Z', 'error', 'production.ERROR: boom'],
    [
      '2025/11/03 13:58:01 [error] 12#12: upstream timed out',
      '2025-11-03T13:58:01Z',
      'error',
      '[error] 12#12: upstream timed out',
    ],
    ['2025-11-03T14:58:01+01:00 info: listening', '2025-11-03T13:58:01Z', 'info', 'info: listening'],
    [
      'Nov  3 13:58:01 web-1 sshd[42]: error: no route',
      '2025-11-03T13:58:01Z',
      'error',
      'web-1 sshd[42]: error: no route',
    ],
    ['Dec 31 23:59:59 web-1 cron[1]: job done', '2024-12-31T23:59:59Z', undefined, 'web-1 cron[1]: job done'],
    ['<34>1 2025-11-03T13:58:01.003Z host app - - failed', '2025-11-03T13:58:01.003Z', 'fatal', 'host app - - failed'],
    [
      '10.0.0.1 - - [03/Nov/2025:13:58:01 +0000] "GET / HTTP/1.1" 200 2',
      '2025-11-03T13:58:01Z',
      'info',
      '"GET / HTTP/1.1" 200 2',
    ],
    [
      'E1103 13:58:01.123456 7 server.go:12] lost the lease',
      '2025-11-03T13:58:01.123Z',
      'error',
      '7 server.go:12] lost the lease',
    ],
    [
      'E, [2025-11-03T13:58:01.000001 #9] ERROR -- : refused',
      '2025-11-03T13:58:01Z',
      'error',
      '#9] ERROR -- : refused',
    ],
    [
      'ERROR 2025-11-03 13:58:01 django.request refused',
      '2025-11-03T13:58:01Z',
      'error',
      'ERROR django.request refused',
    ],
    [
      '03-Nov-2025 13:58:01.250 SEVERE [main] tomcat failed',
      '2025-11-03T13:58:01.250Z',
      'error',
      'SEVERE [main] tomcat failed',
    ],
    ['03.11.2025 13:58:01 INFO up', '2025-11-03T13:58:01Z', 'info', 'INFO up'],
    [
      '[3.11.2025, 13:58:01] INFO since 2024-01-01 00:00:00',
      '2025-11-03T13:58:01Z',
      'info',
      'INFO since 2024-01-01 00:00:00',
    ],
    ['11/23/2025 1:58:01 PM WARN slow', '2025-11-23T13:58:01Z', 'warn', 'WARN slow'],
    ['11/23/2025 12:58:01 AM up', '2025-11-23T00:58:01Z', undefined, 'up'],
    ['23/11/2025 13:58:01.250 up', '2025-11-23T13:58:01.250Z', undefined, 'up'],
    ['11/11/2025 13:58:01 up', '2025-11-11T13:58:01Z', undefined, 'up'],
    ['ERROR 23/11/2025 13:58:01 refused', '2025-11-23T13:58:01Z', 'error', 'ERROR refused'],
    ['20251103-13:58:01 up', '2025-11-03T13:58:01Z', undefined, 'up'],
    ['1762178281.5 out of memory', '2025-11-03T13:58:01.500Z', undefined, 'out of memory'],
    ['1762178281500 out of memory', '2025-11-03T13:58:01.500Z', undefined, 'out of memory'],
  ])('reads %j', (line, at, level, message) => {
    const parsed = parse(line);
    expect(parsed).toMatchObject({ at: utc(at), message, form: 'plain' });
    expect(parsed.level).toBe(level);
  });

  it.each([
    ['no time here', undefined],
    ['user 2025 asked for 12:30', undefined],
    ['[10:41:17] GET /cart', undefined],
    ['11/22/2026 13:58:01 PM up', undefined],
    ['23/24/2025 13:58:01 up', undefined],
    ['03/04/2025 10:41:17 since 2024-01-01 00:00:00', undefined],
    ['12345678-10:41:17 up', undefined],
    ['panic: runtime error: index out of range', 'fatal'],
    ["TypeError: Cannot read properties of undefined (reading 'total')", 'error'],
    ['java.lang.NullPointerException: Cannot invoke', 'error'],
    ['an error of judgement', undefined],
  ])('keeps %j without inventing a time', (line, level) => {
    const parsed = parse(line);
    expect(parsed.at).toBeUndefined();
    expect(parsed.level).toBe(level);
    expect(parsed.message).toBe(line);
  });

  it.each([
    ['+02:00', '2025-11-03T11:58:01Z'],
    ['Europe/Berlin', '2025-11-03T12:58:01Z'],
    ['America/New_York', '2025-11-03T18:58:01Z'],
  ])('reads times without a zone in %s when told so', (zone, at) => {
    expect(isTimeZone(zone)).toBe(true);
    const there = { offsetAt: createOffsets(zone), writtenAt };
    expect(parseLine('2025-11-03 13:58:01 hello', 'auto', there).at).toBe(utc(at));
  });
});

it.each([
  ['day', '23/11/2025 13:58:01 a', '2025-04-03T10:41:17Z'],
  ['month', '11/23/2025 13:58:01 a', '2025-03-04T10:41:17Z'],
])('reads dates that could be either as those of the file before that began with the %s', (_, decisive, at) => {
  const ofFile = { ...context };
  const times = ['03/04/2025 10:41:17 b', decisive, '03/04/2025 10:41:17 b'].map(
    (line) => parseLine(line, 'auto', ofFile).at,
  );
  expect(times[0]).toBeUndefined();
  expect(times[2]).toBe(utc(at));
});

describe('JSON lines', () => {
  const at = utc('2025-11-03T13:58:01.500Z');
  it.each([
    [
      'pino',
      { level: 50, time: at, pid: 1, hostname: 'h', name: 'checkout', msg: 'boom' },
      { level: 'error', service: 'checkout' },
    ],
    [
      'winston',
      { level: 'warn', timestamp: '2025-11-03T13:58:01.500Z', service: 'cart', message: 'boom' },
      { level: 'warn', service: 'cart' },
    ],
    ['zap', { level: 'info', ts: at / 1_000, msg: 'boom' }, { level: 'info' }],
    [
      'ECS, flat',
      { '@timestamp': '2025-11-03T13:58:01.500Z', 'log.level': 'ERROR', 'service.name': 'cart', message: 'boom' },
      { level: 'error', service: 'cart' },
    ],
    [
      'ECS, nested',
      {
        '@timestamp': '2025-11-03T13:58:01.500Z',
        log: { level: 'ERROR' },
        service: { name: 'cart', environment: 'prod' },
        message: 'boom',
      },
      { level: 'error', service: 'cart', env: 'prod' },
    ],
    ['Serilog', { '@t': '2025-11-03T13:58:01.5000000Z', '@l': 'Fatal', '@m': 'boom' }, { level: 'fatal' }],
    [
      'Serilog, in full',
      { Timestamp: '2025-11-03T14:58:01.5000000+01:00', Level: 'Error', Message: 'boom', Service: 'cart' },
      { level: 'error', service: 'cart' },
    ],
    [
      'fields in capitals',
      { Time: '2025-11-03T13:58:01.5Z', Log: { Level: 'ERROR' }, Message: 'boom' },
      { level: 'error' },
    ],
    ['OpenTelemetry', { timeUnixNano: `${at}000000`, severityNumber: 17, body: 'boom' }, { level: 'error' }],
    ['OpenTelemetry, in numbers', { observedTimeUnixNano: at * 1e6, body: 'boom' }, {}],
    ['OpenTelemetry, when it was observed', { observedTimestamp: '2025-11-03T13:58:01.500Z', body: 'boom' }, {}],
    [
      'Log4j',
      { instant: { epochSecond: 1_762_178_281, nanoOfSecond: 500_999_999 }, level: 'FATAL', message: 'boom' },
      { level: 'fatal' },
    ],
    ['MongoDB', { t: { $date: '2025-11-03T13:58:01.500+00:00' }, s: 'I', msg: 'boom' }, {}],
    ['extended JSON', { time: { $date: { $numberLong: String(at) } }, msg: 'boom' }, {}],
    ['GELF', { level: 3, timestamp: at / 1_000, message: 'boom' }, { level: 'error' }],
    [
      'Docker',
      { log: '{"level":"error","msg":"boom"}\n', stream: 'stderr', time: '2025-11-03T13:58:01.500000000Z' },
      { level: 'error' },
    ],
  ])('of %s', (_, record, expected) => {
    expect(parse(JSON.stringify(record))).toMatchObject({ at, message: 'boom', form: 'json', ...expected });
  });

  it('names the error beside the message', () => {
    const line = JSON.stringify({
      msg: 'request failed',
      err: { type: 'TypeError', message: 'x is undefined', stack: 'TypeError…' },
    });
    expect(parse(line).message).toBe('request failed: TypeError: x is undefined');
  });

  it('still finds time, level and message in a line that was cut', () => {
    const whole = JSON.stringify({ time: at, level: 50, msg: 'too much', payload: 'x'.repeat(500) });
    expect(parse(`${whole.slice(0, 200)}…(+300 bytes)`)).toMatchObject({ at, level: 'error', message: 'too much' });
  });

  it('is not confused by hostile keys', () => {
    expect(parse('{"__proto__":{"level":"fatal"},"msg":"hi"}')).toStrictEqual({ message: 'hi', form: 'json' });
  });
});

it('reads logfmt [logs:formats:read]', () => {
  expect(parse('ts=2025-11-03T13:58:01Z level=error service=cart msg="lost \\"all\\" carts" n=3')).toStrictEqual({
    at: utc('2025-11-03T13:58:01Z'),
    level: 'error',
    service: 'cart',
    message: 'lost "all" carts',
    form: 'logfmt',
  });
});

it('looks inside lines of the Kubernetes container runtime', () => {
  expect(parse('2025-11-03T13:58:01.000000001Z stderr F {"level":"error","msg":"boom"}')).toMatchObject({
    at: utc('2025-11-03T13:58:01Z'),
    level: 'error',
    message: 'boom',
  });
});

it('takes off what the container runtime put before a line once, however often it seems to stand there', () => {
  const wrapped = '2025-11-03T13:58:01.000000001Z stderr F boom';
  expect(parse(`2025-11-03T13:58:02.000000001Z stdout F ${wrapped}`)).toMatchObject({
    at: utc('2025-11-03T13:58:01Z'),
    message: 'stderr F boom',
    wrapped: { text: wrapped, writer: 'stdout' },
  });
});

it('keeps every line, whatever it holds', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `{${text}`),
      ),
      (line) => {
        expect(typeof parse(line).message).toBe('string');
      },
    ),
  );
});

describe('the shorter ways for most lines', () => {
  // One beyond what is valid, so that most times are and some are not.
  const two = (min: number, max: number) => fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'));
  it('read a time in the minute of a line before as each alone', () => {
    const date = fc.constantFrom(
      '2025-11-03T',
      '2025-11-03 ',
      '2024/12/31 ',
      '2025.11.03_',
      '03/Nov/2025:',
      '03-Nov-2025 ',
      'Nov  3 ',
      'Mon Nov 3 ',
      'Dec 31 ',
      'Nov 11 ',
      'I1103 ',
      '11-03 ',
      '3.11.2025, ',
      '03.11.2025 ',
      '23/11/2025 ',
      '11/23/2025 ',
      '11/03/2025 ',
      '20251103-',
      '<13>Nov  3 ',
      '',
    );
    const minute = fc
      .tuple(date, fc.constantFrom('00', '13', '9', '23'), fc.constantFrom(':00:', ':58:', ':59:'))
      .map((parts) => parts.join(''));
    const second = fc.oneof(two(0, 61), two(0, 59), fc.constantFrom('0', '5x'));
    const fraction = fc.constantFrom(
      '',
      '',
      '.1',
      '.123',
      ',250',
      '.123456789',
      '.1234567891',
      '.',
      ',',
      ':12',
      ':12:13',
    );
    const tail = fc.constantFrom(
      '',
      '',
      'Z',
      ' UTC',
      ' GMT ',
      '+01:00',
      '-0530',
      ' +0000',
      ' +0000]',
      'Zulu',
      ' Zulu',
      'x',
      ' text',
      ' [main]',
      ']',
      ' 2024',
      ' 2024x',
      ' PM',
      'AM ',
      ' PM UTC',
      ' A',
      ' 12',
      ': 9',
      'Z 2024-01-01T00:00:00Z',
      ' 13:58:01',
      ' 03/Nov/2025:13:58:01',
      ' since 11-03 13:58:01',
    );
    const before = fc.constantFrom(
      '',
      '',
      '',
      ' ',
      '[',
      '10.3.2025 09:59:x ',
      '10.0.0.1 - - [',
      'ERROR ',
      '13:58:01 ',
      'a',
      '1',
      '-',
      '.',
      '/',
      '2024-01-01 00:00:00 ',
      'x'.repeat(60),
      'é ',
      ' '.repeat(70),
      '- '.repeat(40),
      '1762178281 ',
    );
    const line = fc.tuple(before, fc.nat(2), second, fraction, tail);
    const lines = fc
      .tuple(fc.tuple(minute, minute, minute), fc.array(line, { maxLength: 20 }))
      .map(([minutes, all]) => all.map(([start, which, ...end]) => [start, minutes[which], ...end].join('')));
    fc.assert(
      fc.property(lines, fc.constantFrom('UTC', '+02:00'), (texts, zone) => {
        const fresh = (): TimeContext => ({ offsetAt: createOffsets(zone), writtenAt });
        const [knowing, alone] = [fresh(), fresh()];
        for (const text of texts) {
          alone.minutes = [];
          expect(findTimestamp(text, knowing)).toStrictEqual(findTimestamp(text, alone));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('read a line that begins with half a time as by itself', () => {
    const [knowing, alone] = [{ ...context }, { ...context }];
    const line = '10.3.2025 09:59:x 2025-11-03 13:58:02';
    findTimestamp('up 2025-11-03 13:58:01 b', knowing);
    expect(findTimestamp(line, knowing)).toStrictEqual(findTimestamp(line, alone));
  });

  it.each([
    ['UTC', '2025-12-31T22:30:00Z', 'Dec 31 22:29:00', '2025-12-31T22:29:00Z'],
    ['UTC', '2026-01-01T00:00:30Z', 'Dec 31 23:59:00', '2025-12-31T23:59:00Z'],
    ['UTC', '2025-12-31T23:59:59Z', 'Jan  1 00:00:01', '2026-01-01T00:00:01Z'],
    ['UTC', '2025-12-30T00:00:00Z', 'Dec 31 23:00:00', '2024-12-31T23:00:00Z'],
    ['Pacific/Auckland', '2025-12-31T11:30:00Z', 'Jan  1 00:29:00', '2025-12-31T11:29:00Z'],
    ['America/New_York', '2026-01-01T03:00:00Z', 'Dec 31 21:59:00', '2026-01-01T02:59:00Z'],
    ['UTC', '2025-01-10T00:00:00Z', 'Feb 29 10:00:00', '2024-02-29T10:00:00Z'],
  ])('read a time without a year in %s, in a file written at %s, as the last one: %s', (zone, written, line, at) => {
    const there = { offsetAt: createOffsets(zone), writtenAt: utc(written) };
    expect(findTimestamp(line, there)?.at).toBe(utc(at));
  });

  it.each([
    ['Pacific/Chatham', '2025-04-06 02:50:00', '2025-04-06 02:30:00', '2025-04-05T12:45:00Z'],
    ['Australia/Lord_Howe', '2025-04-06 01:45:00', '2025-04-06 01:15:00', '2025-04-05T14:15:00Z'],
  ])('read a time of %s, whose offset changes within an hour, as by itself', (zone, later, earlier, at) => {
    const there = { offsetAt: createOffsets(zone), writtenAt };
    findTimestamp(later, there);
    expect(findTimestamp(earlier, there)?.at).toBe(utc(at));
  });

  it('read records that look like the one before as each alone', () => {
    const value = fc.constantFrom('info', 'ERROR', 'checkout', 503, 50, null, { message: 'in here' }, '1762178281500');
    const name = fc.constantFrom(
      'level',
      'status',
      'service',
      'app',
      'env',
      'msg',
      'err',
      'err.message',
      'time',
      'log.level',
      'other',
    );
    const record = fc.dictionary(name, value, { maxKeys: 6 });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), (records) => {
        const parseNext = createLineParser('auto', context);
        for (const one of records.flatMap((each) => [each, each]).map((each) => JSON.stringify(each)))
          expect(parseNext(one)).toStrictEqual(parse(one));
      }),
      { numRuns: 500 },
    );
  });
});
