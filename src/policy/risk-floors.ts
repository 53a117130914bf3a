import type { PatchAction } from '#domain/action.ts';
import type { FloorHit } from '#domain/risk.ts';
import type { ChangedFile, ChangedText } from '#policy/risk-paths.ts';
import { floorsOfFile } from '#policy/risk-paths.ts';
import { mayWeakenTests, weakenedTests } from '#policy/test-weakening.ts';

/** The floors that changed files set by their names and contents. */
export function floorsOfFiles(changed: readonly ChangedFile[]): readonly FloorHit[] {
  const tests = changed.filter(({ path }) => mayWeakenTests(path)).map(toText);
  return [...changed.flatMap(floorsOfFile), ...weakenedTests(tests)];
}

/** The floors that a patch sets, whose changed files are read from the base commit to its tree. */
export function floorsOfPatch(
  changed: readonly ChangedFile[],
  action: Pick<PatchAction, 'writes'>,
): readonly FloorHit[] {
  return [...floorsOfFiles(changed), ...specialFiles(action)];
}

/** A file of a change, as text. */
export function toText({ path, before, after }: ChangedFile): ChangedText {
  return { path, before: before?.toString(), after: after?.toString() };
}

/** Links, submodules and files whose permission bits change. */
function specialFiles({ writes }: Pick<PatchAction, 'writes'>): readonly FloorHit[] {
  return writes
    .filter(({ before, after }) => {
      const modes = [before?.mode, after?.mode].filter((mode) => mode !== undefined);
      return new Set(modes).size > 1 || modes.some((mode) => mode === '120000' || mode === '160000');
    })
    .map(({ path }) => ({ floor: 'special_file' as const, why: path }));
}
