import type { z } from 'zod';

import { issueWords } from '#domain/issue-words.ts';
import type { Place, Problem } from '#policy/problems.ts';
import { problemsOf } from '#policy/problems.ts';

/** What can be read of a file although something in it is wrong. */
export interface Rough<T> {
  /** The file without what is wrong in it, with its defaults filled in. */
  readonly data: T;
  /** The same as it was written. */
  readonly written: Readonly<Record<string, unknown>>;
  /** Every problem, at its place in the file. */
  readonly problems: readonly Problem[];
  /** Places of the file that are left out of both: of a list always the whole entry. */
  readonly leftOut: readonly Place[];
}

interface RoughSchema<T> {
  readonly schema: z.ZodType<T>;
  /** What counts where the file says nothing, or nothing usable, and the schema has no default. */
  readonly assumed?: Fields;
  /** What is wrong with a file whose shape is right. */
  readonly check?: (data: T) => readonly Problem[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a file whose problems are all told at once: each stage of checks sees what the one before found nothing wrong with. */
export function readRoughly<T>(value: unknown, { schema, assumed = {}, check }: RoughSchema<T>): Rough<T> {
  const parse = (given: unknown) => schema.safeParse(given, { error: issueWords });
  /** Leaves out what is wrong, and adds where that is. */
  const parseRest = (leftOut: Place[], part: typeof partAt): T => {
    for (;;) {
      const rest = without(value, leftOut);
      const parsed = parse(completed(rest, assumed));
      if (parsed.success) return parsed.data;
      const wrong = problemsOf(parsed.error, schema).map(({ at }) => restored(part(rest, at), leftOut));
      const more = wrong.filter((place) => !leftOut.some((known) => startsWith(place, known)));
      if (more.length === 0) throw parsed.error;
      leftOut.push(...more);
    }
  };
  // What is wrong only once something else is left out is no problem of the file.
  const { error } = parse(value);
  const problems = error ? problemsOf(error, schema) : [];
  const leftOut: Place[] = [];
  const shaped = parseRest(leftOut, partAt);
  // Of an entry with one wrong value the others are looked at, too.
  const values: Place[] = [];
  const checked = (check?.(parseRest(values, valueAt)) ?? []).map((each) => ({
    ...each,
    at: restored(each.at, values),
  }));
  leftOut.push(...checked.filter(({ at }) => at.some(isIndex)).map(({ at }) => partAt(value, at)));
  const data = checked.length > 0 ? parseRest(leftOut, partAt) : shaped;
  return { data, written: toFields(without(value, leftOut)), problems: [...problems, ...checked], leftOut };
}

/** True when one of two places lies within the other, for any of these. */
export function isRelated(place: Place, others: readonly Place[]): boolean {
  return others.some((other) => startsWith(place, other) || startsWith(other, place));
}

/** Where an entry stood before others of its list were left out. */
export function restored(at: Place, leftOut: readonly Place[]): Place {
  const place: PropertyKey[] = [];
  for (const part of at) place.push(isIndex(part) ? restoredIndex(part, place, leftOut) : part);
  return place;
}

function restoredIndex(index: number, list: Place, leftOut: readonly Place[]): number {
  const gone = leftOut.filter((place) => place.length === list.length + 1 && startsWith(place, list));
  // An entry may have several problems.
  const numbers = new Set(gone.map((place) => Number(place.at(-1))).toSorted((a, b) => a - b));
  return [...numbers].reduce((found, each) => (each <= found ? found + 1 : found), index);
}

/** What has to be left out because of a problem: the entry of a list, else the value, else what lacks it. */
function partAt(value: unknown, at: Place): Place {
  const entry = at.findIndex(isIndex);
  if (entry >= 0) return at.slice(0, entry + 1);
  const found = at.findIndex((_, index) => !has(value, at.slice(0, index + 1)));
  // What the whole file lacks is assumed.
  return found < 1 ? at : at.slice(0, found);
}

/** The value alone that is wrong, where it is there. */
function valueAt(value: unknown, at: Place): Place {
  return has(value, at) ? at : partAt(value, at);
}

function has(value: unknown, at: Place): boolean {
  const part = (within: unknown, key: PropertyKey) =>
    isIndex(key)
      ? Array.isArray(within)
        ? (within[key] as unknown)
        : undefined
      : isFields(within)
        ? within[String(key)]
        : undefined;
  return at.reduce<unknown>(part, value) !== undefined;
}

function isIndex(part: PropertyKey): part is number {
  return typeof part === 'number';
}

function startsWith(place: Place, start: Place): boolean {
  return start.every((part, index) => part === place[index]);
}

function without(value: unknown, places: readonly Place[]): unknown {
  if (places.some(({ length }) => length === 0)) return undefined;
  const inner = (key: PropertyKey) => places.filter(([first]) => first === key).map(([, ...rest]) => rest);
  const kept = (key: PropertyKey, each: unknown) => {
    const rest = inner(key);
    return rest.some(({ length }) => length === 0) ? [] : [[key, without(each, rest)] as const];
  };
  if (Array.isArray(value)) return value.flatMap((each, index) => kept(index, each).map(([, item]) => item));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, each]) => kept(key, each)));
}

function completed(value: unknown, assumed: unknown): unknown {
  if (value === undefined) return assumed;
  if (!isFields(value) || !isFields(assumed)) return value;
  const keys = Object.keys({ ...assumed, ...value });
  return Object.fromEntries(keys.map((key) => [key, completed(value[key], assumed[key])]));
}

function toFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
