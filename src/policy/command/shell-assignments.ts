import type { Assignment, SyntaxNode, Word } from 'unbash';

import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { Assigned } from '#policy/command/assignments.ts';
import { holdsNumber, isCount, isCounter, isListed } from '#policy/command/counters.ts';
import { INTEGER, toArg, toAssignedArg } from '#policy/command/words.ts';

const ASSIGNS = /^(?:[-+*/%&^|]|<<|>>)?=$/;

/** The variables that the syntax of a shell gives a value: `a=b`, `for a in b`, `coproc a`, `{a}>file`, `((a = 1))`. */
export function assignedBy(node: SyntaxNode): readonly Assigned[] {
  switch (node.type) {
    case 'Assignment':
      return [
        {
          name: node.name,
          at: node.pos,
          isList: node.value.type === 'ArrayValue' || node.index !== undefined,
          ...valueOf(node.value.type === 'Word' ? node.value : undefined),
        },
      ];
    case 'For':
    case 'Select':
      return (node.wordlist?.length ? node.wordlist : [undefined]).map((word) => ({
        name: node.name.value,
        at: node.name.pos,
        isNamed: true,
        ...valueOf(word),
        ...(word && isListed(word) && { isNumber: true }),
      }));
    case 'Coproc':
      return node.name ? [{ name: node.name.value, at: node.pos, value: undefined, isNumber: true }] : [];
    case 'Redirect':
    case 'HereDoc':
    case 'HereString':
      return node.descriptor?.type === 'FileDescriptorVariable'
        ? [{ name: node.descriptor.name, at: node.pos, value: undefined, isNumber: true }]
        : [];
    case 'ArithmeticBinary':
      return ASSIGNS.test(node.operator) && node.left.type === 'ArithmeticWord'
        ? [{ name: node.left.value, at: node.left.pos, value: undefined, isNumber: true }]
        : [];
    case 'ArithmeticUnary':
      return /^(?:\+\+|--)$/.test(node.operator) && node.operand.type === 'ArithmeticWord'
        ? [{ name: node.operand.value, at: node.pos, value: undefined, isNumber: true }]
        : [];
    default:
      return [];
  }
}

function valueOf(word: Word | undefined): Pick<Assigned, 'value' | 'isNumber'> {
  return { value: word && toAssignedArg(word), isNumber: word !== undefined && holdsNumber(word) };
}

/** Doubts subscripts that the shell would evaluate: `y[x]=1` and `y=([x]=1)` run the command in an `x` of `a[$(command)]`. */
export function checkSubscripts({ name, index, value }: Assignment, context: Context, analyst: Analyst): void {
  const elements = value.type === 'ArrayValue' ? value.elements : [];
  const file =
    name === 'commands' ? elements.find(({ text }, index) => index % 2 === 1 && /^["']?\//.test(text)) : undefined;
  if (file) analyst.opaque('a list by which zsh finds commands', file.pos, context);
  const inner = elements.flatMap(({ text, pos }) => {
    const subscript = /^\[(.*?)\]\+?=/s.exec(text)?.[1];
    return subscript === undefined ? [] : [{ subscript, isLiteral: !/[$`[]/.test(subscript), at: pos }];
  });
  const outer = index ? [{ subscript: index.value, isLiteral: isPlain(index), at: index.pos }] : [];
  for (const { subscript, isLiteral, at } of [...outer, ...inner]) {
    const isKey = isCounter(name, at, context.maps) && (isLiteral || index !== undefined);
    const isNumber = index !== undefined && holdsNumber(index) && subscript === index.value;
    if (!isKey && !isNumber && !isCount(subscript, at, context.counters) && !INTEGER.test(subscript))
      analyst.opaque('a variable name with a subscript, which is evaluated', at, context);
  }
}

function isPlain(word: Word): boolean {
  const { kind, text } = toArg(word);
  return kind === 'literal' && !text.includes('[');
}
