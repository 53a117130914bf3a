import type { Clock } from '#domain/clock.ts';
import type { LogQuery } from '#domain/evidence.ts';

import { cutAtNewest } from '../cut-at-newest.ts';
import type { ElasticsearchSettings } from '../elasticsearch.ts';
import type { HttpClient } from '../http.ts';
import { partialAfterFirst } from '../partial-read.ts';
import type { LogBatch, LogSource } from '../sources.ts';
import { connect } from './connect.ts';
import type { Dialect } from './dialect.ts';
import { encodeIndex, KEEP_ALIVE } from './dialect.ts';
import { toEntry } from './entries.ts';
import { forbidsWildcards } from './errors.ts';
import { toDiscoverUrl } from './links.ts';
import type { PageRequest } from './pages.ts';
import { readPages } from './pages.ts';
import { openPointInTime } from './point-in-time.ts';
import type { PointInTime } from './point-in-time.ts';
import type { WordSearch } from './query.ts';
import { toLucene, toQuery } from './query.ts';
import type { Hit, SearchReply } from './replies.ts';
import { incompleteness, toCount, toSearchReply } from './replies.ts';

/** Documents after which `count` is cheaper: five pages. */
const SAMPLE = 5_000;
/** Part of the time limit after which the cluster is told to answer with what it has. */
const SEARCH_SHARE = 0.8;

interface Source {
  readonly settings: ElasticsearchSettings;
  readonly dialect: Dialect;
  readonly http: HttpClient;
}

/** Logs of an Elasticsearch or OpenSearch; touches nothing until it is used. */
export function createElasticsearchLogs(
  settings: ElasticsearchSettings,
  dialect: Dialect,
  deps: { readonly clock: Clock },
): LogSource {
  const source: Source = { settings, dialect, http: connect(settings, dialect.title, deps) };
  const { fields, index, ui_url: ui } = settings;
  return {
    sample: SAMPLE,
    read: (query, signal) =>
      partialAfterFirst(dialect.title, cutAtNewest(readDocuments(source, query, signal), query), signal),
    async count(query, signal) {
      const asked = await withWords((words) => {
        const json = { query: toQuery(query, fields, words) };
        return source.http.read({ path: `${encodeIndex(index)}/_count`, params: {}, method: 'POST', json }, signal);
      });
      return toCount(dialect.title, asked.answer);
    },
    async event(origin, signal) {
      const [, at, id] = /^(.{1,255}?)\/(.{1,512})$/s.exec(origin) ?? [];
      if (at === undefined || id === undefined) return undefined;
      const found = await findDocument(source, { at, id }, signal);
      return found && toEntry(found, fields);
    },
    explain(query) {
      const native = toLucene(query, fields);
      return { native, ...(ui && { uiUrl: toDiscoverUrl(ui, native, query.window) }), place: `index ${index}` };
    },
    probe: (signal) => probe(source, deps.clock, signal),
  };
}

async function* readDocuments(source: Source, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogBatch> {
  const { settings, dialect, http } = source;
  await using point = await openPointInTime({ http, dialect, index: settings.index }, signal);
  const found: { words: WordSearch } = { words: 'anywhere' };
  const ask = async (request: PageRequest) => {
    const asked = await withWords((words) => search(source, { query, point, request, words }, signal), found.words);
    found.words = asked.words;
    return asked.answer;
  };
  for await (const { hits, reply, lost } of readPages(ask, dialect.hasTiebreak)) {
    const warnings = [
      ...incompleteness(reply),
      ...(lost === undefined ? [] : [lost]),
      ...(found.words === 'whole' && query.text !== undefined
        ? [`${dialect.title} forbids searches within words here: only whole words were found.`]
        : []),
    ];
    yield {
      entries: hits.map((hit) => toEntry(hit, settings.fields)),
      scannedBytes: hits.reduce((sum, hit) => sum + Buffer.byteLength(JSON.stringify(hit.source)), 0),
      warnings,
      ...(lost !== undefined && { truncated: true }),
    };
  }
}

/** Looks for words within terms, and for whole ones where the cluster forbids that. */
async function withWords<T>(
  ask: (words: WordSearch) => Promise<T>,
  words: WordSearch = 'anywhere',
): Promise<{ readonly answer: T; readonly words: WordSearch }> {
  try {
    return { answer: await ask(words), words };
  } catch (error) {
    if (words === 'whole' || !forbidsWildcards(error)) throw error;
    return { answer: await ask('whole'), words: 'whole' };
  }
}

interface Search {
  readonly query: LogQuery;
  readonly point: PointInTime;
  readonly request: PageRequest;
  readonly words: WordSearch;
}

async function search({ settings, dialect, http }: Source, asked: Search, signal: AbortSignal): Promise<SearchReply> {
  const { query, point, request, words } = asked;
  const { fields, timeout_s } = settings;
  const wanted = toQuery(query, fields, words);
  const except = request.except && [{ ids: { values: request.except } }];
  const json = {
    size: request.size,
    query: except === undefined ? wanted : { bool: { filter: [wanted], must_not: except } },
    sort: [dialect.order(fields.timestamp)],
    pit: { id: point.id, keep_alive: KEEP_ALIVE },
    track_total_hits: false,
    timeout: `${Math.floor(timeout_s * 1_000 * SEARCH_SHARE)}ms`,
    ...(request.after && { search_after: request.after }),
  };
  const answer = await http.read({ path: '_search', params: {}, method: 'POST', json }, signal);
  const reply = toSearchReply(dialect.title, answer);
  point.renew(reply.pointId);
  return reply;
}

/** A search in the configured index, so that no other can be read by its name. */
async function findDocument(
  { settings, dialect, http }: Source,
  { at, id }: { readonly at: string; readonly id: string },
  signal: AbortSignal,
): Promise<Hit | undefined> {
  const json = {
    size: 10,
    query: { bool: { filter: [{ ids: { values: [id] } }] } },
    sort: [dialect.order(settings.fields.timestamp)],
  };
  const path = `${encodeIndex(settings.index)}/_search`;
  const reply = toSearchReply(dialect.title, await http.read({ path, params: {}, method: 'POST', json }, signal));
  return reply.hits.find((hit) => hit.index === at && hit.id === id);
}

/** Opens a point in time and reads the newest document: what reading needs, at its cheapest. */
async function probe(source: Source, clock: Clock, signal: AbortSignal): Promise<string> {
  const { settings, dialect, http } = source;
  await using point = await openPointInTime({ http, dialect, index: settings.index }, signal);
  const query = { window: { since: 0, until: clock.now() + 60_000 } };
  const reply = await search(source, { query, point, request: { size: 1 }, words: 'anywhere' }, signal);
  const [missing] = incompleteness(reply);
  const [newest] = reply.hits;
  const at = newest && toEntry(newest, settings.fields).at;
  const found = at === undefined ? 'no document' : `the newest document is of ${new Date(at).toISOString()}`;
  return `reachable; ${found} in ${settings.index}, ${reply.shards.total} shards${missing === undefined ? '' : `; ${missing}`}`;
}
