import type { TestFormat } from '#domain/remediation.ts';

/** What differs from one test runner to the next. Agents' strings never stand where an option is read. */
export interface RunnerRules {
  readonly name: RunnerName;
  readonly format: TestFormat;
  /** Extension of the report file; absent when the runner prints what is parsed. */
  readonly reportExtension?: string;
  /** Where the runner writes its reports whatever it is told, as a pattern below the suite's folder. */
  readonly ownReports?: string;
  /** Options that make it write a report without changing what it runs. */
  readonly report: (path: string) => readonly string[];
  /** An option by which the suite chose its own report: ours would replace it. */
  readonly ownReport: RegExp;
  /** What makes it go on after a test that fails, and words by which a suite says itself when it stops. */
  readonly goOn?: { readonly option: string; readonly unless: RegExp };
  readonly namePattern?: (pattern: string) => readonly string[];
  /** Arguments that restrict the run to these test files. */
  readonly files?: (files: readonly string[]) => readonly string[];
  /** Arguments that restrict the run to tests reached from these changed files. */
  readonly related?: (changed: readonly string[]) => readonly string[];
  /** Options whose value is the next word. */
  readonly valueOptions: readonly string[];
  /** First words that are no files. */
  readonly subcommands?: readonly string[];
  /** Words that are neither options nor values name what to do, not what to test. */
  readonly goals?: true;
}

/** The runners that are known by name. */
export type RunnerName =
  | 'node'
  | 'vitest'
  | 'jest'
  | 'mocha'
  | 'ava'
  | 'tap'
  | 'tape'
  | 'bun'
  | 'deno'
  | 'pytest'
  | 'go'
  | 'cargo'
  | 'nextest'
  | 'maven'
  | 'gradle'
  | 'rspec'
  | 'phpunit'
  | 'dotnet';
