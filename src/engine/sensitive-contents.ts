import type { Incident } from '#domain/incident.ts';
import { foldPath } from '#policy/path-fold.ts';
import { compileGlobs } from '#policy/path-rules.ts';
import type { Policy } from '#policy/schema.ts';
import type { Workspace } from '#workspace/workspace.ts';

/** Files of a base commit that are looked at, the bytes of each, and the texts that are held of all of them: each is searched for in five forms. */
const [MAX_FILES, MAX_BYTES, MAX_TEXTS] = [100, 262_144, 200];
/** Shorter texts are ordinary words and numbers; longer ones are recognized by their beginning. */
const [MIN_CHARS, MAX_CHARS] = [12, 200];

/** `NAME=value`, `- name: "value",` and the like. */
const ASSIGNMENT = /^(?:export\s+|-\s+)?["']?[\w.-]+["']?\s*[:=]\s*["']?(.*?)["']?[,;]?$/;

/** Tells whether a path is covered by `sensitive_files`. */
export function createSensitive(globs: readonly string[]): (path: string) => boolean {
  const rules = compileGlobs(globs);
  return (path) => {
    const folded = foldPath(path);
    return rules.some(({ covers }) => covers(folded));
  };
}

/** What must not leave of the files that `sensitive_files` cover, as they are in the base commit: values that look like no word. */
export async function sensitiveContents(
  { list, read }: Pick<Workspace, 'list' | 'read'>,
  incident: Incident,
  { sensitive_files: globs = [] }: Pick<Policy, 'sensitive_files'>,
): Promise<readonly string[]> {
  if (globs.length === 0) return [];
  const isSensitive = createSensitive(globs);
  const paths = (await list(incident, 'base')).filter(isSensitive).slice(0, MAX_FILES);
  const texts = new Set<string>();
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- one file at a time keeps little in memory
    const content = await read(incident, path, 'base');
    for (const text of textsIn(content?.toString('utf8', 0, MAX_BYTES) ?? '')) texts.add(text);
    if (texts.size >= MAX_TEXTS) break;
  }
  return [...texts].slice(0, MAX_TEXTS);
}

/** Of an assignment its value, and lines that are one word, such as those of keys: letters and digits mixed, as in no word of a language. */
function* textsIn(content: string): Iterable<string> {
  for (const line of content.split(/\r?\n/)) {
    const text = ASSIGNMENT.exec(line.trim())?.[1] ?? line.trim();
    const isMixed = /\d/.test(text) && /[A-Za-z]/.test(text) && !/\s/.test(text);
    if (text.length >= MIN_CHARS && isMixed) yield text.slice(0, MAX_CHARS);
  }
}
