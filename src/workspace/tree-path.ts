import { FixgateError } from '#domain/errors.ts';
import { excerpt } from '#workspace/git-text.ts';

/** Bytes of a path (PATH_MAX of Linux) and of one component (NAME_MAX). */
const MAX_PATH_BYTES = 4096;
const MAX_NAME_BYTES = 255;

/** Characters that HFS+ ignores in names: `.g\u200cit` is `.git` there (the list of git's utf8.c). */
const IGNORED_BY_HFS = /[\u200C-\u200F\u202A-\u202E\u206A-\u206F\uFEFF]/g;

/** Throws `invalid_input` unless `path` is a plain relative path that no file system takes for something else. */
export function assertTreePath(path: string): void {
  const problem = problemOf(path);
  if (problem === undefined) return;
  throw new FixgateError('invalid_input', `The path ${excerpt(JSON.stringify(path))} ${problem}.`, {
    fix: 'Name a file by its path from the repository root, such as src/app.js.',
  });
}

/** A name as a case-insensitive, normalising file system compares it. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

function problemOf(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (!path.isWellFormed()) return 'is not valid Unicode';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (/\p{Cc}/u.test(path)) return 'holds a control character';
  if (path.includes('\\')) return 'holds a backslash';
  return path.split('/').map(problemOfName).find(Boolean);
}

function problemOfName(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'has an empty, `.` or `..` component';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `has a component longer than ${MAX_NAME_BYTES} bytes`;
  // Windows ignores trailing dots and spaces and everything after a colon, and knows .git as git~1.
  const bare = foldName(name.replace(IGNORED_BY_HFS, ''))
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  if (bare === '.git' || /^git~\d+$/.test(bare)) return 'is inside a .git folder';
  return undefined;
}
