import type { GetMetricDataInput, MessageData, MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';

import { FixgateError } from '#domain/errors.ts';
import type { TimeWindow } from '#domain/evidence.ts';

import { vendorText } from '../vendor-text.ts';
import type { Asking } from './asking.ts';
import type { MetricClient } from './metric-client.ts';

/** One result: the query it belongs to, its label, and its points in ascending order. */
export interface ReadSeries {
  readonly id: string;
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
}

/** All results of some queries. */
export interface ReadData {
  readonly series: readonly ReadSeries[];
  readonly warnings: readonly string[];
}

/** Queries of one request, as the service allows. */
export const MAX_QUERIES = 500;
/** Pages of one read: each has up to 100,800 points. */
const MAX_PAGES = 40;
const MAX_WARNINGS = 3;

interface Reading {
  readonly queries: readonly MetricDataQuery[];
  readonly window: TimeWindow;
  readonly periodMs: number;
  /** Milliseconds since the epoch: a period that is not over by then is left out. */
  readonly now: number;
  /** The caller's own words, for errors. */
  readonly text: string;
}

interface Collected {
  readonly results: Map<string, { id: string; label: string; points: [number, number][]; status: string }>;
  readonly warnings: Set<string>;
}

/** Reads queries over all pages; the start of the window is aligned to the period, or the service would round it itself. */
export async function readMetricData(asking: Asking<MetricClient>, reading: Reading): Promise<ReadData> {
  const { window, periodMs, queries, text, now } = reading;
  const collected: Collected = { results: new Map(), warnings: new Set() };
  const input: GetMetricDataInput = {
    MetricDataQueries: [...queries],
    StartTime: new Date(Math.floor(window.since / periodMs) * periodMs),
    EndTime: new Date(window.until),
    // The default is the other way round.
    ScanBy: 'TimestampAscending',
  };
  let token: string | undefined;
  const seen = new Set<string>();
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await asking.ask({ permission: 'cloudwatch:GetMetricData', query: text }, (signal) =>
      asking.client.metricData({ ...input, ...(token !== undefined && { NextToken: token }) }, signal),
    );
    collect(collected, answer.MetricDataResults ?? [], answer.Messages ?? []);
    token = answer.NextToken;
    if (token === undefined) break;
    if (seen.has(token)) throw inCircles();
    seen.add(token);
  }
  if (token !== undefined) collected.warnings.add('CloudWatch has more points than were read; ask for a longer step.');
  // A period that is not over holds a part of its sums only, which would look like a fall.
  return finish(collected, { since: window.since, until: Math.min(window.until, now - periodMs + 1) });
}

/** A result goes on over pages under the same id and label. */
function collect(
  { results, warnings }: Collected,
  page: readonly MetricDataResult[],
  messages: readonly MessageData[],
): void {
  for (const {
    Id: id = '',
    Label: label = '',
    Timestamps = [],
    Values = [],
    StatusCode = 'Complete',
    Messages = [],
  } of page) {
    const key = `${id}\n${label}`;
    const held = results.get(key) ?? { id, label, points: [], status: StatusCode };
    for (const [index, at] of Timestamps.entries()) {
      const value = Values[index];
      if (value !== undefined && Number.isFinite(value)) held.points.push([at.getTime(), value]);
    }
    held.status = StatusCode;
    results.set(key, held);
    for (const message of Messages) warnings.add(told(message));
  }
  for (const message of messages) warnings.add(told(message));
}

function finish({ results, warnings }: Collected, { since, until }: TimeWindow): ReadData {
  const all = [...results.values()];
  const broken = all.filter(({ status }) => status === 'PartialData' || status === 'InternalError');
  const forbidden = [...warnings].find((text) => /forbidden|not authorized|access ?denied/i.test(text));
  if (forbidden !== undefined && all.every(({ points }) => points.length === 0)) throw refusedThere(forbidden);
  if (broken.length > 0) {
    const why = [...new Set(broken.map(({ status }) => status))].join(', ');
    warnings.add(
      `CloudWatch answered ${broken.length} of ${all.length} series in part only (${why}): points may be missing.`,
    );
  }
  const series = all.map(({ id, label, points }) => ({
    id,
    label,
    points: points.filter(([at]) => at >= since && at < until).toSorted(([a], [b]) => a - b),
  }));
  return { series, warnings: [...warnings].slice(0, MAX_WARNINGS) };
}

function told({ Code: code, Value: value }: MessageData): string {
  return `CloudWatch warns: ${vendorText([code, value].filter(Boolean).join(': '))}.`;
}

function refusedThere(said: string): FixgateError {
  return new FixgateError('provider_rejected', `CloudWatch did not give the metric: ${said}`, {
    fix: 'Have the operator allow cloudwatch:GetMetricData in the account and region that hold the metric.',
  });
}

function inCircles(): FixgateError {
  return new FixgateError('provider_unavailable', 'A page of CloudWatch leads back to an earlier one.', {
    fix: 'Try again in 30 s, or ask for a shorter window.',
  });
}
