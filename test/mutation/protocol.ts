/** What one run of all tests, without a mutant, found: durations in milliseconds, and which mutants each test meets. */
export interface DryRun {
  readonly tests: readonly {
    readonly id: string;
    readonly name: string;
    readonly file: string;
    readonly duration: number;
    readonly state: 'pass' | 'fail' | 'skip';
    readonly problem: string;
  }[];
  /** Why files of tests could not be loaded. */
  readonly broken: readonly string[];
  readonly mutantCoverage: {
    readonly static: Readonly<Record<string, number>>;
    readonly perTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
}

/** What Stryker's process asks of the worker that keeps the tests. */
export type Request =
  | { readonly kind: 'end' }
  | { readonly kind: 'mutant'; readonly mutant: string; readonly tests: readonly string[] };

/** What that worker answers: `dry` once, by itself, then one answer for each mutant. */
export type Answer =
  | ({ readonly kind: 'dry' } & DryRun)
  | { readonly kind: 'killed'; readonly by: string; readonly problem: string; readonly ran: number }
  | { readonly kind: 'survived'; readonly ran: number }
  | { readonly kind: 'endless'; readonly ran: number }
  | { readonly kind: 'broken'; readonly reason: string };

declare module 'vitest' {
  interface ProvidedContext {
    readonly channel: string;
    readonly testFiles: number;
  }
}
