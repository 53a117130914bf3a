import type {
  ArrowFunctionExpression,
  CallExpression,
  Expression,
  FunctionExpression,
  MemberExpression,
  NewExpression,
  SpreadElement,
} from 'acorn';

import {
  CALL_BACK,
  CHANGES,
  CLASSES,
  CONSUMES,
  HANDLES,
  ITERATES,
  KEEPS,
  METHODS,
  READ_OPTIONS,
  READS,
} from '#policy/command/javascript-names.ts';
import { pathOf } from '#policy/command/javascript-paths.ts';
import type { Kind, Reader } from '#policy/command/javascript-reader.ts';
import { bindingOf, joined, refuse } from '#policy/command/javascript-reader.ts';

type Argument = Expression | SpreadElement;

/** Functions that may be handed on, since they call nothing that they are given. */
const CALLS_NOTHING = /^(?:(?:console|Math|Number)\.)?\w+$/;
/** They call none of their arguments. */
const PRINTS = /^(?:console|Math|path)\./;
/** What happens to standard input that hands no function on. */
const EVENT = /^(?:data|end|close|error|readable)$/;
/** A file by its place, or one of a package; in the name of a package `..` means a folder that is not known. */
const JSON_FILE = /^(?:(?:\.{1,2}|)\/[\w./@-]+|(?!.*\.\.)[\w@-][\w.@-]*\/[\w./@-]+)\.json$/;

/** Only functions that are listed, by their whole names or as methods, are called; no variable is. */
export function callKind({ callee, arguments: given }: CallExpression, reader: Reader): Kind {
  const path = pathOf(callee, reader);
  if (path === 'require') return jsonFile(given, reader);
  if (path !== undefined && READS.has(path)) return fileRead(path, given, reader);
  if (path?.startsWith('process.stdin.') === true && HANDLES.has(path)) return fromStandardInput(callee, given, reader);
  if (path !== undefined && (CONSUMES.has(path) || KEEPS.has(path) || HANDLES.has(path)))
    return functionResult(path, given, reader);
  return callee.type === 'MemberExpression' ? methodResult(callee, given, reader) : refuse();
}

/** `new Date(…)` */
export function newKind({ callee, arguments: given }: NewExpression, reader: Reader): Kind {
  if (callee.type !== 'Identifier' || bindingOf(callee.name, reader) !== undefined || !CLASSES.has(callee.name))
    return refuse();
  return allData(given, reader);
}

function jsonFile([file, ...more]: readonly Argument[], { reads }: Reader): Kind {
  if (file?.type !== 'Literal' || typeof file.value !== 'string' || more.length > 0) return refuse();
  if (!JSON_FILE.test(file.value)) return refuse();
  reads.push(file.value);
  return 'data';
}

function fileRead(path: string, [file, ...options]: readonly Argument[], reader: Reader): Kind {
  if (file === undefined || file.type === 'SpreadElement' || !options.every(opensNothing)) return refuse();
  if (file.type === 'Literal' && typeof file.value === 'string') reader.reads.push(file.value);
  else if (file.type !== 'Literal' || file.value !== 0) {
    reader.value(file);
    reader.reads.push(undefined);
  }
  // With options, entries of a folder have methods.
  return HANDLES.has(path) || options.some(({ type }) => type === 'ObjectExpression') ? 'any' : 'data';
}

/** `'utf8'`, `{ recursive: true }`; a flag would open the file for writing. */
function opensNothing(option: Argument): boolean {
  if (option.type === 'Literal') return true;
  return (
    option.type === 'ObjectExpression' &&
    option.properties.every(
      (each) =>
        each.type === 'Property' &&
        !each.computed &&
        each.key.type === 'Identifier' &&
        READ_OPTIONS.has(each.key.name) &&
        each.value.type === 'Literal',
    )
  );
}

/** `process.stdin.on('data', (part) => …)` */
function fromStandardInput(callee: CallExpression['callee'], given: readonly Argument[], reader: Reader): Kind {
  const [event] = given;
  const isEncoding = given.length === 1;
  if (!isEncoding && !(event?.type === 'Literal' && EVENT.test(String(event.value)))) return refuse();
  if (callee.type === 'MemberExpression' && callee.object.type === 'CallExpression') reader.value(callee.object);
  for (const each of given)
    if ((callbackKind(each, 'data', reader) ?? argument(each, reader)) !== 'data') return refuse();
  return 'any';
}

function functionResult(path: string, given: readonly Argument[], reader: Reader): Kind {
  const functions = given.filter((each) => CALL_BACK.has(path) && isFunction(each));
  const values = given.map((each) => (functions.includes(each) ? 'data' : argument(each, reader)));
  const returned = functions.map((each) => callbackKind(each, joined(...values), reader) ?? refuse());
  // What is not known must get no name, since a method of that name would be called; and later arguments may be called.
  const [, ...later] = values;
  if (joined(...returned, ...(KEEPS.has(path) ? values : PRINTS.test(path) ? [] : later)) === 'any') return refuse();
  return HANDLES.has(path) ? 'any' : 'data';
}

function methodResult(callee: MemberExpression, given: readonly Argument[], reader: Reader): Kind {
  if (callee.computed || callee.property.type !== 'Identifier') return refuse();
  const { name } = callee.property;
  const of = reader.value(callee.object);
  if (!METHODS.has(name) && !CHANGES.has(name) && !ITERATES.has(name)) return refuse();
  if (CHANGES.has(name) && of !== 'data') return refuse();
  const kinds: Kind[] = [];
  for (const each of given) {
    const returned = ITERATES.has(name) ? callbackKind(each, of, reader) : undefined;
    if (returned === undefined && argument(each, reader) !== 'data') return refuse();
    if (returned !== undefined) kinds.push(returned);
  }
  // What such a function returns it is given again.
  if (name.startsWith('reduce') && kinds.includes('any')) return refuse();
  // A newer method that the code gives a listed name may return what its function does.
  return joined(of, ...kinds);
}

function isFunction(node: Argument): node is ArrowFunctionExpression | FunctionExpression {
  return node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression';
}

/** What a function in an argument returns; undefined when the argument is a value. */
function callbackKind(node: Argument, of: Kind, reader: Reader): Kind | undefined {
  if (isFunction(node)) return reader.returned(node, of);
  const path = pathOf(node, reader);
  return path !== undefined && CONSUMES.has(path) && CALLS_NOTHING.test(path) ? 'data' : undefined;
}

function argument(node: Argument, reader: Reader): Kind {
  if (node.type !== 'SpreadElement') return reader.value(node);
  return reader.value(node.argument) === 'data' ? 'data' : refuse();
}

function allData(given: readonly Argument[], reader: Reader): Kind {
  return given.every((each) => argument(each, reader) === 'data') ? 'data' : refuse();
}
