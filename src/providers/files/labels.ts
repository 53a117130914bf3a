import { relative, resolve, sep } from 'node:path';

import type { FoundFile } from './find-files.ts';
import { globBase } from './find-files.ts';

/** What files are called in answers: their paths below the folder that all configured paths share, so that no two are alike. */
export function createLabels(paths: readonly string[], files: readonly FoundFile[]): (file: FoundFile) => string {
  const folders = paths.map((path) => {
    const full = resolve(path);
    return files.some((file) => file.path.startsWith(full + sep)) ? full : globBase(full);
  });
  const [first = [], ...rest] = folders.map((folder) => folder.split(sep));
  const differs = first.findIndex((part, index) => rest.some((parts) => parts[index] !== part));
  const shared = (differs === -1 ? first : first.slice(0, differs)).join(sep) || sep;
  return ({ path }) => relative(shared, path).split(sep).join('/');
}
