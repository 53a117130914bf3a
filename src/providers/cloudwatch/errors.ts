import { FixgateError } from '#domain/errors.ts';

import { vendorText } from '../vendor-text.ts';

/** What was asked when an error came, for its message. */
export interface Asked {
  /** Such as `CloudWatch Logs in eu-west-1`. */
  readonly where: string;
  /** As IAM names it, such as `logs:FilterLogEvents`. */
  readonly permission: string;
  /** The Logs Insights query, where there is one. */
  readonly query?: string | undefined;
}

interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly queryCompileError?: {
    readonly message?: string;
    readonly location?: { readonly startCharOffset?: number; readonly endCharOffset?: number };
  };
}

/** Makes one error of what the SDK throws: the service's exceptions, missing credentials or region, broken connections. */
export function toError(error: unknown, asked: Asked): FixgateError {
  if (error instanceof FixgateError) return error;
  const thrown: Thrown = error instanceof Error ? error : new Error('unknown failure');
  const said = vendorText(thrown.message);
  const found = kinds.find(({ names }) => names.test(thrown.name) || names.test(thrown.code ?? ''));
  if (found !== undefined) return found.make(said, asked, thrown);
  if (/region is missing/i.test(thrown.message)) return noRegion();
  return new FixgateError('provider_unavailable', `${asked.where} cannot be read: ${said || thrown.name}.`, {
    fix: 'Try again in 30 s; if it lasts, have the operator check region, endpoint and network of this source.',
    cause: error,
  });
}

type Make = (said: string, asked: Asked, thrown: Thrown) => FixgateError;

const kinds: readonly { readonly names: RegExp; readonly make: Make }[] = [
  { names: /^MalformedQueryException$/, make: (said, asked, thrown) => malformed(said, asked, thrown) },
  {
    names: /^AccessDenied(?:Exception)?$/,
    make: (said, { where, permission }) => {
      const role = /sts:AssumeRole\b/.test(said);
      return new FixgateError(
        'provider_rejected',
        `${where} refused ${role ? 'sts:AssumeRole' : permission}: ${said}.`,
        {
          fix: role
            ? 'Have the operator allow sts:AssumeRole on role_arn, and let the role trust this account and its external_id.'
            : `Have the operator allow ${permission} on the log groups of this source.`,
        },
      );
    },
  },
  {
    names: /^(?:CredentialsProviderError|TokenProviderError)$/,
    make: (said) =>
      new FixgateError('misconfigured', `AWS credentials cannot be found: ${said}.`, {
        fix: 'Have the operator set profile, or give the server credentials in its environment or by its instance.',
      }),
  },
  {
    names:
      /^(?:UnrecognizedClientException|InvalidSignatureException|InvalidClientTokenId|ExpiredToken(?:Exception)?|IncompleteSignature(?:Exception)?|MissingAuthenticationToken(?:Exception)?)$/,
    make: (said, { where }) =>
      new FixgateError('provider_rejected', `${where} refused the AWS credentials: ${said}.`, {
        fix: 'Have the operator renew the credentials of this source, or check the clock of this computer.',
      }),
  },
  {
    names: /^ResourceNotFoundException$/,
    make: (said, { where }) =>
      new FixgateError('misconfigured', `${where} does not know a log group: ${said}.`, {
        fix: 'Have the operator correct groups, region or account of this source.',
      }),
  },
  {
    names: /^(?:InvalidParameterException|ValidationException|SerializationException)$/,
    make: (said, { where }) =>
      new FixgateError('invalid_input', `${where} refused the request: ${said}.`, {
        fix: 'Correct the filter as the message says: a filter pattern is ERROR -debug, "two words" or { $.level = "error" }.',
      }),
  },
  {
    names: /^(?:Throttling(?:Exception)?|TooManyRequestsException|LimitExceededException|RequestLimitExceeded)$/,
    make: (said, { where }) =>
      new FixgateError('provider_unavailable', `${where} has too many requests or queries of this account: ${said}.`, {
        fix: 'Call again in 60 s; if it lasts, have the operator lower requests_per_s.',
        evidence: { retry_after_s: 60 },
      }),
  },
];

/** Offsets count characters of the query from 0; the end is the last character that is wrong. */
function malformed(said: string, { query = '' }: Asked, { queryCompileError: compile }: Thrown): FixgateError {
  const { startCharOffset: start, endCharOffset: end } = compile?.location ?? {};
  const why = vendorText(compile?.message ?? said) || 'it cannot be read';
  if (start === undefined) {
    return new FixgateError('invalid_input', `CloudWatch Logs Insights refused the query: ${why}.`, {
      fix: SUGGESTION,
    });
  }
  const stop = Math.max(end ?? start, start);
  const marked = query.slice(start, stop + 1).slice(0, 100);
  return new FixgateError(
    'invalid_input',
    `CloudWatch Logs Insights refused the query at characters ${start} to ${stop}, ${JSON.stringify(marked)}: ${why}.`,
    { fix: SUGGESTION, evidence: { query: query.slice(0, 1_000), start, end: stop } },
  );
}

const SUGGESTION =
  'Correct the marked part: a filter compares a field, as in filter status >= 500 or filter @message like "timeout".';

/** Nothing is guessed: another region would answer that nothing is there. */
export function noRegion(): FixgateError {
  return new FixgateError(
    'misconfigured',
    'No AWS region is set for this source, nor by its profile or the environment.',
    {
      fix: 'Have the operator set region of this source, such as eu-west-1.',
    },
  );
}
