import { z } from 'zod';

import { testFormats } from '#domain/remediation.ts';

/** Seconds a suite may run when its declaration does not say. */
export const DEFAULT_SUITE_TIMEOUT_SECONDS = 300;

/** A suite that the operator declares. It is executed as an argv, never through a shell. */
export const SuiteDeclaration = z.strictObject({
  /** `{files}` in an argument is replaced by the selected test files, one argument each. */
  argv: z.array(z.string().min(1)).min(1).max(64),
  /** Used instead of `argv` for `scope: affected`; `{changed}` is replaced by the changed files. */
  affected_argv: z.array(z.string().min(1)).min(1).max(64).optional(),
  /** Folder below the repository root. */
  cwd: z.string().default('.'),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  /** A pull request needs every required suite green. */
  required: z.boolean().default(true),
  timeout_s: z.int().min(1).max(86_400).default(DEFAULT_SUITE_TIMEOUT_SECONDS),
  /** How results are read; detected from the argv when absent. */
  format: z.enum(testFormats).optional(),
  /** Path of the JUnit report, relative to `cwd`, for `format: junit`. */
  report: z.string().optional(),
});

/** A declared suite with its defaults filled in. */
export type SuiteDeclaration = z.infer<typeof SuiteDeclaration>;
