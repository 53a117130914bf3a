import { canonicalProblem } from '#policy/path-canonical.ts';

/** A folder on disk in which a path would be written; paths are relative to it, with `/`. */
export interface WorkTree {
  /** Absolute path of the folder, without symbolic links. */
  readonly root: string;
  /** True when anything of this name is there, a dangling link too. */
  has(path: string): boolean;
  /** What a symbolic link says; undefined for anything else. */
  readLink(path: string): string | undefined;
  /** Other names of the same file inside the folder; `complete` is false when it has names elsewhere. */
  otherNames(path: string): { readonly names: readonly string[]; readonly complete: boolean };
  /** Every symbolic link below the folder. */
  links(): readonly string[];
}

/** Every path that a write to one path would change. */
export interface Reached {
  /** Beyond the path itself, in the order in which links lead there. */
  readonly paths: readonly string[];
  /** Why the write would leave the folder, or end nowhere. */
  readonly problem?: string;
}

/** Links that are followed; Linux stops at 40 as well. */
const MAX_LINKS = 40;

/** Follows symbolic and hard links both ways: a write changes what a name leads to, and what leads to the name. */
export function reachedPaths(path: string, tree: WorkTree): Reached {
  if (canonicalProblem(path) !== undefined) return { paths: [] };
  const forward = follow(path, tree);
  const end = forward.paths.at(-1) ?? path;
  const same = forward.problem === undefined ? tree.otherNames(end) : { names: [], complete: true };
  const files = [path, ...forward.paths, ...same.names];
  const problem = forward.problem ?? (same.complete ? undefined : 'is another name of a file outside the repository');
  const reached = new Set([...files, ...backward(files, tree)]);
  reached.delete(path);
  return { paths: [...reached], ...(problem !== undefined && { problem }) };
}

/** Resolves a path as the system would, component by component; every name on the way is answered. */
function follow(path: string, tree: WorkTree): Reached {
  const paths: string[] = [];
  let rest = path.split('/');
  let resolved: string[] = [];
  for (let links = 0; rest.length > 0;) {
    const [component = '', ...tail] = rest;
    rest = tail;
    if (component === '' || component === '.') continue;
    if (component === '..') {
      if (resolved.length === 0) return { paths, problem: 'leads out of the repository' };
      resolved = resolved.slice(0, -1);
      continue;
    }
    const at = [...resolved, component];
    const target = tree.readLink(at.join('/'));
    if (target === undefined) {
      resolved = at;
      continue;
    }
    if (++links > MAX_LINKS) return { paths, problem: 'is a link that leads in a circle' };
    const inside = insideOf(target, tree.root);
    if (inside === undefined) return { paths, problem: 'leads out of the repository' };
    if (target.startsWith('/')) resolved = [];
    rest = [...inside.split('/'), ...rest];
    const name = plain([...resolved, ...rest]);
    if (name !== undefined) paths.push(name);
  }
  return { paths };
}

/** A target from the root of the folder; undefined when it is absolute and elsewhere. */
function insideOf(target: string, root: string): string | undefined {
  if (!target.startsWith('/')) return target;
  if (target === root) return '';
  return target.startsWith(`${root}/`) ? target.slice(root.length + 1) : undefined;
}

/** Components without `.` and `..`; undefined when they leave the root. */
function plain(components: readonly string[]): string | undefined {
  const kept: string[] = [];
  for (const component of components) {
    if (component === '..' && kept.pop() === undefined) return undefined;
    if (component !== '..' && component !== '.' && component !== '') kept.push(component);
  }
  return kept.join('/');
}

/** Names that lead to one of the files: `current -> releases/7` makes `releases/7/app.yml` also `current/app.yml`. */
function backward(files: readonly string[], tree: WorkTree): readonly string[] {
  return tree.links().flatMap((link) => {
    const end = follow(link, tree).paths.at(-1);
    if (end === undefined) return [];
    return files.flatMap((file) => {
      if (file === end) return [link];
      return file.startsWith(`${end}/`) ? [`${link}${file.slice(end.length)}`] : [];
    });
  });
}
