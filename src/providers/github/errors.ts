import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';

/** What was being done, for messages. */
export interface GithubContext {
  /** `owner/name`. */
  readonly repository: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The permissions of reading, as GitHub names them; those of opening pull requests when absent. */
  readonly needs?: string;
}

interface HttpFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Untrusted. */
  readonly message: string;
}

const MAX_VENDOR_CHARS = 1_024;

/** True when GitHub may have acted although no answer says so: look before trying again. */
export function isAmbiguous(error: unknown): boolean {
  return isHttpError(error) && ownError(error) === undefined && toFailure(error).status >= 500;
}

/** The HTTP status of a failure; 500 when there was no answer at all. */
export function statusOf(error: unknown): number {
  return toFailure(error).status;
}

/** The vendor's words, without invisible characters, cut to 1 KiB; untrusted. */
export function vendorText(error: unknown): string {
  return toFailure(error)
    .message.replace(/[\p{C}\u2028\u2029]+/gu, ' ')
    .slice(0, MAX_VENDOR_CHARS);
}

/** Sorts a failed request by who can act; what is no failed request passes unchanged. */
export function toGithubError(error: unknown, context: GithubContext): unknown {
  const own = ownError(error);
  if (own) return own;
  if (context.signal.aborted) return context.needs === undefined ? cancelledError(error) : readCancelled(error);
  if (!isHttpError(error)) return error;
  const failure = toFailure(error);
  const options = { cause: error, evidence: { status: failure.status } };
  const pause = pauseSeconds(failure, context.clock);
  if (failure.status === 429 || pause !== undefined) {
    const wait = pause ?? 60;
    return new FixgateError('provider_unavailable', `GitHub allows no more requests for ${wait} s.`, {
      ...options,
      fix: `Try again in ${wait} s${context.needs === undefined ? '; whatever was opened already is found again' : ''}.`,
    });
  }
  if (failure.status >= 500) {
    return new FixgateError('provider_unavailable', `GitHub did not answer: ${vendorText(error)}`, {
      ...options,
      fix: `Try again in 30 s${context.needs === undefined ? '; whatever was opened already is found again' : ''}.`,
    });
  }
  return rejection(failure, context, { ...options, words: vendorText(error) });
}

function rejection(
  { status, headers }: HttpFailure,
  { repository, needs }: GithubContext,
  { words, ...options }: { readonly words: string; readonly cause: unknown; readonly evidence: { status: number } },
): FixgateError {
  const grant = `Ask the operator for a token with the permissions ${needs ?? 'contents: write and pull_requests: write'} on ${repository}.`;
  switch (status) {
    case 401:
      return new FixgateError('provider_rejected', `GitHub refused our credentials (401).`, { ...options, fix: grant });
    case 403:
      return new FixgateError(
        'provider_rejected',
        `GitHub refused (403): the token lacks the permission ${missingPermission(headers) ?? needs ?? 'pull_requests: write'} on ${repository}. GitHub says: ${words}`,
        { ...options, fix: grant },
      );
    case 404:
      return new FixgateError(
        'not_found',
        `GitHub shows no repository ${repository} to our token (404): the name is wrong, or the permission ${needs ?? 'pull_requests: write'} is missing.`,
        { ...options, fix: `Ask the operator to check the repository's name and the token's access to ${repository}.` },
      );
    default:
      return new FixgateError(
        'provider_rejected',
        `GitHub refused ${needs === undefined ? 'the pull request' : 'to answer'} (${status}): ${words}`,
        {
          ...options,
          fix: 'Hand over to the on-call engineer with this message.',
        },
      );
  }
}

/** GitHub names what a fine-grained token needs: `pull_requests=write; contents=read`. */
function missingPermission(headers: HttpFailure['headers']): string | undefined {
  const accepted = headers['x-accepted-github-permissions'];
  const wellFormed = typeof accepted === 'string' && /^[a-z_]+=[a-z]+(?:[;,]\s*[a-z_]+=[a-z]+){0,5}$/.test(accepted);
  return wellFormed ? accepted.replaceAll('=', ': ') : undefined;
}

/** Seconds that a rate limit asks to wait: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function pauseSeconds({ status, headers, message }: HttpFailure, clock: Clock): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = Number(headers['retry-after']);
  if (after > 0) return Math.ceil(after);
  if (headers['x-ratelimit-remaining'] === '0') {
    return Math.max(1, Math.ceil(Number(headers['x-ratelimit-reset'] ?? 0) - clock.now() / 1_000));
  }
  return /\bsecondary rate\b/i.test(message) ? 60 : undefined;
}

function cancelledError(cause: unknown): FixgateError {
  return new FixgateError(
    'cancelled',
    'The call was cancelled; GitHub may have opened the pull request all the same.',
    {
      cause,
      fix: 'Call open_pr again when the pull request is still wanted; it finds what was opened.',
    },
  );
}

function readCancelled(cause: unknown): FixgateError {
  return new FixgateError('cancelled', 'The call was cancelled.', {
    cause,
    fix: 'Call again when the answer is still wanted.',
  });
}

/** Our own errors pass unchanged, also when the client wrapped them. */
function ownError(error: unknown): FixgateError | undefined {
  if (error instanceof FixgateError) return error;
  return error instanceof Error && error.cause instanceof FixgateError ? error.cause : undefined;
}

function isHttpError(error: unknown): boolean {
  return error instanceof Error && error.name === 'HttpError';
}

function toFailure(error: unknown): HttpFailure {
  if (!(error instanceof Error)) return { status: 500, headers: {}, message: 'no answer' };
  const { status, response } = error as { status?: unknown; response?: { headers?: Record<string, unknown> } };
  return {
    status: typeof status === 'number' && status >= 400 ? status : 500,
    headers: response?.headers ?? {},
    message: error.message,
  };
}
