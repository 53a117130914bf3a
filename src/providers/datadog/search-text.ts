import { FixgateError } from '#domain/errors.ts';
import type { LogLevel, LogQuery } from '#domain/evidence.ts';

import { parseText } from '../log-filter.ts';

/** Datadog's statuses from least to most urgent, beside the level that each means. */
const statuses: Readonly<Record<LogLevel, readonly string[]>> = {
  trace: ['trace', 'verbose'],
  debug: ['debug'],
  info: ['info', 'notice', 'ok', 'success'],
  warn: ['warn', 'warning'],
  error: ['error', 'err'],
  fatal: ['fatal', 'critical', 'alert', 'emergency'],
};

/** The query in Datadog's search language. It asks for no less than `createLogFilter` keeps; the answer is checked again. */
export function toSearchText(query: LogQuery): string {
  const terms = [
    ...(query.filters ?? []).filter((filter) => filter.trim() !== '').map(groupedFilter),
    ...known('service', query.service),
    ...known('env', query.env),
    ...levelTerm(query.level),
    ...textTerms(query.text ?? ''),
  ];
  return terms.length === 0 ? '*' : terms.join(' ');
}

/** Events that name another are dropped; those that name none are kept. Tags are lower case in Datadog, services need not be. */
function known(key: string, value: string | undefined): string[] {
  return exactTerm(key, value).map((term) => `(${term} OR -${key}:*)`);
}

/** A tag that must have this value, as it is or in lower case; nothing where the value cannot stand in quotes. */
export function exactTerm(key: string, value: string | undefined): string[] {
  if (value === undefined || /["\\\p{Cc}]/u.test(value)) return [];
  const values = [...new Set([value, value.toLowerCase()])].map((name) => `"${name}"`).join(' OR ');
  return [`${key}:(${values})`];
}

function levelTerm(level: LogLevel | undefined): string[] {
  const all = Object.entries(statuses);
  const below = all.slice(
    0,
    all.findIndex(([name]) => name === level),
  );
  if (level === undefined || below.length === 0) return [];
  return [`-status:(${below.flatMap(([, names]) => names).join(' OR ')})`];
}

/** Letters and digits only: what Datadog reads as one token, so that nothing needs escaping and word parts are found. */
const PIECE = /[\p{L}\p{N}]+/gu;

function textTerms(text: string): string[] {
  const { wanted, excluded } = parseText(text);
  const pieces = wanted.flatMap((part) => {
    const found = part.match(PIECE) ?? [];
    const long = found.filter((piece) => piece.length > 1);
    return long.length > 0 ? long : found;
  });
  const plain = excluded.filter((part) => part.replace(PIECE, '') === '');
  return [...new Set(pieces)].map((piece) => `*:*${piece}*`).concat(plain.map((word) => `-${word}`));
}

const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[{', '}': '[{' };

/** A filter in parentheses: it cannot reach beyond them as long as it opens and closes everything itself. */
export function groupedFilter(filter: string): string {
  const problem = problemOf(filter);
  if (problem === undefined) return `(${filter.trim()})`;
  throw new FixgateError('invalid_input', `The Datadog filter ${JSON.stringify(filter.slice(0, 300))} ${problem}.`, {
    fix: 'Write a filter that closes every quote, parenthesis and bracket that it opens, such as service:web AND @http.status_code:[500 TO 599].',
  });
}

function problemOf(filter: string): string | undefined {
  const open: string[] = [];
  let inQuotes = false;
  for (let at = 0; at < filter.length; at++) {
    const char = filter.charAt(at);
    if (char === '\\') {
      at += 1;
      const next = filter.charAt(at);
      if (next === '' || next === '"') return 'has a backslash at its end or before a quote';
    } else if (char === '"') inQuotes = !inQuotes;
    else if (inQuotes) continue;
    else if ('“”'.includes(char)) return 'has curly quotes, which Datadog ignores';
    else if ('([{'.includes(char)) open.push(char);
    else if (CLOSES[char] !== undefined && !CLOSES[char].includes(open.pop() ?? 'none'))
      return `closes ${char} without having opened it`;
  }
  if (inQuotes) return 'leaves a quote open';
  return open.length > 0 ? `leaves ${open.at(-1)} open` : undefined;
}
