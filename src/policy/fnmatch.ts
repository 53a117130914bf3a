/** Matches as architect does: `*` and `?` cross `/`, `[…]` is a set, everything else is literal. */
export function fnmatch(text: string, tokens: readonly FnToken[]): boolean {
  let at = 0;
  let token = 0;
  let starToken = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current === '*') {
      starToken = token++;
      starAt = at;
    } else if (current !== undefined && matchesOne(current, text.charAt(at))) {
      token++;
      at++;
    } else if (starToken >= 0) {
      token = starToken + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token] === '*') token++;
  return token === tokens.length;
}

/** One element of a compiled pattern: any run, any one character, a literal, or a set. */
export type FnToken = '*' | '?' | { readonly literal: string } | { readonly set: string; readonly negated: boolean };

/** Compiles a pattern for `fnmatch`. */
export function compileFnmatch(pattern: string): readonly FnToken[] {
  const tokens: FnToken[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    // A bracket right behind the opening is a member of the set.
    const opening = /^\[!?\]?/.exec(pattern.slice(at))?.[0].length ?? 0;
    const close = opening > 0 ? pattern.indexOf(']', at + opening) : -1;
    if (character === '*' || character === '?') tokens.push(character);
    else if (close > at) {
      const negated = pattern[at + 1] === '!';
      tokens.push({ set: pattern.slice(at + (negated ? 2 : 1), close), negated });
      at = close;
    } else tokens.push({ literal: character });
  }
  return tokens;
}

function matchesOne(token: Exclude<FnToken, '*'>, character: string): boolean {
  if (token === '?') return true;
  if ('literal' in token) return token.literal === character;
  return inSet(token.set, character) !== token.negated;
}

function inSet(set: string, character: string): boolean {
  for (let at = 0; at < set.length; at++) {
    const low = set.charAt(at);
    const isRange = set[at + 1] === '-' && at + 2 < set.length;
    const high = isRange ? set.charAt(at + 2) : low;
    if (low <= character && character <= high) return true;
    if (isRange) at += 2;
  }
  return false;
}
