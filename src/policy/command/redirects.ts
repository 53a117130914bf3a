import type { HereDoc, Redirect, Redirection } from 'unbash';

import type { Stdin } from '#policy/command/analysis.ts';
import { mayBeOpenFile } from '#policy/command/own-input.ts';
import type { Arg } from '#policy/command/words.ts';
import { toArg, EXPANDS_UNSEEN } from '#policy/command/words.ts';

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

/** Without quotes around its end the shell expands it, and joins lines as everywhere. */
function readHereDocument({ delimiter, body }: HereDoc): Stdin {
  if (delimiter?.quoted) return { text: body.text };
  const expands = body.parts !== undefined || /\\[$`\\]/.test(body.text) || EXPANDS_UNSEEN.test(body.text);
  return expands ? 'unknown' : { text: body.text.replaceAll('\\\n', '') };
}

/** A file of `/dev/fd`, behind `cd`. */
const NUMBER = /^(?:\.\/+)*\d+$/;

const isOfInput = ({ descriptor }: Pick<Redirection, 'descriptor'>) =>
  descriptor?.type === 'FileDescriptor' && descriptor.value === 0;

/** True for what gives a command another standard input; `0>&1` does that as `0<&1` does. */
export function isRead(redirect: Redirect): boolean {
  return redirect.operator.startsWith('<') || isOfInput(redirect);
}

/** What a command reads behind its redirections. */
export function stdinOf(redirects: readonly Redirection[], inherited: Stdin): Stdin {
  let stdin = inherited;
  for (const redirect of redirects) {
    if (redirect.descriptor && !isOfInput(redirect)) continue;
    if (redirect.type === 'HereDoc') {
      stdin = readHereDocument(redirect);
    } else if (redirect.type === 'HereString') {
      const word = redirect.target && toArg(redirect.target);
      stdin = word?.kind === 'literal' ? { text: word.text } : 'unknown';
    } else if (isRead(redirect)) {
      const file = redirect.target && toArg(redirect.target);
      const isFile =
        redirect.operator === '<' && file?.kind === 'literal' && !mayBeOpenFile(file.text) && !NUMBER.test(file.text);
      stdin = isFile ? 'file' : 'unknown';
    }
  }
  return stdin;
}

/** Of several commands that read the same text each may take a part, so that none is sure to read the whole. */
export function shared(stdin: Stdin): Stdin {
  return typeof stdin === 'object' && 'text' in stdin ? { seems: stdin.text } : stdin;
}
