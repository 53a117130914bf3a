import { z } from 'zod';

import { testFormats } from '#domain/remediation.ts';

/** Seconds a suite may run when its declaration does not say. */
export const DEFAULT_SUITE_TIMEOUT_SECONDS = 300;

const argv = z.array(z.string().min(1)).min(1).max(64);

/** A program that is started in the suite's sandbox before its tests, and ends with them. */
const ServiceDeclaration = z.strictObject({
  argv,
  /** Ready when `port` answers on loopback, or when `argv` succeeds. */
  ready: z.union([z.strictObject({ port: z.int().min(1).max(65_535) }), z.strictObject({ argv })]),
  timeout_s: z.int().min(1).max(600).default(30),
});

/** A suite that the operator declares. It is executed as an argv, never through a shell. */
export const SuiteDeclaration = z.strictObject({
  /** `{files}` in an argument is replaced by the selected test files, one argument each. */
  argv,
  /** Used instead of `argv` for `scope: affected`; `{changed}` is replaced by the changed files. */
  affected_argv: argv.optional(),
  /** Folder below the repository root. */
  cwd: z.string().default('.'),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  /** A pull request needs every required suite green. */
  required: z.boolean().default(true),
  timeout_s: z.int().min(1).max(86_400).default(DEFAULT_SUITE_TIMEOUT_SECONDS),
  /** How results are read; detected from the argv when absent. */
  format: z.enum(testFormats).optional(),
  /** Path of the JUnit report, relative to `cwd`, for `format: junit`; a pattern stands for several. */
  report: z.string().optional(),
  /** Lets the tests reach the network, and with it this machine's own services. */
  network: z.boolean().default(false),
  /** Started in the given order, each when the one before it is ready. */
  services: z.record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/), ServiceDeclaration).default({}),
  /** What the run may use; the sandbox's own limits where a value is absent. */
  limits: z
    .strictObject({
      processes: z.int().min(16).max(1_000_000).optional(),
      open_files: z.int().min(64).max(1_000_000).optional(),
      file_mib: z.int().min(1).max(1_000_000).optional(),
      memory_mib: z.int().min(64).max(10_000_000).optional(),
      disk_mib: z.int().min(64).max(10_000_000).optional(),
    })
    .default({}),
});

/** A declared suite with its defaults filled in. */
export type SuiteDeclaration = z.infer<typeof SuiteDeclaration>;
