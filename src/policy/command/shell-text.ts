import type {
  Assignment,
  Command,
  For,
  Function as FunctionNode,
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
import { countersOf } from '#policy/command/counters.ts';
import { checkExpression } from '#policy/command/expressions.ts';
import { functionCallsOf } from '#policy/command/function-calls.ts';
import { asGiven } from '#policy/command/given-words.ts';
import { echoed, heldReadings, heldTextsOf } from '#policy/command/held-texts.ts';
import { lateCodeOf } from '#policy/command/late-code.ts';
import { asLoopName, loopNames } from '#policy/command/loop-names.ts';
import { mapsOf } from '#policy/command/maps.ts';
import { isOption } from '#policy/command/options.ts';
import { mayBeOpenFile } from '#policy/command/own-input.ts';
import { plainWordsOf } from '#policy/command/plain-output.ts';
import { expandsTwice, isRead, shared, stdinOf } from '#policy/command/redirects.ts';
import { seemsToSay } from '#policy/command/said-texts.ts';
import { assignedBy } from '#policy/command/shell-assignments.ts';
import { asTold, ofFolder, withPlainWords } from '#policy/command/told-words.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal, toArg, toAssignedArg } from '#policy/command/words.ts';

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
  const stdin = isOneCommand(text, script) ? context.stdin : shared(context.stdin);
  visit(script, { ...context, ...known, stdin }, analyst);
}

/** What changes the folder first, and reads nothing. */
const MOVES = /^\s*(?:cd\s+[\w@%+=:,./~-]+\s*(?:&&|;)\s*)+/;

/** True for a text in which nothing but one command reads what the text is given. */
function isOneCommand(text: string, script: ParsedScript): boolean {
  const rest = text.replace(MOVES, '');
  const { commands } = rest === text ? script : parse(rest);
  return commands.length === 1 && commands[0]?.command.type === 'Command' && !/`|[$<>=]\(|\$\{[\s|]/.test(text);
}

/** Signs and words by which a command gets another standard input, and quotes in which a sign may be written as a number. */
const FEEDS = /[|<]|>\(|\bcoproc\b|\$'[^']*\\/;

/** What is known of the words of a text. */
function knownIn(
  text: string,
  script: ParsedScript,
  { depth, speculative, isPlain, given, heldTexts, feeds }: Context,
): Pick<
  Context,
  | 'feeds'
  | 'counters'
  | 'maps'
  | 'constants'
  | 'heldTexts'
  | 'folders'
  | 'isPlain'
  | 'isSetLate'
  | 'given'
  | 'functionCalls'
> {
  const { maySet, redefines, shifts } = lateCodeOf(text, script, given);
  // A nested text may be evaluated by a shell that knows a map as an array of another kind.
  const isOuter = depth === 0;
  const isOwn = isOuter && !speculative;
  return {
    feeds: feeds || FEEDS.test(text),
    counters: isPlain ? countersOf(script) : new Map(),
    maps: isOuter ? mapsOf(text, script) : new Map(),
    constants: isOwn ? constantsOf(script) : new Map(),
    heldTexts: /[$`]/.test(text) ? new Map([...heldTexts, ...heldTextsOf(script)]) : new Map(),
    folders: isOwn ? (redefines ? plainFolders : printedFolders) : new Map(),
    isPlain: isPlain && !redefines,
    isSetLate: isPlain ? maySet : undefined,
    given: redefines || shifts ? undefined : given,
    functionCalls: /\(\)|\bfunction\b/.test(text) ? functionCallsOf(script) : undefined,
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
      visit(node.command, { ...context, stdin: shared(stdinOf(node.redirects, context.stdin)) }, analyst);
      return;
    case 'Command':
      visitCommand(node, context, analyst);
      forEachChild(node, (child) => visit(child, { ...context, stdin: stdinOfPart(child, node, context) }, analyst));
      return;
    case 'For':
      visitFor(node, context, analyst);
      return;
    case 'Function':
      visitFunction(node, context, analyst);
      return;
    case 'Select':
      if (context.stdin === 'script')
        analyst.opaque('a choice that is read from the script in which it stands', node.pos, context);
      checkExpression(node, context, analyst);
      break;
    case 'Redirect':
      visitRedirect(node, context, analyst);
      break;
    case 'Coproc':
      checkExpression(node, context, analyst);
      // What is written to its descriptor is read by it.
      forEachChild(node, (child) => visit(child, { ...context, stdin: 'unknown' }, analyst));
      return;
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

/** True for a text that a shell can read without an error. */
export function isShellText(text: string): boolean {
  return (parse(text).errors ?? []).length === 0;
}

function checkErrors(script: ParsedScript, context: Context, analyst: Analyst): void {
  for (const error of script.errors ?? []) analyst.opaque(`a syntax error (${error.message})`, error.pos, context);
}

function visitFor(node: For, context: Context, analyst: Analyst): void {
  const known = context.isSetLate && loopNames(node, context.isSetLate);
  const inner = known ? { ...context, loopNames: new Map([...context.loopNames, known]) } : context;
  forEachChild(node, (child) => visit(child, inner, analyst));
}

/** With the words of each of its calls, where they are known; what it reads then is not. */
function visitFunction(node: FunctionNode, context: Context, analyst: Analyst): void {
  checkExpression(node, context, analyst);
  const known = context.functionCalls?.get(node.name.value);
  const stdin: Stdin = context.stdin === 'script' || !context.feeds ? context.stdin : 'unknown';
  const each = known?.calls.map((given) => ({ ...context, given, stdin })) ?? [{ ...context, given: undefined, stdin }];
  for (const inner of each) forEachChild(node, (child) => visit(child, inner, analyst));
}

function visitPipeline(node: Extract<SyntaxNode, { type: 'Pipeline' }>, context: Context, analyst: Analyst): void {
  let { stdin } = context;
  for (const [index, command] of node.commands.entries()) {
    const before = node.commands[index - 1];
    const heard = heardText({ ...context, stdin });
    if (before) stdin = passesOn(before) && heard !== undefined ? { seems: heard } : said(before, context);
    visit(command, { ...context, stdin: command.type === 'Command' ? stdin : shared(stdin) }, analyst);
  }
}

/** To some shells the redirections of a command stand before its assignments. */
function stdinOfPart({ type }: SyntaxNode, { redirects }: Command, { stdin }: Context): Stdin {
  return type === 'Assignment' && stdinOf(redirects, stdin) !== stdin ? 'unknown' : stdin;
}

/** `cat` and `tee FILE` in the middle of a pipeline. */
function passesOn(node: SyntaxNode): boolean {
  if (node.type !== 'Command' || node.redirects.length > 0) return false;
  const name = node.name?.value;
  return name === 'tee' || (name === 'cat' && node.args.every((item) => item.text === '-'));
}

/** What a plain `echo` says to the next command of its pipeline, and what others seem to say; everything else is unknown. */
function said(node: SyntaxNode | undefined, context: Context): Stdin {
  const words = plainWordsOf(node);
  if (context.isPlain && words && words !== 'name') return 'plain';
  const text = echoed(node);
  if (text !== undefined) return { text: `${text}\n` };
  const seems = seemsToSay(node);
  return seems === undefined ? 'unknown' : { seems };
}

function visitRedirect(redirect: Redirect, context: Context, analyst: Analyst): void {
  const { operator, target, pos } = redirect;
  if (!target) return;
  if (target.text === '!') analyst.opaque('a redirection to `!`, which zsh takes for a part of its sign', pos, context);
  const use = operator.startsWith('<') && operator !== '<>' ? 'read' : 'write';
  for (const values of readingsOf([target], pos, context)) {
    const file = asGiven(target, context.given)?.[0] ?? knownArg(target, values) ?? toArg(target);
    const duplicates = operator.endsWith('&') && file.kind === 'literal' && /^(?:\d+-?|-)$/.test(file.text);
    if (context.stdin === 'script' && isRead(redirect) && (operator.endsWith('&') || mayBeOpenFile(file.text)))
      analyst.opaque('another way to read the script in which it stands', pos, context);
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
  const stdin = stdinOf(node.redirects, context.stdin);
  const isOther = stdin !== context.stdin && stdin !== 'file';
  const words = node.args.filter((item) => item.type === 'Word');
  for (const values of readingsOf(words, node.pos, context)) {
    const known = (item: Word | Assignment) => toKnownArguments(item, values, context);
    for (const each of withPlainWords(argumentsOf({ name, items: node.args }, context, known))) {
      if (isOther && redirectsAll(each))
        analyst.opaque('another standard input for everything that follows', name.pos, context);
      if (callsFunction(node, context)) analyst.ownFunction(each, { ...context, stdin });
      else analyst.argv(each, { ...context, stdin });
    }
  }
  const [values = new Map()] = readingsOf(words, node.pos, context);
  const known = (word: Word) => toKnownArguments(word, values, context);
  for (const { words: held, first } of heldReadings(words, context.heldTexts, known)) {
    const supposed = context.supposed ?? { at: first.at, meant: first.text };
    if (analyst.mayReadAgain(held, context)) analyst.argv([toArg(name), ...held], { ...context, stdin, supposed });
  }
}

/** `exec`, also behind `command` and the like, without a program that surely takes the place of the shell. */
function redirectsAll(words: readonly Arg[]): boolean {
  const at = words.findIndex(({ text }) => !/^(?:builtin|command|noglob|nocorrect|-p*|--)$/.test(text));
  if (words[at]?.text !== 'exec') return false;
  return !words
    .slice(at + 1)
    .some(({ text, kind }, index, rest) => kind === 'literal' && !isOption(text) && rest[index - 1]?.text !== '-a');
}

/** True for the call of a function that the text defined before, and whose body is read with the words of each of its calls. */
function callsFunction({ name, pos }: Command, { functionCalls }: Context): boolean {
  const called = name && toArg(name);
  // Of a name that is put together, part may be known only to the run.
  const known = called?.kind === 'literal' ? functionCalls?.get(called.text) : undefined;
  return known !== undefined && known.from < pos;
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
  if (item.type !== 'Word') return [toAssignmentArg(item)];
  const given = asGiven(item, context.given);
  if (given) return given;
  const told = context.isPlain ? asTold(item, values, context.depth > 0) : undefined;
  const known = knownArg(item, values) ?? asLoopName(item, context.loopNames) ?? told ?? toArg(item);
  return [known.kind === 'literal' ? known : { ...known, source: item }];
}

/** `env HOME="$HOME"`, which gives a variable nothing new. */
const SAME_VALUE = /^(\w+)="\$(?:\1|\{\1\})"$/;

function knownArg(word: Word, values: Values): Arg | undefined {
  const text = SAME_VALUE.test(word.text) ? undefined : knownText(word, values);
  if (text === undefined) return undefined;
  return { ...literal(text, word.pos), ...ofFolder(word) };
}

function toAssignmentArg(item: Assignment): Arg {
  if (item.value.type === 'ArrayValue') return { text: `${item.name}=`, kind: 'one', at: item.pos, isPlain: true };
  const value = toAssignedArg(item.value);
  const operator = item.append ? '+=' : '=';
  // No shell splits what a declaration such as `export A=$(b)` assigns.
  const kind = value.kind === 'literal' ? value.kind : 'one';
  const text = `${item.name}${item.index ? '[' : ''}${operator}${value.text}`;
  return { text, kind, at: item.pos, ...(value.source && { source: value.source }) };
}

function checkAllAssigned(node: SyntaxNode, context: Context, analyst: Analyst): void {
  for (const assigned of assignedBy(node)) checkAssigned(assigned, context, analyst);
}

/** The text that a command reads from its standard input, as an argument; undefined when there is none to read. */
export function stdinArg(context: Context, at: number): Arg | undefined {
  if (context.stdin === 'none' || context.stdin === 'file') return undefined;
  const { stdin } = context;
  return typeof stdin === 'object' && 'text' in stdin ? literal(stdin.text, at) : { text: '', kind: 'many', at };
}

/** The same where a text is looked through for what its program may execute, so that what it seems to be is enough. */
export function heardText({ stdin }: Context): string | undefined {
  if (typeof stdin === 'string') return undefined;
  return 'text' in stdin ? stdin.text : stdin.seems;
}
