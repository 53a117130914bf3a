import { z } from 'zod';

import { ruleExamples } from '#policy/rule-entry.ts';

/** Executed as it is, without a shell. */
const argv = z.array(z.string().min(1).max(4_096)).min(1).max(64);
const name = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,47}$/, 'must be 1 to 48 small letters, digits, "_", "." or "-"');

/** A command that must succeed on exactly the tree that is published. */
export const QualityGate = z.strictObject({
  name: name.describe('Its suite is gate/NAME.'),
  argv: argv.describe('Executed as it is, without a shell, in the sandbox of test runs.'),
  timeout_s: z.int().min(1).max(3_600).default(300),
  required: z.boolean().default(true).describe('false: it can be run, and open_pr does not ask for it.'),
});

/** A text that added lines must not hold. */
export const CodeRule = z
  .strictObject({
    name,
    pattern: z
      .string()
      .min(1)
      .max(512)
      .describe('Regular expression without look-around and back references; case ignored.'),
    message: z.string().min(1).max(500).describe('What is wrong with it; told to the agent.'),
    severity: z.enum(['block', 'warn']).default('block').describe('block refuses the patch; warn tells the agent.'),
    examples: ruleExamples,
  })
  .transform(({ examples: _examples, ...rule }) => rule);

/** What a hook can be told of. */
export const hookEvents = [
  'incident_opened',
  'patch_applied',
  'tests_finished',
  'pull_request_opened',
  'escalated',
] as const;
export type HookEvent = (typeof hookEvents)[number];

/** A command of the operator that is told of an event, as JSON on its standard input. */
export const Hook = z.strictObject({
  on: z.enum(hookEvents),
  argv: argv.describe('Executed without a shell, in a sandbox without network whose folder is empty.'),
  timeout_s: z.int().min(1).max(300).default(30),
  on_error: z
    .enum(['block', 'record'])
    .default('record')
    .describe('block: when it fails, the incident is handed over; record: the failure is only kept.'),
});

export type QualityGate = Readonly<z.infer<typeof QualityGate>>;
export type CodeRule = Readonly<z.infer<typeof CodeRule>>;
export type Hook = Readonly<z.infer<typeof Hook>>;
