/** What a search of the fake Datadog looks at. */
export interface Searched {
  readonly message: string;
  readonly service?: string;
  readonly status?: string;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

type Matches = (event: Searched) => boolean;

/** Reads the part of Datadog's search language that the tests use: words, wildcards, `key:value`, groups, `-`, AND, OR. */
export function parseSearch(search: string): Matches {
  const tokens = search.match(/"[^"]*"|[()]|-(?=\S)|(?:[^\s()":]+|\*):(?=\S)|[^\s()"]+/g) ?? [];
  let at = 0;
  const peek = () => tokens[at];

  function any(key: string | undefined): Matches {
    const parts = [all(key)];
    while (peek() === 'OR') {
      at += 1;
      parts.push(all(key));
    }
    return (event) => parts.some((part) => part(event));
  }
  function all(key: string | undefined): Matches {
    const parts: Matches[] = [];
    while (peek() !== undefined && peek() !== ')' && peek() !== 'OR') {
      if (peek() === 'AND') at += 1;
      else parts.push(one(key));
    }
    if (parts.length === 0) throw new Error(`nothing to search at ${at} of ${search}`);
    return (event) => parts.every((part) => part(event));
  }
  function one(key: string | undefined): Matches {
    const token = tokens[at++] ?? '';
    if (token === '-') {
      const part = one(key);
      return (event) => !part(event);
    }
    if (token === '(') {
      const inner = any(key);
      if (tokens[at++] !== ')') throw new Error(`a parenthesis stays open in ${search}`);
      return inner;
    }
    if (token.endsWith(':') && token.length > 1) return one(token.slice(0, -1));
    const value = token.startsWith('"') ? token.slice(1, -1) : token;
    return (event) => holds(event, key, value);
  }

  const parsed = any(undefined);
  if (at < tokens.length) throw new Error(`unexpected ${String(peek())} in ${search}`);
  return parsed;
}

function holds(event: Searched, key: string | undefined, value: string): boolean {
  const pattern = new RegExp(
    `^${value
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    'su',
  );
  const loose = new RegExp(pattern, 'isu');
  if (key === undefined)
    return value === '*' || event.message.split(/[^\p{L}\p{N}]+/u).some((word) => loose.test(word));
  if (key === '*') return [event.message, ...leaves(event.attributes)].some((text) => loose.test(text));
  if (key === 'service' || key === 'status') return event[key] !== undefined && pattern.test(event[key]);
  // A tag that is no pair of key and value is searched as tags:NAME.
  if (key === 'tags') return event.tags.some((tag) => pattern.test(tag));
  if (key.startsWith('@')) return leaves(event.attributes[key.slice(1)]).some((text) => pattern.test(text));
  return event.tags.some((tag) => tag.startsWith(`${key}:`) && pattern.test(tag.slice(key.length + 1)));
}

function leaves(value: unknown): string[] {
  if (value !== null && typeof value === 'object') return Object.values(value).flatMap(leaves);
  return value === undefined ? [] : [typeof value === 'string' ? value : JSON.stringify(value)];
}
