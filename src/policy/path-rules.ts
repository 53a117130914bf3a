import { Minimatch } from 'minimatch';

import { globsOfClass } from '#policy/classes.ts';
import type { FnToken } from '#policy/fnmatch.ts';
import { compileFnmatch, fnmatch } from '#policy/fnmatch.ts';
import { foldPath } from '#policy/path-fold.ts';

/** A glob, ready to be asked. */
export interface CompiledGlob {
  /** As the policy's author wrote it. */
  readonly glob: string;
  /** Takes a folded path; true when a change may not touch it. */
  readonly covers: (folded: string) => boolean;
}

/**
 * Compiles a protection. Without `/` it matches any component and everything below; with `/` it is anchored at the root.
 * Braces, extended globs, negation and comments are read literally. The parents of an anchored subtree are covered too, and
 * so is whatever architect's own matching covers: the union is never weaker than either.
 */
export function compileGlob(glob: string): CompiledGlob {
  const members = globsOfClass(glob)?.map(compileGlob);
  if (members) return { glob, covers: (path) => members.some(({ covers }) => covers(path)) };
  const pattern = foldPath(glob)
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/+$/, '');
  const literals = literalsOf(pattern);
  const matcher = toMatcher(pattern);
  const architect = once(() => compileFnmatch(foldPath(glob)));
  const anchored = pattern.includes('/') || foldPath(glob).startsWith('/');
  const parents = anchored ? literalParents(pattern) : new Set<string>();
  return {
    glob,
    covers: (path) =>
      parents.has(path) ||
      (literals.every((literal) => path.includes(literal)) &&
        ((anchored ? coversAnchored(path, matcher) : path.split('/').some(matcher)) ||
          coversArchitect(path, architect()))),
  };
}

/** Compiles a list once per list, since a policy's lists never change. */
export function compileGlobs(globs: readonly string[]): readonly CompiledGlob[] {
  let compiled = compiledLists.get(globs);
  if (compiled === undefined) {
    compiled = globs.map(compileGlob);
    compiledLists.set(globs, compiled);
  }
  return compiled;
}

const compiledLists = new WeakMap<readonly string[], readonly CompiledGlob[]>();

/** Patterns that have several readings, or that are written another way than the paths they cover. */
const AMBIGUOUS = /[[\\(){}]|(?:^|\/)\.\.?(?:\/|$)/;
const WILD = /[*?/]+/;
const PLAIN = /^[!-~]+$/;

/** What every path has that any reading of a pattern covers: most paths need no more of a look. None where readings differ. */
function literalsOf(pattern: string): readonly string[] {
  if (AMBIGUOUS.test(pattern)) return [];
  return pattern.split(WILD).filter((run) => PLAIN.test(run));
}

/** Compiled with the first text: most patterns of a policy are never asked. */
function toMatcher(pattern: string): (text: string) => boolean {
  const matcher = once(
    () =>
      new Minimatch(pattern, {
        dot: true,
        nocase: true,
        nonegate: true,
        nocomment: true,
        nobrace: true,
        noext: true,
        platform: 'linux',
      }),
  );
  return (text) => matcher().match(text);
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function coversAnchored(path: string, matcher: (text: string) => boolean): boolean {
  if (matcher(path)) return true;
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    if (matcher(path.slice(0, slash))) return true;
  }
  return false;
}

/** Replacing `k8s` by a symbolic link replaces `k8s/production/**` as well. */
function literalParents(pattern: string): ReadonlySet<string> {
  const parents = new Set<string>();
  const components = pattern.split('/').slice(0, -1);
  for (const [index, component] of components.entries()) {
    if (/[*?[\\]/.test(component)) break;
    parents.add(components.slice(0, index + 1).join('/'));
  }
  return parents;
}

function coversArchitect(path: string, tokens: readonly FnToken[]): boolean {
  return fnmatch(path, tokens) || fnmatch(path.slice(path.lastIndexOf('/') + 1), tokens);
}
