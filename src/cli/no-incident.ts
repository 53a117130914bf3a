import { FixgateError } from '#domain/errors.ts';

/** The answer to a command that names an incident that is not there. */
export function noIncident(id: string): FixgateError {
  return new FixgateError('not_found', `No incident ${id.slice(0, 80)} is open.`, {
    fix: 'Run `fixgate incident list` to see the open ones.',
  });
}
