import { levelNames } from '#analysis/severity.ts';
import { FixgateError } from '#domain/errors.ts';
import type { LogLevel, LogQuery, TimeWindow } from '#domain/evidence.ts';
import { logLevels } from '#domain/evidence.ts';

import { parseText } from '../log-filter.ts';
import { problemOfStages } from './stages.ts';

/** Names of the labels that tell what an entry belongs to. */
export interface LabelNames {
  /** A label of streams. */
  readonly service: string;
  /** Labels of streams, or structured metadata. */
  readonly env: string;
  readonly level: string;
}

/** What the operator says of the logs. */
export interface LogQlSettings {
  readonly selector?: string | undefined;
  readonly labels: LabelNames;
}

/** A query of log lines, and where its parts begin. */
export interface LogQl {
  readonly selector: string;
  /** All lines: the selector and our own stages on the first, then each filter on lines of its own, so that errors can name it. */
  readonly text: string;
  /** Line, from 1, at which each filter begins. */
  readonly filterLines: readonly number[];
}

/** Loki gives this name to streams of which it knows no service; some libraries append their language. */
export const UNKNOWN_SERVICE = 'unknown_service';

/** Writes the question in LogQL. What is pushed down drops only what is known to differ; the same is checked again on the entries. */
export function toLogQl(query: LogQuery, settings: LogQlSettings): LogQl {
  const filters = (query.filters ?? []).map((filter, index) => checked(filter, index));
  const selector = selectorOf(query, settings);
  const text = [[selector, ...ownStages(query, settings.labels)].join(' '), ...filters].join('\n');
  const heights = filters.map((filter) => filter.split('\n').length);
  const filterLines = filters.map((_, index) => 2 + heights.slice(0, index).reduce((sum, height) => sum + height, 0));
  return { selector, text, filterLines };
}

/** The number of matching lines, as an instant query to be asked at `until` − 1 ns: a range excludes its start and includes its end. */
export function toCountQl({ text }: LogQl, window: TimeWindow): string {
  return `sum(count_over_time(${text} [${Math.max(1, window.until - window.since)}ms]))`;
}

/** The operator's selector, or every stream with a service; narrowed to streams that are not known to be of another service. */
function selectorOf({ service }: LogQuery, { selector, labels }: LogQlSettings): string {
  const base = selector ?? `{${labels.service}=~".+"}`;
  return service === undefined
    ? base
    : narrowed(base, `${labels.service}=~${quoted(`${anyCase(service)}|(?:${UNKNOWN_SERVICE}.*)?`)}`);
}

/** A selector with one more condition. */
export function narrowed(selector: string, condition: string): string {
  const inner = selector.trim().slice(1, -1).trim().replace(/,$/, '');
  return `{${[inner, condition].filter((part) => part !== '').join(', ')}}`;
}

function ownStages({ text = '', env, level }: LogQuery, labels: LabelNames): string[] {
  const { wanted, excluded } = parseText(text);
  const lower = level === undefined ? [] : namesBelow(level);
  return [
    ...wanted.map((word) => `|~ ${quoted(anyCase(word))}`),
    ...excluded.map((word) => `!~ ${quoted(anyCase(word))}`),
    ...(env === undefined ? [] : [`| ${labels.env}=~${quoted(`(?:${anyCase(env)})?`)}`]),
    ...(lower.length === 0 ? [] : [`| ${labels.level}!~${quoted(`(?i:${lower.join('|')})`)}`]),
  ];
}

/** Everything that is read as a level below `least`. */
function namesBelow(least: LogLevel): string[] {
  return logLevels.slice(0, logLevels.indexOf(least)).flatMap((level) => levelNames(level));
}

function checked(filter: string, index: number): string {
  const problem = problemOfStages(filter);
  if (problem === undefined) return filter.trim();
  throw new FixgateError('invalid_input', `Filter ${index + 1} is no LogQL pipeline: ${problem}.`, {
    fix: 'Write stages that begin with |, such as | json | status >= 500; the streams are chosen by service and by the operator.',
  });
}

/** A regular expression of RE2 for a text in any case. */
function anyCase(text: string): string {
  return `(?i:${text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)})`;
}

/** A string of LogQL; lone surrogates have no form in it. */
export function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
