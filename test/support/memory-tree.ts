import type { SourceTree } from '#workspace/tests/tree.ts';

/** A tree of files held in memory. */
export function memoryTree(files: Readonly<Record<string, string>>): SourceTree {
  return { paths: new Set(Object.keys(files)), read: async (path) => files[path] };
}

/** A package.json with these scripts. */
export function manifest(scripts: Readonly<Record<string, string>>, more: object = {}): string {
  return JSON.stringify({ name: 'app', scripts, ...more });
}
