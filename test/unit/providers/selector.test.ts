import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { parseExposition } from '#providers/openmetrics/exposition.ts';
import { parseSelection } from '#providers/openmetrics/selector.ts';

function outcomeOf(query: string): string {
  try {
    parseSelection(query);
    return 'read';
  } catch (error) {
    return error instanceof FixgateError ? error.code : String(error);
  }
}

describe('parseSelection', () => {
  it.each([
    ['up', undefined, undefined],
    [' up { job = "a" , } ', undefined, undefined],
    ["up{job='a'}", undefined, undefined],
    ['rate(up{job="a"}[5m])', { kind: 'rate', rangeMs: 300_000 }, undefined],
    ['increase(up[1h30m])', { kind: 'increase', rangeMs: 5_400_000 }, undefined],
    ['sum(up)', undefined, { kind: 'sum', by: [] }],
    ['max by (pod, route) (up)', undefined, { kind: 'max', by: ['pod', 'route'] }],
    ['avg(rate(up[5m])) by (pod)', { kind: 'rate', rangeMs: 300_000 }, { kind: 'avg', by: ['pod'] }],
    ['rate', undefined, undefined],
  ])('reads %s', (query, range, aggregate) => {
    const selection = parseSelection(query);
    expect(selection.range).toStrictEqual(range);
    expect(selection.aggregate).toStrictEqual(aggregate);
  });

  it.each([
    '',
    '{}',
    'up{',
    'up}',
    'up{job}',
    'up{job="a"',
    'up{job="a}',
    'up[5m]',
    'rate(up)',
    'rate(up[5])',
    'rate(up[5M])',
    'sum(sum(up))',
    'sum without (a) (up)',
    'up + down',
    'up > 1',
    'histogram_quantile(0.9, up)',
    'up offset 5m',
    'sum(up) by pod',
    'up{a=~"("}',
    '1',
    'x'.repeat(5_000),
  ])('refuses %s and says what is understood', (query) => {
    expect(() => parseSelection(query)).toThrow(FixgateError);
  });

  it('reads or refuses any text, and never throws anything else', () => {
    const piece = fc.constantFrom(
      'sum',
      'rate',
      'by',
      '(',
      ')',
      '{',
      '}',
      '[5m]',
      'a',
      '=',
      '=~',
      '"x"',
      ',',
      ' ',
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(outcomeOf(pieces.join(''))).toMatch(/^(read|invalid_input)$/);
      }),
    );
  });
});

describe('parseExposition', () => {
  it.each([
    ['up 1', { name: 'up', labels: {}, value: 1 }],
    ['up{} 1 1762178280.5', { name: 'up', labels: {}, value: 1, at: 1_762_178_280_500 }],
    [
      'up{a="1",b="x y",} 1.5e3 1762178280500',
      { name: 'up', labels: { a: '1', b: 'x y' }, value: 1_500, at: 1_762_178_280_500 },
    ],
    ['up{a="q\\"u\\\\o\\nte} {"} 2', { name: 'up', labels: { a: 'q"u\\o\nte} {' }, value: 2 }],
    ['x_bucket{le="+Inf"} 3 # {trace_id="abc"} 0.5 1762178280', { name: 'x_bucket', labels: { le: '+Inf' }, value: 3 }],
    ['up +Inf', { name: 'up', labels: {}, value: Number.POSITIVE_INFINITY }],
    ['up NaN', { name: 'up', labels: {}, value: Number.NaN }],
  ])('reads the sample %s', (line, expected) => {
    expect(parseExposition(line)).toStrictEqual({ kind: 'sample', ...expected });
  });

  it.each([
    ['# TYPE up gauge', { kind: 'type', name: 'up', text: 'gauge' }],
    ['# HELP up Whether it is\\nup.', { kind: 'help', name: 'up', text: 'Whether it is\nup.' }],
    ['# UNIT size bytes', { kind: 'unit', name: 'size', text: 'bytes' }],
  ])('reads %s', (line, expected) => {
    expect(parseExposition(line)).toStrictEqual(expected);
  });

  it.each([
    '',
    '# EOF',
    '# any comment',
    'up',
    'up{a="1" 1',
    'up{a=1} 1',
    'up one',
    '{"json":1}',
    '2025-11-03 log line',
  ])('takes no notice of %j', (line) => {
    expect(parseExposition(line)).toBeUndefined();
  });
});
