import type { Incident } from '#domain/incident.ts';
import { foldPath } from '#policy/path-fold.ts';
import { compileGlobs } from '#policy/path-rules.ts';
import type { Policy } from '#policy/schema.ts';
import type { Workspace } from '#workspace/workspace.ts';

/** Files of a base commit that are looked at, the bytes of each, and the texts that are held of all of them. */
const [MAX_FILES, MAX_BYTES, MAX_TEXTS] = [100, 262_144, 1_000];
/** Shorter lines, and shorter values, would mask ordinary words. */
const [MIN_LINE_CHARS, MIN_VALUE_CHARS] = [8, 12];

const COMMENT = /^(?:#|\/\/|;|--)/;
/** `NAME=value`, `name: "value",` and the like. */
const ASSIGNMENT = /^(?:export\s+)?["']?[\w.-]+["']?\s*[:=]\s*["']?(.*?)["']?[,;]?$/;

/** What must not leave of the files that `sensitive_files` cover, as they are in the base commit: their lines, and values that look like no word. */
export async function sensitiveContents(
  { list, read }: Pick<Workspace, 'list' | 'read'>,
  incident: Incident,
  { sensitive_files: globs = [] }: Pick<Policy, 'sensitive_files'>,
): Promise<readonly string[]> {
  if (globs.length === 0) return [];
  const rules = compileGlobs(globs);
  const isSensitive = (path: string) => {
    const folded = foldPath(path);
    return rules.some(({ covers }) => covers(folded));
  };
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

function* textsIn(content: string): Iterable<string> {
  for (const line of content.split(/\r?\n/).map((each) => each.trim())) {
    if (COMMENT.test(line)) continue;
    if (line.length >= MIN_LINE_CHARS) yield line;
    const value = ASSIGNMENT.exec(line)?.[1] ?? '';
    if (value.length >= MIN_VALUE_CHARS && /\d/.test(value) && /[A-Za-z]/.test(value)) yield value;
  }
}
