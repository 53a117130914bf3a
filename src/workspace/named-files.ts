/** Files that a text names, and the words that named them. */
export interface NamedFiles {
  readonly files: readonly string[];
  readonly words: ReadonlySet<string>;
}

/** Finds paths, the ends of paths and unique file names in untrusted text; answers existing paths, in order of mention. */
export function namedFiles(text: string, paths: readonly string[]): NamedFiles {
  const known = new Set(paths);
  const byName = Map.groupBy(paths, baseName);
  const files = new Set<string>();
  const words = new Set<string>();
  for (const [word] of text.matchAll(/[\p{L}\p{N}_@.+~/\\-]+/gu)) {
    const path = toPath(word);
    if (path === '' || words.has(path)) continue;
    const found = known.has(path) ? path : onlyMatch(path, byName.get(baseName(path)) ?? []);
    if (found === undefined) continue;
    files.add(found);
    words.add(path);
  }
  return { files: [...files], words };
}

/** The one path that the word is the end of (`lib/a.js`), or that is the end of the word (`/app/src/lib/a.js`). */
function onlyMatch(word: string, candidates: readonly string[]): string | undefined {
  // A bare word such as `Makefile` or `config` says too little when it is also an ordinary word.
  if (!word.includes('.') && !word.includes('/')) return undefined;
  const ends = candidates.filter((path) => path.endsWith(`/${word}`) || word.endsWith(`/${path}`));
  return ends.length === 1 ? ends[0] : longest(ends.filter((path) => word.endsWith(`/${path}`)));
}

function longest(paths: readonly string[]): string | undefined {
  return paths.toSorted((a, b) => b.length - a.length)[0];
}

/** Windows separators, `./`, and the full stop at the end of a sentence are not part of a path. */
function toPath(word: string): string {
  return word
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/)+/, '')
    .replace(/[.+~-]+$/, '');
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
