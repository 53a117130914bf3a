import { quoted, toPatchError } from './failure.ts';
import { patchLimits } from './model.ts';

/** Refuses names that could leave the tree or reach git's own files; a leading `./` is dropped. */
export function checkPatchPath(name: string, patchLine: number): string {
  const path = name.startsWith('./') ? name.slice(2) : name;
  const why = objection(path);
  if (why === undefined) return path;
  throw toPatchError([
    {
      code: 'path_denied',
      path,
      patchLine,
      message: `The path ${quoted(path)} at patch line ${patchLine} is refused: ${why}.`,
      fix: 'Resend the patch with a path relative to the repository root.',
    },
  ]);
}

function objection(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (path.length > patchLimits.pathChars) return `it is longer than ${patchLimits.pathChars} characters`;
  // eslint-disable-next-line no-control-regex -- control characters in names are the threat
  if (/[\u0000-\u001F\u007F]/u.test(path)) return 'it contains a control character';
  if (path.includes('\\')) return 'it contains a backslash';
  if (path.startsWith('/') || /^[A-Za-z]:/u.test(path)) return 'it is absolute';
  const parts = path.split('/');
  if (parts.length > patchLimits.pathParts) return `it is deeper than ${patchLimits.pathParts} folders`;
  if (parts.includes('')) return 'it has an empty component';
  if (parts.includes('..') || parts.includes('.')) return 'it has a . or .. component';
  if (parts.some(isGitDirectory)) return "it reaches into git's own directory";
  return undefined;
}

// File systems that fold case, drop ignorable code points (HFS+), or know streams, trailing dots and short names (NTFS).
function isGitDirectory(part: string): boolean {
  const folded = part
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/:.*$/u, '')
    .replace(/[. ]+$/u, '');
  return folded === '.git' || /^git~\d+$/u.test(folded);
}
