import { z } from 'zod';

/** Architect's report as its documentation has it: other keys beside these are no matter to it. */
export const architectReport = z.object({
  task: z.string(),
  agent: z.string(),
  model: z.string(),
  status: z.enum(['success', 'partial', 'failed']),
  duration_seconds: z.number(),
  steps: z.int(),
  total_cost: z.number(),
  files_modified: z.array(z.object({ path: z.string(), action: z.enum(['created', 'modified', 'deleted']) })),
  quality_gates: z.array(z.object({ name: z.string(), passed: z.boolean(), output: z.string() })),
  errors: z.array(z.string().regex(/^Step \d+, [^:]+: /)),
  git_diff: z.string().max(50_026).nullable(),
  timeline: z.array(z.object({ step: z.int(), tool: z.string(), duration: z.number() })),
  stop_reason: z
    .enum(['llm_done', 'max_steps', 'budget_exceeded', 'context_full', 'timeout', 'user_interrupt', 'llm_error'])
    .nullable(),
});
