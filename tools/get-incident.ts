import { z } from 'zod';

import { defineTool, IncidentId, Risk } from '#engine/tool.ts';

const left = z.number();

/** Where an incident stands; free and read-only. */
export const getIncident = defineTool({
  name: 'get_incident',
  title: 'Get incident',
  description: [
    'Where the incident stands: severity, state, root-cause text and what it names, budget left, limits, test suites, and which tools are allowed now or why not. Free; call it first and whenever unsure.',
    'Arguments: incident_id, such as PD-4821.',
  ].join('\n'),
  effect: 'inspect',
  input: z.strictObject({ incident_id: IncidentId }),
  output: z.object({
    summary: z.string(),
    incident_id: z.string(),
    title: z.string(),
    severity: z.string(),
    severity_confirmed: z.boolean(),
    state: z.string(),
    service: z.string().optional(),
    started_at: z.string(),
    base: z.string(),
    rca: z
      .looseObject({
        text: z.string(),
        commits: z.array(z.string()),
        files: z.array(z.string()),
        symbols: z.array(z.string()),
      })
      .optional(),
    budget: z.looseObject({ tool_calls_left: left, usd_left: left }),
    allowed_next: z.array(z.string()),
    not_allowed: z.array(z.object({ tool: z.string(), why: z.string() })),
    limits: z.array(z.string()),
    suites: z.array(z.object({ name: z.string(), required: z.boolean(), state: z.string() })),
    autonomy: z.object({ level: z.string(), bound_by: z.array(z.string()) }),
    risk: Risk.optional(),
    changed_files: z.array(z.string()),
    pull_request: z.string().optional(),
    escalation: z.string().optional(),
    notice: z.string(),
  }),
  plan: () => ({ kind: 'inspect' as const }),
  run: (_permit, _input, { incidents }, { incident, signal }) => incidents.view(incident, signal),
});
