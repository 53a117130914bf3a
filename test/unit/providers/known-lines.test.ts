import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createDigitForms } from '#analysis/digit-forms.ts';
import type { JoinedLines } from '#analysis/join-lines.ts';
import { createJoiner } from '#analysis/join-lines.ts';
import { createKnownLines, createLineKind } from '#providers/files/known-lines.ts';
import type { Line } from '#providers/files/line.ts';
import { ByteLine } from '#providers/files/line.ts';
import type { ParsedLine } from '#providers/files/parse-line.ts';
import { parseLine } from '#providers/files/parse-line.ts';

import { labelledLines, labelledSystems } from '../../support/labelled-logs.ts';

const context = () => ({ offsetAt: () => 0, writtenAt: Date.parse('2025-11-03T15:00:00Z') });

function toLines(texts: readonly string[]): readonly Line[] {
  const forms = createDigitForms(createLineKind);
  return texts.map((text, number) => {
    const bytes = Buffer.from(text);
    const kind = forms.of(bytes, 0, bytes.length);
    return kind === undefined ? { text, number } : new ByteLine(bytes, { start: 0, end: bytes.length }, number, kind);
  });
}

function toSaid(parsed: ParsedLine) {
  const { at, level, service, env, message: text, form } = parsed;
  return { at, level, service, env, message: text, form };
}

/** What all lines say; those that were read as one before them are `known`. */
function read(texts: readonly string[]) {
  const parse = createKnownLines('auto', context());
  const parsed = toLines(texts).map((line) => parse(line));
  return { said: parsed.map(toSaid), known: parsed.map(({ alike }) => alike) };
}

/** The file alone decides whether its dates begin with the day. */
function alone(texts: readonly string[]) {
  const ofFile = context();
  return texts.map((text) => toSaid(parseLine(text, 'auto', ofFile)));
}

function joined(texts: readonly string[], parse: (line: Line) => ParsedLine) {
  const joiner = createJoiner<ParsedLine, Line>(parse);
  const told = ({ parsed, message: text, raw, lines: count, number }: JoinedLines<ParsedLine>) => ({
    ...toSaid(parsed),
    text,
    raw,
    count,
    number,
  });
  return [...toLines(texts).flatMap((line) => joiner.push(line) ?? []), ...joiner.end()].map(told);
}

const withDigits = (text: string, digits: readonly number[]) => {
  let at = 0;
  return text.replaceAll(/\d/g, () => String(digits[at++ % digits.length]));
};

const message = fc.oneof(
  fc.constantFrom(...labelledSystems.flatMap((system) => labelledLines(system, 40).map((line) => line.message))),
  fc.constantFrom(
    'GET /a HTTP/1.1" 200 12',
    'at 0x1f',
    '"a" \\ 7',
    'E0101 10:00:00 x',
    'Traceback (most recent call last)',
    '',
  ),
  fc.string({ maxLength: 12 }),
);
const time = fc.constantFrom(
  '2025-11-03T13:58:01.123Z',
  '2025-11-03 13:58:01,123',
  'Nov  3 13:58:01',
  '03/Nov/2025:13:58:01 +0000',
  '1762178281',
  '[1762178281000]',
  '<34>1 2025-11-03T13:58:01Z host app 12 - -',
  '<34>2025-11-03 13:58:01',
  'INFO 2025-11-03 13:58:01',
  '2025-11-03T13:58:01Z stdout F',
  '22.11.2026 10:41:17',
  '11/22/2026 10:41:17 AM',
  '22/11/2026 10:41:17,123',
  '[3/4/2026, 9:41:17 PM]',
  'ERROR 03/04/2026 10:41:17',
  '20261122-10:41:17',
  'Nov  3 13:58:01 web-1 sshd[12]:',
  'web-1  |',
  '\t',
  '    at',
  '',
);
const level = fc.constantFrom('info', 'ERROR', 30, 50, '3', 200, '503', null);
const record = fc
  .record(
    {
      time: fc.oneof(time, fc.constantFrom(1_762_178_281, 1_762_178_281_000, 7)),
      Timestamp: time,
      timeUnixNano: fc.constantFrom('1762178281500000000', 1_762_178_281_500_000_000),
      instant: fc.constant({ epochSecond: 1_762_178_281, nanoOfSecond: 500_000_000 }),
      t: fc.constantFrom<unknown>({ $date: '2025-11-03T13:58:01.123Z' }, '22.11.2026 10:41:17'),
      level,
      Level: level,
      Service: fc.constantFrom('shop', 'shop-2'),
      status: level,
      service: fc.constantFrom('shop', 'shop-2'),
      env: fc.constantFrom('prod', 'test1'),
      msg: message,
      pid: fc.nat(),
      err: fc.constantFrom('pipe 1', ''),
    },
    { requiredKeys: ['msg'], noNullPrototype: true },
  )
  .map((value) => JSON.stringify(value));
const plain = fc
  .tuple(time, fc.constantFrom('', 'INFO ', '[error] ', 'WARN '), message)
  .map((parts) => parts.join(' '));
const line = fc.oneof(record, plain).map((text) => text.replaceAll('\n', ' '));
/** Lines, each several times with other digits, in any order. */
const lines = fc
  .array(fc.tuple(line, fc.array(fc.nat(9), { minLength: 1, maxLength: 7 })), { minLength: 1, maxLength: 12 })
  .map((some) => some.flatMap(([text, digits]) => [text, text, withDigits(text, digits), text, withDigits(text, [0])]))
  .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));

describe('lines that differ from one before them in digits alone', () => {
  it('say what each says alone, whatever came before', () => {
    let known = 0;
    fc.assert(
      fc.property(lines, (texts) => {
        const inTurn = read(texts);
        expect(inTurn.said).toEqual(alone(texts));
        known += inTurn.known.filter(Boolean).length;
      }),
      { numRuns: 1_000 },
    );
    expect(known).toBeGreaterThan(3_000);
  });

  it('are joined as if each were read alone', () => {
    fc.assert(
      fc.property(lines, (texts) => {
        const ofFile = context();
        expect(joined(texts, createKnownLines('auto', context()))).toEqual(
          joined(texts, ({ text }) => parseLine(text, 'auto', ofFile)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['JSON lines', '{"time":"2025-11-03T13:58:01.123Z","level":"info","msg":"took 7 ms"}'],
    [
      'JSON lines with numbers for levels',
      '{"level":30,"time":1762178281000,"pid":12,"hostname":"a","msg":"took 7 ms"}',
    ],
    ['JSON lines with escapes', String.raw`{"time":"2025-11-03T13:58:01.123Z","msg":"user \"7\" left"}`],
    [
      'JSON lines with keys in capitals',
      '{"Timestamp":"2025-11-03T13:58:01.123Z","Level":"Info","Message":"took 7 ms"}',
    ],
    ['JSON lines with nanoseconds', '{"timeUnixNano":"1762178281500000000","body":"took 7 ms"}'],
    ['plain lines', '2025-11-03 13:58:01,123 INFO [worker-1] took 7 ms'],
    ['plain lines that begin with the day', '22.11.2026 13:58:01 INFO took 7 ms'],
    ['plain lines that begin with the month', '11/22/2026 1:58:01 PM INFO took 7 ms'],
    ['access logs', '10.0.0.1 - - [03/Nov/2025:13:58:01 +0000] "GET /a HTTP/1.1" 200 12'],
    ['frames', '\tat com.acme.Cart.total(Cart.java:81)'],
    ['addresses of memory', '2025-11-03 13:58:01 INFO fault at 0x10'],
  ])('are known in %s', (_, text) => {
    const texts = Array.from({ length: 4 }, (__, index) => text.replace(/(?:7|12|81|10)(?=\D{0,9}$)/, `${index + 1}`));
    const alike = read([text, text, text, text.replace(/:58/, ':59')]).known.slice(2);
    expect(alike[0]).toBeDefined();
    expect(alike[1]).toBe(alike[0]);
    expect(read(texts).said).toEqual(alone(texts));
  });

  it.each([
    ['levels', '{"level":30,"msg":"a"}', '{"level":50,"msg":"a"}'],
    ['statuses', '2025-11-03 13:58:01 "GET /a HTTP/1.1" 200 12', '2025-11-03 13:58:01 "GET /a HTTP/1.1" 503 12'],
    ['services', '{"service":"shop-1","msg":"a"}', '{"service":"shop-2","msg":"a"}'],
    ['levels under a key in capitals', '{"Level":30,"msg":"a"}', '{"Level":50,"msg":"a"}'],
    ['a zero before an x', '2025-11-03 13:58:01 at 0x1', '2025-11-03 13:58:01 at 7x1'],
  ])('are not alike with other %s', (_, one, other) => {
    const { said, known } = read([one, one, other, other, one, other]);
    expect(said).toEqual(alone([one, one, other, other, one, other]));
    expect(known[4]).toBeDefined();
    expect(known[5]).toBeDefined();
    expect(known[5]).not.toBe(known[4]);
  });

  it.each([
    ['escapes by number', String.raw`{"msg":"a\u0041"}`],
    ['a priority of syslog', '<34>2025-11-03 13:58:01 took 7 ms'],
    ['a collector before them', '2025-11-03T13:58:01Z stdout F took 7 ms'],
    ['an error beside the message', '{"msg":"took 7 ms","err":"7"}'],
    ['fields of fields', '{"msg":"took 7 ms","http":{"status":200}}'],
    ['what may be a time', 'at 99:99 took 7 ms'],
  ])('are read one by one with %s', (_, text) => {
    expect(read([text, text, text, text]).known).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('are told by their time, where another one stands beside it', () => {
    const texts = ['2025-11-03', '2025-11-03', '2025-11-04', '2025-31-03'].map(
      (day) => `${day} 13:58:01 [03/Nov/2025:13:58:01 +0000] took 7 ms`,
    );
    expect(read(texts).said).toEqual(alone(texts));
    expect(alone(texts)[3]?.message).not.toContain('Nov');
  });

  it('are read one by one beyond the number of levels and services that one kind of line has', () => {
    const texts = Array.from({ length: 200 }, (_, index) => `{"service":"shop-${100 + index}","msg":"took 7 ms"}`);
    expect(read([...texts, ...texts]).said).toEqual(alone([...texts, ...texts]));
  });
});
