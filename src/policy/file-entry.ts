import { z } from 'zod';

import { fileEffects } from '#policy/file-rules.ts';

/** A glob after gitignore, or the name of a class such as `@lockfiles`. */
export const Glob = z.string().min(1).max(512);

/** One entry of `protected_files`: a glob, which denies, or a rule that says more. */
export const FileEntry = z.union([
  Glob,
  z.strictObject({
    glob: Glob,
    effect: z
      .enum(fileEffects)
      .describe('allow lifts the approval that executable configuration needs, and no denial.'),
    reason: z.string().min(1).max(500).describe('Why; told to the agent.').optional(),
    instead: z.string().min(1).max(500).describe('What the agent can do instead, as an imperative.').optional(),
  }),
]);
