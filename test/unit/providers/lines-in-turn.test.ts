import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLineParser, parseLine } from '#providers/files/parse-line.ts';

const context = { offsetAt: () => 0, writtenAt: Date.parse('2025-11-03T15:00:00Z') };

/** What lines say when each is parsed alone, and when they come one after the other. */
function both(lines: readonly string[]) {
  const parse = createLineParser('auto', context);
  return { alone: lines.map((line) => parseLine(line, 'auto', context)), inTurn: lines.map((line) => parse(line)) };
}

const scalar = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('error', 'info', '2025-11-03T13:58:01.123Z', '"', '\\', 'a"b', '\u0001', 'é', '', ','),
  fc.integer(),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
  fc.constantFrom(true, false, null, 1e30, -0, 1_762_178_281_000),
);
const key = fc.constantFrom('time', 'level', 'service', 'msg', 'log', 'stream', 'err', 'err.message', 'a b', '1', '"');
const record = fc.dictionary(key, scalar, { maxKeys: 6, noNullPrototype: true });
const style = fc.constantFrom(
  (value: unknown) => JSON.stringify(value),
  (value: unknown) => JSON.stringify(value).replaceAll('":', '": ').replaceAll(',"', ', "'),
  (value: unknown) => `${JSON.stringify(value)} `,
  (value: unknown) => JSON.stringify(value).slice(0, -1),
  (value: unknown) => `${JSON.stringify(value)}}`,
  (value: unknown) => JSON.stringify(value).replace('null', '01'),
);

describe('JSON lines that are written as one before them', () => {
  it('say what each says alone, whatever came before', () => {
    const lines = fc.array(
      fc.tuple(record, style).map(([value, write]) => write(value)),
      { minLength: 2, maxLength: 12 },
    );
    fc.assert(
      fc.property(lines, (some) => {
        const twice = [...some, ...some];
        const { alone, inTurn } = both(twice);
        expect(inTurn).toEqual(alone);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a second field of the same name', '{"level":"info","level":"error","msg":"b"}'],
    ['a number that JSON does not know', '{"level":"info","msg":01}'],
    ['a field that is missing', '{"level":"info"}'],
    ['a tab within a text', '{"level":"info","msg":"a\tb"}'],
    ['an escape', String.raw`{"level":"info","msg":"a\u0041"}`],
    ['an escaped quote', String.raw`{"level":"info","msg":"a \"b\",\"level\":\"error\\"}`],
    ['a backslash at its end', String.raw`{"level":"info\","msg":"b"}`],
    ['an escape that JSON does not know', String.raw`{"level":"info","msg":"a\x41"}`],
    ['a cut escape', String.raw`{"level":"info","msg":"a\u00"}`],
    ['text after the end', '{"level":"info","msg":"b"} {"level":"error"}'],
    ['a field with fields', '{"level":"info","msg":{"text":"b"}}'],
  ])('are told from one with %s', (_, line) => {
    const { alone, inTurn } = both(['{"level":"info","msg":"a"}', '{"level":"warn","msg":"b"}', line]);
    expect(inTurn).toEqual(alone);
  });

  it.each(['\u0000', '\n', '\u001f', ' ', '\u007f', '\u0080', 'é', '\uffff'])(
    'may hold %j where JSON lets it stand',
    (char) => {
      const texts = Array.from({ length: 8 }, (_, place) => [
        `${'a'.repeat(place)}${char}`,
        `${char}${'a'.repeat(place)}`,
      ]).flat();
      const lines = texts.map((text) => `{"level":"info","msg":"${text}"}`);
      const { inTurn } = both(['{"level":"info","msg":"a"}', ...lines]);
      expect(inTurn.slice(1).map(({ message }) => message)).toEqual(char < ' ' ? lines : texts);
    },
  );

  it('are read as the line of a container when their fields are those of one', () => {
    const { inTurn } = both(['{"log":"a","stream":null}', '{"log":"ERROR b","stream":"stdout"}']);
    expect(inTurn[1]).toMatchObject({ level: 'error' });
  });
});
