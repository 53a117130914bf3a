import type {
  AnyNode,
  ExpressionStatement,
  Function as FunctionNode,
  Pattern,
  Program,
  Statement,
  Token,
  TokenType,
  VariableDeclaration,
} from 'acorn';
import { parse, tokTypes } from 'acorn';

import { declareImports, declareModule } from '#policy/command/javascript-imports.ts';
import { pathOf } from '#policy/command/javascript-paths.ts';
import type { Kind, Reader } from '#policy/command/javascript-reader.ts';
import { bindingOf, declare, joined, NotPlain, refuse } from '#policy/command/javascript-reader.ts';
import { kindOf, memberNamed } from '#policy/command/javascript-values.ts';
import type { PlainCode } from '#policy/command/plain-code.ts';

/** Longer code is nobody's one-liner. */
const MAX_LENGTH = 2_000;
/** Letters that look alike are left out, comments that are none in a module, and parts of patterns that take acorn long. */
const READABLE = /^(?![^]*(?:<!--|-->|\(\?<[^=!]|\\[pP]))[\t\n\x20-\x7e]*$/;

/**
 * Reads JavaScript for Node.js that computes, reads and prints, and does nothing else. It holds since no function is ever a
 * value of which it is said that it is data, no value is called, and no name but those of data is given a value: what runs
 * are the functions of our lists and those that are written out where a listed one calls them. Undefined for any other code.
 */
export function readPlainJavaScript(code: string): PlainCode | undefined {
  if (code.length > MAX_LENGTH || !READABLE.test(code)) return undefined;
  const program = parsed(code, 'script') ?? parsed(code, 'module');
  if (program === undefined) return undefined;
  const reader = createReader();
  try {
    // What is imported is there before anything runs.
    const isImport = ({ type }: AnyNode) => type === 'ImportDeclaration';
    for (const statement of program.body.filter(isImport)) read(statement, reader);
    for (const statement of program.body)
      if (statement === program.body.at(-1) && isName(statement)) reader.value(statement.expression);
      else if (!isImport(statement)) read(statement, reader);
  } catch (error) {
    // Brackets in brackets in brackets leave no room to read on.
    if (error instanceof NotPlain || error instanceof RangeError) return undefined;
    throw error;
  }
  // Node.js takes code that it cannot read for TypeScript, in which `f<T>(x)` is a call.
  if ([/^<(?!=)/, /^>/].every((sign) => reader.operators.some((operator) => sign.test(operator)))) return undefined;
  return { reads: reader.reads };
}

/** `node -p 'const a = 1; a'` */
function isName(node: AnyNode): node is ExpressionStatement {
  return node.type === 'ExpressionStatement' && node.expression.type === 'Identifier';
}

/** As Node.js takes it: for a script, and else for a module. */
function parsed(code: string, sourceType: 'script' | 'module'): Program | undefined {
  const tokens: Token[] = [];
  try {
    const program = parse(code, { ecmaVersion: 'latest', sourceType, onToken: tokens });
    return tokens.every((token, at) => isSure(token, tokens[at - 1], code.slice(token.start, token.end)))
      ? program
      : undefined;
  } catch {
    return undefined;
  }
}

/** Behind these a slash can only begin a pattern. */
const BEFORE_PATTERN: ReadonlySet<TokenType> = new Set([
  tokTypes.parenL,
  tokTypes.bracketL,
  tokTypes.comma,
  tokTypes.semi,
  tokTypes.colon,
  tokTypes.eq,
  tokTypes.arrow,
  tokTypes.prefix,
  tokTypes.logicalAND,
  tokTypes.logicalOR,
]);

/** Words that mean something as the name of no member. */
const KEYWORDS: ReadonlySet<string | undefined> = new Set([
  ...Object.values(tokTypes).flatMap(({ keyword }) => keyword ?? []),
  'of',
  'yield',
]);

/** False where acorn takes a division for a pattern, or may: behind `a?.of` and `a?.return`, whose names it takes for words of the language. */
function isSure({ type }: Token, before: Token | undefined, text: string): boolean {
  if (before?.type === tokTypes.questionDot && KEYWORDS.has(text)) return false;
  return type !== tokTypes.regexp || before === undefined || BEFORE_PATTERN.has(before.type);
}

type Statements = {
  readonly [T in AnyNode['type']]?: (node: Extract<AnyNode, { type: T }>, reader: Body) => void;
};

/** A reader, and what the function returns whose body is read. */
interface Body extends Reader {
  returns: Kind[] | undefined;
}

function createReader(): Body {
  const reader: Body = {
    reads: [],
    operators: [],
    scopes: [new Map()],
    returns: undefined,
    value: (node) => kindOf(node, reader),
    returned: (node, given) => returned(node, given, reader),
    assign: (target, kind) => bind(target, kind, { reader, isNew: false }),
  };
  return reader;
}

/** Each kind of statement that may stand in plain code; every other kind is refused. */
const STATEMENTS: Statements = {
  // To TypeScript, a name alone may take away what follows: `declare`.
  // What is strict by its own word acorn reads otherwise.
  ExpressionStatement: ({ expression, directive }, reader) =>
    expression.type === 'Identifier' || directive === 'use strict' ? refuse() : void reader.value(expression),
  VariableDeclaration: (node, reader) => variables(node, reader),
  ImportDeclaration: (node, reader) => declareImports(node, reader),
  BlockStatement: ({ body }, reader) => inBlock(reader, () => all(body, reader)),
  EmptyStatement: () => {},
  BreakStatement: () => {},
  ContinueStatement: () => {},
  IfStatement: ({ test, consequent, alternate }, reader) => {
    reader.value(test);
    read(consequent, reader);
    if (alternate) read(alternate, reader);
  },
  ForStatement: ({ init, test, update, body }, reader) =>
    inBlock(reader, () => {
      if (init) {
        if (init.type === 'VariableDeclaration') variables(init, reader);
        else reader.value(init);
      }
      for (const each of [test, update]) if (each) reader.value(each);
      read(body, reader);
    }),
  ForOfStatement: ({ await: isAwaited, left, right, body }, reader) =>
    isAwaited ? refuse() : each(left, reader.value(right), { body, reader }),
  ForInStatement: ({ left, right, body }, reader) => {
    reader.value(right);
    each(left, 'data', { body, reader });
  },
  WhileStatement: ({ test, body }, reader) => {
    reader.value(test);
    read(body, reader);
  },
  ReturnStatement: ({ argument }, reader) =>
    void (reader.returns ?? refuse()).push(argument ? reader.value(argument) : 'data'),
  ThrowStatement: ({ argument }, reader) => void reader.value(argument),
  TryStatement: ({ block, handler, finalizer }, reader) => {
    read(block, reader);
    if (handler)
      inBlock(reader, () => {
        if (handler.param) bind(handler.param, 'any', { reader, isNew: true });
        read(handler.body, reader);
      });
    if (finalizer) read(finalizer, reader);
  },
};

function read(node: AnyNode, reader: Body): void {
  const reads = STATEMENTS[node.type] as ((node: AnyNode, reader: Body) => void) | undefined;
  if (!reads) return refuse();
  reads(node, reader);
}

function all(statements: readonly Statement[], reader: Body): void {
  for (const statement of statements) read(statement, reader);
}

function inBlock(reader: Body, work: () => void): void {
  reader.scopes.push(new Map());
  work();
  reader.scopes.pop();
}

function variables({ kind, declarations }: VariableDeclaration, reader: Body): void {
  // A `var` is known beyond its block, also by a name that means something already.
  if (kind !== 'const' && kind !== 'let') return refuse();
  for (const declarator of declarations) {
    if (declareModule(declarator, reader)) continue;
    const value = declarator.init ? reader.value(declarator.init) : 'data';
    // What may get another value must not be known by its first.
    if (kind !== 'const' && value !== 'data') return refuse();
    bind(declarator.id, value, { reader, isNew: true });
  }
}

interface Loop {
  readonly body: Statement;
  readonly reader: Body;
}

function each(left: VariableDeclaration | Pattern, kind: Kind, { body, reader }: Loop): void {
  inBlock(reader, () => {
    if (left.type === 'VariableDeclaration')
      for (const { id, init } of left.declarations)
        if ((left.kind !== 'const' && left.kind !== 'let') || init) refuse();
        else bind(id, kind, { reader, isNew: true });
    else bind(left, kind, { reader, isNew: false });
    read(body, reader);
  });
}

function returned({ id, params, body, async, generator }: FunctionNode, given: Kind, reader: Body): Kind {
  if (id || async || generator) return refuse();
  const outer = reader.returns;
  const returns: Kind[] = [];
  reader.returns = returns;
  inBlock(reader, () => {
    for (const param of params) bind(param, given, { reader, isNew: true });
    if (body.type === 'BlockStatement') all(body.body, reader);
    else returns.push(reader.value(body));
  });
  reader.returns = outer;
  return joined(...returns);
}

interface Binder {
  readonly reader: Reader;
  /** Declared there, or given another value. */
  readonly isNew: boolean;
}

/** Gives the names of a pattern, or what else stands on the left, a value of a kind. */
function bind(target: Pattern, kind: Kind, binder: Binder): void {
  const { reader, isNew } = binder;
  switch (target.type) {
    case 'Identifier':
      if (isNew) return declare(target.name, kind, reader);
      return bindingOf(target.name, reader) === 'data' && kind === 'data' ? undefined : refuse();
    case 'MemberExpression':
      // What is not the code's own may be read by Node.js itself: `process.env`.
      if (isNew || kind !== 'data' || pathOf(target.object, reader) !== undefined) return refuse();
      if (reader.value(target.object) !== 'data') return refuse();
      return target.computed ? void reader.value(target.property) : undefined;
    case 'ArrayPattern':
      for (const element of target.elements) if (element) bind(element, kind, binder);
      return undefined;
    case 'ObjectPattern':
      for (const property of target.properties) {
        if (property.type === 'RestElement') bind(property, kind, binder);
        else if (property.computed || property.key.type !== 'Identifier') return refuse();
        else bind(property.value, joined(kind, memberNamed(property.key.name)), binder);
      }
      return undefined;
    case 'RestElement':
      return bind(target.argument, kind, binder);
    case 'AssignmentPattern':
      return bind(target.left, joined(kind, reader.value(target.right)), binder);
    default:
      return refuse();
  }
}
