import type { FileChange, TouchedFile } from '#domain/remediation.ts';
import { findLostTests, mayHoldTests } from '#domain/test-cases.ts';

/** What counts of every path ever touched: it only grows from patch to patch. */
export async function countTouched(
  paths: readonly string[],
  sides: {
    readonly before: (path: string) => Promise<Buffer | undefined>;
    readonly after: (path: string) => Promise<Buffer | undefined>;
    readonly earlier: readonly TouchedFile[];
  },
): Promise<readonly TouchedFile[]> {
  const files = await Promise.all(
    paths.map(async (path) => ({
      path,
      before: mayHoldTests(path) ? await sides.before(path) : undefined,
      after: await sides.after(path),
    })),
  );
  const tests = files.filter(({ path }) => mayHoldTests(path));
  const lost = findLostTests(
    tests.map(({ path, before, after }) => ({ path, before: before?.toString(), after: after?.toString() })),
  );
  return files.map(({ path, after }) => {
    const earlier = sides.earlier.find((each) => each.path === path);
    return {
      path,
      bytes: Math.max(earlier?.bytes ?? 0, after?.length ?? 0),
      lostTests: [...new Set([...(earlier?.lostTests ?? []), ...(lost.get(path) ?? [])])],
    };
  });
}

/** The same with the lines of each path, at the most that any of these net changes had: taking a change back gives no lines back. */
export function withLines(
  touched: readonly TouchedFile[],
  trees: readonly (readonly FileChange[])[],
): readonly TouchedFile[] {
  const most = new Map<string, number>();
  for (const { path, added, removed } of trees.flat()) most.set(path, Math.max(most.get(path) ?? 0, added + removed));
  return touched.map((each) => ({ ...each, lines: most.get(each.path) ?? 0 }));
}
