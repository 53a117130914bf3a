import { createHash } from 'node:crypto';

import { canonicalJson } from '#domain/json.ts';

/** One item of `edits`: exactly one of old and new text, content, delete, or a new name. */
export interface FileEdit {
  readonly path: string;
  readonly old_text?: string | undefined;
  readonly new_text?: string | undefined;
  /** How often the old text stands in the file; all of them are replaced. 1 when absent. */
  readonly expected_count?: number | undefined;
  /** The whole file. */
  readonly content?: string | undefined;
  /** The file must not exist yet; true when absent. */
  readonly create_only?: boolean | undefined;
  readonly delete?: boolean | undefined;
  readonly rename_to?: string | undefined;
}

/** A change as it is sent: one of `patch` and `edits`, which the parser checks. */
export interface PatchRequest {
  readonly patch?: string | undefined;
  readonly edits?: readonly FileEdit[] | undefined;
  /** SHA-256 of files that the change was made from, by path. */
  readonly base?: Readonly<Record<string, string>> | undefined;
}

/** How an accepted change was sent, so that the same one is known again. */
export interface SentPatch {
  /** `sha256:…` of the patch text or the edits. */
  readonly hash: string;
  /** The sender's own name for it. */
  readonly key?: string;
}

/** Equal for requests that ask for the same change in the same words. */
export function hashOfRequest({ patch, edits }: PatchRequest): string {
  const asked = patch ? { patch } : { edits: (edits ?? []).map((edit) => JSON.stringify(toPlain(edit))) };
  return `sha256:${createHash('sha256').update(canonicalJson(asked)).digest('hex')}`;
}

// Keys in one order, without those that were not sent.
function toPlain(edit: FileEdit): [string, unknown][] {
  return Object.entries(edit)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
