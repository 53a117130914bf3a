import { createHash } from 'node:crypto';

import type { JoinedLines } from '#analysis/join-lines.ts';
import { createJoiner } from '#analysis/join-lines.ts';
import { toLevel } from '#analysis/severity.ts';
import type { LogEntry } from '#domain/evidence.ts';

import type { ParsedLine } from '../files/parse-line.ts';
import { parseLine } from '../files/parse-line.ts';
import { readRecord } from '../files/record.ts';
import { cutEvent } from '../vendor-text.ts';
import type { LabelNames } from './log-ql.ts';
import { UNKNOWN_SERVICE } from './log-ql.ts';
import type { LokiLine } from './replies.ts';

/** Entries of one page, apart from those whose beginning may lie on the next. */
export interface Joined {
  readonly whole: readonly LogEntry[];
  /** The oldest of each stream, when it looks like the middle of a stack trace. */
  readonly open: readonly LogEntry[];
}

/** Puts lines of each stream together to events while pages come from the newest to the oldest. */
export interface StreamJoiner {
  /** `lines` in the order of their times. */
  push(lines: readonly LokiLine[]): Joined;
}

/** Lines of one unfinished event that are carried to the next page. */
const MAX_CARRIED = 2_000;

/** What tells of a line to which stream and service it belongs. */
export interface StreamNames {
  readonly labels: LabelNames;
  /** Names of the labels that streams have; the others differ from line to line. */
  readonly streamLabels: ReadonlySet<string>;
}

/** Makes a joiner; collectors send each line of a stack trace as an entry of its own. */
export function createStreamJoiner(names: StreamNames): StreamJoiner {
  let carried = new Map<string, readonly LokiLine[]>();
  return {
    push(lines) {
      const streamOf = (line: LokiLine) => JSON.stringify(labelsOfStream(line, names));
      const streams = Map.groupBy([...lines, ...[...carried.values()].flat()], streamOf);
      const present = new Set(lines.map(streamOf));
      const toEntries = (events: readonly Event[]) => events.map((event) => toEntry(event, names));
      const [whole, open]: [LogEntry[], LogEntry[]] = [[], []];
      carried = new Map();
      for (const [stream, own] of streams) {
        const events = joinLines(own);
        // A stream without a line on this page has none close enough to go on with.
        const begun = present.has(stream) ? countUnfinished(events, own.length) : 0;
        if (begun > 0) carried.set(stream, own.slice(0, begun));
        open.push(...toEntries(begun > 0 ? joinLines(own.slice(0, begun)) : []));
        whole.push(...toEntries(begun > 0 ? joinLines(own.slice(begun)) : events));
      }
      return { whole, open };
    },
  };
}

/** How many lines the oldest event has, when it may be the middle of one: lines with a time of their own, and structured ones, begin an event. */
function countUnfinished([oldest, next]: readonly Event[], lines: number): number {
  if (oldest === undefined || oldest.joined.parsed.form !== 'plain' || oldest.joined.parsed.at !== undefined) return 0;
  const count = next?.joined.number ?? lines;
  return count <= MAX_CARRIED ? count : 0;
}

interface Event {
  readonly joined: JoinedLines<ParsedLine>;
  readonly first: LokiLine;
}

/** Events of one stream, in order. */
function joinLines(lines: readonly LokiLine[]): Event[] {
  const writtenAt = Number((lines[0]?.ns ?? 0n) / 1_000_000n);
  const joiner = createJoiner((text) => parseLine(text, 'auto', { offsetAt: () => 0, writtenAt }));
  return lines
    .map(({ text }, number) => joiner.push({ text: cutEvent(text), number }))
    .concat(joiner.end())
    .filter((event) => event !== undefined)
    .map((joined) => ({ joined, first: lines[joined.number] as LokiLine }));
}

/** Labels of a line's stream, by name; Loki may spread a busy stream over shards. */
export function labelsOfStream(
  { labels }: LokiLine,
  { streamLabels }: StreamNames,
): readonly (readonly [string, string])[] {
  return Object.entries(labels)
    .filter(([name]) => name === '__tenant_id__' || (streamLabels.has(name) && name !== '__stream_shard__'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function toEntry({ joined, first }: Event, names: StreamNames): LogEntry {
  const { labels } = first;
  const at = Number(first.ns / 1_000_000n);
  const context = { offsetAt: () => 0, writtenAt: at };
  const fields = readRecord((key) => labels[key] ?? labels[key.replaceAll('.', '_')], context);
  const { parsed } = joined;
  // A structured line says its level; a plain one has it guessed from its words, by Loki too, as `detected_level`.
  const said = parsed.form === 'plain' ? [fields.level, parsed.level] : [parsed.level, fields.level];
  const level = [labels[names.labels.level], ...said, labels['detected_level']]
    .map((value) => toLevel(value))
    .find((value) => value !== undefined);
  // Loki itself makes `service_name` of the job or container when nobody set it.
  const service = [labels[names.labels.service], parsed.service, fields.service].find(isKnownService);
  const env = labels[names.labels.env] ?? parsed.env ?? fields.env;
  const traceId = labels['trace_id'] ?? labels['traceID'] ?? labels['traceId'];
  return {
    at,
    ...(level && { level }),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
    message: parsed.message,
    raw: joined.raw,
    origin: originOf(first),
    ...(traceId !== undefined && { traceId }),
  };
}

function isKnownService(name: string | undefined): boolean {
  return name !== undefined && name !== '' && !name.startsWith(UNKNOWN_SERVICE);
}

/** Characters of a line that its name is made of; fewer than of a line that Loki was asked to cut. */
const NAMED_CHARS = 60_000;

/** Names a line by its time and a digest of its text: neither changes with the query that found it. */
function originOf({ ns, text }: LokiLine): string {
  return `${ns}-${createHash('sha256').update(text.slice(0, NAMED_CHARS)).digest('hex').slice(0, 12)}`;
}

/** The time that an origin names; undefined for text that is none. */
export function nsOfOrigin(origin: string): bigint | undefined {
  const match = /^(\d{1,19})-[0-9a-f]{12}$/.exec(origin);
  return match?.[1] === undefined ? undefined : BigInt(match[1]);
}
