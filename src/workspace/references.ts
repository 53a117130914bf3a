import type { RcaReferences } from '#domain/incident.ts';
import type { Git } from '#workspace/git.ts';
import { namedFiles } from '#workspace/named-files.ts';
import { foundSymbols, namedSymbols } from '#workspace/named-symbols.ts';
import type { ObjectStore } from '#workspace/objects.ts';
import type { Clone } from '#workspace/repository.ts';

/** Characters of an RCA that are looked at. */
const MAX_TEXT_CHARS = 64_000;
/** Things of each kind that are answered; and candidates that are checked. */
const MAX_ANSWERS = 20;
const MAX_CANDIDATES = 60;
/** Texts whose answers are kept in memory. */
const MAX_KNOWN_TEXTS = 64;
/** Milliseconds for searching the code; what was found until then is answered. */
const SEARCH_TIMEOUT_MS = 10_000;

/** Finds references again without asking git: every patch is judged by what the root-cause analysis names. */
export type ReferenceFinder = (clone: Clone, baseCommit: string, text: string) => Promise<RcaReferences>;

/** Makes a finder that recognises commits, files and symbols in untrusted text: only what exists at the base commit is answered. */
export function createReferenceFinder(git: Git): ReferenceFinder {
  const known = new Map<string, Promise<InBase>>();
  return async (clone, baseCommit, text) => {
    const bounded = text.slice(0, MAX_TEXT_CHARS);
    const key = `${clone.id}\0${baseCommit}\0${bounded}`;
    const search = known.get(key) ?? findInBase({ git, clone, baseCommit }, bounded);
    // The one that was asked for last is the last to go.
    known.delete(key);
    known.set(key, search);
    search.catch(() => known.delete(key));
    for (const oldest of known.keys()) if (known.size > MAX_KNOWN_TEXTS) known.delete(oldest);
    // A commit may be fetched later; a base commit's files and symbols stay as they are.
    const [commits, unknown, inBase] = await Promise.all([
      findCommits(clone, bounded),
      findUnknown(clone, bounded),
      search,
    ]);
    return { commits, ...inBase, ...(unknown.length > 0 && { unknownCommits: unknown }) };
  };
}

type InBase = Pick<RcaReferences, 'files' | 'symbols'>;

async function findInBase(at: BaseCode, text: string): Promise<InBase> {
  const { files, words } = namedFiles(text, await pathsOf(at.git, at.clone, at.baseCommit));
  const symbols = await findSymbols(at, text, words);
  return { files: files.slice(0, MAX_ANSWERS), symbols: symbols.slice(0, MAX_ANSWERS) };
}

interface BaseCode {
  readonly git: Git;
  readonly clone: Clone;
  readonly baseCommit: string;
}

async function pathsOf(git: Git, { gitDir }: ObjectStore, commit: string): Promise<readonly string[]> {
  const listed = await git.text({ gitDir, args: ['ls-tree', '-r', '-z', '--name-only', commit] });
  return listed.split('\0').filter(Boolean);
}

/** Full ids of the commits whose id, or its first 7 or more digits, stand in the text. */
async function findCommits({ objects }: Clone, text: string): Promise<readonly string[]> {
  const named = [...text.matchAll(/(?<![\w-])[0-9a-f]{7,64}(?![\w-])/gi)].map(([id]) => id.toLowerCase());
  const candidates = [...new Set(named)].slice(0, MAX_CANDIDATES);
  const found = await Promise.all(candidates.map((id) => objects.findCommit(id)));
  return [...new Set(found)].filter((id) => id !== undefined).slice(0, MAX_ANSWERS);
}

/** Ids that a text calls those of commits, in small letters; other words of hexadecimal digits may be anything. */
export function namedCommits(text: string): readonly string[] {
  const named = text.matchAll(/\b(?:commits?|revisions?|sha)\b[\s:#`'"(]{1,4}([0-9a-f]{7,64})(?![\w-])/gi);
  return [...new Set([...named].map(([, id = '']) => id.toLowerCase()))].slice(0, MAX_ANSWERS);
}

async function findUnknown({ objects }: Clone, text: string): Promise<readonly string[]> {
  const named = namedCommits(text);
  const found = await Promise.all(named.map((id) => objects.findCommit(id)));
  return named.filter((_, index) => found[index] === undefined);
}

async function findSymbols(at: BaseCode, text: string, taken: ReadonlySet<string>): Promise<readonly string[]> {
  const candidates = namedSymbols(text).filter((symbol) => !taken.has(symbol.text));
  const bounded = candidates.slice(0, MAX_CANDIDATES);
  const missing = new Set(bounded.flatMap((symbol) => symbol.parts));
  if (missing.size === 0) return [];
  const filesOf = new Map<string, Set<string>>([...missing].map((part) => [part, new Set()]));
  const patterns = [...missing].flatMap((part) => ['-e', part]);
  const args = ['grep', '-I', '-F', '-w', '-o', '-z', '--no-color', '--full-name', ...patterns, at.baseCommit];
  await using session = at.git.start({ gitDir: at.clone.gitDir, args, timeoutMs: SEARCH_TIMEOUT_MS });
  let rest = '';
  for await (const chunk of session.stdout) {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [file = '', match = ''] = line.split('\0');
      filesOf.get(match)?.add(file);
    }
  }
  return foundSymbols(bounded, filesOf);
}
