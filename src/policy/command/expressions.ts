import type { DoubleQuotedPart, ParameterExpansionPart, SyntaxNode, Word } from 'unbash';

import type { Analyst, Context } from '#policy/command/analysis.ts';
import { isCount, isCounter, isPlainNumber, isSaidNumber } from '#policy/command/counters.ts';
import { subscriptsOf } from '#policy/command/evaluated-words.ts';
import { printsNumber } from '#policy/command/plain-output.ts';
import { checkSubscripts } from '#policy/command/shell-assignments.ts';
import type { Arg } from '#policy/command/words.ts';
import { INTEGER, toArg } from '#policy/command/words.ts';

/** In a glob of zsh the marks in its last brackets may execute text, or a function, for each file: `*(e:'text':)`, `*(+name)`. */
const EXECUTING_GLOB = /^.?\(.*(?:e[^\w\s|)]|\+)/s;

/** Functions in place of commands that are believed, with a name that zsh expands, and by which ksh says what a variable holds: `x.get() { … }`. */
const CHANGES_MEANING =
  /^(?:echo|true|:|read|mapfile|readarray|declare|typeset|local|git|date|nproc|id|seq|wc|grep|stat|tr|tput|wait)$|[$`{*?[]|\w\.(?:getn?|set|append|unset)$/;

const ARITHMETIC_TESTS = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge']);

/** Refuses what a shell evaluates inside words, tests, arithmetic and the names of functions, where the text does not tell what that is. */
export function checkExpression(node: SyntaxNode, context: Context, analyst: Analyst): void {
  if (node.type === 'ExtendedGlob') {
    if (EXECUTING_GLOB.test(node.text)) analyst.opaque('a glob that may execute text for each file', node.pos, context);
    return;
  }
  if (node.type === 'DoubleQuoted' || node.type === 'LocaleString') checkQuotes(node, context, analyst);
  else if (node.type === 'HereDoc' && node.delimiter?.value.includes('\n'))
    analyst.opaque('a here-document that ends with several lines', node.pos, context);
  else if (node.type === 'ParameterExpansion') checkParameter(node, context, analyst);
  else if (node.type === 'Function') {
    const { value } = node.name;
    if (CHANGES_MEANING.test(value)) analyst.opaque(`another meaning of ${value}`, node.pos, context);
  } else if (node.type === 'CommandExpansion' || node.type === 'ProcessSubstitution') {
    if (!node.script) analyst.opaque('a substitution that cannot be parsed', node.pos, context);
  } else if (node.type === 'ArithmeticExpansion') {
    if (!node.expression && node.text !== '$(())')
      analyst.opaque('arithmetic that cannot be parsed', node.pos, context);
  } else if (node.type === 'ArithmeticWord') {
    checkOperand({ ...node, text: node.value }, context, analyst);
  } else if (node.type === 'ArithmeticCommandExpansion') {
    if (!isSaidNumber(node) && !printsNumber(node.script))
      analyst.opaque('arithmetic on what a command prints, which may hold another', node.pos, context);
  } else if (node.type === 'TestUnary') {
    if (/^-[vR]$/.test(node.operator)) checkName(toArg(node.operand), context, analyst);
    if (node.operator === '-t') analyst.evaluated(toArg(node.operand), context);
  } else if (node.type === 'TestBinary' && ARITHMETIC_TESTS.has(node.operator)) {
    for (const word of [node.left, node.right]) checkOperand(word, context, analyst);
  } else if (node.type === 'Assignment') checkSubscripts(node, context, analyst);
  else if (context.mayBeZsh && (node.type === 'Word' || node.type === 'HereDocBody'))
    for (const subscript of subscriptsOf(node)) analyst.evaluated(subscript, context);
}

/** Between double quotes not every shell takes a single one for a quote, so that they disagree where the expansion ends. */
function checkQuotes({ parts }: Pick<DoubleQuotedPart, 'parts'>, context: Context, analyst: Analyst): void {
  const unclear = parts.find(({ type, text }) => type === 'ParameterExpansion' && /'[^']*[}"][^']*'/.test(text));
  if (unclear) analyst.opaque('a quote that shells read differently', unclear.pos, context);
}

function checkOperand(word: Pick<Word, 'text' | 'value' | 'pos' | 'parts'>, context: Context, analyst: Analyst): void {
  const isNumber = isPlainNumber(word) || (context.isPlain && isSaidNumber(word));
  if (!isNumber && !isCounter(word.value, word.pos, context.counters))
    analyst.opaque('arithmetic on a variable, whose value may hold a command', word.pos, context);
}

function checkParameter(node: ParameterExpansionPart, context: Context, analyst: Analyst): void {
  const { operation } = node;
  const isKeys = node.prefix === '!' && /^[@*]$/.test(node.index?.value ?? '') && !operation;
  if (isKeys) return;
  if (node.prefix === '!') analyst.opaque('an indirect expansion', node.pos, context);
  else if (operation?.type === 'Transform') analyst.opaque('a transforming expansion', node.pos, context);
  else if (operation?.type === 'Unknown') analyst.opaque('an unknown expansion', node.pos, context);
  else if (operation?.type === 'Default' && operation.operator.endsWith('=')) {
    analyst.opaque('an expansion that assigns', node.pos, context);
  } else if (operation?.type === 'Slice') {
    for (const word of [operation.offset, operation.length]) if (word) checkSlice(word, context, analyst);
  } else if (node.index && !isCounter(node.parameter, node.pos, context.maps)) checkSlice(node.index, context, analyst);
}

function checkSlice(word: Word, context: Context, analyst: Analyst): void {
  const { value, pos } = word;
  if (!isCount(value, pos, context.counters) && !INTEGER.test(value) && value !== '@' && value !== '*') {
    analyst.opaque('arithmetic on a variable, whose value may hold a command', word.pos, context);
  }
}

/** Names are evaluated: a subscript such as `a[$(command)]` runs its command. */
export function checkName(arg: Arg, context: Context, analyst: Analyst): void {
  if (arg.kind !== 'literal' || arg.text.includes('[')) {
    analyst.opaque('a variable name with a subscript, which is evaluated', arg.at, context);
  }
}
