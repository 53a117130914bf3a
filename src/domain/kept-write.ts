import { commonEnds } from '#domain/common-ends.ts';
import type { FileWrite, GitMode } from '#domain/remediation.ts';

/** How one file of an accepted patch is made again: the file before it, with everything between its ends replaced. */
export interface KeptWrite {
  readonly path: string;
  /** Absent: the path goes away. */
  readonly after?: {
    readonly mode: GitMode;
    /** Bytes of the file before that stay at its beginning and at its end. */
    readonly head: number;
    readonly tail: number;
    readonly middle: Uint8Array;
  };
}

/** Keeps of a write what the file before it does not hold; all of it where that file is not known. */
export function toKeptWrite({ path, before, after }: FileWrite): KeptWrite {
  if (!after) return { path };
  const { mode, content } = after;
  const old = before?.content ?? Buffer.alloc(0);
  const { head, tail } = commonEnds(old, content);
  return { path, after: { mode, head, tail, middle: content.subarray(head, content.length - tail) } };
}

/** The content that was kept, from the content that the path had before. */
export function fromKeptWrite({ after }: KeptWrite, before: Uint8Array): Buffer | undefined {
  if (!after) return undefined;
  const end = before.subarray(before.length - after.tail);
  return Buffer.concat([before.subarray(0, after.head), after.middle, after.tail === 0 ? Buffer.alloc(0) : end]);
}
