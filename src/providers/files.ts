import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';

import { throwIfCancelled } from './cancelled.ts';
import { defineProvider, filePath } from './define-provider.ts';
import { describeFiles, describeUntimed, explainQuery } from './files/describe.ts';
import { findEvent, readOrigin } from './files/find-event.ts';
import { watchHeapGrowth } from './files/heap-growth.ts';
import { createLabels } from './files/labels.ts';
import { openLog } from './files/open-log.ts';
import { logFormats } from './files/parse-line.ts';
import type { FilePart } from './files/parts.ts';
import { createAccepts, find, openFound, partsOf, readPart, toReading, unreadable } from './files/parts.ts';
import type { Newest } from './files/read-newest.ts';
import { createNewest, readBackwards } from './files/read-newest.ts';
import { reasonOf } from './files/reason.ts';
import { isTimeZone } from './files/timestamp.ts';
import { noFileMatches } from './no-file-matches.ts';
import type { LogBatch, LogSource } from './sources.ts';

const settings = z.strictObject({
  /** Files (with their rotated siblings), folders (with all below them) or globs. */
  paths: z.array(filePath).min(1).max(100),
  /** Whether symbolic links are followed. */
  follow_links: z.boolean().default(true),
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

function createFileLogs(settings: Settings): LogSource {
  const { paths } = settings;
  return {
    read: (query, signal) => read(settings, query, signal),
    event: (origin, signal) => readOne(settings, origin, signal),
    explain: (query) => explainQuery(paths, query),
    filtersAreWords: true,
    async probe(signal) {
      const found = await find(settings);
      if (found.files.length === 0) throw noFileMatches('log', paths, found.warnings);
      const { text, readable } = await describeFiles(found);
      if (readable === 0) throw nothingReadable([text]);
      return text + (await describeUntimed(settings, found, signal));
    },
  };
}

async function* read(settings: Settings, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogBatch> {
  throwIfCancelled(signal);
  const { files, warnings } = await find(settings);
  if (files.length === 0) throw noFileMatches('log', settings.paths, warnings);
  const label = createLabels(settings.paths, files);
  const recent = files.filter((file) => file.modifiedAt >= query.window.since - SKIP_MARGIN_MS);
  const parts = recent.map((file) => ({ settings, query, file, label: label(file), range: WHOLE }));
  const failed: string[] = [];
  yield { entries: [], scannedBytes: 0, warnings };
  const batches = query.newest === undefined ? readAll(parts, signal) : readNewest(parts, query.newest, signal);
  using growth = watchHeapGrowth();
  for await (const batch of batches) {
    failed.push(...(batch.warnings ?? []));
    growth.add(batch.scannedBytes);
    yield batch;
  }
  if (recent.length > 0 && files.every((file) => failed.some((text) => text.startsWith(unreadable(file)))))
    throw nothingReadable(failed);
}

const WHOLE = { start: 0, end: Number.POSITIVE_INFINITY };

/** Reads files whole, or what of them lies in the window. */
async function* readAll(files: readonly FilePart[], signal: AbortSignal): AsyncGenerator<LogBatch> {
  for (const file of files) for (const part of await partsOf(file, signal)) yield* readPart(part, signal);
}

async function* readNewest(files: readonly FilePart[], most: number, signal: AbortSignal): AsyncGenerator<LogBatch> {
  const newest = createNewest(most);
  for (const { settings, query, file, label } of files.toSorted((a, b) => b.file.modifiedAt - a.file.modifiedAt)) {
    if (file.modifiedAt < (newest.bound() ?? 0) - SKIP_MARGIN_MS) break;
    try {
      await using log = await openFound(settings, file);
      const reading = toReading(settings, { log, file, label, accepts: createAccepts(query), signal });
      yield* readBackwards(reading, query.window, newest);
    } catch (error) {
      throwIfCancelled(signal);
      yield { entries: [], scannedBytes: 0, warnings: [`${unreadable(file)}: ${reasonOf(error)}.`] };
    }
  }
  yield toBatch(newest);
}

function toBatch(newest: Newest): LogBatch {
  const { entries, more } = newest.take();
  return { entries, scannedBytes: 0, truncated: more };
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

function nothingReadable(warnings: readonly string[]): FixgateError {
  return new FixgateError(
    'provider_unavailable',
    `None of the log files can be read. ${warnings.slice(0, 3).join(' ')}`,
    {
      fix: 'Have the operator give the server permission to read the log files.',
    },
  );
}
