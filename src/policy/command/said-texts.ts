import type { Command, SyntaxNode } from 'unbash';

import { stdinOf } from '#policy/command/redirects.ts';
import { toArg } from '#policy/command/words.ts';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
]);
/** What `printf` and `echo -e` make of a backslash, in one shell or another. */
const ESCAPE = /\\(?:x([\da-f]{1,2})|0?([0-7]{1,3})|([^]))/gi;
/** A conversion of `printf`; `%%` takes no argument. */
const CONVERSION = /%(?:%|[-+ #0]*(?:\d+|\*)?(?:\.\d+)?([A-Za-z]))/g;
/** Times that a format is used again at most. */
const MAX_ROUNDS = 64;

/** What a pipeline's first command seems to print: `printf`, `echo -e`, `cat` of a here-document, and lists of these; undefined for any other. */
export function seemsToSay(node: SyntaxNode | undefined): string | undefined {
  if (node?.type === 'Subshell' || node?.type === 'BraceGroup') {
    const texts = node.body.commands.map(({ command }) => seemsToSay(command));
    return texts.includes(undefined) ? undefined : texts.join('');
  }
  return node?.type === 'Command' ? saidBy(node) : undefined;
}

function saidBy(node: Command): string | undefined {
  const words = node.args.map((item) => (item.type === 'Word' ? toArg(item) : undefined));
  const texts = words.flatMap((word) => (word?.kind === 'literal' ? [word.text] : []));
  if (texts.length < words.length) return undefined;
  const program = node.name?.value;
  if (program === 'cat' && texts.length === 0) {
    const input = stdinOf(node.redirects, 'none');
    return typeof input === 'object' && 'text' in input ? input.text : undefined;
  }
  if (node.redirects.length > 0) return undefined;
  const [option = ''] = texts;
  if (program === 'printf') return formatted(texts.slice(option === '--' ? 1 : 0));
  if (program !== 'echo') return undefined;
  const said = texts.slice(/^-[neE]+$/.test(option) ? 1 : 0).join(' ');
  return `${unescaped(said)}\n`;
}

/** A format, filled in with its arguments for as long as there are any. */
function formatted([format = '', ...given]: readonly string[]): string {
  const args = [...given];
  let said = '';
  for (let round = 0; round === 0 || (args.length > 0 && round < MAX_ROUNDS); round++) {
    const before = args.length;
    said += unescaped(format).replaceAll(CONVERSION, (_, letter: string | undefined) => {
      const text = letter === undefined ? '%' : (args.shift() ?? '');
      return letter === 'b' ? unescaped(text) : text;
    });
    if (args.length === before) break;
  }
  return said;
}

function unescaped(text: string): string {
  return text.replaceAll(ESCAPE, (_, hex?: string, octal?: string, letter = '') => {
    const code = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16);
    return Number.isNaN(code) ? (ESCAPES.get(letter) ?? letter) : String.fromCodePoint(code);
  });
}
