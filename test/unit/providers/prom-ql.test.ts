import { describe, expect, it } from 'vitest';

import type { MetricSelect } from '#domain/evidence.ts';
import { explainPrometheus, placeInQuery } from '#providers/prometheus/errors.ts';
import { anyOf, composePromQl, quoted } from '#providers/prometheus/prom-ql.ts';
import { failedShareQl, namedQl, valueQl } from '#providers/prometheus/survey-ql.ts';

const compose = (select: Partial<MetricSelect> & { metric: string }) =>
  composePromQl({ filters: [], groupBy: [], ...select }, 120);

describe('a metric in words becomes PromQL [metrics:query:composed]', () => {
  it.each([
    [{ metric: 'queue_size' }, 'queue_size'],
    [{ metric: 'queue_size', groupBy: ['pod'] }, 'avg by (pod) (queue_size)'],
    [{ metric: 'queue_size', agg: 'max' as const }, 'max (queue_size)'],
    [{ metric: 'http_requests_total' }, 'rate(http_requests_total[120s])'],
    [{ metric: 'http_requests_total', groupBy: ['code'] }, 'sum by (code) (rate(http_requests_total[120s]))'],
    [{ metric: 'http_requests_total', agg: 'count' as const }, 'count (http_requests_total)'],
    [{ metric: 'queue_size', agg: 'p99' as const, groupBy: ['pod'] }, 'quantile by (pod) (0.99, queue_size)'],
    [
      { metric: 'http_request_duration_seconds', agg: 'p99' as const, groupBy: ['route'] },
      'histogram_quantile(0.99, sum by (le,route) (rate(http_request_duration_seconds_bucket[120s])))',
    ],
    [{ metric: 'rpc_seconds_bucket' }, 'histogram_quantile(0.95, sum by (le) (rate(rpc_seconds_bucket[120s])))'],
    [
      { metric: 'http.server.duration', groupBy: ['service.name'] },
      'avg by ("service.name") ({"http.server.duration"})',
    ],
  ])('%j', (select, query) => {
    expect(compose(select)).toBe(query);
  });

  it('keeps values of filters within their quotes [metrics:labels:untrusted]', () => {
    const filters = [{ label: 'route', operator: '=~' as const, value: '/a"} or vector(1) # \\' }];
    expect(compose({ metric: 'up', filters })).toBe(String.raw`up{route=~"/a\"} or vector(1) # \\"}`);
    expect(quoted('a\n"\\')).toBe(String.raw`"a\n\"\\"`);
    expect(anyOf(['5..', 'a|b'])).toBe(String.raw`"5\\.\\.|a\\|b"`);
  });
});

describe('questions about all services [metrics:services:discovered]', () => {
  const asked = { metric: 'http_requests_total', type: '', filters: [], serviceLabel: 'app', rangeSeconds: 60 };

  it.each([
    [asked, 'sum by (app) (rate(http_requests_total[60s]))'],
    [{ ...asked, metric: 'queue_size' }, 'max by (app) (queue_size)'],
    [
      { ...asked, metric: 'rpc_seconds_bucket' },
      'histogram_quantile(0.95, sum by (app,le) (rate(rpc_seconds_bucket[60s])))',
    ],
    [
      { ...asked, metric: 'rpc_seconds', type: 'histogram' },
      'histogram_quantile(0.95, sum by (app) (rate(rpc_seconds[60s])))',
    ],
  ])('fit the type of a metric: %j', (one, query) => {
    expect(valueQl(one).query).toBe(query);
  });

  it('put pods together by what they are pods of', () => {
    const { query } = valueQl({ ...asked, serviceLabel: 'pod' });
    const pattern = /"pod", "(.*)"\)\)$/.exec(query)?.[1] ?? '';
    const names = ['carts-5d8f7c9b6-x2x7k', 'orders-db-0', 'plain'].map((pod) => new RegExp(pattern).exec(pod)?.[1]);
    expect(query).toMatch(/^sum by \(service\) \(label_replace\(rate\(/);
    expect(names).toStrictEqual(['carts', 'orders-db', 'plain']);
  });

  it('count no failures as zero, not as nothing', () => {
    const { query } = failedShareQl(asked, { label: 'code', operator: '=~', value: '500' });
    expect(query).toContain('or sum by (app) (rate(http_requests_total[60s])) * 0)');
  });

  it('read services out of the names of metrics', () => {
    expect(namedQl('cpu', false, 60)).toBe(
      'max by (service) (label_replace({__name__=~".+_cpu"}, "service", "$1", "__name__", "(.+)_cpu"))',
    );
  });
});

describe('errors of Prometheus teach [metrics:query:position]', () => {
  const refused = (status: number, error: string, errorType = 'bad_data') => {
    const body = JSON.stringify({ status: 'error', errorType, error });
    return explainPrometheus({ status, said: error, body });
  };

  it('a position comes back with the text around it', () => {
    const error = refused(400, 'invalid parameter "query": 1:15: parse error: unexpected end of input');
    const placed = placeInQuery(error, 'sum(rate(http_r') as Error;
    expect(placed.message).toContain('At line 1, column 15: sum(rate(http_ ⟨here⟩ r');
    expect(placed).toMatchObject({ code: 'invalid_input', evidence: { line: 1, column: 15 } });
  });

  it.each([
    ['1:1: parse error: unknown function with name "rat"', 'rate'],
    ['1:1: parse error: unknown function with name "histogram_quantil"', 'histogram_quantile'],
    ['1:5: parse error: expected type range vector in call to function "rate", got instant vector', '[5m]'],
    ['1:9: parse error: unclosed left parenthesis', 'Close every bracket'],
  ])('%s suggests %s', (error, suggestion) => {
    expect(refused(400, `invalid parameter "query": ${error}`)?.fix).toContain(suggestion);
  });

  it.each([
    [422, 'query processing would load too many samples into memory in query execution', 'execution', 'invalid_input'],
    [503, 'query timed out in expression evaluation', 'timeout', 'provider_unavailable'],
    [401, 'no org id', '', 'provider_rejected'],
  ])('%d %s', (status, error, type, code) => {
    expect(refused(status, error, type)).toMatchObject({ code });
  });

  it('leaves what it does not know to the general reading', () => {
    expect(explainPrometheus({ status: 404, said: '', body: '<html>' })).toBeUndefined();
  });
});
