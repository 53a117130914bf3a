import type { RcaReferences } from '#domain/incident.ts';
import type { Git } from '#workspace/git.ts';
import { namedFiles } from '#workspace/named-files.ts';
import { foundSymbols, namedSymbols } from '#workspace/named-symbols.ts';
import type { ObjectStore } from '#workspace/objects.ts';

/** Characters of an RCA that are looked at. */
const MAX_TEXT_CHARS = 64_000;
/** Things of each kind that are answered; and candidates that are checked. */
const MAX_ANSWERS = 20;
const MAX_CANDIDATES = 60;
/** Milliseconds for searching the code; what was found until then is answered. */
const SEARCH_TIMEOUT_MS = 10_000;

/** Recognises commits, files and symbols in untrusted text: only what exists at the base commit is answered. */
export async function findReferences(
  { git, clone }: { readonly git: Git; readonly clone: ObjectStore },
  baseCommit: string,
  text: string,
): Promise<RcaReferences> {
  const bounded = text.slice(0, MAX_TEXT_CHARS);
  const paths = await pathsOf(git, clone, baseCommit);
  const { files, words } = namedFiles(bounded, paths);
  const [commits, symbols] = await Promise.all([
    findCommits(git, clone, bounded),
    findSymbols({ git, clone, baseCommit }, bounded, words),
  ]);
  return { commits, files: files.slice(0, MAX_ANSWERS), symbols: symbols.slice(0, MAX_ANSWERS) };
}

async function pathsOf(git: Git, { gitDir }: ObjectStore, commit: string): Promise<readonly string[]> {
  const listed = await git.text({ gitDir, args: ['ls-tree', '-r', '-z', '--name-only', commit] });
  return listed.split('\0').filter(Boolean);
}

/** Full ids of the commits whose id, or its first 7 or more digits, stand in the text. */
async function findCommits(git: Git, { gitDir }: ObjectStore, text: string): Promise<readonly string[]> {
  const named = [...text.matchAll(/(?<![\w-])[0-9a-f]{7,64}(?![\w-])/gi)].map(([id]) => id.toLowerCase());
  const candidates = [...new Set(named)].slice(0, MAX_CANDIDATES);
  if (candidates.length === 0) return [];
  const answer = await git.text({
    gitDir,
    args: ['cat-file', '--batch-check=%(objectname) %(objecttype)'],
    input: candidates.map((id) => `${id}^{commit}\n`).join(''),
  });
  const found = [...answer.matchAll(/^([0-9a-f]+) commit$/gm)].map(([, id = '']) => id);
  return [...new Set(found)].slice(0, MAX_ANSWERS);
}

async function findSymbols(
  at: { readonly git: Git; readonly clone: ObjectStore; readonly baseCommit: string },
  text: string,
  taken: ReadonlySet<string>,
): Promise<readonly string[]> {
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
