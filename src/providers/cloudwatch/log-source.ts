import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';

import { throwIfCancelled } from '../cancelled.ts';
import { cutAtNewest } from '../cut-at-newest.ts';
import { startCall } from '../deadline.ts';
import { partialAfterFirst } from '../partial-read.ts';
import type { LogBatch, NativeRequest, LogSource } from '../sources.ts';
import type { Asking } from './asking.ts';
import { createAsking } from './asking.ts';
import type { CloudWatchClient } from './client.ts';
import { consoleUrl } from './console-link.ts';
import { toError } from './errors.ts';
import type { Defaults } from './events.ts';
import { originOf, parseOrigin, toEntries } from './events.ts';
import type { NativeQuery } from './filters.ts';
import { toNative } from './filters.ts';
import { named, resolveGroups } from './groups.ts';
import { MAX_ROWS, runInsights, selectText, toStored } from './insights.ts';
import { mergeNewest } from './merge-newest.ts';
import type { Pace } from './pace.ts';
import { createPace } from './pace.ts';
import type { GroupBatch } from './read-group.ts';
import { eventPages, readGroup } from './read-group.ts';
import type { CloudWatchSettings } from './settings.ts';

/** A page of the events API holds at most 10,000 events or 1 MB; five a second are read without harm to others. */
const SAMPLE = 5_000;
/** From this length on, a search for few events in a window is faster in Insights than page by page. */
const LARGE_WINDOW_MS = 6 * 3_600_000;
/** How long a stack trace may go on after its head. */
const EVENT_SPAN_MS = 5_000;
const PROBE_WINDOW_MS = 60_000;
const GROUPS_KNOWN_MS = 300_000;

interface Call {
  readonly asking: Asking;
  readonly groups: readonly string[];
}

/** What lasts from call to call. */
interface Source {
  readonly settings: CloudWatchSettings;
  readonly clock: Clock;
  readonly pace: Pace;
  /** Made by the first call: it caches credentials and renews them. */
  client?: CloudWatchClient;
  known?: { readonly groups: readonly string[]; readonly region: string; readonly until: number };
}

/** Logs of the groups that the settings name, in one region of one account; nothing is sent before the first call. */
export function createCloudWatchLogs(settings: CloudWatchSettings, { clock }: { readonly clock: Clock }): LogSource {
  const source: Source = { settings, clock, pace: createPace(settings.requests_per_s, { clock }) };
  return {
    sample: SAMPLE,
    read: (query, signal) => partialAfterFirst('CloudWatch Logs', readEntries(source, query, signal), signal),
    async count(query, signal) {
      const native = toNative(query);
      const call = await open(source, signal);
      return settings.insights === 'off' || native.commands === undefined
        ? await countPages(call, query, native)
        : await countByInsights(call, { settings, query, commands: native.commands });
    },
    event: (origin, signal) => findEvent(source, origin, signal),
    explain: (query) => explain(source, query),
    probe: (signal) => probe(source, signal),
  };
}

async function open(source: Source, signal: AbortSignal): Promise<Call> {
  const { settings, clock, pace } = source;
  throwIfCancelled(signal);
  const { createCloudWatchClient } = await import('./client.ts');
  source.client ??= createCloudWatchClient(settings);
  const limit = startCall({ title: 'CloudWatch Logs', timeoutMs: settings.timeout_s * 1_000, clock }, signal);
  const asking = createAsking({ title: 'CloudWatch Logs', client: source.client, limit, pace, explain: toError });
  if (source.known === undefined || source.known.until <= clock.now()) {
    const groups = await resolveGroups(settings, asking);
    source.known = { groups, region: await asking.region(), until: clock.now() + GROUPS_KNOWN_MS };
  }
  return { asking, groups: source.known.groups };
}

async function* readEntries(source: Source, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogBatch> {
  const { settings } = source;
  const native = toNative(query);
  const byInsights = usesInsights(settings, query, native);
  const call = await open(source, signal);
  const batches = byInsights
    ? readByInsights(call, { settings, query, commands: native.commands ?? [] })
    : readGroups(call, { query, pattern: native.pattern?.text, defaults: settings });
  yield* cutAtNewest(batches, query);
}

async function findEvent(source: Source, origin: string, signal: AbortSignal): Promise<LogEntry | undefined> {
  const asked = parseOrigin(origin);
  if (asked === undefined) return undefined;
  const { asking, groups } = await open(source, signal);
  const { group, stream, at } = asked;
  // An origin names its group; only those of this source are read.
  if (!groups.includes(group)) return undefined;
  const events = [];
  const window = { since: at, until: at + EVENT_SPAN_MS };
  for await (const page of eventPages(asking, { group, stream, window }, { backward: false })) events.push(...page);
  const start = events.findIndex((event) => originOf(event) === origin);
  return start === -1 ? undefined : toEntries(events.slice(start), source.settings)[0];
}

function explain({ settings, known }: Source, query: LogQuery): NativeRequest {
  const { pattern, commands } = toNative(query);
  const region = known?.region ?? settings.region;
  const groups = known?.groups ?? settings.groups;
  const [first = ''] = groups;
  const linked = region !== undefined && !first.endsWith('*');
  const asked = commands === undefined ? undefined : `${selectText(commands, query.window)} | sort @timestamp desc`;
  return {
    native: asked ?? pattern?.text ?? '',
    ...(linked && { uiUrl: consoleUrl(region, first, { window: query.window, pattern: pattern?.text }) }),
    place: `${region ?? 'the region of the profile or environment'}: ${groups.join(', ')}`,
  };
}

async function probe(source: Source, signal: AbortSignal): Promise<string> {
  const { asking, groups } = await open(source, signal);
  const [group = ''] = groups;
  const endTime = source.clock.now();
  const range = { startTime: endTime - PROBE_WINDOW_MS, endTime, limit: 1 };
  await asking.ask({ permission: 'logs:FilterLogEvents' }, (bounded) =>
    asking.client.filterEvents({ ...named(group), ...range }, bounded),
  );
  return `CloudWatch Logs in ${await asking.region()} reads ${group}, the first of ${groups.length} log groups.`;
}

/** Insights costs money for what it scans, so it reads only where a search goes over a long window, or a filter needs it. */
function usesInsights(settings: CloudWatchSettings, query: LogQuery, { pattern, commands }: NativeQuery): boolean {
  if (pattern === undefined && settings.insights === 'off') throw switchedOff();
  if (pattern === undefined) return true;
  const searches = (query.text ?? '') !== '' || (query.filters ?? []).length > 0;
  const large = query.window.until - query.window.since >= LARGE_WINDOW_MS;
  const few = query.newest !== undefined && query.newest < MAX_ROWS;
  return settings.insights === 'auto' && commands !== undefined && searches && large && few;
}

interface PatternReading {
  readonly query: LogQuery;
  readonly pattern: string | undefined;
  readonly defaults: Defaults;
}

function readGroups(
  { asking, groups }: Call,
  { query, pattern, defaults }: PatternReading,
): AsyncGenerator<GroupBatch> {
  return mergeNewest(groups.map((group) => readGroup(asking, { group, window: query.window, pattern }, defaults)));
}

interface InsightsReading {
  readonly settings: CloudWatchSettings;
  readonly query: LogQuery;
  readonly commands: readonly string[];
}

async function* readByInsights({ asking, groups }: Call, reading: InsightsReading): AsyncGenerator<LogBatch> {
  const { settings, query, commands } = reading;
  const limit = Math.min((query.newest ?? MAX_ROWS) + 1, MAX_ROWS);
  const text = `${selectText(commands, query.window)} | sort @timestamp desc | limit ${limit}`;
  const maxBytes = settings.insights_max_gb * 1e9;
  const answer = await runInsights(asking, { groups, window: query.window, text, limit, maxBytes });
  const stored = answer.rows.map((row) => toStored(row, groups));
  const entries = stored.flatMap((event) => toEntries([event], settings));
  const full = answer.rows.length >= MAX_ROWS;
  yield { entries, scannedBytes: answer.scannedBytes, ...(full && { truncated: true }) };
}

async function countByInsights(
  { asking, groups }: Call,
  { settings, query, commands }: InsightsReading,
): Promise<number> {
  const text = `${selectText(commands, query.window)} | stats count(*) as events`;
  const maxBytes = settings.insights_max_gb * 1e9;
  const { rows } = await runInsights(asking, { groups, window: query.window, text, limit: 1, maxBytes });
  return Number(rows[0]?.['events'] ?? 0);
}

/** Where Insights cannot say it, the events themselves are counted; that costs requests and no money. */
async function countPages({ asking, groups }: Call, { window }: LogQuery, { pattern }: NativeQuery): Promise<number> {
  if (pattern === undefined) throw switchedOff();
  let events = 0;
  for (const group of groups) {
    const reading = { group, window, pattern: pattern.text };
    for await (const page of eventPages(asking, reading, { backward: false })) events += page.length;
  }
  return events;
}

function switchedOff(): FixgateError {
  return new FixgateError(
    'invalid_input',
    'A filter of this query needs Logs Insights, which is switched off for this source.',
    {
      fix: 'Write it as a filter pattern, such as ERROR -debug or { $.status >= 500 }.',
    },
  );
}
