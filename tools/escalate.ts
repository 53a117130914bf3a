import { z } from 'zod';

import { defineTool, IncidentId } from '#engine/tool.ts';

/** Hands the incident over to humans; always works, free, and executes nothing. */
export const escalate = defineTool({
  name: 'escalate',
  title: 'Hand over',
  description: [
    'Hand the incident over to the on-call engineer: the cause is unclear, a rule is in the way, or no budget is left. Free; always works. Once handed over, adds what you found.',
    'Arguments: incident_id; reason: why you stop; diagnosis: cause and evidence; confidence: 0 to 1; unknowns; suggested_actions: for a human, likeliest first; never executed; dry_run: true only shows it.',
  ].join('\n'),
  effect: 'escalate',
  input: z.strictObject({
    incident_id: IncidentId,
    reason: z.string(),
    diagnosis: z.string().optional(),
    confidence: z.number().min(0).max(1).optional(),
    unknowns: z.array(z.string()).optional(),
    suggested_actions: z.array(z.string()).optional(),
    dry_run: z.boolean().optional(),
  }),
  output: z.object({
    summary: z.string(),
    status: z.enum(['handed_over', 'already_handed_over', 'closed', 'dry_run']),
    stopped_by: z.string(),
    kept: z.boolean(),
    report: z.string(),
  }),
  plan: () => ({ kind: 'escalate' as const }),
  run: (permit, input, { escalation }, call) => escalation.run(permit, input, call),
  dryRun: (_, input, { escalation }, call) => escalation.dryRun(input, call),
});
