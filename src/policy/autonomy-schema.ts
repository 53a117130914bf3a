import { z } from 'zod';

import { autonomyLevels } from '#policy/autonomy.ts';

/** The part of a policy that says how much agents may do; no policy that extends another inherits more of it. */
export const Autonomy = z
  .strictObject({
    level: z
      .enum(autonomyLevels)
      .default('pr_bot')
      .describe(
        'observer reads and diagnoses; pr_bot patches, tests and opens pull requests; auto_remediator may do so for SEV3 without limits of severity.',
      ),
    /** A SEV4 is only reported unless this is true. */
    sev4_patch: z.boolean().default(false).describe('Lets SEV4 incidents be patched instead of only reported.'),
  })
  .prefault({});
