import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { nearest } from '#domain/nearest.ts';
import { iso } from '#engine/services/time-windows.ts';
import type { LogSource } from '#providers/sources.ts';

/** Events that are looked at to say what a source holds. */
const LOOKED_AT = 500;
/** The same of a source where reading all is cheap: one service may write far more than another. */
const LOOKED_AT_CHEAPLY = 10_000;
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
  const { newest = LOOKED_AT } = query;
  for await (const { entries } of source.read({ ...query, newest }, signal)) {
    for (const entry of entries) found.push(entry);
    if (found.length >= newest) break;
  }
  return found;
}

function heldWithout(asked: readonly string[], held: readonly LogEntry[]): string {
  const count = held.length >= LOOKED_AT ? `${LOOKED_AT} or more` : String(held.length);
  return `Without ${asked.join(', ')} the window holds ${count} ${count === '1' ? 'event' : 'events'}.`;
}

type AskedNames = { readonly [kind in 'service' | 'env' | 'level']?: string | undefined };

/** A name that was asked, and those that events have in its place. */
interface Named {
  readonly asked: string;
  readonly label: string;
  readonly names: readonly string[];
}

/** The names of the held events, for each kind of name that was asked. */
function namesThere({ service, env, level }: AskedNames, held: readonly LogEntry[]): Record<string, Named> {
  return {
    ...(service !== undefined && { service: { asked: service, label: 'Services', names: namesOf(held, 'service') } }),
    ...(env !== undefined && { env: { asked: env, label: 'Environments', names: namesOf(held, 'env') } }),
    ...(level !== undefined && { level: { asked: level, label: 'Levels', names: namesOf(held, 'level') } }),
  };
}

/** Names that exist, for those that were asked. */
function suggestions(query: LogQuery, held: readonly LogEntry[]): string[] {
  return Object.values(namesThere(query, held)).flatMap(toSuggestion);
}

function toSuggestion({ label, names }: Pick<Named, 'label' | 'names'>): string[] {
  if (names.length === 0) return [];
  const more = names.length > MAX_NAMES ? `, and ${names.length - MAX_NAMES} more` : '';
  return [`${label} there: ${names.slice(0, MAX_NAMES).join(', ')}${more}.`];
}

function namesOf(held: readonly LogEntry[], key: 'service' | 'env' | 'level'): string[] {
  const names = held.map((entry) => entry[key]).filter((name) => name !== undefined);
  return [...new Set<string>(names)].toSorted();
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

/** Says which names there are when no event of an answer bears one that was asked, though others do; a name that events of the window have is none of them. */
export async function explainUnnamed(source: LogSource, query: LogQuery, signal: AbortSignal): Promise<string[]> {
  const { window, filters, service, env } = query;
  const newest = source.sample === undefined ? LOOKED_AT_CHEAPLY : LOOKED_AT;
  const held = await look(source, { window, ...(filters && { filters }), newest }, signal);
  const foreign = Object.entries(namesThere({ service, env }, held)).filter(
    ([, { asked, names }]) => names.length > 0 && !names.some((name) => isSame(name, asked)),
  );
  // Of a service that nothing names each answer would have to say so: many files hold one alone.
  const isUseless = env !== undefined && held.length > 0 && namesOf(held, 'env').length === 0;
  if (foreign.length === 0) return isUseless ? [`No event names an environment, so env ${env} leaves none out.`] : [];
  const asked = foreign.map(([kind, each]) => `${kind} ${each.asked}`).join(' and ');
  const told = foreign.flatMap(([, each]) => [...toSuggestion(each), ...toGuess(each)]);
  return [`No event is named as of ${asked}; these name none. ${told.join(' ')}`];
}

function toGuess({ asked, names }: Named): string[] {
  const meant = nearest(asked, names);
  return meant === undefined ? [] : [`Did you mean ${meant}?`];
}

/** As sources compare names. */
function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}
