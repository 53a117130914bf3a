import type {
  Assignment,
  Command,
  DoubleQuotedPart,
  For,
  ParameterExpansionPart,
  ParsedScript,
  Redirect,
  SyntaxNode,
  Word,
} from 'unbash';
import { forEachChild, parse } from 'unbash';

import type { Analyst, Context, Stdin } from '#policy/command/analysis.ts';
import { checkAssigned } from '#policy/command/assignments.ts';
import type { Values } from '#policy/command/constants.ts';
import { constantsOf, knownText, plainFolders, printedFolders, readingsOf } from '#policy/command/constants.ts';
import { countersOf, isCount, isCounter, isPlainNumber, isSaidNumber } from '#policy/command/counters.ts';
import { subscriptsOf } from '#policy/command/evaluated-words.ts';
import { asGiven } from '#policy/command/given-words.ts';
import { echoed, heldReadings, heldTextsOf } from '#policy/command/held-texts.ts';
import { lateCodeOf } from '#policy/command/late-code.ts';
import { asLoopName, loopNames } from '#policy/command/loop-names.ts';
import { mapsOf } from '#policy/command/maps.ts';
import { plainWordsOf, printsNumber } from '#policy/command/plain-output.ts';
import { expandsTwice, stdinOf } from '#policy/command/redirects.ts';
import { assignedBy, checkSubscripts } from '#policy/command/shell-assignments.ts';
import { asTold, ofFolder, withPlainWords } from '#policy/command/told-words.ts';
import type { Arg } from '#policy/command/words.ts';
import { INTEGER, literal, toArg } from '#policy/command/words.ts';

const PLAIN = /^[\t\n\x20-\x7e]*$/;
/** Control characters but tab and newline, spaces that look like one, and code points that readers do not see; slow to make. */
const hiddenCharacter = () =>
  /(?![\t\n])\p{Cc}|(?! )\p{Zs}|\p{Zl}|\p{Zp}|\ufffd|\p{Cs}|(?!\ufe0f)\p{Default_Ignorable_Code_Point}/u;

/** What stands before a redirection at the end of a broken line: to shells that join the lines it is no word. */
const NUMBER_BROKEN_OFF = /(?<=^|[\s;&|()])(?:\d|\{\w+\})(?:\d|\\\n)*\\\n\d*[<>]/m;

/** Parses shell text and hands every command in it to the analyst, substitutions and bodies included. */
export function visitText(text: string, context: Context, analyst: Analyst): void {
  const hidden = PLAIN.test(text) ? -1 : text.search(hiddenCharacter());
  if (hidden >= 0) {
    const code = (text.codePointAt(hidden) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    analyst.opaque(`the hidden character U+${code}`, hidden, context);
  }
  const unclear = NUMBER_BROKEN_OFF.exec(text)?.index;
  if (unclear !== undefined) analyst.opaque('the number of a redirection on the line before it', unclear, context);
  const script = parse(text);
  const known = knownIn(text, script, context);
  analyst.counted(known.counters.keys(), context);
  visit(script, { ...context, ...known }, analyst);
}

/** What is known of the words of a text. */
function knownIn(
  text: string,
  script: ParsedScript,
  { depth, speculative, isPlain, given, heldTexts }: Context,
): Pick<Context, 'counters' | 'maps' | 'constants' | 'heldTexts' | 'folders' | 'isPlain' | 'isSetLate' | 'given'> {
  const { maySet, redefines, shifts } = lateCodeOf(text, script, given);
  // A nested text may be evaluated by a shell that knows a map as an array of another kind.
  const isOuter = depth === 0;
  const isOwn = isOuter && !speculative;
  return {
    counters: isPlain ? countersOf(script) : new Map(),
    maps: isOuter ? mapsOf(text, script) : new Map(),
    constants: isOwn ? constantsOf(script) : new Map(),
    heldTexts: /[$`]/.test(text) ? new Map([...heldTexts, ...heldTextsOf(script)]) : new Map(),
    folders: isOwn ? (redefines ? plainFolders : printedFolders) : new Map(),
    isPlain: isPlain && !redefines,
    isSetLate: isPlain ? maySet : undefined,
    given: redefines || shifts ? undefined : given,
  };
}

function visit(node: SyntaxNode, context: Context, analyst: Analyst): void {
  // Those of a command depend on what it is.
  if (node.type !== 'Assignment') checkAllAssigned(node, context, analyst);
  switch (node.type) {
    case 'Script':
      checkErrors(node, context, analyst);
      break;
    case 'Pipeline':
      visitPipeline(node, context, analyst);
      return;
    case 'Redirected':
      for (const redirect of node.redirects) visit(redirect, context, analyst);
      visit(node.command, { ...context, stdin: stdinOf(node.redirects, context.stdin) }, analyst);
      return;
    case 'Command':
      visitCommand(node, context, analyst);
      break;
    case 'For':
      visitFor(node, context, analyst);
      return;
    case 'Redirect':
      visitRedirect(node, context, analyst);
      break;
    case 'ProcessSubstitution':
      checkExpression(node, context, analyst);
      // What is written to `>(…)` is read by it.
      forEachChild(node, (child) =>
        visit(child, node.operator === '>' ? { ...context, stdin: 'unknown' } : context, analyst),
      );
      return;
    default:
      checkExpression(node, context, analyst);
  }
  forEachChild(node, (child) => visit(child, context, analyst));
}

function checkErrors(script: ParsedScript, context: Context, analyst: Analyst): void {
  for (const error of script.errors ?? []) analyst.opaque(`a syntax error (${error.message})`, error.pos, context);
}

function visitFor(node: For, context: Context, analyst: Analyst): void {
  const known = context.isSetLate && loopNames(node, context.isSetLate);
  const inner = known ? { ...context, loopNames: new Map([...context.loopNames, known]) } : context;
  forEachChild(node, (child) => visit(child, inner, analyst));
}

function visitPipeline(node: Extract<SyntaxNode, { type: 'Pipeline' }>, context: Context, analyst: Analyst): void {
  for (const [index, command] of node.commands.entries()) {
    visit(command, index === 0 ? context : { ...context, stdin: said(node.commands[index - 1], context) }, analyst);
  }
}

/** What a plain `echo` says to the next command of its pipeline; everything else is unknown. */
function said(node: SyntaxNode | undefined, context: Context): Stdin {
  if (context.isPlain && /^(?:one|many)$/.test(plainWordsOf(node) ?? '')) return 'plain';
  const text = echoed(node);
  return text === undefined ? 'unknown' : { text: `${text}\n` };
}

function visitRedirect(redirect: Redirect, context: Context, analyst: Analyst): void {
  const { operator, target, pos } = redirect;
  if (!target) return;
  if (target.text === '!') analyst.opaque('a redirection to `!`, which zsh takes for a part of its sign', pos, context);
  const use = operator.startsWith('<') && operator !== '<>' ? 'read' : 'write';
  for (const values of readingsOf([target], pos, context)) {
    const file = knownArg(target, values) ?? toArg(target);
    const duplicates = operator.endsWith('&') && file.kind === 'literal' && /^(?:\d+-?|-)$/.test(file.text);
    const twice = expandsTwice(redirect, file);
    if (twice === 'surely') analyst.opaque('a file name that bash expands twice', pos, context);
    else if (twice) analyst.evaluated(file, context, true);
    if (!duplicates) analyst.redirect({ target: file, use });
  }
}

function visitCommand(node: Command, context: Context, analyst: Analyst): void {
  const splitsInput = /^(?:read|mapfile|readarray)$/.test(node.name?.value ?? '');
  for (const item of node.prefix)
    if (item.type === 'Assignment' && !(splitsInput && item.name === 'IFS')) checkAllAssigned(item, context, analyst);
  const { name } = node;
  if (!name) return;
  const isBare = toArg(name).text === 'exec' && node.args.length === 0;
  const stdin = stdinOf(node.redirects, context.stdin);
  if (isBare && stdin !== context.stdin && stdin !== 'file')
    analyst.opaque('another standard input for everything that follows', name.pos, context);
  const words = node.args.filter((item) => item.type === 'Word');
  for (const values of readingsOf(words, node.pos, context)) {
    const known = (item: Word | Assignment) => toKnownArguments(item, values, context);
    for (const each of withPlainWords(argumentsOf({ name, items: node.args }, context, known)))
      analyst.argv(each, { ...context, stdin });
  }
  const [values = new Map()] = readingsOf(words, node.pos, context);
  const known = (word: Word) => toKnownArguments(word, values, context);
  for (const { words: held, first } of heldReadings(words, context.heldTexts, known)) {
    const supposed = context.supposed ?? { at: first.at, meant: first.text };
    if (analyst.mayReadAgain(held, context)) analyst.argv([toArg(name), ...held], { ...context, stdin, supposed });
  }
}

/** The words of a command; the parser ends one before `<(…)`, so that `--file=<(…)` is put together here. */
function argumentsOf(
  { name, items }: { readonly name: Word; readonly items: Command['args'] },
  { given }: Context,
  known: (item: Word | Assignment) => readonly Arg[],
): readonly Arg[] {
  const args: Arg[] = [...(asGiven(name, given) ?? [toArg(name)])];
  for (const [index, item] of items.entries()) {
    const found = known(item);
    const [arg] = found;
    const before = args.at(-1);
    const isGlued = (items[index - 1] ?? name).end === item.pos && before && arg;
    if (isGlued)
      args[args.length - 1] =
        before.kind === 'literal' ? { ...arg, text: before.text + arg.text, at: before.at } : before;
    else args.push(...found);
  }
  return args;
}

function toKnownArguments(item: Word | Assignment, values: Values, context: Context): readonly Arg[] {
  if (item.type !== 'Word') return [toArgument(item)];
  const given = asGiven(item, context.given);
  if (given) return given;
  const told = context.isPlain ? asTold(item, values, context.depth > 0) : undefined;
  const known = knownArg(item, values) ?? asLoopName(item, context.loopNames) ?? told ?? toArg(item);
  return [known.kind === 'literal' ? known : { ...known, source: item }];
}

function knownArg(word: Word, values: Values): Arg | undefined {
  const text = knownText(word, values);
  if (text === undefined) return undefined;
  return { ...literal(text, word.pos), ...ofFolder(word) };
}

function toArgument(item: Word | Assignment): Arg {
  if (item.type === 'Word') return toArg(item);
  if (item.value.type === 'ArrayValue') return { text: `${item.name}=`, kind: 'one', at: item.pos, isPlain: true };
  const value = toArg(item.value);
  const operator = item.append ? '+=' : '=';
  // No shell splits what a declaration such as `export A=$(b)` assigns.
  const kind = value.kind === 'literal' ? value.kind : 'one';
  const text = `${item.name}${item.index ? '[' : ''}${operator}${value.text}`;
  return { text, kind, at: item.pos, ...(value.source && { source: value.source }) };
}

function checkAllAssigned(node: SyntaxNode, context: Context, analyst: Analyst): void {
  for (const assigned of assignedBy(node)) checkAssigned(assigned, context, analyst);
}

/** In a glob of zsh the marks in its last brackets may execute text, or a function, for each file: `*(e:'text':)`, `*(+name)`. */
const EXECUTING_GLOB = /^.?\(.*(?:e[^\w\s|)]|\+)/s;

/** Functions in place of commands that are believed, with a name that zsh expands, and by which ksh says what a variable holds: `x.get() { … }`. */
const CHANGES_MEANING =
  /^(?:echo|true|:|read|mapfile|readarray|declare|typeset|local|git|date|nproc|id|seq|wc|grep|stat|tr|tput|wait)$|[$`{*?[]|\w\.(?:getn?|set|append|unset)$/;

const ARITHMETIC_TESTS = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge']);

function checkExpression(node: SyntaxNode, context: Context, analyst: Analyst): void {
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
  if (!isCount(value.trim(), pos, context.counters) && !INTEGER.test(value.trim()) && value !== '@' && value !== '*') {
    analyst.opaque('arithmetic on a variable, whose value may hold a command', word.pos, context);
  }
}

/** Names are evaluated: a subscript such as `a[$(command)]` runs its command. */
export function checkName(arg: Arg, context: Context, analyst: Analyst): void {
  if (arg.kind !== 'literal' || arg.text.includes('[')) {
    analyst.opaque('a variable name with a subscript, which is evaluated', arg.at, context);
  }
}

/** The text that a command reads from its standard input, as an argument; undefined when there is none to read. */
export function stdinArg(context: Context, at: number): Arg | undefined {
  if (context.stdin === 'none' || context.stdin === 'file') return undefined;
  return typeof context.stdin === 'string' ? { text: '', kind: 'many', at } : literal(context.stdin.text, at);
}
