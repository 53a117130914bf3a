import { expect, it } from 'vitest';

import { readCitations } from '../support/citations.ts';

/** What each API takes and gives, where that differs from our milliseconds, `[since, until)` and newest first; and the promise that a test proves. */
const units: readonly (readonly [api: string, unit: string, bounds: string, order: string, promise: string])[] = [
  ['Datadog logs', 'milliseconds as text', 'from, to', 'sort is always sent', 'logs:datadog:window'],
  ['Datadog events', 'ISO 8601', 'from, to', 'sort is always sent', 'deploys:datadog:events'],
  ['Datadog DORA deployments', 'ISO 8601', 'by their end', 'sort is always sent', 'deploys:datadog:dora'],
  ['Datadog metrics v1', 'seconds', 'from, to', 'ascending', 'metrics:datadog:expression'],
  ['Datadog metrics v2', 'milliseconds', 'from, to', 'ascending', 'metrics:datadog:simple'],
  ['Datadog metrics v2', 'milliseconds', 'sparse times', 'ascending', 'metrics:datadog:sparse'],
  ['CloudWatch FilterLogEvents', 'milliseconds', 'both ends', 'ascending', 'logs:cloudwatch:units'],
  ['CloudWatch StartQuery', 'seconds', 'both ends', 'by the query', 'logs:vendors:counted'],
  ['CloudWatch GetMetricData', 'dates', '[start, end)', 'descending', 'metrics:cloudwatch:order'],
  ['Prometheus', 'seconds', 'both ends', 'ascending', 'metrics:prometheus:seconds'],
  ['Prometheus', 'values as text', 'NaN and infinities', 'ascending', 'metrics:prometheus:strings'],
  ['Loki', 'nanoseconds as text', '[start, end)', 'backward', 'logs:loki:nanoseconds'],
  ['Elasticsearch and OpenSearch', 'ISO 8601 in UTC', 'gte, lt', 'by sort', 'logs:cluster:window'],
  ['GitHub runs', 'ISO 8601, a..b', 'both ends', 'descending', 'deploys:github:bounds'],
  ['GitHub deployments', 'none', 'no filter by time', 'descending', 'deploys:github:no-time-filter'],
  ['GitLab deployments', 'ISO 8601', 'by update', 'ascending', 'deploys:gitlab:order'],
  ['GitLab deployments', 'ISO 8601', 'four refused combinations', 'ascending', 'deploys:gitlab:refused'],
  ['Argo CD history', 'ISO 8601', 'the last ten', 'ascending', 'deploys:argocd:history'],
  ['Jenkins builds', 'milliseconds', 'the newest', 'descending', 'deploys:jenkins:milliseconds'],
  ['Jenkins builds', 'milliseconds', 'the newest', 'descending', 'deploys:jenkins:order'],
];

it('each unit, bound and order of a vendor has a test that names it [house:units:covered]', () => {
  const cited = new Set(readCitations().map(({ id }) => id));
  expect(units.filter(([, , , , promise]) => !cited.has(promise))).toStrictEqual([]);
});
