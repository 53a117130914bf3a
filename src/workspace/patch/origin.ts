import type { Origin } from './model.ts';

/** Where a message says that something stands: `patch line 7`, or `edit 2`. */
export function wordsFor({ patchLine, edit }: Origin): string {
  return edit === undefined ? `patch line ${patchLine}` : `edit ${edit}`;
}

/** The same as fields of a problem. */
export function fieldsFor({ patchLine, edit }: Origin): { readonly patchLine?: number; readonly edit?: number } {
  return edit === undefined ? { patchLine } : { edit };
}
