import type { FileEdit } from '#domain/patch-request.ts';

import { diffHunks } from '../../../support/unified-diff.ts';

/** One hunk of a diff: its lines with their operation. */
export type RenderedHunk = readonly { readonly op: string; readonly text: string }[];

/** The hunks between two texts that both end with a newline. */
export function hunksBetween(a: string, b: string, context = 3): RenderedHunk[] {
  return diffHunks(a, b, context)
    .split(/^@@ .*\n/mu)
    .slice(1)
    .map((body) =>
      body
        .slice(0, -1)
        .split('\n')
        .map((line) => ({ op: line[0] ?? ' ', text: line.slice(1) })),
    );
}

const path = 'src/a.ts';
const body = (hunk: RenderedHunk) => hunk.map(({ op, text }) => op + text).join('\n');
const side = (hunk: RenderedHunk, gone: string) => hunk.filter(({ op }) => op !== gone).map(({ text }) => text);
const joined = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

/** The same hunks in each form that a patch text may have. */
export const renderings = {
  unified: (hunks: readonly RenderedHunk[]) =>
    `--- a/${path}\n+++ b/${path}\n${hunks.map((hunk) => `@@ -7,3 +9,9 @@\n${body(hunk)}\n`).join('')}`,
  begin_patch: (hunks: readonly RenderedHunk[]) =>
    `*** Begin Patch\n*** Update File: ${path}\n${hunks.map((hunk) => `@@\n${body(hunk)}\n`).join('')}*** End Patch\n`,
  search_replace: (hunks: readonly RenderedHunk[]) =>
    `${path}\n${hunks
      .map((hunk) => `<<<<<<< SEARCH\n${joined(side(hunk, '+'))}=======\n${joined(side(hunk, '-'))}>>>>>>> REPLACE\n`)
      .join('')}`,
} as const;

/** The same hunks as items of `edits`. */
export function toEdits(hunks: readonly RenderedHunk[]): FileEdit[] {
  return hunks.map((hunk) => ({ path, old_text: joined(side(hunk, '+')), new_text: joined(side(hunk, '-')) }));
}
