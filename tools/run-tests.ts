import { z } from 'zod';

import { defineTool, IncidentId } from '#engine/tool.ts';

/** One failing test: class, file, line, frames and values as far as they are known. */
const Failure = z.looseObject({ test: z.string(), message: z.string() });

/** Runs a declared or detected suite on the incident's tree. */
export const runTests = defineTool({
  name: 'run_tests',
  title: 'Run tests',
  description: [
    "Run a test suite on the incident's tree, without credentials, then the same tests on the base commit: each failure is new, preexisting or flaky, and what fails there and passes now is listed as fixed.",
    'Green means: every required suite passed on exactly this tree with scope affected or all, without files and name_pattern; open_pr needs that.',
    'Arguments: incident_id; suite (default: the first required one; get_incident lists them); scope: affected (default), all, failed (what failed in the last run), target (what files and name_pattern name), or files; files: test files; name_pattern: only tests whose name matches; timeout_s: of the suite alone;',
    'wait_s: seconds to wait for the result, 0 to 25 (default 20), then the answer is status running and a job_id; job_id: ask how that run stands (free); dry_run: true only judges, free.',
  ].join('\n'),
  effect: 'test',
  input: z.strictObject({
    incident_id: IncidentId,
    suite: z.string().max(64).optional(),
    scope: z.enum(['affected', 'failed', 'target', 'files', 'all']).default('affected'),
    files: z.array(z.string().min(1).max(512)).max(50).optional(),
    name_pattern: z.string().max(200).optional(),
    timeout_s: z.int().min(1).max(86_400).optional(),
    wait_s: z.number().min(0).max(25).default(20),
    job_id: z.string().max(64).optional(),
    dry_run: z.boolean().default(false),
  }),
  output: z.object({
    summary: z.string(),
    status: z.enum(['planned', 'running', 'finished']),
    job_id: z.string(),
    phase: z.enum(['preparing', 'suite', 'reruns', 'base']).optional(),
    verdict: z
      .enum(['pass', 'fail', 'fail_preexisting_only', 'flaky', 'no_tests', 'infra_error', 'timeout'])
      .optional(),
    counts: z.object({ total: z.int(), passed: z.int(), failed: z.int(), skipped: z.int() }).optional(),
    suite: z.string(),
    selection: z.string(),
    tree: z.string(),
    duration_seconds: z.number(),
    isolation: z.enum(['full', 'partial', 'none']),
    base: z.looseObject({ commit: z.string(), state: z.string() }).optional(),
    warnings: z.array(z.string()),
    failures: z.array(Failure),
    collection_errors: z.array(Failure),
    fixed: z.array(z.string()),
    slowest: z.array(z.string()),
    coverage: z.looseObject({}).optional(),
    output_tail: z.array(z.string()),
    log: z.string(),
    notice: z.string().optional(),
    truncated: z.boolean().optional(),
    rest: z.string().optional(),
  }),
  rows: 'failures',
  log: 'log',
  plan: (input, { tests }, call) => tests.plan(input, call),
  run: (permit, input, { tests }, call) => tests.run(permit, input, call),
  dryRun: (action, input, { tests }) => tests.dryRun(action, input),
});
