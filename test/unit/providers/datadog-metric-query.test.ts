import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { LabelFilter, MetricSelect } from '#domain/evidence.ts';
import { alternativesOf } from '#providers/alternatives.ts';
import { composeDatadog, parsePlain } from '#providers/datadog/metric-query.ts';

const select = (more: Partial<MetricSelect>): MetricSelect => ({
  metric: 'system.cpu.user',
  filters: [],
  groupBy: [],
  ...more,
});
const filter = (label: string, operator: LabelFilter['operator'], value: string): LabelFilter => ({
  label,
  operator,
  value,
});

describe('a Datadog query in words', () => {
  it.each<[Partial<MetricSelect>, string]>([
    [{}, 'avg:system.cpu.user{*}'],
    [{ agg: 'max', groupBy: ['host', 'availability-zone'] }, 'max:system.cpu.user{*} by {host,availability-zone}'],
    [{ service: 'Checkout', env: 'prod' }, 'avg:system.cpu.user{service:checkout AND env:prod}'],
    [{ service: 'a', filters: [filter('service', '=', 'b')] }, 'avg:system.cpu.user{service:b}'],
    [{ filters: [filter('host', '!=', 'a')] }, 'avg:system.cpu.user{NOT host:a}'],
    [{ filters: [filter('host', '=~', 'a|b')] }, 'avg:system.cpu.user{(host:a OR host:b)}'],
    [{ filters: [filter('host', '=~', String.raw`web\.1.*`)] }, 'avg:system.cpu.user{host:web.1*}'],
    [{ filters: [filter('host', '!~', '(a|b)')] }, 'avg:system.cpu.user{NOT (host:a OR host:b)}'],
    [{ metric: 'trace.web.hits' }, 'sum:trace.web.hits{*}.as_rate()'],
    [{ metric: 'trace.web.hits', agg: 'max' }, 'max:trace.web.hits{*}'],
    [{ agg: 'rate', groupBy: ['host'] }, 'sum:system.cpu.user{*} by {host}.as_rate()'],
    [{ agg: 'p99' }, 'p99:system.cpu.user{*}'],
    [{ agg: 'count' }, 'count:system.cpu.user{*}.as_count()'],
  ])('is written from %j [metrics:datadog:compose]', (more, text) => {
    expect(composeDatadog(select(more))).toBe(text);
    expect(parsePlain(text)).toBeDefined();
  });

  it.each<[string, Partial<MetricSelect>]>([
    ['a pattern', { filters: [filter('host', '=~', 'a[0-9]+')] }],
    ['anything', { filters: [filter('host', '=~', '.*')] }],
    ['a value that ends the scope', { filters: [filter('host', '=', 'a} by {b')] }],
    ['a value with a wildcard', { filters: [filter('host', '=', '*')] }],
    ['a tag that is none', { filters: [filter('a:b', '=', 'c')] }],
    ['a group that ends the groups', { groupBy: ['a},{b'] }],
    ['a metric with a scope', { metric: 'a{*} / b' }],
    ['no metric', { metric: '' }],
  ])('is refused for %s, which it cannot say [metrics:datadog:compose]', (_, more) => {
    expect(() => composeDatadog(select(more))).toThrow(FixgateError);
  });

  it.each([
    'avg:a{*} / avg:b{*}',
    'top(avg:a{*} by {host}, 10, "mean", "desc")',
    'system.cpu.user{*}',
    'avg:a{*}, avg:b{*}',
    'avg:a{*}.fill(zero)',
  ])('is an expression: %s [metrics:datadog:expression]', (text) => {
    expect(parsePlain(text)).toBeUndefined();
  });
});

describe('the values that a pattern names', () => {
  it.each([
    ['a', [{ text: 'a', isPrefix: false }]],
    [
      '(?:a|b.*)',
      [
        { text: 'a', isPrefix: false },
        { text: 'b', isPrefix: true },
      ],
    ],
    [String.raw`1\.2\|3`, [{ text: '1.2|3', isPrefix: false }]],
    ['a.b', undefined],
    ['.*a', undefined],
    ['[ab]', undefined],
    ['a|(b)', undefined],
    [String.raw`\d`, undefined],
  ])('are read from %s', (pattern, expected) => {
    expect(alternativesOf(pattern)).toStrictEqual(expected);
  });
});
