import type { SyntaxNode, Word } from 'unbash';

import { toArg } from '#policy/command/words.ts';

/** A revision: where it is none, git says it again. */
const REVISION = /^\w[\w./~^@{}-]*$/;
const COUNT = /^(?:-\d+|-n\d*|\d+|--max-count=\d+)$/;

/** By program, and by verb of git, what every word of a call must be so that it says nothing but plain words. */
const outputs: Readonly<Record<string, RegExp>> = {
  'git rev-parse': new RegExp(`^--(?:short(?:=\\d+)?|verify|quiet)$|^-q$|${REVISION.source}`),
  'git rev-list': new RegExp(
    `^--(?:all|branches|tags|remotes|reverse|merges|no-merges|first-parent|date-order|topo-order|(?:since|until|after|before)=[\\w.: -]+)$|${COUNT.source}|${REVISION.source}`,
  ),
  'git merge-base': new RegExp(`^--(?:octopus|fork-point)$|${REVISION.source}`),
  'git log': new RegExp(
    `^--(?:pretty|format)=(?:format:)?%[hH]$|^--(?:all|reverse)$|${COUNT.source}|${REVISION.source}`,
  ),
  'git hash-object': /^[\w./-]+$/,
  'git write-tree': /(?!)/,
  date: /^(?:-u|\+(?:\w|%[YmdHMSFTsjyNu])(?:[\w.:]|%[YmdHMSFTsjyNu]|-)*)$/,
  nproc: /^--all$/,
  id: /^-[ug]$/,
};

/** True for a call whose every word is known to be no option, no assignment and no code, such as `git rev-parse HEAD`. */
export function saysPlainWords(node: SyntaxNode | undefined): boolean {
  if (node?.type !== 'Command' || !node.name || node.redirects.length + node.prefix.length > 0) return false;
  const words = [node.name, ...node.args].map((word) => (word.type === 'Word' ? toArg(word) : undefined));
  if (!words.every((word) => word?.kind === 'literal')) return false;
  const [program = '', verb = '', ...more] = words.map((word) => word?.text ?? '');
  const isGit = program === 'git';
  const name = isGit ? `git ${verb}` : program;
  const args = isGit ? more : words.slice(1).map((word) => word?.text ?? '');
  const allowed = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
  // Without a format, a log is text of other people.
  const isText = name === 'git log' && !args.some((text) => /^--(?:pretty|format)=/.test(text));
  return allowed !== undefined && !isText && args.every((text) => allowed.test(text));
}

/** True for a word that is nothing but the output of such a call. */
export function isPlainOutput({ parts = [] }: Word): boolean {
  const [part, ...others] = parts;
  if (!part || others.length > 0) return false;
  const [inner, ...more] = part.type === 'DoubleQuoted' ? part.parts : [part];
  if (more.length > 0 || inner?.type !== 'CommandExpansion') return false;
  const [statement, ...following] = inner.script?.commands ?? [];
  return following.length === 0 && saysPlainWords(statement?.command);
}
