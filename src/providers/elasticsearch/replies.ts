import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';

const Reason = z.object({ type: z.string(), reason: z.string().nullish() });
const Shards = z.object({
  total: z.number(),
  failed: z.number(),
  failures: z.array(z.object({ reason: Reason }).partial()).optional(),
});
const Hit = z
  .object({
    _index: z.string(),
    _id: z.string(),
    _source: z.record(z.string(), z.unknown()).default({}),
    sort: z.array(z.union([z.string(), z.number(), z.null()])).default([]),
  })
  .transform(({ _index: index, _id: id, _source: source, sort: sorted }) => ({ index, id, source, sorted }));
const SearchReply = z
  .object({
    pit_id: z.string().optional(),
    timed_out: z.boolean().default(false),
    _shards: Shards,
    hits: z.object({ hits: z.array(Hit) }),
  })
  .transform(({ pit_id: pointId, timed_out: timedOut, _shards: shards, hits: { hits } }) => ({
    pointId,
    timedOut,
    shards,
    hits,
  }));
const CountReply = z
  .object({ count: z.number(), _shards: Shards })
  .transform(({ count, _shards: shards }) => ({ count, shards }));
const PointReply = z.object({ id: z.string(), pit_id: z.string() }).partial();

/** A document that was found, and the values it was sorted by. */
export type Hit = z.infer<typeof Hit>;

/** One answer to a search. */
export type SearchReply = z.infer<typeof SearchReply>;

/** Reads the answer to a search. */
export function toSearchReply(title: string, reply: unknown): SearchReply {
  return parsed(SearchReply, title, reply);
}

/** Reads the answer to a count; throws when shards are missing from it, since it is then no true count. */
export function toCount(title: string, reply: unknown): number {
  const { count, shards } = parsed(CountReply, title, reply);
  const [missing] = incompleteness({ timedOut: false, shards });
  if (missing === undefined) return count;
  throw new FixgateError('provider_unavailable', `${title} counted only a part: ${missing}`, {
    fix: 'Try again in 30 s, or count what is read.',
  });
}

/** Reads the id of a new point in time. */
export function toPointId(title: string, field: 'id' | 'pit_id', reply: unknown): string {
  const id = parsed(PointReply, title, reply)[field];
  if (id === undefined) throw unknownForm(title, field);
  return id;
}

/** Why an answer may lack matches, in one sentence each; empty for a whole one. */
export function incompleteness({ timedOut, shards }: Pick<SearchReply, 'timedOut' | 'shards'>): readonly string[] {
  const { failed, total, failures = [] } = shards;
  const reason = failures.find((failure) => failure.reason !== undefined)?.reason;
  const why = reason === undefined ? '' : ` (${reason.type}: ${(reason.reason ?? '').slice(0, 300)})`;
  return [
    ...(failed > 0 ? [`${failed} of ${total} shards failed${why}; their documents are missing.`] : []),
    ...(timedOut ? ['The search ran out of time; documents are missing.'] : []),
  ];
}

function parsed<T>(schema: z.ZodType<T>, title: string, reply: unknown): T {
  const result = schema.safeParse(reply);
  if (result.success) return result.data;
  throw unknownForm(title, result.error.issues[0]?.path.join('.') || 'the top');
}

function unknownForm(title: string, place: string): FixgateError {
  return new FixgateError('provider_unavailable', `${title} answered in an unknown form at ${place}.`, {
    fix: `Have the operator check that the url is an API of ${title}, and that the provider fits: elasticsearch or opensearch.`,
  });
}
