import type { AndOr, Assignment, Command, For, ParsedScript, SyntaxNode, Word } from 'unbash';
import { forEachChild } from 'unbash';

import { builtinOf, setterOf, trappedBy } from '#policy/command/named-by-builtins.ts';
import { saysNumber } from '#policy/command/plain-output.ts';
import { INTEGER, isLiteral } from '#policy/command/words.ts';

/** From where to where in a text something holds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Variables that hold whole numbers, each with the parts of the text where it surely does. */
export type Counters = ReadonlyMap<string, readonly Span[]>;
type Found = Map<string, Span[]>;

/**
 * Variables that are never set to anything but numbers in a text. Where one of them was not surely set yet, it may hold what
 * the shell inherited, and arithmetic evaluates that as code: it holds from a plain `n=0` to the end of the list that this stands in.
 */
export function countersOf(script: ParsedScript): Counters {
  const counters = spansOf(script, { holds: isNumber, lists: listsNumbers });
  for (const name of SHELLS_NUMBERS) start({ found: counters }, name, { from: script.pos, to: script.end });
  const waits: Command[] = [];
  dropOthers(script, counters, waits);
  // What names a process may as well name a variable, by `-p`.
  const isOpen = !waits.every((wait) => waitsForNumbers(wait, counters));
  if (isOpen || COPIED.some((name) => !counters.has(name))) counters.clear();
  return counters;
}

/** Numbers that a shell sets by itself and takes from no environment; what may give them anything else is refused everywhere. */
const SHELLS_NUMBERS = ['SECONDS', 'RANDOM', 'LINENO', 'OPTIND'];
/** Those that other variables may be set to. */
const COPIED = ['SECONDS', 'RANDOM', 'LINENO'];

/** What a variable is set to. */
interface Setting {
  readonly holds: (item: Assignment) => boolean;
  readonly lists: (loop: For) => boolean;
}

interface Search extends Setting {
  readonly found: Found;
}

/** Variables that a text sets to something that holds, each from there to the end of the list, or of the loop, that this stands in. */
export function spansOf(script: ParsedScript, setting: Setting): Found {
  const found: Found = new Map();
  findStarts(script, { ...setting, found });
  return found;
}

function findStarts(node: SyntaxNode, search: Search): void {
  if (node.type === 'Word') return;
  if (node.type === 'Script' || node.type === 'CompoundList')
    for (const { command, background } of node.commands) if (!background) startIn(command, node.end, search);
  if (node.type === 'ArithmeticFor') startArithmetic(search, node.initialize, node.end);
  if (node.type === 'For' && search.lists(node)) start(search, node.name.value, { from: node.body.pos, to: node.end });
  forEachChild(node, (child) => findStarts(child, search));
}

/** What a statement sets, which holds to the end of its list. */
function startIn(command: SyntaxNode, to: number, search: Search): void {
  if (command.type === 'Command')
    for (const item of setBy(command))
      if (item.type === 'Assignment' && search.holds(item)) start(search, item.name, { from: item.pos, to });
  if (command.type === 'ArithmeticFor') startArithmetic(search, command.initialize, to);
  if (command.type === 'ArithmeticCommand') startArithmetic(search, command.expression, to);
  if (command.type === 'AndOr') startInChain(command, to, search);
}

/** `a=1 b=2` and `export a=1 b=2`. */
function setBy({ name, args, prefix }: Command): Command['args'] {
  if (!name) return prefix.filter((item) => item.type === 'Assignment');
  return name.value === 'export' && args.every((item) => item.type === 'Assignment') ? args : [];
}

/** `true && n=0` surely sets it; behind a command that may fail it is set as far as `&&` goes. */
function startInChain({ commands, operators }: AndOr, to: number, search: Search): void {
  const broken = operators.findIndex((operator) => operator !== '&&');
  // What stands behind `||` may be passed over.
  const chained = broken < 0 ? commands : commands.slice(0, broken + 1);
  let isSure = true;
  for (const command of chained) {
    startIn(command, isSure ? to : (chained.at(-1)?.end ?? to), search);
    isSure &&= neverFails(command, search);
  }
}

function neverFails(node: SyntaxNode, { holds }: Search): boolean {
  if (node.type !== 'Command' || node.args.length + node.redirects.length > 0) return false;
  return node.name
    ? /^(?:true|:)$/.test(node.name.value)
    : node.prefix.every((item) => item.type === 'Assignment' && holds(item) && !/\$\(|`/.test(item.text));
}

function start({ found }: Pick<Search, 'found'>, name: string, span: Span): void {
  found.set(name, [...(found.get(name) ?? []), span]);
}

function startArithmetic(search: Search, node: SyntaxNode | undefined, to: number): void {
  if (node?.type !== 'ArithmeticBinary' || node.operator !== '=') return;
  const { left, right } = node;
  if (left.type === 'ArithmeticWord' && right.type === 'ArithmeticWord' && INTEGER.test(right.value))
    start(search, left.value, { from: left.pos, to });
}

function dropOthers(node: SyntaxNode, counters: Found, waits: Command[]): void {
  if (node.type === 'Assignment' && !isNumber(node)) counters.delete(node.name);
  if ((node.type === 'For' && !listsNumbers(node)) || node.type === 'Select') counters.delete(node.name.value);
  if (node.type === 'Command') dropGiven(node, counters, waits);
  forEachChild(node, (child) => dropOthers(child, counters, waits));
}

function dropGiven(command: Command, counters: Found, waits: Command[]): void {
  const { name, words } = builtinOf(command);
  const trapped = trappedBy(command);
  if (trapped) for (const script of trapped) dropTrapped(script, counters);
  else if (name === 'wait' && !isLiteral(words)) waits.push(command);
  // Whatever `let` gives is a number.
  else if (name !== 'let') dropNamed(command, counters);
}

/** What a trap waits for cannot be looked up, as it runs at any time. */
function dropTrapped(script: ParsedScript, counters: Found): void {
  const waits: Command[] = [];
  dropOthers(script, counters, waits);
  if (waits.length > 0) counters.clear();
}

function waitsForNumbers(wait: Command, counters: Counters): boolean {
  return builtinOf(wait).words.every(
    ({ text, kind, source }) =>
      (kind === 'literal' && /^(?:-[nf]+|\d+)$/.test(text)) ||
      (source && (isPlainNumber(source) || isCounter(source.value, source.pos, counters))),
  );
}

/** Drops the variables that a command may set by their name. */
export function dropNamed(command: Command, counters: Map<string, unknown>): void {
  const sets = setterOf(command);
  if (sets) for (const name of counters.keys()) if (sets(name)) counters.delete(name);
}

function isNumber({ name, value, index }: Assignment): boolean {
  return name !== undefined && index === undefined && value.type === 'Word' && isNumeric(value);
}

/** True where a variable holds a number, from what sets it on. */
export function isCounter(word: string, at: number, counters: Counters): boolean {
  const spans = counters.get(/^(?:\$?(\w+)|\$\{(\w+)\})$/.exec(word)?.slice(1).find(Boolean) ?? '');
  return spans?.some(({ from, to }) => from <= at && at <= to) === true;
}

/** True for a number, for arithmetic, whose value is one, and for the shell's own numbers. */
export function holdsNumber(word: Word): boolean {
  return isNumeric(word) || /^"?\$(?:RANDOM|SECONDS|LINENO|COLUMNS|LINES|SHLVL|E?[UG]ID)"?$/.test(word.text);
}

/** Calls that say a number. */
const SAYS_NUMBER =
  /^"?\$\((?:date (?:-u )?\+%s(?:%N)?|nproc|id -[ug]|tput (?:cols|lines)|stat -c %[sXYZ] (?:[\w./][\w./-]*|"\$\{?[A-Za-z_]\w*\}?"))\)"?$/;
const OWN_NUMBER = new RegExp(`^"?\\$(?:${COPIED.join('|')}|\\{(?:${COPIED.join('|')})\\})"?$`);
/** Ranges of numbers; behind a number `seq` takes no option. */
const RANGE = /^(?:\{-?\d+\.\.-?\d+(?:\.\.-?\d+)?\}|\$\(seq(?: -?\d+)+(?: "?\$\{?\w+\}?"?)?\))$/;

function listsNumbers({ wordlist }: For): boolean {
  return wordlist?.every(isListed) === true;
}

/** True for a word of a loop that gives nothing but numbers. */
export function isListed(word: Word): boolean {
  return isNumeric(word) || RANGE.test(word.text);
}

/** True for numbers, variables that hold one, and what adds or multiplies them: `i`, `$i`, `i++`, `i + 1`. */
export function isCount(text: string, at: number, counters: Counters): boolean {
  const plain = /^(?:\$?\w|\$\{\w+\}|[-+*/%() ])+$/.test(text);
  const words = text.match(/\$\{\w+\}|\$?\w+/g);
  return plain && words?.every((word) => INTEGER.test(word) || isCounter(word, at, counters)) === true;
}

/** What the shell itself counts: how a command ended, processes, and lengths. */
const COUNTED = /^"?\$(?:[$?#!]|\{(?:[$?#!]|#\w+(?:\[[@*]\])?)\})"?$/;

/** True for a word that is a number whatever the text says: `5`, `$?`, `${#a[@]}`. */
export function isPlainNumber({ text, value }: Pick<Word, 'text' | 'value'>): boolean {
  return INTEGER.test(value) || COUNTED.test(text);
}

/** True for a `$(…)` that says a number, as long as no command means something else. */
export function isSaidNumber(word: Pick<Word, 'text' | 'parts'>): boolean {
  return SAYS_NUMBER.test(word.text) || saysNumber(word);
}

function isNumeric(word: Word): boolean {
  if (isPlainNumber(word) || OWN_NUMBER.test(word.text) || isSaidNumber(word)) return true;
  return word.parts?.length === 1 && word.parts[0]?.type === 'ArithmeticExpansion';
}
