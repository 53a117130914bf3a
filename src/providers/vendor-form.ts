import type { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';

import type { Refused } from './http/errors.ts';

/** Reads an answer of a vendor; throws when it has another form, such as a proxy's page. */
export function readForm<Schema extends z.ZodType>(title: string, schema: Schema, answer: unknown): z.output<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new FixgateError(
    'provider_unavailable',
    `${title} answered in a form that is not its own (at ${where || 'the top'}).`,
    { fix: `Ask the operator to check the configured address of ${title}.` },
  );
}

/** A 404 as `not_found`: what is asked for is not there, or is hidden from these credentials. */
export function notFoundAs(title: string, fix: string): (refusal: Refused) => FixgateError | undefined {
  return ({ status, said }) =>
    status === 404 ? new FixgateError('not_found', `${title} finds nothing there (404): ${said}`, { fix }) : undefined;
}
