import type { CommitRange } from '#domain/evidence.ts';
import { createSensitive } from '#engine/sensitive-contents.ts';

const HEADER = 'diff --git a/';
const BETWEEN = ' b/';

/** A comparison without what sensitive files held before and hold now: their names and sizes stay. */
export function withoutSensitive(range: CommitRange, globs: readonly string[]): CommitRange {
  if (globs.length === 0) return range;
  const isSensitive = createSensitive(globs);
  const sections = range.diff.split(/^(?=diff --git )/m).map((section) => {
    const header = section.split('\n', 1)[0] ?? '';
    return namesIn(header)?.some(isSensitive) === false ? section : `${header}\nNot shown: a sensitive file.\n`;
  });
  return { ...range, diff: range.diff === '' ? '' : sections.join('') };
}

/** Every name that the header of a section may mean; undefined for one that git quoted, or that is none. */
function namesIn(header: string): readonly string[] | undefined {
  if (!header.startsWith(HEADER) || header.includes('"')) return undefined;
  const names: string[] = [];
  for (let at = header.indexOf(BETWEEN); at !== -1; at = header.indexOf(BETWEEN, at + 1))
    names.push(header.slice(HEADER.length, at), header.slice(at + BETWEEN.length));
  return names.length === 0 ? undefined : names;
}
