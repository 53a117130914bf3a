import { access, constants } from 'node:fs/promises';

import { countOf } from '#domain/count-of.ts';
import type { LogQuery } from '#domain/evidence.ts';

import type { NativeRequest } from '../sources.ts';
import type { FoundFile, FoundFiles } from './find-files.ts';
import { parseLine } from './parse-line.ts';
import type { FileSettings } from './parts.ts';
import { openFound, toReading } from './parts.ts';
import type { Reading } from './read-entries.ts';
import { lineStart } from './read-entries.ts';
import { linesOf } from './read-lines.ts';
import { reasonOf } from './reason.ts';

const MAX_NAMED = 5;
/** Files whose newest lines are looked at, those that were written last. */
const LOOKED_AT = 20;
/** Bytes of their newest lines: more than the trace of a single error takes. */
const NEWEST_BYTES = 64 * 1024;

/** A question in words: files have no language of their own. */
export function explainQuery(paths: readonly string[], query: LogQuery): NativeRequest {
  const { window, service, env, level, text, filters = [] } = query;
  const conditions = [
    `from ${new Date(window.since).toISOString()} until ${new Date(window.until).toISOString()}`,
    ...(service === undefined ? [] : [`service ${service} or none`]),
    ...(env === undefined ? [] : [`environment ${env} or none`]),
    ...(level === undefined ? [] : [`level ${level} and above or none`]),
    ...[text ?? '', ...filters].filter((words) => words !== '').map((words) => `with ${words}`),
  ];
  return { native: `events ${conditions.join(', ')}`, place: placeOf(paths) };
}

/** The configured paths, the first few by name. */
export function placeOf(paths: readonly string[]): string {
  const more = paths.length > MAX_NAMED ? ` and ${paths.length - MAX_NAMED} more` : '';
  return paths.slice(0, MAX_NAMED).join(', ') + more;
}

/** How many files there are, how large and how old, those that may not be read, and paths at which there is nothing. */
export async function describeFiles({
  files,
  warnings,
  unmatched,
}: FoundFiles): Promise<{ text: string; readable: number }> {
  const refused: string[] = [];
  for (const { path } of files) {
    await access(path, constants.R_OK).catch((error: unknown) => refused.push(`${path}: ${reasonOf(error)}`));
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const newest = files.reduce((at, { modifiedAt }) => Math.max(at, modifiedAt), 0);
  const problems = [
    ...refused.map((reason) => `not readable: ${reason}`),
    ...unmatched.map((path) => `nothing is there: ${path}`),
    ...warnings,
  ];
  const shown = problems.slice(0, MAX_NAMED).join(' ');
  const more = problems.length > MAX_NAMED ? ` And ${problems.length - MAX_NAMED} more.` : '';
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  const text = `${countOf(files.length, 'file')}, ${size}, last written ${new Date(newest).toISOString()}`;
  return { text: problems.length === 0 ? text : `${text}; ${shown}${more}`, readable: files.length - refused.length };
}

/** Names the files whose newest lines carry no time that is understood; empty when there are none. */
export async function describeUntimed(
  settings: FileSettings,
  { files }: Pick<FoundFiles, 'files'>,
  signal: AbortSignal,
): Promise<string> {
  const untimed: string[] = [];
  for (const file of files.toSorted((a, b) => b.modifiedAt - a.modifiedAt).slice(0, LOOKED_AT))
    if (await lacksTimes(settings, file, signal)) untimed.push(file.path);
  if (untimed.length === 0) return '';
  return `; the newest lines of ${placeOf(untimed)} carry no time that is understood: they count in every window since which the file was written. Have times written in ISO 8601`;
}

/** False for what cannot be read, too: that is told elsewhere. */
async function lacksTimes(settings: FileSettings, file: FoundFile, signal: AbortSignal): Promise<boolean> {
  try {
    await using log = await openFound(settings, file);
    return await endsUntimed(toReading(settings, { log, file, label: '', accepts: () => true, signal }));
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** True when there are lines at the end of a file and none of them carries a time; false for packed files, whose end is far. */
export async function endsUntimed({ log, format, context, signal }: Reading): Promise<boolean> {
  if (log.form !== 'plain' || log.journal) return false;
  const start = await lineStart(log, Math.max(0, log.size - NEWEST_BYTES));
  let hasLines = false;
  for await (const { lines } of linesOf(log, { start, end: log.size }, signal)) {
    for (const { text } of lines) {
      if (parseLine(text, format, context).at !== undefined) return false;
      hasLines ||= text.trim() !== '';
    }
  }
  return hasLines;
}
