import type { FileWrite } from '#domain/remediation.ts';

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
  const old = new Map<string, number>();
  for (const text of linesOf(before?.content)) old.set(text, (old.get(text) ?? 0) + 1);
  return linesOf(after.content).flatMap((text, index) => {
    const left = old.get(text) ?? 0;
    if (left === 0) return [{ line: index + 1, text }];
    old.set(text, left - 1);
    return [];
  });
}

function linesOf(content: Buffer | undefined): readonly string[] {
  return content === undefined ? [] : content.toString('utf8').split('\n');
}
