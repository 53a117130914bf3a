import { FixgateError } from '#domain/errors.ts';
import type { LogLevel, LogQuery } from '#domain/evidence.ts';
import { logLevels } from '#domain/evidence.ts';

import { parseText } from '../log-filter.ts';

/** How a query is asked: of the events API by one pattern, of Logs Insights by commands. */
export interface NativeQuery {
  /** Filter pattern; all events when absent. Undefined as a whole when only Insights can answer. */
  readonly pattern: { readonly text?: string } | undefined;
  /** `filter` commands, each after a pipe; undefined when Insights cannot express a filter. */
  readonly commands: readonly string[] | undefined;
}

/** AWS's limit of a filter pattern. */
const MAX_PATTERN_CHARS = 1_024;

type Kind = 'terms' | 'json' | 'fields' | 'insights';

/** Translates a query. Both forms ask for no less than `createLogFilter` keeps; the answer is checked again. */
export function toNative(query: LogQuery): NativeQuery {
  const filters = (query.filters ?? []).map((filter) => filter.trim()).filter((filter) => filter !== '');
  const kinds = new Set(filters.map(kindOf));
  if (kinds.has('json') && kinds.size > 1) throw mixed(filters);
  if (kinds.has('fields') && filters.length > 1) throw mixed(filters);
  for (const [index, filter] of filters.entries()) {
    if (index > 0 && kindOf(filter) === 'json' && withoutStrings(filter).includes('%')) throw expression(filter);
    check(filter, kindOf(filter));
  }
  const pattern = kinds.has('insights') ? undefined : withMore(combine(filters, kinds), query);
  const translatable = !kinds.has('json') && !kinds.has('fields') && !filters.some((filter) => isSpecial(filter));
  return { pattern, commands: translatable ? toCommands(filters, query) : undefined };
}

function kindOf(filter: string): Kind {
  if (filter.startsWith('{')) return 'json';
  if (filter.startsWith('[')) return 'fields';
  return /^filter\s/i.test(filter) ? 'insights' : 'terms';
}

/** `?term` changes the meaning of terms beside it, and a regular expression may stand beside none. */
function isSpecial(filter: string): boolean {
  return kindOf(filter) === 'terms' && tokensOf(filter).some((token) => /^-?[?%]/.test(token));
}

const TOKEN = /-?"[^"]*"|\S+/g;

function tokensOf(filter: string): readonly string[] {
  return filter.match(TOKEN) ?? [];
}

/** What would let a filter reach beyond itself, and with it undo one of the operator's. */
function check(filter: string, kind: Kind): void {
  if (kind === 'insights' && /[|#\n\r]/.test(filter))
    throw refused(filter, 'holds |, # or a line break, which end a command of Logs Insights');
  if (kind === 'insights') return;
  if (filter.includes('\\"')) throw refused(filter, 'has a backslash before a quote');
  if ((filter.match(/"/g) ?? []).length % 2 === 1) throw refused(filter, 'leaves a quote open');
  if (kind === 'json' && withoutStrings(filter).includes("'"))
    throw refused(filter, 'has a single quote outside a string');
  if (kind === 'json' && !(filter.endsWith('}') && isBalanced(filter.slice(1, -1))))
    throw refused(filter, 'leaves a parenthesis or brace open');
}

/** A JSON pattern without its strings and the plain names of `$.['a.b']`: what is left is all that gives it structure. */
function withoutStrings(text: string): string {
  return text.replaceAll(/"[^"]*"|\['[\w .:@/-]*'\]/g, '');
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const char of withoutStrings(text)) {
    if ('{}'.includes(char)) return false;
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** One pattern is all that a request takes: JSON patterns are joined with `&&`, plain terms by standing together. */
function combine(filters: readonly string[], kinds: ReadonlySet<Kind>): string | undefined {
  if (filters.length < 2) return filters[0];
  if (kinds.has('json')) return `{ ${filters.map((filter) => `(${filter.slice(1, -1).trim()})`).join(' && ')} }`;
  if (filters.some(isSpecial)) throw mixed(filters);
  return filters.join(' ');
}

function withMore(filter: string | undefined, query: LogQuery): { readonly text?: string } {
  const word = filter === undefined ? wordPattern(query.text ?? '') : undefined;
  const terms = filter === undefined || (kindOf(filter) === 'terms' && !isSpecial(filter));
  const more =
    word === undefined && terms
      ? below(query.level)
          .flatMap(marksOf)
          .map((mark) => `-"${mark.replaceAll('"', '\\"')}"`)
      : [];
  const parts = [...(filter === undefined ? [] : [filter]), ...more];
  const text = word ?? fitting(parts).join(' ');
  return text === '' ? {} : { text };
}

function fitting(parts: readonly string[]): readonly string[] {
  let chars = 0;
  return parts.filter((part, index) => {
    chars += part.length + 1;
    return index === 0 || chars <= MAX_PATTERN_CHARS;
  });
}

/** The longest part of a word as a regular expression, which alone ignores case; a pattern takes only one beside nothing else. */
function wordPattern(text: string): string | undefined {
  const parts = parseText(text).wanted.flatMap((word) => word.match(/[a-z0-9_:#=@/;,-]{3,}/g) ?? []);
  const [longest] = parts.toSorted((a, b) => b.length - a.length);
  if (longest === undefined) return undefined;
  const letters = longest.slice(0, 100).replaceAll(/[a-z]/g, (char) => `[${char.toUpperCase()}${char}]`);
  return `%${letters}%`;
}

function below(level: LogLevel | undefined): readonly LogLevel[] {
  return level === undefined ? [] : logLevels.slice(0, logLevels.indexOf(level)).toReversed();
}

const pino: Readonly<Record<LogLevel, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/** How a line says that it is of this level and no other, in JSON, logfmt and plain text; lines without a level have none. */
function marksOf(level: LogLevel): readonly string[] {
  const upper = level.toUpperCase();
  return [
    ` ${upper} `,
    `[${upper}]`,
    `"level":"${level}"`,
    `"level":"${upper}"`,
    `"level":${pino[level]},`,
    `level=${level} `,
  ];
}

function toCommands(filters: readonly string[], query: LogQuery): string[] {
  const { wanted, excluded } = parseText(query.text ?? '');
  return [
    ...filters.flatMap((filter) => (kindOf(filter) === 'insights' ? [filter] : tokensOf(filter).map(termCommand))),
    ...wanted.map((word) => `filter @message like /(?i)${literal(word)}/`),
    ...excluded.map((word) => `filter @message not like /(?i)${literal(word)}/`),
    ...below(query.level).map((level) => `filter @message not like /${marksOf(level).map(literal).join('|')}/`),
  ];
}

/** Terms of a filter pattern mind case. */
function termCommand(token: string): string {
  const [, minus, quoted, plain] = /^(-?)(?:"([^"]*)"|(.*))$/s.exec(token) ?? [];
  return `filter @message ${minus === '-' ? 'not ' : ''}like /${literal(quoted ?? plain ?? '')}/`;
}

/** Letters and digits as they are, all else by its code: nothing can end the expression. */
function literal(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : char;
  });
}

function mixed(filters: readonly string[]): FixgateError {
  const shown = filters.map((filter) => filter.slice(0, 200)).join(' and ');
  return new FixgateError('invalid_input', `CloudWatch Logs cannot apply these filters together: ${shown}.`, {
    fix: 'Write yours in the form of the configured one: plain terms such as ERROR -debug, or a JSON pattern such as { $.status >= 500 }.',
  });
}

/** Within % quotes and parentheses are text: where such an expression ends cannot be told as surely as CloudWatch does. */
function expression(filter: string): FixgateError {
  const shown = JSON.stringify(filter.slice(0, 300));
  const message = `The filter ${shown} holds a regular expression (%), which cannot be joined safely with the configured filter.`;
  return new FixgateError('invalid_input', message, {
    fix: 'Write the condition without %, with * for any text as in { $.path = "*pay*" }, and put % within quotes where it is meant itself.',
  });
}

function refused(filter: string, problem: string): FixgateError {
  return new FixgateError('invalid_input', `The filter ${JSON.stringify(filter.slice(0, 300))} ${problem}.`, {
    fix: 'Write one whole condition, such as ERROR -debug, "two words", { $.status >= 500 } or filter status >= 500.',
  });
}
