import { levelNames } from '#analysis/severity.ts';
import type { LogLevel, LogQuery } from '#domain/evidence.ts';
import { logLevels } from '#domain/evidence.ts';

import { parseText } from '../log-filter.ts';

/** Names of the fields that are read. */
export interface FieldNames {
  readonly timestamp: string;
  readonly message: string;
  readonly level: string;
  readonly service: string;
  readonly env: string;
  readonly trace: string;
}

/** How words are looked up: within the terms of the index, or as whole terms where a cluster forbids that. */
export type WordSearch = 'anywhere' | 'whole';

/** One clause of a `bool` query. */
type Clause = Readonly<Record<string, unknown>>;

/** Where loggers and ECS keep what a log file would show. */
const TEXT_FIELDS = [
  'message',
  'msg',
  'log',
  'body',
  'body.text',
  'error.message',
  'error.type',
  'error.stack_trace',
  'error.stack',
];

/**
 * The question as a query. What is pushed down drops only what is known to differ; the same is checked again on the entries. Each filter is a
 * clause of its own, so that none can reach into another.
 */
export function toQuery(query: LogQuery, fields: FieldNames, words: WordSearch): Clause {
  const { window, text = '', service, env, level, filters = [] } = query;
  const [gte, lt] = [window.since, window.until].map((at) => new Date(at).toISOString());
  const { wanted, excluded } = parseText(text);
  return {
    bool: {
      filter: [
        { range: { [fields.timestamp]: { gte, lt, format: 'strict_date_optional_time' } } },
        ...filters.map((filter) => ({ query_string: { query: filter } })),
        ...wanted
          .filter((word) => words === 'whole' || runsOf(word).length > 0)
          .map((word) => holdsWord(word, fields, { words, typed: asTyped(text, word) })),
        ...(service === undefined ? [] : [isOrLacks(fields.service, service)]),
        ...(env === undefined ? [] : [isOrLacks(fields.env, env)]),
      ],
      must_not: [
        ...(words === 'anywhere' ? excluded.filter(isOneRun) : []).map((word) =>
          anyField(fields, (field) => within(field, word)),
        ),
        ...lowerLevels(fields.level, level),
      ],
    },
  };
}

interface Word {
  readonly words: WordSearch;
  /** In the caller's own case. */
  readonly typed: string;
}

/**
 * Terms of the main fields that hold every run of letters and digits of the word, whatever the analyzer split it at; and any other field in
 * which it is a whole value or phrase.
 */
function holdsWord(word: string, fields: FieldNames, { words, typed }: Word): Clause {
  const runs = words === 'anywhere' ? runsOf(word) : [];
  const anywhere = runs.map((run) => anyField(fields, (field) => within(field, run)));
  const phrases = [...new Set([typed, word])].map((query) => ({
    multi_match: { query, type: 'phrase', lenient: true },
  }));
  return anyOf([...(anywhere.length === 0 ? [] : [{ bool: { filter: anywhere } }]), ...phrases]);
}

/** Letters and digits of one word stay together in the terms of every common analyzer; other scripts are left to the check on the entries. */
function runsOf(word: string): readonly string[] {
  return word.match(/[a-z0-9]+/g) ?? [];
}

/** Only then a term that holds it is the same as a text that does. */
function isOneRun(word: string): boolean {
  return runsOf(word)[0] === word;
}

function asTyped(text: string, word: string): string {
  const at = text.toLowerCase().indexOf(word);
  return at === -1 ? word : text.slice(at, at + word.length);
}

function anyField({ message }: FieldNames, clause: (field: string) => Clause): Clause {
  return anyOf([...new Set([message, ...TEXT_FIELDS])].map(clause));
}

function within(field: string, run: string): Clause {
  return { wildcard: { [field]: { value: `*${run}*`, case_insensitive: true } } };
}

/** A keyword in any case, a text that holds the words, or no value at all. */
function isOrLacks(field: string, value: string): Clause {
  return anyOf([
    { term: { [field]: { value, case_insensitive: true } } },
    { term: { [`${field}.keyword`]: { value, case_insensitive: true } } },
    { match_phrase: { [field]: value } },
    { bool: { must_not: [{ exists: { field } }] } },
  ]);
}

/** Every way to write a level below the least one; lenient, because the field may hold numbers. */
function lowerLevels(field: string, least: LogLevel | undefined): readonly Clause[] {
  const lower = least === undefined ? [] : logLevels.slice(0, logLevels.indexOf(least));
  if (lower.length === 0) return [];
  const names = lower.flatMap((level) => levelNames(level));
  const written = new Set(names.flatMap((name) => [name, name.toUpperCase(), capitalised(name)]));
  const query = [...written].map((name) => `"${name}"`).join(' OR ');
  return [{ query_string: { query, fields: [field], lenient: true } }];
}

function capitalised(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

function anyOf(should: readonly Clause[]): Clause {
  return { bool: { should, minimum_should_match: 1 } };
}

/** The question as a person would write it into the search box of Kibana or Dashboards, in Lucene's syntax. */
export function toLucene(query: LogQuery, fields: FieldNames): string {
  const { text = '', service, env, level, filters = [] } = query;
  const { wanted, excluded } = parseText(text);
  const quoted = (value: string) => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  const equals = (field: string, value: string) => `${field}:${quoted(value)} OR NOT _exists_:${field}`;
  const lower = level === undefined ? [] : logLevels.slice(0, logLevels.indexOf(level));
  const parts = [
    ...filters,
    ...wanted.map(quoted),
    ...excluded.map((word) => `NOT ${quoted(word)}`),
    ...(service === undefined ? [] : [equals(fields.service, service)]),
    ...(env === undefined ? [] : [equals(fields.env, env)]),
    ...(lower.length === 0 ? [] : [`NOT ${fields.level}:(${lower.join(' OR ')})`]),
  ];
  return (parts.length > 1 ? parts.map((part) => `(${part})`).join(' AND ') : parts[0]) ?? '*';
}
