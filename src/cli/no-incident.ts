import { FixgateError } from '#domain/errors.ts';

/** The answer to a command that names an incident that is not in the state folder. */
export function noIncident(id: string, stateFolder: string): FixgateError {
  return new FixgateError('not_found', `No incident ${id.slice(0, 80)} is open in ${stateFolder}.`, {
    fix: 'Run `fixgate incident list` to see the open ones, or set FIXGATE_STATE_DIR to the state folder of the server.',
  });
}
