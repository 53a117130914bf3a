import { z } from 'zod';

import type { ActionKind, ActionOf } from '#domain/action.ts';
import { INCIDENT_ID } from '#domain/incident.ts';
import type { Incident } from '#domain/incident.ts';
import type { DeployService } from '#engine/services/deploys.ts';
import type { EscalationService } from '#engine/services/escalation.ts';
import type { IncidentService } from '#engine/services/incident-view.ts';
import type { LogService } from '#engine/services/logs.ts';
import type { MetricService } from '#engine/services/metrics.ts';
import type { PatchService } from '#engine/services/patching.ts';
import type { PublishService } from '#engine/services/publishing.ts';
import type { TestService } from '#engine/services/testing.ts';
import type { Permit } from '#policy/verdict.ts';

/** What a tool does to the world; its annotations are derived from it, so they cannot disagree. */
export type ToolEffect = 'inspect' | 'read' | 'patch' | 'test' | 'publish' | 'escalate';

/** What tools work with: one service per thing they do. */
export interface ToolServices {
  readonly logs: LogService;
  readonly metrics: MetricService;
  readonly deploys: DeployService;
  readonly patches: PatchService;
  readonly tests: TestService;
  readonly publishing: PublishService;
  readonly incidents: IncidentService;
  readonly escalation: EscalationService;
}

/** Who is calling, for which incident, and until when. */
export interface CallContext {
  readonly incident: Incident;
  /** The client, such as `claude-code/2.1.329`. */
  readonly actor: string;
  readonly signal: AbortSignal;
  /** Tells a client that asked for it how far the call is; a no-op for all others. */
  readonly progress: (message: string) => void;
}

type Shape = z.ZodRawShape;

/** One tool: plan says what would happen, run carries out what the gate admitted. */
export interface Tool<I extends Shape = Shape, O extends Shape = Shape, K extends ActionKind = ActionKind> {
  readonly name: string;
  readonly title: string;
  /** What it does, when to use it, every argument in words: some hosts drop argument docs. */
  readonly description: string;
  readonly effect: ToolEffect;
  readonly input: z.ZodObject<I, z.core.$strict>;
  readonly output: z.ZodObject<O>;
  /** The output's list that may be cut to size; its rest is reached with the cursor. */
  readonly rows?: keyof O & string;
  /** The output's address of a text in full, which is linked. */
  readonly log?: keyof O & string;
  /** The output's address of a kept picture, which hosts get beside the text. */
  readonly picture?: keyof O & string;
  plan(input: z.output<z.ZodObject<I>>, services: ToolServices, call: CallContext): Promise<ActionOf<K>> | ActionOf<K>;
  run(
    permit: Permit<K>,
    input: z.output<z.ZodObject<I>>,
    services: ToolServices,
    call: CallContext,
  ): Promise<z.output<z.ZodObject<O>>>;
  /** The answer to `dry_run: true`: what was judged and found allowed; consumes nothing. */
  dryRun?(
    action: ActionOf<K>,
    input: z.output<z.ZodObject<I>>,
    services: ToolServices,
    call: CallContext,
  ): Promise<z.output<z.ZodObject<O>>> | z.output<z.ZodObject<O>>;
}

/** A tool whose types are no longer needed; the engine parses its input and output. */
export type AnyTool = Tool;

/** Identity function that checks a declaration's types. */
export function defineTool<I extends Shape, O extends Shape, K extends ActionKind>(tool: Tool<I, O, K>): AnyTool {
  // The engine parses input with `tool.input` before `plan` and `run` see it, which makes the erased types true.
  return tool as unknown as AnyTool;
}

/** The incident a call belongs to. */
export const IncidentId = z.string().regex(INCIDENT_ID);

/** How risky a change is, as answers say it. */
export const Risk = z.object({
  score: z.number(),
  band: z.enum(['low', 'medium', 'high']),
  factors: z.array(z.string()),
  floors: z.array(z.string()),
  unknowns: z.array(z.string()),
});

/** Tokens of one result, as `countTokens` estimates them. */
export const MaxTokens = z.int().min(200).max(2_000).default(1_500);

/** A name of so many characters at most; that it is not empty goes without saying in the tool's schema, which every host pays for. */
const nameOf = (max: number) =>
  z
    .string()
    .max(max)
    .refine((name) => name.trim() !== '', 'must not be empty');

/** Arguments that all evidence tools share. */
export const readArguments = {
  incident_id: IncidentId,
  source: nameOf(64).optional(),
  service: nameOf(128).optional().describe("Default: the incident's"),
  env: nameOf(64).optional().describe('Such as production'),
  max_tokens: MaxTokens,
};

/** What every read answers. */
export const readOutput = {
  summary: z.string(),
  status: z.enum(['ok', 'empty', 'partial']),
  source: z.string(),
  window: z.object({ since: z.string(), until: z.string() }),
  matched: z.int(),
  returned: z.int(),
  truncated: z.boolean(),
  next_cursor: z.string().optional(),
  /** The answer of an identical call, given again. */
  cached: z.boolean().optional(),
  /** Where the whole answer is kept, when this is a part of it. */
  rest: z.string().optional(),
  rows: z.array(z.looseObject({})),
  notes: z.array(z.string()),
  notice: z.string(),
};
