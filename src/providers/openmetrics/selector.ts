import { FixgateError } from '#domain/errors.ts';
import { parseDuration } from '#domain/time.ts';

import { compilePattern } from './label-pattern.ts';

/** What a query may be, for callers and messages. */
export const LANGUAGE =
  'a selector such as http_requests_total{route="/pay",code=~"5.."}, optionally in rate(…[5m]) or increase(…[5m]), optionally in sum|avg|max|min(…) by (labels), optionally divided by another one';

const aggregates = ['sum', 'avg', 'max', 'min'] as const;
const rangeFunctions = ['rate', 'increase'] as const;

/** A query over recorded samples. */
export interface Selection {
  readonly matches: (name: string, labels: Readonly<Record<string, string>>) => boolean;
  readonly range?: { readonly kind: (typeof rangeFunctions)[number]; readonly rangeMs: number };
  readonly aggregate?: { readonly kind: (typeof aggregates)[number]; readonly by: readonly string[] };
  /** What it is divided by, series by series; where this has a value and the first has none, the first counts as 0. */
  readonly over?: Selection;
}

type Matcher = (label: (name: string) => string) => boolean;

const MAX_QUERY_CHARS = 4_096;
const TOKEN = /\s*(?:([A-Za-z_:][\w:]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\[[^\]]*\])|(=~|!~|!=|[(){},=/]))/y;

/** Reads the small selector language; anything else is refused with what is understood. */
export function parseSelection(query: string): Selection {
  const tokens = tokenize(query);
  const first = parseExpression(tokens);
  if (tokens.peek() !== '/') {
    if (tokens.peek() !== undefined) throw tokens.unexpected();
    return first;
  }
  tokens.take();
  const selection = { ...first, over: parseExpression(tokens) };
  if (tokens.peek() !== undefined) throw tokens.unexpected();
  return selection;
}

interface Tokens {
  peek(ahead?: number): string | undefined;
  take(expected?: string): string;
  unexpected(): FixgateError;
}

function tokenize(query: string): Tokens {
  const all: string[] = [];
  const text = query.trim();
  const refuse = (at: string) =>
    new FixgateError('invalid_input', `The query is not understood at ${at}. Recorded metrics answer ${LANGUAGE}.`, {
      fix: 'Rewrite the query as a selector with at most one rate or increase and one aggregation, or as one such divided by another.',
    });
  if (text.length > MAX_QUERY_CHARS) throw refuse(`its length of ${text.length} characters`);
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[0].trim();
    if (token === undefined) throw refuse(JSON.stringify(text.slice(from, from + 40)));
    all.push(token);
  }
  let position = 0;
  const unexpected = () =>
    refuse(all[position] === undefined ? 'its end' : JSON.stringify(all[position]?.slice(0, 40)));
  return {
    peek: (ahead = 0) => all[position + ahead],
    take(expected) {
      const token = all[position];
      if (token === undefined || (expected !== undefined && token !== expected)) throw unexpected();
      position++;
      return token;
    },
    unexpected,
  };
}

function parseExpression(tokens: Tokens): Selection {
  const kind = aggregates.find((name) => name === tokens.peek());
  if (kind === undefined || (tokens.peek(1) !== '(' && tokens.peek(1) !== 'by')) return parseRange(tokens);
  tokens.take();
  const before = parseBy(tokens);
  tokens.take('(');
  const inner = parseRange(tokens);
  tokens.take(')');
  return { ...inner, aggregate: { kind, by: before ?? parseBy(tokens) ?? [] } };
}

function parseBy(tokens: Tokens): readonly string[] | undefined {
  if (tokens.peek() !== 'by') return undefined;
  tokens.take();
  tokens.take('(');
  const labels: string[] = [];
  while (tokens.peek() !== ')') {
    labels.push(takeName(tokens));
    if (tokens.peek() === ',') tokens.take();
    else break;
  }
  tokens.take(')');
  return labels;
}

function parseRange(tokens: Tokens): Selection {
  const kind = rangeFunctions.find((name) => name === tokens.peek());
  if (kind === undefined || tokens.peek(1) !== '(') return { matches: parseSelector(tokens) };
  tokens.take();
  tokens.take('(');
  const matches = parseSelector(tokens);
  const range = tokens.peek() ?? '';
  if (!range.startsWith('[')) throw tokens.unexpected();
  tokens.take();
  tokens.take(')');
  return { matches, range: { kind, rangeMs: Math.max(1, parseDuration(range.slice(1, -1))) } };
}

function parseSelector(tokens: Tokens): Selection['matches'] {
  const matchers: Matcher[] = [];
  if (tokens.peek() !== '{') {
    const wanted = takeName(tokens);
    matchers.push((label) => label('__name__') === wanted);
  }
  if (tokens.peek() === '{') matchers.push(...parseMatchers(tokens));
  if (matchers.length === 0) throw tokens.unexpected();
  return (name, labels) => {
    const label = (key: string) => (key === '__name__' ? name : Object.hasOwn(labels, key) ? (labels[key] ?? '') : '');
    return matchers.every((matcher) => matcher(label));
  };
}

function parseMatchers(tokens: Tokens): readonly Matcher[] {
  const matchers: Matcher[] = [];
  tokens.take('{');
  while (tokens.peek() !== '}') {
    matchers.push(parseMatcher(tokens));
    if (tokens.peek() === ',') tokens.take();
    else break;
  }
  tokens.take('}');
  return matchers;
}

function parseMatcher(tokens: Tokens): Matcher {
  const key = takeName(tokens);
  const operator = tokens.peek() ?? '';
  if (!['=', '!=', '=~', '!~'].includes(operator)) throw tokens.unexpected();
  tokens.take();
  if (!/^["']/.test(tokens.peek() ?? '')) throw tokens.unexpected();
  const value = unquote(tokens.take());
  const test = operator.endsWith('~') ? remembering(compilePattern(value)) : (text: string) => text === value;
  return operator.startsWith('!') ? (label) => !test(label(key)) : (label) => test(label(key));
}

/** Label values repeat; each is matched once, as long as there are not too many. */
function remembering(test: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    const answer = known.get(text) ?? test(text);
    if (known.size < 10_000) known.set(text, answer);
    return answer;
  };
}

function takeName(tokens: Tokens): string {
  if (!/^[A-Za-z_:]/.test(tokens.peek() ?? '')) throw tokens.unexpected();
  return tokens.take();
}

/** Resolves `\\`, `\"` and `\n`; a backslash before anything else stays, as patterns need it. */
function unquote(token: string): string {
  return token.slice(1, -1).replaceAll(/\\(["'\\n])/g, (_, char: string) => (char === 'n' ? '\n' : char));
}
