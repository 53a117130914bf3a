import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { MetricInfo, MetricQuery, MetricSeries } from '#domain/evidence.ts';
import { fitStep } from '#domain/time.ts';

import { baseUrl, defineProvider, secret } from './define-provider.ts';
import type { HttpClient } from './http.ts';
import { createHttp } from './http.ts';
import { rankMetrics } from './metric-search.ts';
import type { MetricSource } from './sources.ts';

/** Prometheus refuses more: `exceeded maximum resolution of 11,000 points per timeseries`. */
const MAX_POINTS = 11_000;

const settings = z.strictObject({
  url: baseUrl,
  /** Sent as a bearer token. */
  token: secret.optional(),
  /** Such as `X-Scope-OrgID` for Mimir and Thanos. */
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/)).default({}),
  timeout_s: z.number().min(1).max(120).default(10),
});

/** Prometheus and everything that speaks its HTTP API: Thanos, Mimir, VictoriaMetrics. */
export const prometheus = defineProvider({
  id: 'prometheus',
  title: 'Prometheus',
  docs: 'Reads `query_range`, `metadata` and `label/__name__/values` of the HTTP API. Needs read access only.',
  settings,
  capabilities: {
    metrics: ({ url, token, headers, timeout_s }, { clock }) => {
      const auth = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const http = { title: 'Prometheus', url, headers: { ...headers, ...auth }, timeoutMs: timeout_s * 1_000 };
      return createPrometheus(createHttp(http, { clock }));
    },
  },
});

function createPrometheus(http: HttpClient): MetricSource {
  return {
    language: 'PromQL',
    async query(query, signal) {
      const reply = await http.read({ path: 'api/v1/query_range', params: toRangeParams(query) }, signal);
      return parseReply(RangeReply, reply).result.map((series) => toSeries(series, query));
    },
    async search(search, limit, signal) {
      const [names, metadata] = await Promise.all([
        http.read({ path: 'api/v1/label/__name__/values', params: {} }, signal),
        // Some compatible servers have no metadata; names alone still help.
        http.read({ path: 'api/v1/metadata', params: {} }, signal).catch(() => undefined),
      ]);
      const known = metadata === undefined ? {} : parseReply(MetadataReply, metadata);
      return rankMetrics(
        parseReply(NamesReply, names).map((name) => toInfo(name, known)),
        search,
        limit,
      );
    },
  };
}

/** Both ends of a Prometheus range are inclusive; ours excludes the end. */
function toRangeParams({ query, window, stepMs }: MetricQuery): Record<string, string> {
  const step = fitStep(window.until - window.since, Math.max(1_000, stepMs), MAX_POINTS);
  return {
    query,
    start: String(window.since / 1_000),
    end: String((window.until - 1) / 1_000),
    step: String(step / 1_000),
  };
}

const Sample = z.tuple([z.number(), z.string()]);
const Series = z.object({
  metric: z.record(z.string(), z.string()),
  values: z.array(Sample).default([]),
  histograms: z.array(z.unknown()).optional(),
});
const RangeReply = z.object({ data: z.object({ result: z.array(Series) }) }).transform(({ data }) => data);
const NamesReply = z.object({ data: z.array(z.string()) }).transform(({ data }) => data);
const Metadata = z.record(
  z.string(),
  z.array(z.object({ type: z.string(), help: z.string(), unit: z.string() }).partial()),
);
const MetadataReply = z.object({ data: Metadata }).transform(({ data }) => data);

function parseReply<T>(schema: z.ZodType<T>, reply: unknown): T {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new FixgateError(
    'provider_unavailable',
    `Prometheus answered in an unknown form at ${issue?.path.join('.') ?? 'the top'}.`,
    {
      fix: 'Have the operator check that the url is a Prometheus API.',
    },
  );
}

/** NaN and infinities are gaps: they have no place on a scale. */
function toSeries({ metric, values, histograms }: z.infer<typeof Series>, query: MetricQuery): MetricSeries {
  if (values.length === 0 && histograms !== undefined) {
    throw new FixgateError('invalid_input', 'The result is a native histogram, which has no single value per point.', {
      fix: `Use histogram_quantile(0.95, ${query.query.slice(0, 200)}) or histogram_count.`,
    });
  }
  const { __name__: name = '', ...labels } = metric;
  const points = values
    .map(([seconds, value]) => [Math.round(seconds * 1_000), toNumber(value)] as const)
    .filter(([, value]) => Number.isFinite(value));
  return { name, labels, points };
}

function toNumber(text: string): number {
  return /^[+-]?Inf$/i.test(text) ? Number.POSITIVE_INFINITY : Number(text);
}

function toInfo(name: string, known: z.infer<typeof Metadata>): MetricInfo {
  const family = name.replace(/_(bucket|count|sum|total|created)$/, '');
  const entry = [name, family]
    .map((key) => (Object.hasOwn(known, key) ? known[key]?.[0] : undefined))
    .find((found) => found);
  return { name, type: entry?.type ?? '', help: entry?.help ?? '', unit: entry?.unit ?? '' };
}
