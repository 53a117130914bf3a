import { compileRegex } from '#policy/command/linear-regex.ts';
import { RegexProblem } from '#policy/command/regex-parse.ts';

/** Whether something holds; undefined where a file does not tell. */
export type Maybe = boolean | undefined;

/** What is known of the variables of a pipeline: null is not set, undefined is not known. */
export type KnownVariables = (name: string) => string | null | undefined;

/** Characters of a condition that is read; longer ones are not known. */
const MAX_CHARS = 2_000;

const TOKEN = /\s*(?:(&&|\|\||==|!=|=~|!~|[()])|"([^"]*)"|'([^']*)'|\/((?:[^/\\]|\\.)*)\/(i?)|\$\{?(\w+)\}?|(null)\b)/y;

type Token =
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'value'; readonly value: string | null | undefined }
  | { readonly kind: 'regex'; readonly text: string; readonly ignoresCase: boolean };

/** Evaluates an `if` of GitLab: comparisons, patterns, `&&` before `||`, parentheses. */
export function evaluateCondition(text: unknown, variables: KnownVariables): Maybe {
  const tokens = typeof text === 'string' && text.length <= MAX_CHARS ? tokensOf(text, variables) : undefined;
  if (tokens === undefined) return undefined;
  const reader = { tokens, at: 0 };
  const result = readEither(reader);
  return reader.at === tokens.length ? result : undefined;
}

function tokensOf(text: string, variables: KnownVariables): readonly Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text);
    if (found === null) return undefined;
    const [, sign, double, single, regex, flag, variable] = found;
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else if (regex !== undefined) tokens.push({ kind: 'regex', text: regex, ignoresCase: flag === 'i' });
    else
      tokens.push({ kind: 'value', value: variable === undefined ? (double ?? single ?? null) : variables(variable) });
  }
  return tokens;
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
}

function takes(reader: Reader, ...signs: readonly string[]): string | undefined {
  const token = reader.tokens[reader.at];
  if (token?.kind !== 'sign' || !signs.includes(token.text)) return undefined;
  reader.at++;
  return token.text;
}

function readEither(reader: Reader): Maybe {
  let result = readBoth(reader);
  while (takes(reader, '||') !== undefined) result = either(result, readBoth(reader));
  return result;
}

function readBoth(reader: Reader): Maybe {
  let result = readOne(reader);
  while (takes(reader, '&&') !== undefined) result = not(either(not(result), not(readOne(reader))));
  return result;
}

function readOne(reader: Reader): Maybe {
  if (takes(reader, '(') !== undefined) {
    const result = readEither(reader);
    // What is left open is not known.
    if (takes(reader, ')') === undefined) reader.at = Number.POSITIVE_INFINITY;
    return result;
  }
  const left = reader.tokens[reader.at++];
  const sign = takes(reader, '==', '!=', '=~', '!~');
  if (sign === undefined) return left?.kind === 'value' && left.value !== undefined ? !!left.value : undefined;
  const right = reader.tokens[reader.at++];
  const holds = sign.endsWith('~') ? matches(left, right) : isSame(left, right);
  return sign.startsWith('!') ? not(holds) : holds;
}

function isSame(left: Token | undefined, right: Token | undefined): Maybe {
  if (left?.kind !== 'value' || right?.kind !== 'value') return undefined;
  return left.value === undefined || right.value === undefined ? undefined : left.value === right.value;
}

function matches(left: Token | undefined, right: Token | undefined): Maybe {
  if (left?.kind !== 'value' || left.value === undefined || right?.kind !== 'regex') return undefined;
  return matchesPattern(left.value, right.text, right.ignoresCase);
}

/** Matched by no letter of a pattern. */
const CAPITAL = '\uE000';

/** Classes in sets, and a repetition without a least number, which GitLab reads otherwise. */
const READ_OTHERWISE = /\[:|\{,/;
/** A set of what is left out, with letters: their capitals are left out as well where case is ignored. */
const LEFT_OUT = /\[\^\]?(?:\\.|[^\]\\])*?[a-z]/i;

/** Whether a pattern is found in a text. Our search ignores case, so that where capitals decide it is not known. */
export function matchesPattern(text: string | null, pattern: string, ignoresCase: boolean): Maybe {
  if (text === null) return false;
  if (READ_OTHERWISE.test(pattern)) return undefined;
  try {
    const finds = compileRegex(pattern.replaceAll('\\/', '/'));
    if (ignoresCase) return finds(text);
    if (!finds(text)) return LEFT_OUT.test(pattern) ? undefined : false;
    return pattern === pattern.toLowerCase() && finds(text.replaceAll(/[A-Z]/g, CAPITAL)) ? true : undefined;
  } catch (error) {
    if (error instanceof RegexProblem) return undefined;
    throw error;
  }
}

function either(one: Maybe, other: Maybe): Maybe {
  return one === true || other === true ? true : one === false && other === false ? false : undefined;
}

function not(value: Maybe): Maybe {
  return value === undefined ? undefined : !value;
}
