import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { MetricSeries } from '#domain/evidence.ts';

import { vendorText } from '../vendor-text.ts';

const Sample = z.tuple([z.number(), z.string()]);
const Labels = z.record(z.string(), z.string());
const Warnings = { warnings: z.array(z.string()).nullish(), infos: z.array(z.string()).nullish() };
const Series = z.object({
  metric: Labels,
  values: z.array(Sample).default([]),
  histograms: z.array(z.unknown()).optional(),
});
const RangeReply = z.object({ ...Warnings, data: z.object({ result: z.array(Series) }) });
const Vector = z.array(z.object({ metric: Labels, value: Sample.optional() }));
const VectorReply = z.object({ data: z.object({ resultType: z.string(), result: z.unknown() }) });
const NamesReply = z.object({ data: z.array(z.string()).nullish() });
const Metadata = z.record(
  z.string(),
  z.array(z.object({ type: z.string(), help: z.string(), unit: z.string() }).partial()),
);
const MetadataReply = z.object({ data: Metadata });

/** What is known of metrics, by the name of their family. */
export type Families = z.output<typeof Metadata>;

/** Series of a range; sample values come as strings and times as seconds. */
export function toSeries(reply: unknown): { readonly series: MetricSeries[]; readonly warnings: readonly string[] } {
  const { data, warnings, infos } = parse(RangeReply, reply);
  const told = [...(warnings ?? []), ...(infos ?? [])].map((text) => vendorText(text));
  return { series: data.result.map(toOne), warnings: [...new Set(told)].slice(0, 3) };
}

/** Labels and values of an instant query; a single number has no labels. */
export function toVector(
  reply: unknown,
): { readonly labels: Readonly<Record<string, string>>; readonly value: number }[] {
  const { resultType, result } = parse(VectorReply, reply).data;
  if (resultType === 'scalar') return [{ labels: {}, value: toNumber(parse(Sample, result)[1]) }];
  return parse(Vector, result).map(({ metric, value }) => ({
    labels: metric,
    value: value === undefined ? Number.NaN : toNumber(value[1]),
  }));
}

/** Names of metrics or labels, or values of a label. */
export function toNames(reply: unknown): readonly string[] {
  return parse(NamesReply, reply).data ?? [];
}

/** Types, help and units. */
export function toFamilies(reply: unknown): Families {
  return parse(MetadataReply, reply).data;
}

function parse<T>(schema: z.ZodType<T>, reply: unknown): T {
  const parsed = schema.safeParse(reply);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new FixgateError(
    'provider_unavailable',
    `Prometheus answered in an unknown form at ${issue?.path.join('.') ?? 'the top'}.`,
    { fix: 'Have the operator check that the url is a Prometheus API.' },
  );
}

/** NaN and infinities have no place on a scale: they are counted. */
function toOne({ metric, values, histograms }: z.infer<typeof Series>): MetricSeries {
  if (values.length === 0 && histograms !== undefined) {
    throw new FixgateError('invalid_input', 'The result is a native histogram, which has no single value per point.', {
      fix: 'Put it in histogram_quantile(0.95, …), histogram_count(…) or histogram_avg(…).',
    });
  }
  const { __name__: name = '', ...labels } = metric;
  const points: (readonly [number, number])[] = [];
  const notNumbers: number[] = [];
  for (const [seconds, text] of values) {
    const at = Math.round(seconds * 1_000);
    const value = toNumber(text);
    if (Number.isFinite(value)) points.push([at, value]);
    else notNumbers.push(at);
  }
  return { name, labels, points, ...(notNumbers.length > 0 && { notNumbers }) };
}

function toNumber(text: string): number {
  if (/^[+-]?Inf$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}
