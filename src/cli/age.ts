import { FixgateError } from '#domain/errors.ts';
import { parseDuration } from '#domain/time.ts';

/** Reads the age that `--older-than` takes, in milliseconds; throws with its units. */
export function parseAge(olderThan: string): number {
  try {
    return parseDuration(olderThan);
  } catch (error) {
    if (!(error instanceof FixgateError)) throw error;
    throw new FixgateError('invalid_input', `--older-than: ${error.message}`, {
      fix: 'Give an age such as 12h, 30d, 8w or 3mo.',
    });
  }
}
