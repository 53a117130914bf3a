import type { LogEntry, LogQuery } from '#domain/evidence.ts';

import { throwIfCancelled } from '../cancelled.ts';
import { createLogFilter, parseTextFilter } from '../log-filter.ts';
import type { LogBatch } from '../sources.ts';
import { coverWindow, MIN_BYTES } from './cover-window.ts';
import type { FoundFile, FoundFiles } from './find-files.ts';
import { findFiles } from './find-files.ts';
import type { OpenLog, Range } from './open-log.ts';
import { openLog, RotatedError } from './open-log.ts';
import type { LogFormat } from './parse-line.ts';
import type { Reading } from './read-entries.ts';
import { readEntries } from './read-entries.ts';
import { reasonOf } from './reason.ts';
import type { LineTimes } from './time-column.ts';
import { liesOutside } from './time-column.ts';
import { createOffsets } from './timestamp.ts';

/** How the operator's files are read. */
export interface FileSettings {
  readonly paths: readonly string[];
  readonly follow_links: boolean;
  readonly format: LogFormat;
  readonly service?: string | undefined;
  readonly env?: string | undefined;
  readonly time_zone: string;
}

/** A part of a file, with all that it takes to read it. */
export interface FilePart {
  readonly settings: FileSettings;
  readonly query: LogQuery;
  readonly file: FoundFile;
  readonly label: string;
  readonly range: Range;
  /** It is read only when a line of it has a time in the window after all. */
  readonly unlessOutside?: LineTimes;
}

/** Things that lie beside logs in folders and are none. */
const NO_LOG =
  /\.(?:prom|om|openmetrics|md|ya?ml|toml|pid|lock|sock|sqlite|db|zip|tar|tgz|bz2|xz|7z|html?|[cm]?[jt]s|py|java|go)$/i;

/** The files that the operator's paths name now. */
export function find({ paths, follow_links: followLinks }: FileSettings): Promise<FoundFiles> {
  return findFiles(paths, { accept: (name) => !NO_LOG.test(name), rotated: true, followLinks });
}

/** Opens a file that was found; one that was rotated since then is found by its identity, under its new name. */
export async function openFound(settings: FileSettings, file: FoundFile): Promise<OpenLog> {
  try {
    return await openLog(file);
  } catch (error) {
    const gone = error instanceof RotatedError || (error as NodeJS.ErrnoException).code === 'ENOENT';
    const moved = gone ? (await find(settings)).files.find(({ key }) => key === file.key) : undefined;
    if (moved === undefined) throw error;
    return await openLog(moved);
  }
}

/** Tells which entries of a file written at a given time match; words of each filter must all appear, no filter sees another one. */
export function createAccepts(query: LogQuery): (entry: LogEntry, writtenAt: number) => boolean {
  const passes = createLogFilter(query);
  const filters = (query.filters ?? []).map(parseTextFilter);
  if (filters.length === 0) return passes;
  return (entry, writtenAt) => passes(entry, writtenAt) && filters.every((has) => has(entry.raw));
}

interface Opened {
  readonly log: OpenLog;
  readonly file: FoundFile;
  readonly label: string;
  readonly accepts: (entry: LogEntry, writtenAt: number) => boolean;
  readonly signal: AbortSignal;
}

/** How an open file is read. */
export function toReading(settings: FileSettings, { log, file, label, accepts, signal }: Opened): Reading {
  const { modifiedAt: writtenAt } = file;
  return {
    log,
    label,
    format: settings.format,
    context: { offsetAt: createOffsets(settings.time_zone), writtenAt },
    service: settings.service,
    env: settings.env,
    accepts: (entry) => accepts(entry, writtenAt),
    signal,
  };
}

/**
 * The parts of a file that hold what a query asks for. Of a large file whose times ascend only what may lie in the window is a part to
 * be read; of the rest only the times are looked at.
 */
export async function partsOf(whole: FilePart, signal: AbortSignal): Promise<readonly FilePart[]> {
  const { settings, query, file, label } = whole;
  if (file.size < MIN_BYTES) return [whole];
  try {
    await using log = await openFound(settings, file);
    const reading = toReading(settings, { log, file, label, accepts: () => true, signal });
    const { part, times } = await coverWindow(reading, query.window);
    if (times === undefined) return [{ ...whole, range: part }];
    const rests = [
      { start: 0, end: part.start },
      { start: part.end, end: log.size },
    ].filter(({ start, end }) => start < end);
    return [...rests.map((range) => ({ ...whole, range, unlessOutside: times })), { ...whole, range: part }];
  } catch {
    throwIfCancelled(signal);
    // Whoever reads it says why it cannot be read.
    return [whole];
  }
}

/** Reads a part; when that fails, the warning names its file. */
export async function* readPart(part: FilePart, signal: AbortSignal): AsyncGenerator<LogBatch> {
  const { settings, query, file, label, range, unlessOutside } = part;
  try {
    await using log = await openFound(settings, file);
    if (Number.isFinite(range.end) && log.size < range.end) throw new Error('it was truncated while it was read');
    const reading = toReading(settings, { log, file, label, accepts: createAccepts(query), signal });
    if (unlessOutside !== undefined && (await liesOutside(reading, range, unlessOutside))) return;
    yield* readEntries(reading, range);
  } catch (error) {
    throwIfCancelled(signal);
    yield { entries: [], scannedBytes: 0, warnings: [`${unreadable(file)}: ${reasonOf(error)}.`] };
  }
}

/** How a warning about a file begins. */
export function unreadable({ path }: FoundFile): string {
  return `${path} was not read to its end`;
}
