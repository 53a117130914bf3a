import { FixgateError } from '#domain/errors.ts';
import type { LabelFilter, MetricSelect } from '#domain/evidence.ts';

import { alternativesOf } from '../alternatives.ts';

/** The parts of one query without arithmetic. */
export interface PlainQuery {
  /** How values of several hosts become one: `avg`, `sum`, `min`, `max`, `count` or a percentile. */
  readonly aggregator: string;
  readonly metric: string;
  readonly scope: string;
  readonly by: readonly string[];
  /** Values are counts of an interval, so that those of several intervals are added. */
  readonly isCount: boolean;
}

const PLAIN =
  /^\s*(avg|sum|min|max|count|p\d{2}(?:\.\d+)?):([A-Za-z][\w.]{0,255})\{([^{}]*)\}(?:\s*by\s*\{([^{}]*)\})?((?:\.(?:as_count|as_rate|rollup|weighted)\([^()]*\))*)\s*$/;

/** Reads a query that is one metric with its scope and groups; undefined for expressions and functions. */
export function parsePlain(query: string): PlainQuery | undefined {
  const found = PLAIN.exec(query);
  if (found === null) return undefined;
  const [, aggregator = '', metric = '', scope = '', by = '', suffix = ''] = found;
  const names = by.split(',').map((name) => name.trim());
  return { aggregator, metric, scope, by: names.filter(Boolean), isCount: suffix.includes('.as_count()') };
}

/** Metrics whose values count things, by the names that Datadog's own integrations give them. */
const COUNTED = /[._](?:count|counts|hits|errors|requests|total)$/;
const TAG_NAME = /^[\p{L}_][\p{L}\p{N}_\-./]{0,199}$/u;
/** Signs of a tag's value; others become `_` when Datadog stores it. */
const TAG_VALUE = /^[\p{L}\p{N}_\-:./]{1,200}$/u;

/** Writes a query of Datadog. Tags are lower case there. */
export function composeDatadog(select: MetricSelect): string {
  const { metric, filters, agg, groupBy } = select;
  if (!/^[A-Za-z][\w.]{0,255}$/.test(metric)) {
    throw unsaid(`has no metric named ${quote(metric)}`, 'Name a metric such as system.cpu.user; search lists them.');
  }
  const own = (['service', 'env'] as const).flatMap((label): LabelFilter[] => {
    const value = select[label];
    const isGiven = filters.some((filter) => filter.label === label);
    return value === undefined || isGiven ? [] : [{ label, operator: '=', value }];
  });
  const conditions = [...own, ...filters].map(condition);
  const by = groupBy.length === 0 ? '' : ` by {${groupBy.map(tagName).join(',')}}`;
  const asRate = agg === 'rate' || (agg === undefined && COUNTED.test(metric));
  const aggregator = asRate ? 'sum' : (agg ?? 'avg');
  const suffix = asRate ? '.as_rate()' : agg === 'count' ? '.as_count()' : '';
  return `${aggregator}:${metric}{${conditions.join(' AND ') || '*'}}${by}${suffix}`;
}

function condition({ label, operator, value }: LabelFilter): string {
  const tag = tagName(label);
  const negated = operator.startsWith('!') ? 'NOT ' : '';
  if (operator === '=' || operator === '!=') return `${negated}${tag}:${tagValue(value)}`;
  const alternatives = alternativesOf(value);
  if (alternatives === undefined || alternatives.every(({ text }) => text === '')) {
    throw unsaid(
      `has no patterns such as ${quote(value)} for tags`,
      'Write the values themselves, as in a|b, or a beginning with .* after it, as in web.*.',
    );
  }
  const terms = alternatives.map(({ text, isPrefix }) => `${tag}:${tagValue(text)}${isPrefix ? '*' : ''}`);
  return terms.length === 1 ? `${negated}${terms[0]}` : `${negated}(${terms.join(' OR ')})`;
}

function tagName(label: string): string {
  if (TAG_NAME.test(label)) return label.toLowerCase();
  throw unsaid(
    `has no tag named ${quote(label)}`,
    'Name a tag by letters, digits, _, -, . and /, such as host or availability-zone.',
  );
}

function tagValue(value: string): string {
  if (TAG_VALUE.test(value)) return value.toLowerCase();
  throw unsaid(
    `has no tag with the value ${quote(value)}`,
    'Write the value as Datadog stores it: letters, digits, _, -, :, . and /, others replaced by _.',
  );
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}

function unsaid(what: string, fix: string): FixgateError {
  return new FixgateError('invalid_input', `Datadog ${what}.`, { fix });
}
