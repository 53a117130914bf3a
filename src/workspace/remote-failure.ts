import { FixgateError } from '#domain/errors.ts';
import { excerpt, withoutCredentials } from '#workspace/git-text.ts';

const REFUSED_LOGIN =
  /authentication failed|could not read (username|password)|terminal prompts disabled|permission denied|access denied|host key verification failed|http basic|returned error: 40[13]/i;
const NOT_THERE = /repository .*not found|does not appear to be a git repository|does not exist|returned error: 404/i;

const DAMAGED =
  /bad object|not our ref|missing (?:blob|tree|commit|object)|unable to (?:read|parse)|could not parse|corrupt|loose object|inflate/i;

/** Sorts what git says about a remote by who can act; the text of the remote is untrusted and cut to 1 KiB. */
export function remoteFailure(doing: string, address: string, stderr: string): FixgateError {
  const shown = excerpt(withoutCredentials(address));
  const message = `Git could not ${doing} ${shown}: ${excerpt(withoutCredentials(stderr)) || 'no reason given'}`;
  if (REFUSED_LOGIN.test(stderr)) {
    return new FixgateError('provider_rejected', message, {
      fix: 'Give the account that runs the server access to the remote (credential helper or ssh agent).',
    });
  }
  if (NOT_THERE.test(stderr)) {
    return new FixgateError('not_found', message, { fix: 'Correct the address of the repository.' });
  }
  if (DAMAGED.test(stderr)) {
    return new FixgateError('invalid_input', message, {
      fix: 'Run git fsck in that repository and mend what it finds, or name another copy of it.',
    });
  }
  return new FixgateError('provider_unavailable', message, {
    fix: 'Check the connection to the remote and try again.',
  });
}
