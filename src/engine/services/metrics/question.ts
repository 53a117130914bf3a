import { FixgateError } from '#domain/errors.ts';
import type { LabelFilter, MetricAggregate, NamedQuery } from '#domain/evidence.ts';
import { labelOperators, metricAggregates } from '#domain/evidence.ts';
import { didYouMean } from '#engine/arguments.ts';
import type { Chosen } from '#engine/sources.ts';
import type { MetricSource } from '#providers/sources.ts';

/** What a caller says of what to read. */
export interface QuestionInput {
  readonly query?: string | undefined;
  readonly metric?: string | undefined;
  readonly filters?: readonly string[] | undefined;
  readonly agg?: string | undefined;
  readonly group_by?: readonly string[] | undefined;
  readonly service?: string | undefined;
  readonly env?: string | undefined;
}

/** One query of the back end, the named ones of a service, or a comparison of services. */
export type Question =
  | { readonly of: 'query'; readonly query: string }
  | { readonly of: 'services'; readonly queries: readonly NamedQuery[] };

/** Settles what is asked: a metric in words, a query by name or as it is, else the services and what is configured of them. */
export function toQuestion(input: QuestionInput, chosen: Chosen<MetricSource>): Question {
  const { source, queries = {}, text, query: configured } = chosen;
  if (input.metric !== undefined) {
    if (text !== undefined && text !== '') throw both();
    return { of: 'query', query: source.compose({ metric: input.metric, ...wordsOf(input) }) };
  }
  refuseWithoutMetric(input);
  const own =
    input.service !== undefined && Object.hasOwn(queries, input.service) ? (queries[input.service] ?? {}) : {};
  if (text !== undefined && text !== '') {
    const named = Object.hasOwn(own, text) ? own[text] : undefined;
    if (named !== undefined) return { of: 'query', query: fill(named, input.service ?? '', input.env) };
    const everywhere = allOf(queries, input.env, text);
    return everywhere.length > 0 ? { of: 'services', queries: everywhere } : { of: 'query', query: text };
  }
  if (input.service === undefined) return { of: 'services', queries: allOf(queries, input.env) };
  const named = allOf({ [input.service]: own }, input.env);
  if (named.length === 0 && configured !== undefined) return { of: 'query', query: configured };
  return { of: 'services', queries: named };
}

function wordsOf({ filters = [], agg, group_by: groupBy = [], service, env }: QuestionInput) {
  const known = agg === undefined ? undefined : toAggregate(agg);
  return {
    filters: filters.flatMap(toFilters),
    groupBy,
    ...(known !== undefined && { agg: known }),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
  };
}

function toAggregate(agg: string): MetricAggregate {
  const found = metricAggregates.find((name) => name === agg.toLowerCase());
  if (found !== undefined) return found;
  throw new FixgateError(
    'invalid_input',
    `agg ${JSON.stringify(agg.slice(0, 32))} is unknown${didYouMean(agg, metricAggregates)}.`,
    { fix: `Use one of ${metricAggregates.join(', ')}.` },
  );
}

const FILTER = /^\s*([^\s=!~:{},"]+|"[^"]+")\s*(=~|!~|!=|==|=|:)\s*(.*?)\s*$/s;

/** `label=value`, with or without quotes; several in braces or between commas outside of quotes. */
function toFilters(text: string): LabelFilter[] {
  const parts = text.replace(/^\s*\{|\}\s*$/g, '').match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return parts.filter((part) => part.trim() !== '').map(toFilter);
}

function toFilter(text: string): LabelFilter {
  const [, label = '', sign = '', value = ''] = FILTER.exec(text) ?? [];
  if (label === '') {
    throw new FixgateError('invalid_input', `The filter ${JSON.stringify(text.slice(0, 100))} is not understood.`, {
      fix: 'Write filters as code=500, code!=200, route=~"/pay.*" or route!~"/health".',
    });
  }
  const operator = labelOperators.find((one) => one === sign) ?? '=';
  const plain = /^"(?:[^"\\]|\\.)*"$/.test(value) ? value.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : value;
  return { label: label.replaceAll('"', ''), operator, value: plain };
}

/** Every configured query, or those of one name. */
function allOf(
  queries: NonNullable<Chosen<MetricSource>['queries']>,
  env: string | undefined,
  wanted?: string,
): NamedQuery[] {
  return Object.entries(queries).flatMap(([service, own]) =>
    Object.entries(own)
      .filter(([name]) => wanted === undefined || name === wanted)
      .map(([name, query]) => ({ service, name, query: fill(query, service, env) })),
  );
}

/** Names go into queries as they are: nothing in them may end a quoted text. */
function fill(query: string, service: string, env: string | undefined): string {
  if (query.includes('{env}') && env === undefined) {
    throw new FixgateError('invalid_input', 'The configured queries of this service name the environment.', {
      fix: 'Call again with env, such as production.',
    });
  }
  const unsafe = [service, env ?? ''].find((name) => /["'`\\\n{}]/.test(name));
  if (unsafe !== undefined) {
    throw new FixgateError('invalid_input', `${JSON.stringify(unsafe.slice(0, 64))} is no name that fits a query.`, {
      fix: 'Use names without quotes, braces and backslashes.',
    });
  }
  return query.replaceAll('{service}', service).replaceAll('{env}', env ?? '');
}

function refuseWithoutMetric(input: QuestionInput): void {
  const given = (['filters', 'agg', 'group_by'] as const).filter((name) => input[name] !== undefined);
  if (given.length === 0) return;
  throw new FixgateError('invalid_input', `${given.join(', ')} belong to metric, which is missing.`, {
    fix: 'Add metric, or write them in query.',
  });
}

function both(): FixgateError {
  return new FixgateError('invalid_input', 'Both query and metric are given.', {
    fix: 'Use query for the language of the source, or metric with filters, agg and group_by.',
  });
}
