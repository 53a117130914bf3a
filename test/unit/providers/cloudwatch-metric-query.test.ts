import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { LabelFilter, MetricSelect } from '#domain/evidence.ts';
import { composeCloudWatch } from '#providers/cloudwatch/metric-compose.ts';
import { parseCloudWatch } from '#providers/cloudwatch/metric-query.ts';

const filter = (label: string, operator: LabelFilter['operator'], value: string): LabelFilter => ({
  label,
  operator,
  value,
});
const compose = (more: Partial<MetricSelect>) =>
  composeCloudWatch({ metric: 'AWS/Lambda:Errors', filters: [], groupBy: [], ...more }, {});

describe('a CloudWatch query in words', () => {
  it.each<[Partial<MetricSelect>, string]>([
    [{}, 'AWS/Lambda:Errors Sum'],
    [{ metric: 'AWS/Lambda:Duration' }, 'AWS/Lambda:Duration Average'],
    [{ service: 'web', env: 'prod' }, 'AWS/Lambda:Errors{Service="web",Environment="prod"} Sum'],
    [{ agg: 'p99', filters: [filter('A', '=', 'x y')] }, 'AWS/Lambda:Errors{A="x y"} p99'],
    [{ agg: 'rate' }, 'AWS/Lambda:Errors Rate'],
    [{ groupBy: ['A'] }, 'SELECT SUM("Errors") FROM SCHEMA("AWS/Lambda", "A") GROUP BY "A"'],
    [
      { agg: 'max', groupBy: ['B'], filters: [filter('A', '=', 'x')] },
      `SELECT MAX("Errors") FROM SCHEMA("AWS/Lambda", "A", "B") WHERE "A" = 'x' GROUP BY "B"`,
    ],
    [
      { filters: [filter('A', '!~', 'x|y'), filter('B', '=~', 'z')] },
      `SELECT SUM("Errors") FROM SCHEMA("AWS/Lambda", "A", "B") WHERE "A" != 'x' AND "A" != 'y' AND "B" = 'z'`,
    ],
  ])('is written from %j [metrics:cloudwatch:compose]', (more, text) => {
    expect(compose(more)).toBe(text);
    expect(parseCloudWatch(text).kind).toBe(text.startsWith('SELECT') ? 'insights' : 'metric');
  });

  it.each<[string, Partial<MetricSelect>]>([
    ['a pattern', { filters: [filter('A', '=~', 'x.*')] }],
    ['one of several values', { filters: [filter('A', '=~', 'x|y')] }],
    ['a value that ends the condition', { filters: [filter('A', '!=', "x' OR 'a' = 'a")] }],
    ['a group that ends the name', { groupBy: ['A" , "B'] }],
    ['percentiles over groups', { agg: 'p99', groupBy: ['A'] }],
    ['a metric without its namespace', { metric: 'Errors' }],
    ['a metric with dimensions', { metric: 'AWS/Lambda:Errors{A="b"}' }],
    ['an alarm', { metric: 'alarm:x' }],
  ])('is refused for %s, which it cannot say [metrics:cloudwatch:compose]', (_, more) => {
    expect(() => compose(more)).toThrow(FixgateError);
  });
});

describe('a CloudWatch query', () => {
  it.each([
    [
      'AWS/ApplicationELB:RequestCount{LoadBalancer="app/web/1", TargetGroup=tg}',
      {
        kind: 'metric',
        namespace: 'AWS/ApplicationELB',
        metric: 'RequestCount',
        dimensions: { LoadBalancer: 'app/web/1', TargetGroup: 'tg' },
        stat: 'Sum',
      },
    ],
    [
      'System/Linux:disk used percent{} tm90',
      { kind: 'metric', namespace: 'System/Linux', metric: 'disk used percent', dimensions: {}, stat: 'tm90' },
    ],
    ['alarm: "x y"', { kind: 'alarm', name: 'x y' }],
    ['FILL(METRICS(), 0)', { kind: 'math', text: 'FILL(METRICS(), 0)' }],
    [
      'SELECT AVG(CPUUtilization) FROM "AWS/EC2" GROUP BY InstanceId, "A b" ORDER BY AVG() DESC LIMIT 5',
      {
        kind: 'insights',
        text: 'SELECT AVG(CPUUtilization) FROM "AWS/EC2" GROUP BY InstanceId, "A b" ORDER BY AVG() DESC LIMIT 5',
        groupBy: ['InstanceId', 'A b'],
        metric: 'CPUUtilization',
      },
    ],
  ])('is read from %s [metrics:cloudwatch:statistics]', (text, expected) => {
    expect(parseCloudWatch(text)).toStrictEqual(expected);
  });
});
