import type { Expression, Function as FunctionNode, Pattern, PrivateIdentifier, Super } from 'acorn';

import { MODULES } from '#policy/command/javascript-names.ts';

/** What is known of a value: `data` holds no function, however deep; `any` may be a function, or hold one. */
export type Kind = 'data' | 'any';

/** What a name stands for: a value, or a module of Node.js or a function of one. */
export type Binding = Kind | { readonly path: string };

/** Code that does more than compute, read and print, or of which that is not known. */
export class NotPlain extends Error {}

/** Ends the reading of code that is not plain. */
export function refuse(): never {
  throw new NotPlain();
}

/** A value of which nothing is known makes what it is part of unknown. */
export function joined(...kinds: readonly Kind[]): Kind {
  return kinds.includes('any') ? 'any' : 'data';
}

/** Reads the parts of a program; each part that is not plain ends the reading. */
export interface Reader {
  /** The files that are read so far; undefined stands for files that only the run tells. */
  readonly reads: (string | undefined)[];
  /** The operators with two sides that were seen. */
  readonly operators: string[];
  /** What the names of each block stand for, the innermost last. */
  readonly scopes: Map<string, Binding>[];
  value(node: Expression | Super | PrivateIdentifier): Kind;
  /** What a function that is written out returns when it is given values of a kind. */
  returned(node: FunctionNode, given: Kind): Kind;
  /** Gives a value of a kind to what stands on the left. */
  assign(target: Pattern, kind: Kind): void;
}

/** What a name stands for here, if the code declares it. */
export function bindingOf(name: string, { scopes }: Pick<Reader, 'scopes'>): Binding | undefined {
  return scopes.findLast((scope) => scope.has(name))?.get(name);
}

/**
 * Names a value in the innermost block. A name that means something everywhere is given nothing else, and none twice: a function
 * that runs late would see the one that is declared behind it.
 */
export function declare(name: string, binding: Binding, { scopes }: Pick<Reader, 'scopes'>): void {
  const isModule = typeof binding !== 'string' && binding.path === name;
  const scope = scopes.at(-1);
  const isTaken = scopes.some((each) => each.has(name));
  if (!scope || isTaken || (!isModule && (name in globalThis || RESERVED.has(name)))) return refuse();
  scope.set(name, binding);
}

/** What modules of Node.js are given besides. */
const RESERVED = new Set(['require', 'module', 'exports', '__filename', '__dirname', 'arguments', ...MODULES]);
