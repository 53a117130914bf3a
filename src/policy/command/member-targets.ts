import type { Token } from '#policy/command/plain-code.ts';

/** Words with which a line begins that goes on behind a colon. */
const HEADS = /^(?:if|elif|else|for|while|try|except|finally|with|def)$/;

/** True for Python in which what stands behind a dot gets a value: `a.b = 1`, `a.b, c = 1, 2`, `for a.b in c`. */
export function assignsMember(tokens: readonly Token[]): boolean {
  return (
    statementsOf(tokens).some(hasMemberTarget) ||
    tokens.some(
      ({ kind, text }, at) =>
        kind === 'name' && text === 'for' && headOf(tokens, at).some((token) => isMark(token, '.')),
    )
  );
}

/** The targets of a `for`, up to its `in`. */
function headOf(tokens: readonly Token[], at: number): readonly Token[] {
  let depth = 0;
  const end = tokens.findIndex(({ kind, text }, index) => {
    if (index <= at) return false;
    if (kind === 'mark') depth += /^[([{]$/.test(text) ? 1 : /^[)\]}]$/.test(text) ? -1 : 0;
    return depth === 0 && kind === 'name' && text === 'in';
  });
  return tokens.slice(at, end < 0 ? tokens.length : end);
}

/** A token with the brackets around it. */
interface Placed {
  readonly token: Token;
  readonly depth: number;
  /** Within the brackets behind a value, where no target stands. */
  readonly isWithin: boolean;
}

/** Whether a member stands before the last `=` that is in no brackets. */
function hasMemberTarget(statement: readonly Placed[]): boolean {
  const last = statement.findLastIndex(
    ({ token, depth }, at) => depth === 0 && isMark(token, '=') && !isComparison(statement, at),
  );
  return statement.slice(0, Math.max(last, 0)).some(({ token, isWithin }) => isMark(token, '.') && !isWithin);
}

/** `==`, `!=`, `<=`, `>=`, and not `<<=` */
function isComparison(statement: readonly Placed[], at: number): boolean {
  const [first, before, after] = [statement[at - 2]?.token, statement[at - 1]?.token, statement[at + 1]?.token];
  const isShift = before !== undefined && /^[<>]$/.test(before.text) && isMark(first, before.text);
  return isMark(after, '=') || (before?.kind === 'mark' && /^[=!<>]$/.test(before.text) && !isShift);
}

function statementsOf(tokens: readonly Token[]): readonly (readonly Placed[])[] {
  const statements: Placed[][] = [];
  const open: boolean[] = [];
  let current: Placed[] = [];
  for (const [at, token] of tokens.entries()) {
    const isHead = HEADS.test(current[0]?.token.text ?? '') && isMark(tokens[at - 1], ':');
    if (open.length === 0 && (token.isFirst || isMark(tokens[at - 1], ';') || isHead)) statements.push((current = []));
    if (token.kind === 'mark' && /^[)\]}]$/.test(token.text)) open.pop();
    current.push({ token, depth: open.length, isWithin: open.includes(true) });
    // On a line of its own a bracket belongs to no value before it.
    const begins = token.isFirst && open.length === 0;
    if (token.kind === 'mark' && /^[([{]$/.test(token.text)) open.push(!begins && isValue(tokens[at - 1]));
  }
  return statements;
}

function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text;
}

function isValue(token: Token | undefined): boolean {
  return token !== undefined && (token.kind !== 'mark' || /^[)\]}]$/.test(token.text));
}
