import type { Redirect, Redirection } from 'unbash';

import type { Stdin } from '#policy/command/analysis.ts';
import type { Arg } from '#policy/command/words.ts';
import { toArg } from '#policy/command/words.ts';

/** A variable alone, which mostly holds the number of an open file. */
const VARIABLE = /^"?\$(?:\w+|\{\w+(?:\[\d+\])?\})"?$/;

/** To bash `>&word` is `&>word`, of which the word is expanded already: whether that executes what the word holds, or may. */
export function expandsTwice(
  { operator, descriptor, target }: Redirect,
  { text, kind }: Arg,
): 'surely' | 'maybe' | undefined {
  const isOutput = !descriptor || (descriptor.type === 'FileDescriptor' && descriptor.value === 1);
  if (operator !== '>&' || !isOutput) return undefined;
  if (kind === 'literal') return /[$`]/.test(text) ? 'surely' : undefined;
  return VARIABLE.test(target?.text ?? '') ? 'maybe' : 'surely';
}

/** What a command reads behind its redirections. */
export function stdinOf(redirects: readonly Redirection[], inherited: Stdin): Stdin {
  let stdin = inherited;
  for (const redirect of redirects) {
    const { descriptor } = redirect;
    if (descriptor && (descriptor.type !== 'FileDescriptor' || descriptor.value !== 0)) continue;
    if (redirect.type === 'HereDoc') {
      const expands =
        !redirect.delimiter?.quoted && (redirect.body.parts !== undefined || /\\[$`\\]/.test(redirect.body.text));
      stdin = expands ? 'unknown' : { text: redirect.body.text };
    } else if (redirect.type === 'HereString') {
      const word = redirect.target && toArg(redirect.target);
      stdin = word?.kind === 'literal' ? { text: word.text } : 'unknown';
    } else if (redirect.operator.startsWith('<')) {
      const file = redirect.target && toArg(redirect.target);
      stdin =
        redirect.operator === '<' && file?.kind === 'literal' && !file.text.startsWith('/dev/') ? 'file' : 'unknown';
    }
  }
  return stdin;
}
