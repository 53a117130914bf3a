import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';

const Labels = z.record(z.string(), z.string());

/** Labels of a stream, or of one line. */
export type Labels = z.infer<typeof Labels>;

/** One line of a log, as Loki holds it. */
export interface LokiLine {
  /** Nanoseconds since the epoch: more than a number can hold. */
  readonly ns: bigint;
  readonly text: string;
  /** Labels of its stream, with its structured metadata and the labels that the query's own stages found. */
  readonly labels: Labels;
}

const Value = z.tuple([z.string().regex(/^\d{1,19}$/), z.string()]).rest(z.unknown());
const Stream = z.object({ stream: Labels, values: z.array(Value) });
const Stats = z.object({ summary: z.object({ totalBytesProcessed: z.number() }) });
const StreamsReply = z.object({
  data: z.object({
    resultType: z.literal('streams'),
    result: z.array(Stream),
    stats: Stats.optional().catch(undefined),
  }),
  warnings: z.array(z.string()).nullish(),
});
const VectorReply = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ value: z.tuple([z.unknown(), z.string()]) })),
  }),
});
const LabelsReply = z.object({ data: z.array(z.string()).default([]) });
const IndexStats = z.object({ streams: z.number(), bytes: z.number() });

/** Lines of one answer with what they cost. */
export interface LinesRead {
  /** In the order of their times; lines of one stream and time in the order they were written. */
  readonly lines: readonly LokiLine[];
  readonly scannedBytes: number;
  readonly warnings: readonly string[];
}

/** Reads the answer of a log query that was asked in this direction. */
export function toLines(reply: unknown, direction: 'backward' | 'forward' = 'backward'): LinesRead {
  const { data, warnings } = parsed(StreamsReply, reply);
  const lines = data.result.flatMap(({ stream, values }) => {
    const written = direction === 'backward' ? values.toReversed() : values;
    return written.map(([ns, text]) => ({ ns: BigInt(ns), text, labels: stream }));
  });
  const bytes = lines.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return {
    lines: lines.toSorted((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0)),
    scannedBytes: data.stats?.summary.totalBytesProcessed || bytes,
    warnings: warnings ?? [],
  };
}

/** Reads the answer of an instant query for one number; nothing counted is no answer at all. */
export function toCount(reply: unknown): number {
  const { data } = parsed(VectorReply, reply);
  return data.result.reduce((sum, { value }) => sum + Number(value[1]), 0);
}

/** Reads the names of all labels. */
export function toLabelNames(reply: unknown): readonly string[] {
  return parsed(LabelsReply, reply).data;
}

/** Reads what the index says of a selector. */
export function toIndexStats(reply: unknown): z.infer<typeof IndexStats> {
  return parsed(IndexStats, reply);
}

function parsed<T>(schema: z.ZodType<T>, reply: unknown): T {
  const result = schema.safeParse(reply);
  if (result.success) return result.data;
  const place = result.error.issues[0]?.path.join('.') || 'the top';
  throw new FixgateError('provider_unavailable', `Loki answered in an unknown form at ${place}.`, {
    fix: 'Have the operator check that the url is a Loki API.',
  });
}
