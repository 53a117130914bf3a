import { FixgateError } from '#domain/errors.ts';

import { patchTexts } from './patching.ts';

type Files = Readonly<Record<string, string>>;
/** Content by path, undefined for a file that goes. */
type Outcome = Readonly<Record<string, string | undefined>>;

/** A patch, and the code of its refusal or what it makes of the files; `tree` where it is another one. */
export type Row = readonly [name: string, patch: string, want: string | Outcome, tree?: Files];

/** What a patch does to the files, or the code of its refusal. */
export function outcomeOf(patch: string, tree: Files): string | Outcome {
  try {
    const { writes } = patchTexts(patch, tree);
    return Object.fromEntries(writes.map(({ path, after }) => [path, after?.content.toString()]));
  } catch (error) {
    if (error instanceof FixgateError) return error.evidence['code'] as string;
    throw error;
  }
}

/** A row with its names. */
interface Case {
  readonly name: string;
  readonly patch: string;
  readonly want: string | Outcome;
  readonly tree: Files;
}

/** Rows as the cases of a test. */
export function toCases(files: Files, rows: readonly Row[]): Case[] {
  return rows.map(([name, patch, want, tree = files]) => ({ name, patch, want, tree }));
}
