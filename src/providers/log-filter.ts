import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import { logLevels } from '#domain/evidence.ts';

/** A search taken apart, in lower case: all of `wanted` must appear and none of `excluded`. */
export interface TextSearch {
  readonly wanted: readonly string[];
  readonly excluded: readonly string[];
}

/** Tells whether a text holds what the caller searches. */
export type TextFilter = (text: string) => boolean;

/** Reads a search: words that must all appear, `"two words"` as a phrase, `-word` and `-"two words"` excluded; case ignored. */
export function parseText(search: string): TextSearch {
  const wanted: string[] = [];
  const excluded: string[] = [];
  for (const [, minus, phrase, word] of search.matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/g)) {
    const text = (phrase ?? word ?? '').toLowerCase();
    if (word === 'OR' || word === '||') throw noAlternatives();
    if (text !== '' && word !== 'AND') (minus === '-' ? excluded : wanted).push(text);
  }
  return { wanted, excluded };
}

/** The rule of `parseText` as a test of one text. */
export function parseTextFilter(search: string): TextFilter {
  const { wanted, excluded } = parseText(search);
  if (wanted.length + excluded.length === 0) return () => true;
  return (text) => {
    const lower = text.toLowerCase();
    return wanted.every((part) => lower.includes(part)) && !excluded.some((part) => lower.includes(part));
  };
}

/** The one rule for every source: drops only what is known to differ; an entry without a time is judged by `at`, when that is given. */
export function createLogFilter(query: LogQuery): (entry: LogEntry, at?: number) => boolean {
  const { window, level, service, env } = query;
  const least = level === undefined ? 0 : logLevels.indexOf(level);
  const hasText = parseTextFilter(query.text ?? '');
  return (entry, at) => {
    if ((entry.at ?? at ?? window.since) < window.since || (entry.at ?? window.since) >= window.until) return false;
    if (entry.level !== undefined && logLevels.indexOf(entry.level) < least) return false;
    return !differs(entry.service, service) && !differs(entry.env, env) && hasText(entry.raw);
  };
}

function differs(known: string | undefined, wanted: string | undefined): boolean {
  return known !== undefined && wanted !== undefined && known.toLowerCase() !== wanted.toLowerCase();
}

function noAlternatives(): FixgateError {
  return new FixgateError('invalid_input', 'OR is not understood: all words of a log search must appear.', {
    fix: 'Search for one alternative per call; write "or" in quotes to search for the word.',
  });
}
