/** What is wrong with a LogQL pipeline that others wrote; undefined when it can be appended to a query without changing the rest of it. */
export function problemOfStages(stages: string): string | undefined {
  if (!/^\s*(?:\||!=|!~|!>)/.test(stages)) return 'it must begin with |, such as | json or |= "text"';
  return problemOf(stages);
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
    if (quote === '"' && text[at] === '\\') at++;
  }
  return undefined;
}
