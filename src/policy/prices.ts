import { z } from 'zod';

import { issueWords } from '#domain/issue-words.ts';
import { describeIssues, misconfigured } from '#policy/problems.ts';

/** Bytes of a file of prices; architect's own has 3 KiB. */
export const MAX_PRICES_BYTES = 65_536;

/** More than any budget, and exact in sums. */
const MAX_MICROS = 1_000_000_000_000;

const perMillion = z.number().min(0).max(1_000_000);

const ModelPrice = z.strictObject({
  input_per_million: perMillion,
  output_per_million: perMillion,
  cached_input_per_million: perMillion.nullish(),
});

const Prices = z
  .record(z.string(), ModelPrice)
  .refine(
    (prices) => Object.keys(prices).length > 0,
    'names no model, such as "my-model": { "input_per_million": 3, … }',
  );

/** Dollars per million tokens, by the exact name of a model. */
export type PriceTable = Readonly<Record<string, z.infer<typeof ModelPrice>>>;

/** What a host says that its model used for a call: whole tokens from 0 on. */
export interface ReportedUsage {
  readonly model: string | undefined;
  /** Those that a cache held included. */
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

/** Reads a file of prices in the form of architect's `default_prices.json`, where names with `_` are comments; throws `misconfigured`. */
export function parsePrices(text: string, origin: string): PriceTable {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PRICES_BYTES) throw tooLarge(origin, bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw misconfigured(origin, ['the file is no JSON'], cause);
  }
  const parsed = Prices.safeParse(withoutComments(value), { error: issueWords });
  if (!parsed.success) throw misconfigured(origin, describeIssues(parsed.error, Prices), parsed.error);
  return parsed.data;
}

/** A file of prices that is not even read. */
export function tooLarge(origin: string, bytes: number): Error {
  return misconfigured(origin, [`the file has ${bytes} bytes; at most ${MAX_PRICES_BYTES} are read`]);
}

/** What the usage costs by the dearest of these tables, in micro-dollars; a model that a table does not name costs what its dearest one would. */
export function usageMicros(usage: ReportedUsage | undefined, tables: readonly PriceTable[]): number {
  if (!usage) return 0;
  const costs = tables.flatMap((table) => {
    const { model } = usage;
    const known = model !== undefined && Object.hasOwn(table, model) ? table[model] : undefined;
    return (known ? [known] : Object.values(table)).map((price) => costOf(usage, price));
  });
  return Math.min(MAX_MICROS, Math.ceil(Math.max(0, ...costs)));
}

function costOf({ input, output, cached }: ReportedUsage, price: z.infer<typeof ModelPrice>): number {
  // A host that does not count what was cached among its input pays for both.
  const fresh = cached <= input ? input - cached : input;
  const forCached = price.cached_input_per_million ?? price.input_per_million;
  return fresh * price.input_per_million + cached * forCached + output * price.output_per_million;
}

function withoutComments(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith('_')));
}
