import type { LogsListRequest } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/models/LogsListRequest.js';
import type { LogsResponseMetadata } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/models/LogsResponseMetadata.js';

import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery, TimeWindow } from '#domain/evidence.ts';

import { throwIfCancelled } from '../cancelled.ts';
import { cutAtNewest } from '../cut-at-newest.ts';
import type { CallLimit } from '../deadline.ts';
import { startCall } from '../deadline.ts';
import { partialAfterFirst } from '../partial-read.ts';
import type { LogBatch, LogSource } from '../sources.ts';
import { vendorText } from '../vendor-text.ts';
import type { DatadogApi } from './api.ts';
import { unreachable } from './errors.ts';
import { toEntry } from './event.ts';
import type { DatadogSettings, StorageTier } from './place.ts';
import { apiUrl, explorerUrl, storageTiers } from './place.ts';
import type { RateLimits } from './rate-limits.ts';
import { createRateLimits } from './rate-limits.ts';
import { toSearchText } from './search-text.ts';

/** Datadog's own limit of one page. */
const PAGE = 1_000;
/** Five pages: each is a request that counts against the limit of the organisation. */
const SAMPLE = 5_000;
/** Pages that are read to find one event by its time. */
const EVENT_PAGES = 5;
const PROBE_WINDOW_MS = 60_000;

interface Call {
  readonly api: DatadogApi;
  readonly limit: CallLimit;
}

interface Search {
  readonly text: string;
  readonly window: TimeWindow;
  readonly tier: StorageTier;
  /** Events of one page. */
  readonly page: number;
}

/** Most organisations lack a tier for good, but an error may pass. */
const TIER_PAUSE_MS = 600_000;

/** What lasts from call to call. */
interface Source {
  readonly settings: DatadogSettings;
  readonly clock: Clock;
  readonly rates: RateLimits;
  /** Tiers that answered with an error, and when: they are not asked again for a while. */
  readonly unavailable: Map<StorageTier, number>;
  readonly title: string;
}

/** Logs of one Datadog organisation; nothing is sent before the first call. */
export function createDatadogLogs(settings: DatadogSettings, { clock }: { readonly clock: Clock }): LogSource {
  const title = `Datadog at ${new URL(apiUrl(settings)).origin}`;
  const source = {
    settings,
    clock,
    rates: createRateLimits({ clock }),
    unavailable: new Map<StorageTier, number>(),
    title,
  };
  return {
    sample: SAMPLE,
    read: (query, signal) => partialAfterFirst('Datadog', readEntries(source, query, signal), signal),
    count: (query, signal) => countAll(source, query, signal),
    event: (origin, signal) => findEvent(source, origin, signal),
    explain(query) {
      const native = toSearchText(query);
      return { native, uiUrl: explorerUrl(settings, native, query.window), place: placeOf(settings) };
    },
    probe: (signal) => probe(source, signal),
  };
}

async function open({ settings, clock, rates, title }: Source, signal: AbortSignal): Promise<Call> {
  throwIfCancelled(signal);
  const { createDatadogApi } = await import('./api.ts');
  const limit = startCall({ title, timeoutMs: settings.timeout_s * 1_000, clock }, signal);
  return { api: createDatadogApi(settings, { clock, rates, deadline: limit }), limit };
}

function fail({ title }: Source, { limit }: Call, error: unknown): FixgateError {
  return limit.explain(error, (cause) => unreachable(title, cause));
}

/** The tier that is always asked, then those that are asked when it holds nothing. */
function tiersOf({ settings: { storage_tier: tier }, unavailable, clock }: Source): readonly StorageTier[] {
  const asked = (each: StorageTier) => clock.now() - (unavailable.get(each) ?? -TIER_PAUSE_MS) >= TIER_PAUSE_MS;
  return tier === undefined ? storageTiers.filter(asked) : [tier];
}

async function* readEntries(source: Source, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogBatch> {
  const text = toSearchText(query);
  const call = await open(source, signal);
  const page = Math.min(PAGE, (query.newest ?? PAGE) + 1);
  yield* cutAtNewest(searchTiers(source, call, { text, window: query.window, page }), query);
}

async function* searchTiers(source: Source, call: Call, search: Omit<Search, 'tier'>): AsyncGenerator<Page> {
  const [first] = tiersOf(source);
  for (const tier of tiersOf(source)) {
    let found = false;
    try {
      for await (const page of pages(call, source.settings, { ...search, tier })) {
        found ||= page.entries.length > 0;
        const note = `The indexes hold no such event; these come from the tier ${tier}.`;
        yield tier === first || !found ? page : { ...page, warnings: [...page.warnings, note] };
      }
    } catch (error) {
      if (tier === first || found || call.limit.signal.aborted) throw fail(source, call, error);
      source.unavailable.set(tier, source.clock.now());
    }
    if (found) return;
  }
}

async function countAll(source: Source, query: LogQuery, signal: AbortSignal): Promise<number> {
  const text = toSearchText(query);
  const call = await open(source, signal);
  const [first] = tiersOf(source);
  for (const tier of tiersOf(source)) {
    const search = { settings: source.settings, text, window: query.window, tier };
    const counted = await total(call, search).catch((error: unknown) => {
      if (tier === first) throw fail(source, call, error);
      source.unavailable.set(tier, source.clock.now());
      return 0;
    });
    if (counted > 0) return counted;
  }
  return 0;
}

/** There is no request for one event: it is searched by its time, which its origin names. */
async function findEvent(source: Source, origin: string, signal: AbortSignal): Promise<LogEntry | undefined> {
  const at = Number(/^(\d{1,15}):./.exec(origin)?.[1] ?? Number.NaN);
  if (Number.isNaN(at)) return undefined;
  const call = await open(source, signal);
  const search = { text: '*', window: { since: at, until: at + 1 }, page: PAGE };
  let pagesLeft = EVENT_PAGES;
  for await (const { entries } of searchTiers(source, call, search)) {
    const found = entries.find((entry) => entry.origin === origin);
    if (found !== undefined || --pagesLeft === 0) return found;
  }
  return undefined;
}

async function probe(source: Source, signal: AbortSignal): Promise<string> {
  const { settings, clock } = source;
  const call = await open(source, signal);
  const until = clock.now();
  const [tier = 'indexes'] = tiersOf(source);
  const search = { text: '*', window: { since: until - PROBE_WINDOW_MS, until }, tier, page: 1 };
  try {
    await pages(call, settings, search).next();
  } catch (error) {
    throw fail(source, call, error);
  }
  return `${placeOf(settings)} answers a search; the keys may read logs.`;
}

interface Page extends LogBatch {
  readonly entries: readonly LogEntry[];
  readonly warnings: readonly string[];
}

/** The newest events first, page by page. The window is absolute, so that it cannot slide between pages. */
async function* pages({ api }: Call, settings: DatadogSettings, search: Search): AsyncGenerator<Page> {
  let received = api.received();
  const seen = new Set<string>();
  for (let cursor: string | undefined; ;) {
    const body = toRequest(settings, search, { limit: search.page, cursor });
    const { data = [], meta } = await api.logs.listLogs({ body });
    const entries = data.map((log) => toEntry(log, settings.message_attribute));
    yield { entries, scannedBytes: api.received() - received, warnings: warningsOf(meta) };
    received = api.received();
    cursor = meta?.page?.after;
    // A full last page carries a cursor too: only an empty page, or one without a cursor, is the end.
    if (entries.length === 0 || cursor === undefined) return;
    if (seen.has(cursor)) throw new Error('the cursor of a page leads back to an earlier one');
    seen.add(cursor);
  }
}

function toRequest(
  settings: DatadogSettings,
  search: Omit<Search, 'page'>,
  page: { readonly limit: number; readonly cursor: string | undefined },
): LogsListRequest {
  return {
    filter: toFilter(settings, search),
    options: { timezone: 'UTC' },
    sort: '-timestamp',
    page: { limit: page.limit, ...(page.cursor !== undefined && { cursor: page.cursor }) },
  };
}

function toFilter({ indexes }: DatadogSettings, { text, window, tier }: Omit<Search, 'page'>) {
  return {
    query: text,
    from: String(window.since),
    to: String(window.until),
    storageTier: tier,
    ...(indexes.length > 0 && { indexes: [...indexes] }),
  };
}

interface Counting extends Omit<Search, 'page'> {
  readonly settings: DatadogSettings;
}

async function total({ api }: Call, { settings, ...search }: Counting): Promise<number> {
  const { data, meta } = await api.logs.aggregateLogs({
    body: { compute: [{ aggregation: 'count', type: 'total' }], filter: toFilter(settings, search) },
  });
  if (meta?.status === 'timeout') {
    throw new FixgateError('timeout', 'Datadog ran out of time before it had counted all events.', {
      fix: 'Ask for a shorter window.',
    });
  }
  const value = Object.values(data?.buckets?.[0]?.computes ?? {})[0];
  return typeof value === 'number' ? value : 0;
}

function warningsOf(meta: LogsResponseMetadata | undefined): string[] {
  const said = (meta?.warnings ?? []).map(({ title, detail }) =>
    vendorText([title, detail].filter(Boolean).join(': ')),
  );
  const slow = meta?.status === 'timeout' ? ['it ran out of time, so that events may be missing'] : [];
  return [...said, ...slow].map((text) => `Datadog warns: ${text}.`);
}

function placeOf({ site, indexes, storage_tier: tier }: DatadogSettings): string {
  const where = indexes.length === 0 ? 'all indexes' : `indexes ${indexes.join(', ')}`;
  return `Datadog ${site}, ${where}${tier === undefined ? '' : `, tier ${tier}`}`;
}
