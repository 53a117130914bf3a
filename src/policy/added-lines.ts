import { commonLineEnds } from '#domain/common-ends.ts';
import type { FileWrite } from '#domain/remediation.ts';
import type { FoundSecret, SecretSpan } from '#domain/secret-scan.ts';

/** Lines around an added one that are looked at with it: more than the longest private key has. */
const CONTEXT_LINES = 200;

/** A line that a write adds; `line` counts from 1 in the new content. */
export interface AddedLine {
  readonly line: number;
  readonly text: string;
}

/**
 * The lines of the new content that the old one did not hold; a moved line is not new. Where the old content is not known, every
 * line is.
 */
export function addedLines({ before, after }: FileWrite): readonly AddedLine[] {
  if (after === undefined) return [];
  const { content } = after;
  const earlier = before?.content ?? Buffer.alloc(0);
  // What both share at their ends is not new, and it is most of a large file.
  const { head, tail } = commonLineEnds(earlier, content);
  const old = new Map<string, number>();
  const unshared = before?.content && linesOf(earlier.subarray(head, earlier.length - tail));
  for (const text of unshared ?? []) old.set(text, (old.get(text) ?? 0) + 1);
  const first = 1 + lineFeeds(content.subarray(0, head));
  return linesOf(content.subarray(head, content.length - tail)).flatMap((text, index) => {
    const left = old.get(text) ?? 0;
    if (left === 0) return [{ line: first + index, text }];
    old.set(text, left - 1);
    return [];
  });
}

/** The secrets of a file that have a part on an added line, in the order of their lines; `text` has the lines of the file. */
export function onAddedLines(
  spans: readonly SecretSpan[],
  { path, text, added }: { readonly path: string; readonly text: string; readonly added: ReadonlySet<number> },
): readonly FoundSecret[] {
  if (spans.length === 0) return [];
  const lineAt = lineCounter(text);
  const found = spans.flatMap(({ start, end, kind }): FoundSecret[] => {
    const last = lineAt(Math.max(start, end - 1));
    for (let line = lineAt(start); line <= last; line++) if (added.has(line)) return [{ path, line, kind }];
    return [];
  });
  return found.toSorted((a, b) => a.line - b.line);
}

/** The text with every line emptied that is far from an added one: line numbers stay, and a large file costs no more than its change. */
export function aroundLines(added: ReadonlySet<number>, text: string): string {
  const lines = text.split('\n');
  let next = 0;
  const kept = lines.map(() => '');
  for (const line of [...added].toSorted((a, b) => a - b)) {
    const last = Math.min(lines.length - 1, line - 1 + CONTEXT_LINES);
    for (next = Math.max(next, line - 1 - CONTEXT_LINES); next <= last; next++) kept[next] = lines[next] ?? '';
  }
  return kept.join('\n');
}

function linesOf(content: Buffer): readonly string[] {
  return content.toString('utf8').split('\n');
}

/** Answers the line of an offset by halving, since one file may hold many. */
function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

function lineFeeds(content: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(10); at >= 0; at = content.indexOf(10, at + 1)) count += 1;
  return count;
}
