/** A document as the fake cluster stores it. */
export interface StoredDocument {
  readonly index: string;
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

/** How a field is indexed: analysed text, a whole value in its own case, or a number. */
export type FieldType = 'text' | 'keyword' | 'long' | 'date';

/** Types of fields; strings are keywords, numbers longs, unless it is said here. */
export type Mapping = Readonly<Record<string, FieldType>>;

/** What the cluster says of a query that it does not take. */
export class QueryRefusal extends Error {
  override readonly name = 'QueryRefusal';
  readonly type: string;
  constructor(type: string, reason: string) {
    super(reason);
    this.type = type;
  }
}

type Query = Readonly<Record<string, unknown>>;

interface Context {
  readonly mapping: Mapping;
  readonly allowExpensive: boolean;
}

/** Tells whether a document matches: the part of the query language that the log source and its tests use. */
export function matches(document: StoredDocument, query: Query, context: Context): boolean {
  const [kind, value] = single(query);
  const body = value as Query;
  const of = (clause: Query) => matches(document, clause, context);
  switch (kind) {
    case 'bool': {
      const { filter = [], must_not: mustNot = [], should = [] } = body as Record<string, Query[]>;
      return filter.every(of) && !mustNot.some(of) && (should.length === 0 || should.some(of));
    }
    case 'range':
      return inRange(document, body);
    case 'ids':
      return (body['values'] as string[]).includes(document.id);
    case 'exists':
      return valuesOf(document, body['field'] as string).length > 0;
    case 'term':
    case 'wildcard':
      return hasTerm(document, { kind, body, context });
    case 'match_phrase': {
      const [field, text] = single(body);
      return hasPhrase(document, { field, text: String(text), mapping: context.mapping });
    }
    case 'multi_match':
      return Object.keys(flatten(document.source)).some((field) =>
        hasPhrase(document, { field, text: String(body['query']), mapping: context.mapping }),
      );
    case 'query_string':
      return queryString(document, body, context);
    default:
      throw new QueryRefusal('parsing_exception', `unknown query [${kind}]`);
  }
}

function single(body: Query): readonly [string, unknown] {
  const [entry] = Object.entries(body);
  if (entry === undefined) throw new QueryRefusal('parsing_exception', 'query malformed, empty clause found');
  return entry;
}

function inRange(document: StoredDocument, body: Query): boolean {
  const [field, value] = single(body);
  const bounds = value as { gte: string; lt: string };
  const at = valuesOf(document, field).map(toMillis)[0];
  return at !== undefined && at >= Date.parse(bounds.gte) && at < Date.parse(bounds.lt);
}

/** Milliseconds, with a fraction where the value has nanoseconds. */
export function toMillis(value: unknown): number {
  if (typeof value === 'number') return value;
  const [, rest = ''] = /\.\d{3}(\d+)Z$/.exec(String(value)) ?? [];
  return Date.parse(String(value).replace(/(\.\d{3})\d+Z$/, '$1Z')) + (rest === '' ? 0 : Number(`0.${rest}`));
}

interface Term {
  readonly kind: 'term' | 'wildcard';
  readonly body: Query;
  readonly context: Context;
}

function hasTerm(document: StoredDocument, { kind, body, context }: Term): boolean {
  const [field, value] = single(body);
  const options = value as { value: string; case_insensitive?: boolean };
  if (kind === 'wildcard' && !context.allowExpensive)
    throw new QueryRefusal(
      'exception',
      "[wildcard] queries cannot be executed when 'search.allow_expensive_queries' is set to false.",
    );
  const fold = (text: string) => (options.case_insensitive === true ? text.toLowerCase() : text);
  const wanted = fold(options.value);
  const test =
    kind === 'term'
      ? (term: string) => term === wanted
      : new RegExp(`^${wanted.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`, 's');
  return termsOf(document, field, context.mapping).some((term) =>
    typeof test === 'function' ? test(fold(term)) : test.test(fold(term)),
  );
}

interface Phrase {
  readonly field: string;
  readonly text: string;
  readonly mapping: Mapping;
}

function hasPhrase(document: StoredDocument, { field, text, mapping }: Phrase): boolean {
  if (typeOf(field, valuesOf(document, field)[0], mapping) !== 'text')
    return valuesOf(document, field).some((value) => String(value) === text);
  const [wanted, held] = [tokens(text), termsOf(document, field, mapping)];
  return held.some((_, start) => wanted.length > 0 && wanted.every((token, n) => held[start + n] === token));
}

/** `a:b`, `a:>=5`, `a:"b c"`, `a:*`, `NOT`, `AND`, `OR` from left to right, and a list of alternatives over `fields`. */
function queryString(document: StoredDocument, body: Query, { mapping }: Context): boolean {
  const query = String(body['query']);
  const fields = body['fields'] as string[] | undefined;
  const parts = query.match(/\(|\)|(?:[\w@.]+:)?(?:"(?:[^"\\]|\\.)*"|[^\s()"]+)/g) ?? [];
  if (parts.join('').length < query.replaceAll(/\s+/g, '').length || /[:(]$/.test(query))
    throw new QueryRefusal('query_shard_exception', `Failed to parse query [${query}]`);
  let result: boolean | undefined;
  let [negate, and] = [false, false];
  for (const part of parts) {
    if (part === 'AND' || part === 'OR') and = part === 'AND';
    else if (part === 'NOT') negate = true;
    else if (part !== '(' && part !== ')') {
      const found = clause(document, { part, fields, mapping }) !== negate;
      result = result === undefined ? found : and ? result && found : result || found;
      [negate, and] = [false, false];
    }
  }
  return result ?? true;
}

interface Part {
  readonly part: string;
  readonly fields: readonly string[] | undefined;
  readonly mapping: Mapping;
}

function clause(document: StoredDocument, { part, fields, mapping }: Part): boolean {
  const [, named, rest = ''] = /^(?:([\w@.]+):)?(.*)$/s.exec(part) ?? [];
  const names = named === undefined ? (fields ?? Object.keys(flatten(document.source))) : [named];
  const bound = /^(>=|<=|>|<)(-?\d+)$/.exec(rest);
  const text = rest.startsWith('"') ? (JSON.parse(rest) as string) : rest;
  return names.some((field) => {
    if (bound !== null)
      return valuesOf(document, field).some((value) => compare(Number(value), bound[1] ?? '', Number(bound[2])));
    if (rest === '*') return valuesOf(document, field).length > 0;
    return hasPhrase(document, { field, text, mapping });
  });
}

function compare(value: number, operator: string, bound: number): boolean {
  if (operator === '>=') return value >= bound;
  if (operator === '<=') return value <= bound;
  return operator === '>' ? value > bound : value < bound;
}

function typeOf(field: string, value: unknown, mapping: Mapping): FieldType {
  return mapping[field] ?? (typeof value === 'number' ? 'long' : 'keyword');
}

function termsOf(document: StoredDocument, field: string, mapping: Mapping): readonly string[] {
  const values = valuesOf(document, field);
  const isText = typeOf(field, values[0], mapping) === 'text';
  return values.flatMap((value) => (isText ? tokens(String(value)) : [String(value)]));
}

/** Nearly the standard analyzer: lower case, words of letters, digits and `_`, a dot between letters being part of a word. */
function tokens(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+(?:\.[\p{L}_]+)*/gu) ?? [];
}

function valuesOf(document: StoredDocument, field: string): readonly unknown[] {
  const value = flatten(document.source)[field];
  return value === undefined || value === null ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
}

function flatten(record: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(flatten(value as Record<string, unknown>, `${prefix}${key}.`))
        : [[`${prefix}${key}`, value] as const],
    ),
  );
}
