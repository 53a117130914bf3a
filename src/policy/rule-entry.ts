import { z } from 'zod';

import { fileEffects } from '#policy/file-rules.ts';

/** One row of examples: a path, a command, or an added line. */
export const exampleRow = z.string().max(8_192);

const rows = z.array(exampleRow).max(1_000).default([]);

/** Rows that hold for the one rule that has them, or the policy does not load; no part of the rule once it is read. */
export const ruleExamples = z
  .strictObject({ refused: rows, allowed: rows })
  .describe('What this rule itself must refuse, or leave alone: paths, commands or added lines.')
  .optional();

const Glob = z.string().min(1).max(512);
const Command = z.string().min(1).max(512);

/** A glob after gitignore, or the name of a class such as `@lockfiles`. */
export const GlobEntry = z.union([
  Glob,
  z.strictObject({ glob: Glob, examples: ruleExamples }).transform(({ glob }) => glob),
]);

/** One entry of `protected_files`: a glob, which denies, or a rule that says more. */
export const FileEntry = z.union([
  Glob,
  z
    .strictObject({
      glob: Glob,
      effect: z
        .enum(fileEffects)
        .describe('allow lifts the approval that executable configuration needs, and no denial.'),
      reason: z.string().min(1).max(500).describe('Why; told to the agent.').optional(),
      instead: z.string().min(1).max(500).describe('What the agent can do instead, as an imperative.').optional(),
      examples: ruleExamples,
    })
    .transform(({ examples: _examples, ...rule }) => rule),
]);

/** One entry of `blocked_commands`: plain words, or a regular expression. */
export const CommandEntry = z.union([
  Command,
  z.strictObject({ command: Command, examples: ruleExamples }).transform(({ command }) => command),
]);
