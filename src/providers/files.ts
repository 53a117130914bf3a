import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';

import { throwIfCancelled } from './cancelled.ts';
import { defineProvider, filePath } from './define-provider.ts';
import { readWindow } from './files/cover-window.ts';
import { describeFiles, explainQuery, placeOf } from './files/describe.ts';
import { findEvent, readOrigin } from './files/find-event.ts';
import type { FoundFile, FoundFiles } from './files/find-files.ts';
import { findFiles } from './files/find-files.ts';
import { createLabels } from './files/labels.ts';
import type { OpenLog } from './files/open-log.ts';
import { openLog, RotatedError } from './files/open-log.ts';
import { logFormats } from './files/parse-line.ts';
import type { Reading } from './files/read-entries.ts';
import type { Newest } from './files/read-newest.ts';
import { createNewest, readBackwards } from './files/read-newest.ts';
import { reasonOf } from './files/reason.ts';
import { createOffsets, isTimeZone } from './files/timestamp.ts';
import { createLogFilter, parseTextFilter } from './log-filter.ts';
import type { LogBatch, LogSource } from './sources.ts';

const settings = z.strictObject({
  /** Files (with their rotated siblings), folders (with all below them) or globs. */
  paths: z.array(filePath).min(1).max(100),
  /** Links that lead out of this folder are not followed. */
  within: filePath.optional(),
  format: z.enum(logFormats).default('auto'),
  /** Given to entries that name none. */
  service: z.string().min(1).optional(),
  env: z.string().min(1).optional(),
  /** Zone of times that carry none. */
  time_zone: z
    .string()
    .refine(isTimeZone, { error: 'is no time zone; write UTC, +02:00 or Europe/Berlin' })
    .default('UTC'),
});
type Settings = z.output<typeof settings>;

/** Logs in files: plain text, JSON lines, logfmt, exports of the journal; packed and rotated sets; any size. */
export const files = defineProvider({
  id: 'files',
  title: 'Log files',
  docs: [
    'Reads plain text, JSON lines, logfmt and exports of journald from files, folders and globs, gzip and zstd included; rotated siblings belong to their file.',
    'A filter drops only what is known to differ: entries without a service, environment or level are kept.',
    'An entry without a time takes that of the entry before it in the file, else it is kept when the file was written since the window began.',
  ].join(' '),
  settings,
  capabilities: { logs: (settings) => createFileLogs(settings) },
});

/** A file last written this long before the window holds nothing of it, whatever its clock and zone. */
const SKIP_MARGIN_MS = 86_400_000;
/** Things that lie beside logs in folders and are none. */
const NO_LOG =
  /\.(?:prom|om|openmetrics|md|ya?ml|toml|pid|lock|sock|sqlite|db|zip|tar|tgz|bz2|xz|7z|html?|[cm]?[jt]s|py|java|go)$/i;

function createFileLogs(settings: Settings): LogSource {
  const { paths } = settings;
  return {
    read: (query, signal) => read(settings, query, signal),
    event: (origin, signal) => readOne(settings, origin, signal),
    explain: (query) => explainQuery(paths, query),
    filtersAreWords: true,
    async probe() {
      const found = await find(settings);
      if (found.files.length === 0) throw noFiles(paths, found.warnings);
      const { text, readable } = await describeFiles(found);
      if (readable === 0) throw nothingReadable([text]);
      return text;
    },
  };
}

function find({ paths, within }: Settings): Promise<FoundFiles> {
  return findFiles(paths, { accept: (name) => !NO_LOG.test(name), rotated: true, within });
}

async function* read(settings: Settings, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogBatch> {
  const { window } = query;
  const accepts = createAccepts(query);
  throwIfCancelled(signal);
  const found = await find(settings);
  if (found.files.length === 0) throw noFiles(settings.paths, found.warnings);
  const label = createLabels(settings.paths, found.files);
  const recent = found.files.filter((file) => file.modifiedAt >= window.since - SKIP_MARGIN_MS);
  const newest = query.newest === undefined ? undefined : createNewest(query.newest);
  const unreadable: string[] = [];
  yield { entries: [], scannedBytes: 0, warnings: found.warnings };
  for (const file of newest ? recent.toSorted((a, b) => b.modifiedAt - a.modifiedAt) : recent) {
    if (newest && file.modifiedAt < (newest.bound() ?? 0) - SKIP_MARGIN_MS) break;
    try {
      await using log = await openFound(settings, file);
      const reading = toReading(settings, { log, file, label: label(file), accepts, signal });
      yield* newest ? readBackwards(reading, window, newest) : readWindow(reading, window);
    } catch (error) {
      throwIfCancelled(signal);
      unreadable.push(`${file.path} was not read to its end: ${reasonOf(error)}.`);
      yield { entries: [], scannedBytes: 0, warnings: unreadable.slice(-1) };
    }
  }
  if (recent.length > 0 && unreadable.length === found.files.length) throw nothingReadable(unreadable);
  if (newest) yield toBatch(newest);
}

function toBatch(newest: Newest): LogBatch {
  const { entries, more } = newest.take();
  return { entries, scannedBytes: 0, truncated: more };
}

/** Words of each filter must all appear; no filter sees another one. */
function createAccepts(query: LogQuery): (entry: LogEntry, writtenAt: number) => boolean {
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

function toReading(settings: Settings, { log, file, label, accepts, signal }: Opened): Reading {
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

/** Opens a file that was found; one that was rotated since then is found by its identity, under its new name. */
async function openFound(settings: Settings, file: FoundFile): Promise<OpenLog> {
  try {
    return await openLog(file);
  } catch (error) {
    const gone = error instanceof RotatedError || (error as NodeJS.ErrnoException).code === 'ENOENT';
    const moved = gone ? (await find(settings)).files.find(({ key }) => key === file.key) : undefined;
    if (moved === undefined) throw error;
    return await openLog(moved);
  }
}

async function readOne(settings: Settings, origin: string, signal: AbortSignal): Promise<LogEntry | undefined> {
  const wanted = readOrigin(origin);
  if (wanted === undefined) return undefined;
  const { files } = await find(settings);
  const labelOf = createLabels(settings.paths, files);
  const file = files.find((each) => labelOf(each) === wanted.label);
  if (file === undefined) return undefined;
  try {
    await using log = await openLog(file);
    return await findEvent(
      toReading(settings, { log, file, label: wanted.label, accepts: () => true, signal }),
      wanted.at,
    );
  } catch (error) {
    throwIfCancelled(signal);
    throw nothingReadable([`${file.path}: ${reasonOf(error)}.`]);
  }
}

function noFiles(paths: readonly string[], warnings: readonly string[]): FixgateError {
  const seen = warnings.length === 0 ? '' : ` ${warnings.slice(0, 3).join(' ')}`;
  return new FixgateError('provider_unavailable', `No log file matches ${placeOf(paths)}.${seen}`, {
    fix: 'Have the operator point the log source at existing files, folders or globs.',
    evidence: { paths: paths.slice(0, 20) },
  });
}

function nothingReadable(warnings: readonly string[]): FixgateError {
  return new FixgateError(
    'provider_unavailable',
    `None of the log files can be read. ${warnings.slice(0, 3).join(' ')}`,
    {
      fix: 'Have the operator give the server permission to read the log files.',
    },
  );
}
