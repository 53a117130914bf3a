import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { iso } from '#engine/services/time-windows.ts';
import type { LogSource } from '#providers/sources.ts';

/** Events that are looked at to say what a source holds. */
const LOOKED_AT = 500;
const DAY_MS = 86_400_000;
const MAX_NAMES = 10;

/** What was asked, and which filter of it the caller gave. */
export interface AskedQuery {
  readonly query: LogQuery;
  /** The last of the query's filters, when it is not the operator's. */
  readonly filter: string | undefined;
}

/** Says why nothing may have matched: what the window holds without the filters, else when the source last held anything. */
export async function explainEmpty(source: LogSource, asking: AskedQuery, signal: AbortSignal): Promise<string[]> {
  const query = withoutFilter(asking);
  const asked = filtersOf(asking);
  // What an operator's filter leaves out is not told of either.
  const filters = query.filters === undefined ? {} : { filters: query.filters };
  if (asked.length > 0) {
    const held = await look(source, { window: query.window, ...filters }, signal);
    const onWords = asking.filter !== undefined && source.filtersAreWords === true ? [FILTERS_ARE_WORDS] : [];
    if (held.length > 0) return [heldWithout(asked, held), ...onWords, ...suggestions(query, held)];
  }
  const { since } = query.window;
  const before = await look(source, { window: { since: since - DAY_MS, until: since }, ...filters }, signal);
  const last = Math.max(...before.map(({ at }) => at ?? Number.NEGATIVE_INFINITY));
  const matching =
    query.filters === undefined
      ? ''
      : ` that matches ${query.filters.map((filter) => JSON.stringify(filter.slice(0, 100))).join(' and ')}`;
  return Number.isFinite(last)
    ? [
        `The source holds nothing${matching} in this window; its last event before it is of ${iso(last)}. Try an earlier since.`,
      ]
    : [
        `The source holds nothing${matching} in this window, nor in the 24 h before it: it may be the wrong source, or older than its retention.`,
      ];
}

const FILTERS_ARE_WORDS =
  'A filter of this source is words that must all occur in an event, no language: operators and field names are looked for as text.';

function withoutFilter({ query, filter }: AskedQuery): LogQuery {
  if (filter === undefined) return query;
  const { filters = [], ...rest } = query;
  const configured = filters.slice(0, -1);
  return configured.length === 0 ? rest : { ...rest, filters: configured };
}

/** What was asked beside the window, in words. */
function filtersOf({ query: { service, env, level, text }, filter }: AskedQuery): string[] {
  return [
    ...(service === undefined ? [] : [`service ${service}`]),
    ...(env === undefined ? [] : [`env ${env}`]),
    ...(level === undefined ? [] : [`level ${level}`]),
    ...(text === undefined ? [] : [`query ${JSON.stringify(text.slice(0, 100))}`]),
    ...(filter === undefined ? [] : [`filter ${JSON.stringify(filter.slice(0, 100))}`]),
  ];
}

async function look(source: LogSource, query: LogQuery, signal: AbortSignal): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  for await (const { entries } of source.read({ ...query, newest: LOOKED_AT }, signal)) {
    found.push(...entries);
    if (found.length >= LOOKED_AT) break;
  }
  return found;
}

function heldWithout(asked: readonly string[], held: readonly LogEntry[]): string {
  const count = held.length >= LOOKED_AT ? `${LOOKED_AT} or more` : String(held.length);
  return `Without ${asked.join(', ')} the window holds ${count} ${count === '1' ? 'event' : 'events'}.`;
}

/** Names that exist, for those that were asked and do not. */
function suggestions({ service, env, level }: LogQuery, held: readonly LogEntry[]): string[] {
  const services = namesOf(held.map((entry) => entry.service));
  const envs = namesOf(held.map((entry) => entry.env));
  const levels = namesOf(held.map((entry) => entry.level));
  return [
    ...(service !== undefined && services !== '' ? [`Services there: ${services}.`] : []),
    ...(env !== undefined && envs !== '' ? [`Environments there: ${envs}.`] : []),
    ...(level !== undefined && levels !== '' ? [`Levels there: ${levels}.`] : []),
  ];
}

function namesOf(names: readonly (string | undefined)[]): string {
  const known = [...new Set(names.filter((name) => name !== undefined))].toSorted();
  const more = known.length > MAX_NAMES ? `, and ${known.length - MAX_NAMES} more` : '';
  return known.slice(0, MAX_NAMES).join(', ') + more;
}

/** Watches whether any event names the service and environment that were asked: those that name none are kept, and could be of others. */
export function createUnnamedCount({ service, env }: LogQuery) {
  const named = { service: service === undefined, env: env === undefined };
  return {
    add(entry: Pick<LogEntry, 'service' | 'env'>) {
      named.service ||= entry.service !== undefined;
      named.env ||= entry.env !== undefined;
    },
    isComplete: () => named.service && named.env,
  };
}

/** Says which names there are when no event of an answer bears those that were asked, though others do. */
export async function explainUnnamed(source: LogSource, query: LogQuery, signal: AbortSignal): Promise<string[]> {
  const { window, filters } = query;
  const names = suggestions(query, await look(source, { window, ...(filters && { filters }) }, signal));
  const asked = [
    ...(query.service === undefined ? [] : [`service ${query.service}`]),
    ...(query.env === undefined ? [] : [`env ${query.env}`]),
  ].join(' and ');
  const told = names.filter((name) => !name.startsWith('Levels'));
  return told.length === 0 ? [] : [`No event is named as of ${asked}; these name none. ${told.join(' ')}`];
}
