import { createHash } from 'node:crypto';

import { FixgateError } from '#domain/errors.ts';
import type { FileEdit } from '#domain/patch-request.ts';
import { applyPatch } from '#workspace/patch/apply-patch.ts';
import type { PatchResult } from '#workspace/patch/apply-patch.ts';
import { parseEdits } from '#workspace/patch/edits.ts';
import { parsePatch } from '#workspace/patch/parse-patch.ts';
import type { PatchTree, SourceFile } from '#workspace/patch/resolve-section.ts';

/** Git blob id of a text. */
export function blobId(content: string | Buffer): string {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Files of a tree from texts or bytes. */
export function filesOf(texts: Readonly<Record<string, string | Buffer>>): Map<string, SourceFile> {
  return new Map(
    Object.entries(texts).map(([path, text]) => [
      path,
      { content: Buffer.from(text), mode: '100644', oid: blobId(text) },
    ]),
  );
}

/** Parses and applies in one step. */
export function patchTexts(
  patch: string,
  texts: Readonly<Record<string, string | Buffer>>,
  more: Omit<PatchTree, 'files'> = {},
): PatchResult {
  return applyPatch(parsePatch(patch), { files: filesOf(texts), ...more });
}

/** What a patch makes of one file, `src/a.ts`. */
export function patched(patch: string, text: string, path = 'src/a.ts'): string | undefined {
  return patchTexts(patch, { [path]: text })
    .writes.find((write) => write.path === path)
    ?.after?.content.toString('utf8');
}

/** Applies the `edits` form. */
export function editTexts(edits: readonly FileEdit[], texts: Readonly<Record<string, string | Buffer>>): PatchResult {
  return applyPatch(parseEdits(edits), { files: filesOf(texts) });
}

/** What items of `edits` for `src/a.ts` make of it. */
export function edited(text: string, ...edits: readonly Omit<FileEdit, 'path'>[]): string | undefined {
  const path = 'src/a.ts';
  return editTexts(
    edits.map((edit) => ({ path, ...edit })),
    { [path]: text },
  )
    .writes.find((write) => write.path === path)
    ?.after?.content.toString('utf8');
}

/** The refusal that a call throws; fails when it throws none. */
export function refusal(call: () => unknown): FixgateError {
  try {
    call();
  } catch (error) {
    if (error instanceof FixgateError) return error;
    throw error;
  }
  throw new Error('the patch was applied');
}

/** The permanent code of a refusal, or `applied`. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof FixgateError) return error.evidence['code'] as string;
    throw error;
  }
  return 'applied';
}

/** A plain diff of `src/a.ts` whose header says nothing of the place. */
export function hunk(...lines: readonly string[]): string {
  return `--- a/src/a.ts\n+++ b/src/a.ts\n@@ @@\n${lines.join('\n')}\n`;
}
