import type { Explanation } from '#policy/explain.ts';

/** How one row came out. */
export interface RowOutcome {
  readonly id: string;
  readonly kind: 'command' | 'path' | 'patch';
  readonly technique: string;
  /** The command, path or patch. */
  readonly text: string;
  readonly expected: Explanation['verdict'];
  /** `error` when it could not be decided, which is never as expected. */
  readonly got: Explanation['verdict'] | 'error';
  /** What objected, such as `protected_files/*.env*`, or the code of an error. */
  readonly rules: readonly string[];
  /** Why it is not as expected although the verdict is. */
  readonly problem?: string;
}

/** Rows of one kind, counted. */
export interface Count {
  readonly kind: RowOutcome['kind'];
  readonly rows: number;
  readonly asExpected: number;
  /** Must be refused or approved, and was decided more mildly. */
  readonly missed: number;
  /** Must be allowed or approved, and was decided more strictly. */
  readonly tooStrict: number;
}

const strictness = { allow: 0, require_approval: 1, deny: 2 } as const;

/** True when the row was decided as it must be. */
export function isAsExpected({ expected, got, problem }: RowOutcome): boolean {
  return got === expected && problem === undefined;
}

/** Counts rows by kind, leaving out kinds without any. */
export function countRows(outcomes: readonly RowOutcome[]): readonly Count[] {
  return (['command', 'path', 'patch'] as const).flatMap((kind) => {
    const rows = outcomes.filter((outcome) => outcome.kind === kind);
    if (rows.length === 0) return [];
    const compared = rows.flatMap(({ expected, got }) =>
      got === 'error' ? [] : [strictness[got] - strictness[expected]],
    );
    return [
      {
        kind,
        rows: rows.length,
        asExpected: rows.filter(isAsExpected).length,
        missed: compared.filter((difference) => difference < 0).length,
        tooStrict: compared.filter((difference) => difference > 0).length,
      },
    ];
  });
}
