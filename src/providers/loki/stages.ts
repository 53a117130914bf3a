/** What is wrong with a LogQL pipeline that others wrote; undefined when it can be appended to a query without changing the rest of it. */
export function problemOfStages(stages: string): string | undefined {
  if (!/^\s*(?:\||!=|!~|!>)/.test(stages)) return 'it must begin with |, such as | json or |= "text"';
  return problemOf(stages) ?? problemOfTokens(tokensOf(stages));
}

/** What is wrong with a stream selector; undefined when it is one pair of braces with everything closed. */
export function problemOfSelector(selector: string): string | undefined {
  const text = selector.trim();
  if (!text.startsWith('{') || !text.endsWith('}')) return 'it must be a stream selector such as {namespace="prod"}';
  return problemOf(text.slice(1, -1));
}

/** Outside strings these would end the pipeline, begin another query or hide what follows. */
const FOREIGN: Readonly<Record<string, string>> = {
  '#': 'a comment would hide what follows it',
  '{': 'it must not hold a stream selector',
  '}': 'it must not hold a stream selector',
  '[': 'it must not hold a range',
  ']': 'it must not hold a range',
  "'": 'strings must stand in double quotes or backticks',
};

function problemOf(text: string): string | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '"' || character === '`') {
      const end = endOfString(text, at);
      if (end === undefined) return 'a string is not closed';
      at = end;
      continue;
    }
    const problem = FOREIGN[character];
    if (problem !== undefined) return problem;
    depth += character === '(' ? 1 : character === ')' ? -1 : 0;
    if (depth < 0) break;
  }
  return depth === 0 ? undefined : 'its parentheses are not balanced';
}

/** Where the string that begins at `start` is closed; quoted strings know escapes and end with the line, raw ones do neither. */
function endOfString(text: string, start: number): number | undefined {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === quote) return at;
    if (quote === '"' && text[at] === '\n') return undefined;
    if (quote === '"' && text[at] === '\\' && text[at + 1] !== '\n') at++;
  }
  return undefined;
}

type Kind = 'string' | 'operator' | 'name' | 'number' | 'flag' | 'other';

interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const TOKEN =
  /(?<string>"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`)|(?<operator>\|[=~>]|![=~>]|=~|[=<>]=|[|=<>(),])|(?<name>[A-Za-z_]\w*)|(?<number>-?\d[\w.µ]*)|(?<flag>--[a-z-]+)|(?<other>\S)/g;

function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(TOKEN)].map(({ groups = {} }) => {
    const [kind, found] = Object.entries(groups).find(([, group]) => group !== undefined) ?? ['other', ''];
    return { kind: kind as Kind, text: found ?? '' };
  });
}

const LINE_FILTERS = new Set(['|=', '|~', '|>', '!=', '!~', '!>']);
const COMPARISONS = new Set(['=', '==', '!=', '=~', '!~', '<', '<=', '>', '>=']);
/** Stages whose text is no template: whoever rewrites lines can hide a secret from redaction. */
const PARSERS = new Set(['json', 'logfmt', 'pattern', 'regexp', 'unpack', 'decolorize']);
/** Labels that answers show by themselves: a secret that was extracted under such a name could not be told any more. */
const SHOWN = /trace|span|service|env|level|severity|status|app$|job$|host|pod/i;
const FLAGS = new Set(['--strict', '--keep-empty']);

/** Allows line filters, label filters and parsers, and nothing that neither filters nor parses. */
function problemOfTokens(tokens: readonly Token[]): string | undefined {
  let parser = false;
  for (const [index, token] of tokens.entries()) {
    const [before, after] = [tokens[index - 1], tokens[index + 1]];
    if (before?.text === '|') {
      parser = token.kind === 'name' && PARSERS.has(token.text) && !isComparison(after);
      if (parser) continue;
      if (token.text !== '(' && !(token.kind === 'name' && isComparison(after))) return noFilter(token);
    }
    if (LINE_FILTERS.has(token.text)) parser = false;
    const shown = parser ? namesOf(token, after).find((name) => SHOWN.test(name)) : undefined;
    if (shown !== undefined)
      return `it must not extract a label named ${JSON.stringify(shown.slice(0, 50))}: answers show it`;
    if (!(parser ? isOfParser(token) : isOfFilter(token, before, after))) return unexpected(token);
  }
  return tokens.at(-1)?.text === '|' ? 'a stage is missing after its last |' : undefined;
}

/** The labels that a parser is told to make. */
function namesOf({ kind, text }: Token, after: Token | undefined): readonly string[] {
  if (kind === 'name') return after?.text === '=' ? [text] : [];
  return kind === 'string' ? [...text.matchAll(/<(\w{1,100})>/g)].map(([, name = '']) => name) : [];
}

function isOfParser({ kind, text }: Token): boolean {
  if (kind === 'name') return !['and', 'or', 'unless'].includes(text);
  if (kind === 'operator') return text === '|' || text === '=' || text === ',';
  return kind === 'string' || (kind === 'flag' && FLAGS.has(text));
}

function isOfFilter({ kind, text }: Token, before: Token | undefined, after: Token | undefined): boolean {
  if (kind === 'name')
    return text === 'and' || text === 'or' || (text === 'ip' && after?.text === '(') || isComparison(after);
  if (kind === 'number') return isComparison(before);
  return kind === 'string' || kind === 'operator';
}

function isComparison(token: Token | undefined): boolean {
  return token?.kind === 'operator' && COMPARISONS.has(token.text);
}

function noFilter({ text }: Token): string {
  return `${JSON.stringify(text.slice(0, 50))} is no stage that filters or parses; those are |=, !=, |~, !~, |>, !>, comparisons of labels, ${[...PARSERS].join(', ')}`;
}

function unexpected({ text }: Token): string {
  return `it must not hold ${JSON.stringify(text.slice(0, 50))} there`;
}
