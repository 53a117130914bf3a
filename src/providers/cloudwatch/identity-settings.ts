import { z } from 'zod';

/** The region of a source. Never guessed: in another one its groups and metrics would simply not be there. */
export const awsRegion = z
  .string()
  .regex(/^[a-z]{2}(?:-[a-z]+)+-\d+$/, { error: 'is no region; write one such as eu-west-1' })
  .optional();

/** Whose credentials are used, where they are not those of the environment. */
export const awsCredentials = {
  profile: z.string().min(1).max(256).optional(),
  role_arn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/)
    .optional(),
  external_id: z.string().min(2).max(1_224).optional(),
};
