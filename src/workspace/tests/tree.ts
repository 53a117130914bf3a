import { posix } from 'node:path';

import { z } from 'zod';

/** The files of an incident's tree, as git has them: tests may have changed what lies on disk. */
export interface SourceTree {
  readonly paths: ReadonlySet<string>;
  read(path: string): Promise<string | undefined>;
}

/** The files below a folder, named from there. */
export function below({ paths, read }: SourceTree, folder: string): SourceTree {
  const inside = [...paths].filter((path) => path.startsWith(`${folder}/`));
  return {
    paths: new Set(inside.map((path) => path.slice(folder.length + 1))),
    read: (path) => read(posix.join(folder, path)),
  };
}

const PackageJson = z.object({
  name: z.string().optional().catch(undefined),
  scripts: z.record(z.string(), z.unknown()).catch({}).default({}),
  dependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
  devDependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
  peerDependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
  optionalDependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
  mocha: z.unknown().optional(),
});

/** The parts of a package.json that decide how tests run. */
export type PackageJson = z.infer<typeof PackageJson>;

/** Reads a package.json; undefined when there is none or it is no valid one. */
export async function readPackage(tree: SourceTree, folder: string): Promise<PackageJson | undefined> {
  const text = await tree.read(posix.join(folder, 'package.json'));
  if (text === undefined) return undefined;
  try {
    return PackageJson.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch {
    return undefined;
  }
}

/** A package's script; undefined when it has none of that name. */
export function scriptOf(manifest: PackageJson | undefined, name: string): string | undefined {
  const script = manifest && Object.hasOwn(manifest.scripts, name) ? manifest.scripts[name] : undefined;
  return typeof script === 'string' ? script : undefined;
}
