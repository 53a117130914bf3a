type Matches = (message: string) => boolean;

/** Reads the filter patterns that the tests use: terms, `"phrases"`, `-exclusions`, one `%regex%`, and JSON equalities joined by `&&`. */
export function parsePattern(pattern: string | undefined): Matches {
  const text = pattern?.trim() ?? '';
  if (text.startsWith('{')) return parseJson(text);
  const regex = /^%(.*)%$/s.exec(text)?.[1];
  if (regex !== undefined) return (message) => new RegExp(regex).test(message);
  const tokens = text.match(/-?"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  const terms = tokens.map((token) => {
    const excluded = token.startsWith('-');
    const term = token
      .replace(/^-/, '')
      .replace(/^"(.*)"$/s, '$1')
      .replaceAll('\\"', '"');
    return (message: string) => message.includes(term) !== excluded;
  });
  return (message) => terms.every((term) => term(message));
}

function parseJson(text: string): Matches {
  const inner = text.slice(1, -1).replaceAll(/[()]/g, '').trim();
  const conditions = inner.split('&&').map((condition) => {
    const match = /^\s*\$\.([\w.]+)\s*=\s*("[^"]*"|\d+)\s*$/.exec(condition);
    if (match === null) throw new Error('Invalid filter pattern');
    return { key: match[1] ?? '', value: JSON.parse(match[2] ?? '') as unknown };
  });
  return (message) => {
    const record = message.startsWith('{') ? (JSON.parse(message) as Record<string, unknown>) : {};
    return conditions.every(({ key, value }) => record[key] === value);
  };
}

/** An event as a query of Logs Insights sees it. */
export interface QueriedEvent {
  readonly at: number;
  readonly message: string;
}

/** Reads the commands of Logs Insights that the tests use; throws the offset of one that it does not know. */
export function parseInsights(query: string): {
  readonly matches: (event: QueriedEvent) => boolean;
  readonly counts: boolean;
} {
  const tests: ((event: QueriedEvent) => boolean)[] = [];
  let [offset, counts] = [0, false];
  for (const command of query.split(' | ')) {
    const bounds = /^filter toMillis\(@timestamp\) >= (\d+) and toMillis\(@timestamp\) < (\d+)$/.exec(command);
    const like = /^filter @message (not )?like \/(\(\?i\))?(.*)\/$/s.exec(command);
    if (bounds) tests.push(({ at }) => at >= Number(bounds[1]) && at < Number(bounds[2]));
    else if (like) {
      const regex = new RegExp(like[3] ?? '', like[2] === undefined ? 'u' : 'iu');
      tests.push(({ message }) => regex.test(message) === (like[1] === undefined));
    } else if (command.startsWith('stats count(*) as ')) counts = true;
    else if (!/^(?:fields|sort|limit) /.test(command)) throw new MalformedAt(offset, offset + command.length - 1);
    offset += command.length + 3;
  }
  return { matches: (event) => tests.every((test) => test(event)), counts };
}

/** Where a query cannot be read. */
export class MalformedAt extends Error {
  readonly start: number;
  readonly end: number;

  constructor(start: number, end: number) {
    super('unexpected symbol found');
    this.start = start;
    this.end = end;
  }
}
