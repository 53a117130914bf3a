import { foldPath } from '#policy/path-fold.ts';
import { compileGlob } from '#policy/path-rules.ts';

/** A protection of files by their names that needs no policy. */
export interface BuiltInRule {
  readonly name: string;
  /** Why the files are special, to follow "because". */
  readonly why: string;
  /**
   * A name with a leading dot also covers folders of that name, any other only files, since a folder `head` or `workspace` is
   * ordinary code. What has a slash may begin in any folder, but for a leading one: at the root alone.
   */
  readonly globs: readonly string[];
  /** Names of files that only their case tells from ordinary folders and programs. */
  readonly exact?: readonly string[];
  /** Folders in which such files are ordinary. */
  readonly except?: readonly string[];
}

/** The words of a text, so that long lists can be read by line. */
export function words(text: string): readonly string[] {
  return Array.from(text.matchAll(/\S+/g), ([word]) => word);
}

/** The first built-in rule of a list that covers a path. */
export function findBuiltIn(rules: readonly BuiltInRule[], path: string): BuiltInRule | undefined {
  const folded = foldPath(path);
  const asked = { path: folded, components: folded.split('/'), name: nameOf(folded) };
  return rules.find((rule) => rule.exact?.includes(nameOf(path)) === true || coverOf(rule)(asked));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A path in the case in which names are compared, with its parts. */
interface Asked {
  readonly path: string;
  readonly components: readonly string[];
  readonly name: string;
}

type Covers = (asked: Asked) => boolean;

const compiled = new WeakMap<BuiltInRule, Covers>();

function coverOf(rule: BuiltInRule): Covers {
  let covers = compiled.get(rule);
  if (covers === undefined) {
    const [named, spared] = [toCovers(rule.globs), toCovers(rule.except ?? [])];
    covers = (asked) => named(asked) && !spared(asked);
    compiled.set(rule, covers);
  }
  return covers;
}

/** Names are looked up and folders searched for, since most paths are asked about by every rule and fit none. */
function toCovers(globs: readonly string[]): Covers {
  const folded = globs.map((glob) => glob.toLowerCase());
  const files = new Set(folded);
  const anywhere = new Set(folded.filter((name) => name.startsWith('.')));
  const atRoot = new Set(folded.filter((glob) => /^\/.*[^/]$/.test(glob)).map((glob) => glob.slice(1)));
  const patterns = folded.filter((glob) => /[*/]/.test(glob) && !atRoot.has(glob.slice(1))).map(toPattern);
  return (asked) =>
    files.has(asked.name) ||
    asked.components.some((component) => anywhere.has(component)) ||
    atRoot.has(asked.path) ||
    patterns.some((covers) => covers(asked));
}

function toPattern(glob: string): Covers {
  if (glob.startsWith('/')) return ({ path }) => path.startsWith(glob.slice(1));
  if (!glob.includes('/')) {
    const fits = toWord(glob);
    return ({ components, name }) => (glob.startsWith('.') ? components.some(fits) : fits(name));
  }
  const folder = glob.replace(/\*\*$/, '');
  if (!folder.endsWith('/') || folder.includes('*')) {
    const { covers } = compileGlob(`**/${glob}`);
    return ({ path }) => covers(path);
  }
  const deeper = `/${folder}`;
  return ({ path }) => path.startsWith(folder) || path.includes(deeper);
}

/** One star needs no compiling, which takes the hook longer than all of its questions. */
function toWord(glob: string): (word: string) => boolean {
  const [head = '', tail, more] = glob.split('*');
  if (tail === undefined || more !== undefined || glob.includes('?')) return compileGlob(glob).covers;
  return (word) => word.length >= head.length + tail.length && word.startsWith(head) && word.endsWith(tail);
}
