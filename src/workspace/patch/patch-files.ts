import { FixgateError } from '#domain/errors.ts';
import type { PatchRequest } from '#domain/patch-request.ts';
import type { Patcher } from '#workspace/git-workspace.ts';

import { applyPatch, patchPaths } from './apply-patch.ts';
import { parseEdits } from './edits.ts';
import { quoted, toPatchError } from './failure.ts';
import type { ParsedPatch } from './model.ts';
import { parsePatch } from './parse-patch.ts';
import { checkPatchPath } from './patch-path.ts';
import type { SourceFile } from './resolve-section.ts';
import { suggestPaths } from './suggest-path.ts';

/** Parses a change of any form and applies it in memory, reading only the files that it names. */
export const patchFiles: Patcher = async (sent, tree) => {
  const request: PatchRequest = typeof sent === 'string' ? { patch: sent } : sent;
  const parsed = parseRequest(request);
  const paths = patchPaths(parsed);
  const base = readBase(request.base ?? {}, paths);
  const files = new Map<string, SourceFile>();
  for (const path of paths) {
    const file = await tree.read(path);
    if (file) files.set(path, file);
  }
  const unknown = parsed.files.some(
    ({ kind, paths: named }) => kind !== 'add' && !named.some(({ oldPath = '' }) => files.has(oldPath)),
  );
  const known = unknown ? await tree.paths() : [];
  return applyPatch(parsed, { files, base, suggest: (path) => suggestPaths(path, known) });
};

/** Some senders fill both fields: an empty one is absent. */
function parseRequest({ patch = '', edits = [] }: PatchRequest): ParsedPatch {
  if (edits.length === 0) return parsePatch(patch);
  if (patch.trim() === '') return parseEdits(edits);
  throw new FixgateError(
    'invalid_input',
    'The call has both patch and edits; a change has exactly one form. Nothing was written.',
    {
      fix: 'Send the whole change either in patch or in edits.',
      evidence: { code: 'invalid_edit', nothing_written: true },
    },
  );
}

function readBase(base: Readonly<Record<string, string>>, named: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(base).map(([name, hash]) => {
      const path = checkPatchPath(name, 1);
      if (!named.includes(path)) {
        throw badBase(
          path,
          'which the patch does not name',
          'Resend the patch with base only for files that it changes.',
        );
      }
      if (/^(?:sha256:)?[0-9a-f]{64}$/iu.test(hash)) return [path, hash];
      throw badBase(
        path,
        `but ${quoted(hash)} is no SHA-256`,
        'Resend base with 64 hexadecimal digits per path, or without it.',
      );
    }),
  );
}

function badBase(path: string, why: string, fix: string): Error {
  const message = `base names ${quoted(path)}, ${why}.`;
  return toPatchError([{ code: 'invalid_edit', path, message, fix }]);
}
