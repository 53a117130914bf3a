import { z } from 'zod';

const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 09:00');

/** The part of a policy that says where a risk score becomes medium and high. */
export const RiskLimits = z
  .strictObject({
    medium: z.number().min(0).max(100).default(30).describe('From this score on a pull request is a draft.'),
    high: z
      .number()
      .min(0)
      .max(100)
      .default(70)
      .describe('From this score on a human has to approve exactly this tree.'),
    /** UTC; outside them a change is riskier. No hours: no difference. */
    business_hours: z
      .strictObject({
        days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
        from: clock,
        until: clock,
      })
      .optional()
      .describe('Hours in UTC when people are there; a change at other times is riskier.'),
  })
  .prefault({});
