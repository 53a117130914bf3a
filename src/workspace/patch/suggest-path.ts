import { nearest } from '#domain/nearest.ts';

/**
 * Existing paths that a missing one may stand for, best first: the same trailing names, else the same name with another ending, else the
 * name of the same folder that is nearest in spelling.
 */
export function suggestPaths(missing: string, known: readonly string[]): string[] {
  const wanted = missing.toLowerCase().split('/').toReversed();
  const scored = known.flatMap((path) => {
    const score = resemblance(wanted, path.toLowerCase().split('/').toReversed());
    return score > 0 ? [{ path, score }] : [];
  });
  if (scored.length === 0) return misspelled(missing, known);
  return scored.toSorted((a, b) => b.score - a.score || a.path.length - b.path.length).map(({ path }) => path);
}

/** Characters of a name without its ending of which two may be wrong. */
const LEAST_STEM = 4;

function misspelled(missing: string, known: readonly string[]): string[] {
  const folder = missing.slice(0, missing.lastIndexOf('/') + 1);
  const name = missing.slice(folder.length);
  if (stem(name).length < LEAST_STEM) return [];
  const names = known.flatMap((path) => (path.startsWith(folder) ? [path.slice(folder.length)] : []));
  const near = nearest(name, names);
  return near === undefined ? [] : [folder + near];
}

function resemblance(wanted: readonly string[], parts: readonly string[]): number {
  let equal = 0;
  while (equal < parts.length && parts[equal] === wanted[equal]) equal += 1;
  if (equal > 0) return equal;
  const sameFolder = parts.length === wanted.length && parts.slice(1).every((part, i) => part === wanted[i + 1]);
  return sameFolder && stem(parts[0]) === stem(wanted[0]) ? 0.5 : 0;
}

function stem(name = ''): string {
  return name.replace(/(?!^)\.[^.]*$/u, '');
}
