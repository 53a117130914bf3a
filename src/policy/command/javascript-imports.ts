import type { ImportDeclaration, VariableDeclarator } from 'acorn';

import { moduleNamed, moduleOf } from '#policy/command/javascript-paths.ts';
import type { Reader } from '#policy/command/javascript-reader.ts';
import { declare, refuse } from '#policy/command/javascript-reader.ts';

/** `import fs, { readFileSync } from 'node:fs'` */
export function declareImports({ source, specifiers, attributes }: ImportDeclaration, reader: Reader): void {
  const module = moduleNamed(source);
  if (module === undefined || attributes.length > 0) return refuse();
  for (const each of specifiers) {
    const name = each.type === 'ImportSpecifier' ? importedName(each.imported) : 'default';
    declare(each.local.name, { path: name === 'default' ? module : `${module}.${name}` }, reader);
  }
}

function importedName(node: { readonly type: string; readonly name?: string }): string {
  return node.type === 'Identifier' && node.name !== undefined ? node.name : refuse();
}

/** `fs = require('fs')`, `{ readFileSync } = require('fs')`; false for any other declaration. */
export function declareModule({ id, init }: VariableDeclarator, reader: Reader): boolean {
  const module = moduleOf(init);
  if (module === undefined) return false;
  if (id.type === 'Identifier') declare(id.name, { path: module }, reader);
  else if (id.type === 'ObjectPattern')
    for (const each of id.properties) {
      if (each.type !== 'Property' || each.computed || each.value.type !== 'Identifier') return refuse();
      declare(each.value.name, { path: `${module}.${importedName(each.key)}` }, reader);
    }
  else return refuse();
  return true;
}
