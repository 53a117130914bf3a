/** A line as the fake Loki stores it. */
export interface StoredLine {
  readonly ns: bigint;
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tenant?: string;
}

/** A line while a pipeline works on it. */
export interface PipelineLine extends StoredLine {
  readonly parsed: Readonly<Record<string, string>>;
}

/** A query as it was understood. */
export interface ParsedLogQl {
  matches(labels: Readonly<Record<string, string>>): boolean;
  /** The line after the pipeline; undefined when a stage drops it. */
  run(line: StoredLine): PipelineLine | undefined;
}

/** What Loki says of a query that it does not understand. */
export class LogQlError extends Error {
  override readonly name = 'LogQlError';
}

interface Token {
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:("(?:[^"\\\n]|\\.)*")|(`[^`]*`)|(\|=|\|~|!=|!~|=~|>=|<=|==|[{}|,=<>()])|([A-Za-z_][\w.]*)|(\d+(?:\.\d+)?))/y;

/** The part of LogQL that the log source and its tests use: selectors, line filters, json, label filters, `line_format` with `trunc`. */
export function parseLogQl(query: string): ParsedLogQl {
  const tokens = tokenise(query);
  let next = 0;
  const fail = (): never => {
    const { text = '$end', at = query.length } = tokens[next] ?? {};
    throw new LogQlError(`parse error at ${place(query, at)}: syntax error: unexpected ${nameOf(text)}`);
  };
  const take = (): string => tokens[next++]?.text ?? ((next -= 1), fail());
  const expect = (...texts: string[]): string => (texts.includes(tokens[next]?.text ?? '') ? take() : fail());
  const takeString = (): string => (/^["`]/.test(tokens[next]?.text ?? '') ? toText(take()) : fail());
  const takeName = (): string => (/^[A-Za-z_]/.test(tokens[next]?.text ?? '') ? take() : fail());

  const matchers: ((labels: Readonly<Record<string, string>>) => boolean)[] = [];
  let nonEmpty = false;
  expect('{');
  while (tokens[next]?.text !== '}') {
    const [name, operator, value] = [takeName(), expect('=', '!=', '=~', '!~'), takeString()];
    const test = toTest(operator, value);
    if (!test('')) nonEmpty = true;
    matchers.push((labels) => test(labels[name] ?? ''));
    if (tokens[next]?.text !== '}') expect(',');
  }
  expect('}');
  if (!nonEmpty)
    throw new LogQlError(
      'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    );

  const stages: ((line: PipelineLine) => PipelineLine | undefined)[] = [];
  while (next < tokens.length) {
    const operator = expect('|', '|=', '!=', '|~', '!~');
    stages.push(operator === '|' ? labelStage() : lineFilter(operator, takeString()));
  }
  return {
    matches: (labels) => matchers.every((matches) => matches(labels)),
    run: (line) => stages.reduce<PipelineLine | undefined>((at, stage) => at && stage(at), { ...line, parsed: {} }),
  };

  function labelStage(): (line: PipelineLine) => PipelineLine | undefined {
    const name = takeName();
    if (name === 'json' && !['=', '!=', '=~', '!~'].includes(tokens[next]?.text ?? '')) return fromJson;
    if (name === 'line_format') return lineFormat(takeString());
    const operator = expect('=', '!=', '=~', '!~', '>=', '<=', '>', '<', '==');
    const test = /^\d/.test(tokens[next]?.text ?? '')
      ? toNumberTest(operator, Number(take()))
      : toTest(operator, takeString());
    return (line) => (test({ ...line.labels, ...line.metadata, ...line.parsed }[name] ?? '') ? line : undefined);
  }
}

function tokenise(query: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.trimEnd().length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(query);
    if (match === null) {
      const at = start + (/^\s*/.exec(query.slice(start))?.[0].length ?? 0);
      throw new LogQlError(`parse error at ${place(query, at)}: syntax error: unexpected IDENTIFIER`);
    }
    const text = match.slice(1).find((group) => group !== undefined) ?? '';
    tokens.push({ text, at: TOKEN.lastIndex - text.length });
  }
  return tokens;
}

function place(query: string, at: number): string {
  const before = query.slice(0, at).split('\n');
  return `line ${before.length}, col ${(before.at(-1)?.length ?? 0) + 1}`;
}

function nameOf(token: string): string {
  return /^["`]/.test(token)
    ? 'STRING'
    : /^[A-Za-z_]/.test(token)
      ? 'IDENTIFIER'
      : /^\d/.test(token)
        ? 'NUMBER'
        : token;
}

function toText(token: string): string {
  return token.startsWith('`') ? token.slice(1, -1) : (JSON.parse(token) as string);
}

function toTest(operator: string, value: string): (text: string) => boolean {
  const pattern = operator.endsWith('~') ? new RegExp(`^(?:${value})$`, 'su') : undefined;
  const same = (text: string) => (pattern === undefined ? text === value : pattern.test(text));
  return operator.startsWith('!') ? (text) => !same(text) : same;
}

function toNumberTest(operator: string, value: number): (text: string) => boolean {
  const tests: Readonly<Record<string, (number: number) => boolean>> = {
    '>=': (number) => number >= value,
    '<=': (number) => number <= value,
    '>': (number) => number > value,
    '<': (number) => number < value,
    '==': (number) => number === value,
    '=': (number) => number === value,
  };
  return (text) => text !== '' && (tests[operator]?.(Number(text)) ?? false);
}

/** Line filters are not anchored. */
function lineFilter(operator: string, value: string): (line: PipelineLine) => PipelineLine | undefined {
  const pattern = operator.endsWith('~') ? new RegExp(value, 'su') : undefined;
  const found = (text: string) => (pattern === undefined ? text.includes(value) : pattern.test(text));
  return (line) => (found(line.line) !== operator.startsWith('!') ? line : undefined);
}

function fromJson(line: PipelineLine): PipelineLine {
  try {
    const value = JSON.parse(line.line) as Record<string, unknown>;
    const parsed = Object.entries(value).map(([key, field]) => [
      key in line.labels ? `${key}_extracted` : key,
      String(field),
    ]);
    return { ...line, parsed: { ...line.parsed, ...(Object.fromEntries(parsed) as Record<string, string>) } };
  } catch {
    return { ...line, parsed: { ...line.parsed, __error__: 'JSONParserErr' } };
  }
}

function lineFormat(template: string): (line: PipelineLine) => PipelineLine {
  const most = /^\{\{ __line__ \| trunc (\d+) \}\}$/.exec(template)?.[1];
  if (most === undefined) throw new LogQlError(`parse error : invalid line template: ${template}`);
  return (line) => ({ ...line, line: Array.from(line.line).slice(0, Number(most)).join('') });
}
