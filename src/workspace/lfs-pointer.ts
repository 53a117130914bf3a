import { FixgateError } from '#domain/errors.ts';
import { excerpt } from '#workspace/git-text.ts';

/** Bytes that a pointer has at most, by the specification of Git LFS. */
const MAX_POINTER_BYTES = 1024;
const FIRST_LINE = Buffer.from('version https://git-lfs.github.com/spec/v1\n');

/** Throws `invalid_input` for a pointer of Git LFS: the repository does not hold the content, so no patch can be placed in it. */
export function assertNoLfsPointer(path: string, content: Buffer): void {
  if (content.length > MAX_POINTER_BYTES || !content.subarray(0, FIRST_LINE.length).equals(FIRST_LINE)) return;
  const shown = excerpt(JSON.stringify(path));
  throw new FixgateError('invalid_input', `${shown} is kept in Git LFS: the repository holds only a pointer to it.`, {
    fix: 'Leave this file to a human, and change the code that uses it.',
  });
}
