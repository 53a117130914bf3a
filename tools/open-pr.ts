import { z } from 'zod';

import { defineTool, IncidentId, Risk } from '#engine/tool.ts';

/** Pushes the incident's branch and opens its one pull request. */
export const openPr = defineTool({
  name: 'open_pr',
  title: 'Open the pull request',
  description: [
    "Push the incident's branch and open its one pull request, with the evidence, the test results and the trace. Refused unless every required suite is green on exactly this tree. Calling again updates the same pull request.",
    'Arguments: incident_id; title (default: from the incident); summary: what was wrong and what the fix does; root_cause: the evidence in words; draft: true opens a draft, false a ready one (default: whatever needs no human); dry_run: true judges without publishing and costs nothing.',
  ].join('\n'),
  effect: 'publish',
  input: z.strictObject({
    incident_id: IncidentId,
    title: z.string().max(120).optional(),
    summary: z.string().max(4_000).optional(),
    root_cause: z.string().max(4_000).optional(),
    draft: z.boolean().optional(),
    dry_run: z.boolean().default(false),
  }),
  output: z.object({
    summary: z.string(),
    url: z.string(),
    branch: z.string(),
    created: z.boolean(),
    draft: z.boolean(),
    number: z.int().optional(),
    commit: z.string(),
    diff_hash: z.string(),
    risk: Risk,
    warnings: z.array(z.string()),
  }),
  plan: (input, { publishing }, call) => publishing.plan(input, call),
  run: (permit, _input, { publishing }, call) => publishing.run(permit, call),
  dryRun: (action, _input, { publishing }, call) => publishing.dryRun(action, call),
});
