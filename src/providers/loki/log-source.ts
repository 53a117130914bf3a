import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';

import type { HttpClient } from '../http.ts';
import { createHttp } from '../http.ts';
import { accessHeaders } from '../http/access.ts';
import { createLogFilter } from '../log-filter.ts';
import type { LokiSettings } from '../loki.ts';
import { partialAfterFirst } from '../partial-read.ts';
import type { LogBatch, LogSource } from '../sources.ts';
import type { StreamJoiner, StreamNames } from './entries.ts';
import { createStreamJoiner, labelsOfStream, nsOfOrigin } from './entries.ts';
import { explainLoki, placeInFilters } from './errors.ts';
import { toExploreUrl } from './links.ts';
import type { LogQl } from './log-ql.ts';
import { narrowed, quoted, toCountQl, toLogQl } from './log-ql.ts';
import type { PageRequest } from './pages.ts';
import { readBackwards } from './pages.ts';
import type { LinesRead, LokiLine } from './replies.ts';
import { toCount, toIndexStats, toLabelNames, toLines } from './replies.ts';

/** Lines after which `count` is cheaper: five pages. */
const SAMPLE = 5_000;
/** Lines of one event lie within this of its first line. */
const EVENT_NS = 10_000_000_000n;
const MAX_EVENT_LINES = 1_000;
/** Characters that Loki is asked to leave of a line when an answer is too large; more than are kept of an event, so that the cut shows. */
const CUT_STAGE = '| line_format "{{ __line__ | trunc 70000 }}"';
const GIGABYTE = 1e9;

/** Logs of a Loki; touches nothing until it is used. */
export function createLokiLogs(settings: LokiSettings, deps: { readonly clock: Clock }): LogSource {
  const http = connect(settings, deps);
  const source: Source = { settings, http };
  return {
    sample: SAMPLE,
    read: (query, signal) => partialAfterFirst('Loki', readEntries(source, query, signal), signal),
    async count(query, signal) {
      const logQl = toLogQl(query, settings);
      await refuseTooMuch(source, { query, logQl, signal });
      const params = { query: toCountQl(logQl, query.window), time: String(toNs(query.window.until) - 1n) };
      return toCount(await asked(http.read({ path: 'loki/api/v1/query', params }, signal), logQl));
    },
    event: (origin, signal) => findEvent(source, origin, signal),
    explain(query) {
      const { text } = toLogQl(query, settings);
      const native = text.replaceAll('\n', ' ');
      const { ui_url: base, ui_datasource: datasource, tenant } = settings;
      return {
        native,
        ...(base !== undefined && { uiUrl: toExploreUrl({ base, datasource }, native, query.window) }),
        ...(tenant !== undefined && { place: `tenant ${tenant}` }),
      };
    },
    probe: (signal) => probe(source, deps.clock, signal),
  };
}

interface Source {
  readonly settings: LokiSettings;
  readonly http: HttpClient;
}

function connect(settings: LokiSettings, deps: { readonly clock: Clock }): HttpClient {
  const { url, timeout_s, ca, cert, key } = settings;
  const headers = accessHeaders(settings);
  const tls = { ca, cert, key };
  return createHttp({ title: 'Loki', url, headers, tls, explain: explainLoki, timeoutMs: timeout_s * 1_000 }, deps);
}

async function* readEntries(source: Source, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogBatch> {
  const { settings } = source;
  const logQl = toLogQl(query, settings);
  await refuseTooMuch(source, { query, logQl, signal });
  const accepts = createLogFilter(query);
  let joiner: StreamJoiner | undefined;
  const newest = query.newest ?? Number.POSITIVE_INFINITY;
  const range = { start: toNs(query.window.since), end: toNs(query.window.until) };
  let given = 0;
  let open: readonly LogEntry[] = [];
  for await (const page of readBackwards((request) => askPage(source, { request, logQl, signal }), range)) {
    joiner ??= createStreamJoiner(await streamNames(source, { selector: logQl.selector, ...range }, signal));
    const joined = joiner.push(page.lines);
    const whole = joined.whole.filter((entry) => accepts(entry));
    open = joined.open.filter((entry) => accepts(entry));
    const enough = given + whole.length + open.length > newest;
    const entries = enough ? newestOf([...whole, ...open], newest - given) : whole;
    given += entries.length;
    const truncated = enough || page.truncated;
    yield { entries, scannedBytes: page.scannedBytes, warnings: page.warnings, ...(truncated && { truncated }) };
    if (enough) return;
  }
  yield { entries: open, scannedBytes: 0 };
}

/**
 * Which labels are of streams. The encoding flag `categorize-labels` would say so with each line, but with it Loki 3 hides errors that
 * happen while it reads: the answer then looks complete and is not.
 */
async function streamNames({ settings, http }: Source, range: LineRange, signal: AbortSignal): Promise<StreamNames> {
  const params = { query: range.selector, start: String(range.start), end: String(range.end) };
  const names = toLabelNames(await http.read({ path: 'loki/api/v1/labels', params }, signal));
  return { labels: settings.labels, streamLabels: new Set(names) };
}

function newestOf(entries: readonly LogEntry[], count: number): readonly LogEntry[] {
  return entries.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0)).slice(0, count);
}

interface PageQuestion {
  readonly request: PageRequest;
  readonly logQl: LogQl;
  readonly signal: AbortSignal;
}

async function askPage({ http }: Source, { request, logQl, signal }: PageQuestion): Promise<LinesRead> {
  const params = {
    query: request.cut ? `${logQl.text}\n${CUT_STAGE}` : logQl.text,
    start: String(request.start),
    end: String(request.end),
    limit: String(request.limit),
    direction: 'backward',
  };
  return toLines(await asked(http.read({ path: 'loki/api/v1/query_range', params }, signal), logQl));
}

/** Errors of the answer name the caller's filter. */
async function asked(reply: Promise<unknown>, logQl: LogQl): Promise<unknown> {
  return await reply.catch((error: unknown) => {
    throw placeInFilters(error, logQl);
  });
}

interface Question {
  readonly query: LogQuery;
  readonly logQl: LogQl;
  readonly signal: AbortSignal;
}

/** Asks the index what the window holds, where the operator set a limit; the index knows streams and chunks, not lines. */
async function refuseTooMuch({ settings, http }: Source, { query, logQl, signal }: Question): Promise<void> {
  const { max_scan_gb: most } = settings;
  if (most === undefined) return;
  const { since, until } = query.window;
  const params = { query: logQl.selector, start: String(toNs(since)), end: String(toNs(until)) };
  const { bytes } = toIndexStats(await http.read({ path: 'loki/api/v1/index/stats', params }, signal));
  if (bytes <= most * GIGABYTE) return;
  const size = (bytes / GIGABYTE).toPrecision(3);
  throw new FixgateError(
    'invalid_input',
    `Loki holds about ${size} GB in this window; the operator allows ${most} GB.`,
    {
      fix: 'Ask for a shorter window, or name the service.',
      evidence: { estimated_bytes: bytes },
    },
  );
}

/** Finds the line by its time, then reads on in its stream for the rest of its event. */
async function findEvent(source: Source, origin: string, signal: AbortSignal): Promise<LogEntry | undefined> {
  const ns = nsOfOrigin(origin);
  if (ns === undefined) return undefined;
  const at = Number(ns / 1_000_000n);
  const { selector } = toLogQl({ window: { since: at, until: at + 1 } }, source.settings);
  const range = { selector, start: ns, end: ns + EVENT_NS };
  const names = await streamNames(source, range, signal);
  const joinAll = (lines: readonly LokiLine[]) => {
    const { whole, open } = createStreamJoiner(names).push(lines);
    return [...open, ...whole];
  };
  const instant = await readLines(source, { ...range, end: ns + 1n }, signal);
  const first = instant.find((line) => joinAll([line]).some((entry) => entry.origin === origin));
  if (first === undefined) return undefined;
  const stream = labelsOfStream(first, names).reduce(
    (text, [name, value]) => narrowed(text, `${name}=${quoted(value)}`),
    selector,
  );
  const lines = await readLines(source, { ...range, selector: stream }, signal);
  return joinAll(lines).find((entry) => entry.origin === origin);
}

interface LineRange {
  readonly selector: string;
  readonly start: bigint;
  readonly end: bigint;
}

/** The first lines of a range. */
async function readLines({ http }: Source, range: LineRange, signal: AbortSignal): Promise<readonly LokiLine[]> {
  const params = {
    query: range.selector,
    start: String(range.start),
    end: String(range.end),
    limit: String(MAX_EVENT_LINES),
    direction: 'forward',
  };
  return toLines(await http.read({ path: 'loki/api/v1/query_range', params }, signal), 'forward').lines;
}

/** Lists the labels of the last hour: the cheapest call that needs tenant and credentials. */
async function probe({ settings, http }: Source, clock: Clock, signal: AbortSignal): Promise<string> {
  const now = clock.now();
  const params = { start: String(toNs(now - 3_600_000)), end: String(toNs(now)) };
  const names = toLabelNames(await http.read({ path: 'loki/api/v1/labels', params }, signal));
  const { service } = settings.labels;
  const about = `${names.length} labels in the last hour`;
  if (names.length === 0) return 'reachable; no stream in the last hour';
  if (names.includes(service)) return `reachable; ${about}, ${service} among them`;
  return `reachable; ${about}, but none named ${service}: set labels.service to one of ${names.slice(0, 10).join(', ')}`;
}

function toNs(ms: number): bigint {
  return BigInt(Math.floor(ms)) * 1_000_000n;
}
