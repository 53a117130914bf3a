import type {
  AssignmentExpression,
  BinaryExpression,
  Expression,
  MemberExpression,
  ObjectExpression,
  PrivateIdentifier,
  Super,
} from 'acorn';

import { callKind, newKind } from '#policy/command/javascript-calls.ts';
import { isInherited, VALUES } from '#policy/command/javascript-names.ts';
import { pathOf } from '#policy/command/javascript-paths.ts';
import type { Kind, Reader } from '#policy/command/javascript-reader.ts';
import { bindingOf, joined, refuse } from '#policy/command/javascript-reader.ts';

type Node = Expression | Super | PrivateIdentifier;
type Kinds = { readonly [T in Node['type']]?: (node: Extract<Node, { type: T }>, reader: Reader) => Kind };

/** What is known of each kind of expression; every other kind is refused. */
const KINDS: Kinds = {
  Literal: ({ regex }) => (regex && !isOldPattern(regex) ? refuse() : 'data'),
  Identifier: ({ name }, reader) => named(name, reader),
  TemplateLiteral: ({ expressions }, reader) => consumed(expressions, reader),
  ArrayExpression: ({ elements }, reader) =>
    joined(
      ...elements.map((each) => (each ? reader.value(each.type === 'SpreadElement' ? each.argument : each) : 'data')),
    ),
  ObjectExpression: objectKind,
  UnaryExpression: ({ operator, argument }, reader) =>
    operator === 'delete' ? refuse() : consumed([argument], reader),
  UpdateExpression: ({ argument }, reader) => {
    reader.assign(argument as never, 'data');
    return 'data';
  },
  BinaryExpression: binaryKind,
  LogicalExpression: ({ left, right }, reader) => joined(reader.value(left), reader.value(right)),
  ConditionalExpression: ({ test, consequent, alternate }, reader) => {
    reader.value(test);
    return joined(reader.value(consequent), reader.value(alternate));
  },
  AssignmentExpression: assignmentKind,
  SequenceExpression: ({ expressions }, reader) => expressions.map((each) => reader.value(each)).at(-1) ?? refuse(),
  ChainExpression: ({ expression }, reader) => reader.value(expression),
  MemberExpression: memberKind,
  CallExpression: callKind,
  NewExpression: newKind,
};

/** Tells what is known of the value of an expression. */
export function kindOf(node: Node, reader: Reader): Kind {
  const read = KINDS[node.type] as ((node: Node, reader: Reader) => Kind) | undefined;
  return read ? read(node, reader) : refuse();
}

/** Of whatever it is, a text, a number or a truth is made. */
function consumed(nodes: readonly Node[], reader: Reader): Kind {
  for (const node of nodes) reader.value(node);
  return 'data';
}

/** What every version of Node.js reads: to one that does not, the code would be TypeScript. */
function isOldPattern({ pattern, flags }: { readonly pattern: string; readonly flags: string }): boolean {
  return /^[gimsuy]*$/.test(flags) && !/\(\?(?!:|<?[=!])|\\[pP]/.test(pattern);
}

function named(name: string, reader: Reader): Kind {
  const binding = bindingOf(name, reader) ?? { path: name };
  if (typeof binding === 'string') return binding;
  return VALUES.has(binding.path) ? 'data' : refuse();
}

/** What is not known must get no name: a method of that name would be called. */
function objectKind({ properties }: ObjectExpression, reader: Reader): Kind {
  for (const each of properties) {
    if (each.type === 'SpreadElement') {
      if (reader.value(each.argument) !== 'data') return refuse();
      continue;
    }
    if (each.kind !== 'init' || each.method) return refuse();
    if (each.computed) reader.value(each.key);
    if (reader.value(each.value) !== 'data') return refuse();
  }
  return 'data';
}

function binaryKind({ operator, left, right }: BinaryExpression, reader: Reader): Kind {
  reader.operators.push(operator);
  return operator === 'instanceof' ? refuse() : consumed([left, right], reader);
}

const KEEPS_OLD = /^(?:\|\||&&|\?\?)=$/;

function assignmentKind({ operator, left, right }: AssignmentExpression, reader: Reader): Kind {
  const value = reader.value(right);
  if (operator === '=') {
    reader.assign(left, value);
    return value;
  }
  const keepsOld = KEEPS_OLD.test(operator);
  reader.assign(left, keepsOld ? value : 'data');
  // What stood there may be the result.
  return keepsOld && left.type === 'MemberExpression' ? 'any' : 'data';
}

/** What data has of its own is data; what it inherits, and what stands under a name that only the run tells, is not known. */
function memberKind(node: MemberExpression, reader: Reader): Kind {
  const { object, property, computed } = node;
  const path = pathOf(node, reader);
  if (path !== undefined && VALUES.has(path)) return 'data';
  const of = reader.value(object);
  if (!computed) return joined(of, memberNamed(property.type === 'Identifier' ? property.name : refuse()));
  reader.value(property);
  return property.type === 'Literal' ? joined(of, memberNamed(String(property.value))) : 'any';
}

/** What stands under a name in data. */
export function memberNamed(name: string): Kind {
  return isInherited(name) ? 'any' : 'data';
}
