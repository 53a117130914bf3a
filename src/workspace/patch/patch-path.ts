import { FixgateError } from '#domain/errors.ts';
import { assertTreePath } from '#workspace/tree-path.ts';

import { quoted, toPatchError } from './failure.ts';
import { patchLimits } from './model.ts';
import { fieldsFor, wordsFor } from './origin.ts';

/** Refuses names that could leave the tree or reach git's own files; a leading `./` is dropped. */
export function checkPatchPath(name: string, patchLine: number, edit?: number): string {
  const path = name.startsWith('./') ? name.slice(2) : name;
  const why = objection(path);
  if (why === undefined) return path;
  const origin = { patchLine, ...(edit !== undefined && { edit }) };
  throw toPatchError([
    {
      code: 'path_denied',
      path,
      ...fieldsFor(origin),
      message: `At ${wordsFor(origin)}: ${why}`,
      fix: 'Resend the patch with a path relative to the repository root.',
    },
  ]);
}

// Every folder above a new file is looked up, so that depth is work.
function objection(path: string): string | undefined {
  if (path.split('/').length > patchLimits.pathParts) {
    return `The path ${quoted(path)} is deeper than ${patchLimits.pathParts} folders.`;
  }
  try {
    assertTreePath(path);
    return undefined;
  } catch (error) {
    if (error instanceof FixgateError) return error.message;
    throw error;
  }
}
