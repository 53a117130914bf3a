import { access, constants } from 'node:fs/promises';

import { countOf } from '#domain/count-of.ts';
import type { LogQuery } from '#domain/evidence.ts';

import type { NativeRequest } from '../sources.ts';
import type { FoundFiles } from './find-files.ts';
import { reasonOf } from './reason.ts';

const MAX_NAMED = 5;

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

/** How many files there are, how large and how old, and those that may not be read. */
export async function describeFiles({ files, warnings }: FoundFiles): Promise<{ text: string; readable: number }> {
  const refused: string[] = [];
  for (const { path } of files) {
    await access(path, constants.R_OK).catch((error: unknown) => refused.push(`${path}: ${reasonOf(error)}`));
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const newest = files.reduce((at, { modifiedAt }) => Math.max(at, modifiedAt), 0);
  const problems = [...refused.map((reason) => `not readable: ${reason}`), ...warnings];
  const shown = problems.slice(0, MAX_NAMED).join(' ');
  const more = problems.length > MAX_NAMED ? ` And ${problems.length - MAX_NAMED} more.` : '';
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  const text = `${countOf(files.length, 'file')}, ${size}, last written ${new Date(newest).toISOString()}`;
  return { text: problems.length === 0 ? text : `${text}; ${shown}${more}`, readable: files.length - refused.length };
}
