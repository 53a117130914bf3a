import type { Action } from '#domain/action.ts';
import { canonicalProblem } from '#policy/path-canonical.ts';
import { foldPath } from '#policy/path-fold.ts';

/** A path that an action writes or reads; `folded` is the form that rules are matched on. */
export interface TouchedPath {
  readonly path: string;
  readonly folded: string;
  readonly use: 'write' | 'read';
  /** Why the path is not canonical; undefined when it is. */
  readonly problem: string | undefined;
}

/** Every path that an action writes or reads, each once. */
export function touchedPaths(action: Action): readonly TouchedPath[] {
  let touched = known.get(action);
  if (touched === undefined) {
    touched = collect(action);
    known.set(action, touched);
  }
  return touched;
}

const known = new WeakMap<Action, readonly TouchedPath[]>();

function collect(action: Action): readonly TouchedPath[] {
  if (action.kind === 'publish') return unique(action.netChanges.map((change) => change.path)).map(toTouched('write'));
  if (action.kind !== 'patch') return [];
  const writes = unique(action.writes.map((write) => write.path));
  const reads = unique(action.reads).filter((path) => !writes.includes(path));
  return [...writes.map(toTouched('write')), ...reads.map(toTouched('read'))];
}

function toTouched(use: 'write' | 'read'): (path: string) => TouchedPath {
  return (path) => ({ path, folded: foldPath(path), use, problem: canonicalProblem(path) });
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}
