import { basename } from 'node:path';

import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { logLevels } from '#domain/evidence.ts';

import { throwIfCancelled } from './cancelled.ts';
import { defineProvider, filePath } from './define-provider.ts';
import type { FoundFile } from './files/find-files.ts';
import { findFiles } from './files/find-files.ts';
import type { JoinedLines } from './files/join-lines.ts';
import { createJoiner } from './files/join-lines.ts';
import type { ParsedLine } from './files/parse-line.ts';
import { logFormats, parseLine } from './files/parse-line.ts';
import { readLines } from './files/read-lines.ts';
import { parseTextFilter } from './files/text-filter.ts';
import { createOffsets, isTimeZone } from './files/timestamp.ts';
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

/** Logs in files: plain text, JSON lines, logfmt; gzip and rotated sets; any size. */
export const files = defineProvider({
  id: 'files',
  title: 'Log files',
  docs: [
    'Reads plain text, JSON lines and logfmt from files, folders and globs, gzip included; rotated siblings belong to their file.',
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
  /\.(?:prom|om|openmetrics|md|ya?ml|toml|pid|lock|sock|sqlite|db|zip|tar|tgz|bz2|xz|zst|7z|html?|[cm]?[jt]s|py|java|go)$/i;

function createFileLogs(settings: Settings): LogSource {
  const offsetAt = createOffsets(settings.time_zone);
  return {
    async *read(query, signal) {
      const accepts = createFilter(query);
      const { paths, within } = settings;
      const found = await findFiles(paths, { accept: (name) => !NO_LOG.test(name), rotated: true, within });
      if (found.files.length === 0) throw noFiles(paths, found.warnings);
      const recent = found.files.filter((file) => file.modifiedAt >= query.window.since - SKIP_MARGIN_MS);
      const unreadable: string[] = [];
      yield { entries: [], scannedBytes: 0, warnings: found.warnings };
      for (const file of recent) {
        const context = { offsetAt, writtenAt: file.modifiedAt };
        const parse = (text: string) => parseLine(text, settings.format, context);
        try {
          yield* readFile(file, { settings, parse, accepts: (entry) => accepts(entry, file.modifiedAt), signal });
        } catch (error) {
          throwIfCancelled(signal);
          unreadable.push(`${file.path} was not read to its end: ${reasonOf(error)}.`);
          yield { entries: [], scannedBytes: 0, warnings: unreadable.slice(-1) };
        }
      }
      if (recent.length > 0 && unreadable.length === found.files.length) throw nothingReadable(unreadable);
    },
  };
}

interface Reading {
  readonly settings: Settings;
  readonly parse: (text: string) => ParsedLine;
  readonly accepts: (entry: LogEntry) => boolean;
  readonly signal: AbortSignal;
}

async function* readFile(file: FoundFile, { settings, parse, accepts, signal }: Reading): AsyncGenerator<LogBatch> {
  const joiner = createJoiner(parse);
  const toEntry = createEntries(file, settings);
  let failure: unknown;
  try {
    for await (const lines of readLines(file.path, signal)) {
      const entries = lines
        .map((line) => joiner.push(line))
        .flatMap((joined) => (joined === undefined ? [] : [toEntry(joined)]))
        .filter(accepts);
      yield { entries, scannedBytes: lines.reduce((sum, line) => sum + line.bytes, 0) };
    }
  } catch (error) {
    failure = error;
  }
  const last = joiner.end();
  if (last !== undefined) yield { entries: [toEntry(last)].filter(accepts), scannedBytes: 0 };
  if (failure !== undefined) throw failure;
}

/** Makes entries of one file in order; a line without a time happened after the line before it. */
function createEntries(file: FoundFile, settings: Settings): (joined: JoinedLines) => LogEntry {
  let lastAt: number | undefined;
  return ({ parsed, raw, number }) => {
    lastAt = parsed.at ?? lastAt;
    const service = parsed.service ?? settings.service;
    const env = parsed.env ?? settings.env;
    return {
      ...(lastAt !== undefined && { at: lastAt }),
      ...(parsed.level && { level: parsed.level }),
      ...(service !== undefined && { service }),
      ...(env !== undefined && { env }),
      message: parsed.message,
      raw,
      origin: `${basename(file.path)}:${number}`,
    };
  };
}

/** A filter drops only what is known to differ. */
function createFilter(query: LogQuery): (entry: LogEntry, writtenAt: number) => boolean {
  const { window, level, service, env } = query;
  const least = level === undefined ? 0 : logLevels.indexOf(level);
  const hasText = parseTextFilter(query.text ?? '');
  const differs = (known: string | undefined, wanted: string | undefined) =>
    known !== undefined && wanted !== undefined && known.toLowerCase() !== wanted.toLowerCase();
  return (entry, writtenAt) => {
    if ((entry.at ?? writtenAt) < window.since || (entry.at ?? window.since) >= window.until) return false;
    if (entry.level !== undefined && logLevels.indexOf(entry.level) < least) return false;
    return !differs(entry.service, service) && !differs(entry.env, env) && hasText(entry.raw);
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' ? 'permission denied (EACCES)' : (code ?? error.message.slice(0, 200));
}

function noFiles(paths: readonly string[], warnings: readonly string[]): FixgateError {
  const seen = warnings.length === 0 ? '' : ` ${warnings.slice(0, 3).join(' ')}`;
  return new FixgateError('provider_unavailable', `No log file matches ${paths.slice(0, 5).join(', ')}.${seen}`, {
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
