import type { Expression, Literal, PrivateIdentifier, SpreadElement, Super } from 'acorn';

import { MODULES } from '#policy/command/javascript-names.ts';
import type { Reader } from '#policy/command/javascript-reader.ts';
import { bindingOf } from '#policy/command/javascript-reader.ts';

type Node = Expression | SpreadElement | Super | PrivateIdentifier;

/** `fs` for `require('node:fs')` and its kin. */
export function moduleOf(node: Node | Literal | null | undefined): string | undefined {
  const source =
    node?.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === 'require'
      ? node.arguments[0]
      : undefined;
  return node?.type === 'CallExpression' && node.arguments.length === 1 ? moduleNamed(source) : undefined;
}

/** The module that a literal names. */
export function moduleNamed(node: Node | Literal | undefined): string | undefined {
  const name = node?.type === 'Literal' && typeof node.value === 'string' ? node.value.replace(/^node:/, '') : '';
  return MODULES.has(name) ? name : undefined;
}

/** Those of `process.stdout.write`. */
const MAX_NAMES = 3;

/** `process.versions` as a text, where its first name is one of the language, or of a module. */
export function pathOf(node: Node, reader: Pick<Reader, 'scopes'>, longest = MAX_NAMES): string | undefined {
  if (node.type === 'Identifier') {
    const binding = bindingOf(node.name, reader);
    if (binding === undefined) return node.name;
    return typeof binding === 'string' ? undefined : binding.path;
  }
  if (node.type === 'CallExpression') return moduleOf(node) ?? standardInput(node.callee, reader);
  if (node.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier') return undefined;
  const of = longest > 1 ? pathOf(node.object, reader, longest - 1) : undefined;
  return of === undefined ? undefined : `${of}.${node.property.name}`;
}

/** `process.stdin.on(…)` is `process.stdin` again. */
function standardInput(callee: Node, reader: Pick<Reader, 'scopes'>): string | undefined {
  const path = pathOf(callee, reader);
  return path === 'process.stdin.on' || path === 'process.stdin.setEncoding' ? 'process.stdin' : undefined;
}
