import { FixgateError } from '#domain/errors.ts';
import type { ErrorCode } from '#domain/errors.ts';

import type { Refused } from '../http/errors.ts';

interface Reading {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly what: string;
  /** `$1` is the first group of `says`. */
  readonly fix: string;
}

/** Refusals that have a way out, the most telling first. */
const readings: readonly Reading[] = [
  {
    says: /granted by the (?:index |cluster )?privileges \[([\w_-]+)/,
    code: 'provider_rejected',
    what: 'lacks a privilege',
    fix: 'Have the operator give the role of these credentials the index privilege $1 on the index of this source.',
  },
  {
    says: /no permissions for \[([^\]]+)\]/,
    code: 'provider_rejected',
    what: 'lacks a permission',
    fix: 'Have the operator give the role of these credentials the permission $1 on the index of this source; the action group read holds it.',
  },
  {
    says: /not authorized to perform: (\S+)/,
    code: 'provider_rejected',
    what: 'lacks an IAM permission',
    fix: 'Have the operator allow $1 on the domain for these AWS credentials.',
  },
  {
    says: /search_context_missing|No search context found/,
    code: 'provider_unavailable',
    what: 'lost the point in time',
    fix: 'Ask again; the cluster restarted or ended the search.',
  },
  {
    says: /index_not_found_exception: no such index \[([^\]]+)\]/,
    code: 'misconfigured',
    what: 'has no such index',
    fix: 'Have the operator correct index: nothing is named $1.',
  },
  {
    says: /No mapping found for \[([^\]]+)\] in order to sort/,
    code: 'misconfigured',
    what: 'does not know the field of the time',
    fix: 'Have the operator set fields.timestamp: the index has no field $1.',
  },
  {
    says: /Failed to parse query \[(.*?)\]|(?:Cannot parse|parse_exception)/,
    code: 'invalid_input',
    what: 'does not understand a filter',
    fix: 'Correct the filter; it is written in Lucene\'s syntax, such as status:>=500 AND NOT path:"/health".',
  },
  {
    says: /matches too many fields/,
    code: 'invalid_input',
    what: 'has too many fields to search for words',
    fix: 'Search with a filter on one field, or have the operator set index.query.default_field.',
  },
  {
    says: /circuit_breaking_exception|Data too large/,
    code: 'provider_unavailable',
    what: 'is out of memory',
    fix: 'Try again in 30 s with a shorter window.',
  },
  {
    says: /es_rejected_execution|rejected execution|too_many_requests/,
    code: 'provider_unavailable',
    what: 'is busy',
    fix: 'Try again in 30 s with a shorter window.',
  },
  {
    says: /signature we calculated does not match|security token included in the request is (?:invalid|expired)/,
    code: 'provider_rejected',
    what: 'refused the signature',
    fix: 'Have the operator correct aws.region and aws.service, or renew the AWS credentials.',
  },
];

/** Reads a refusal of Elasticsearch, OpenSearch or AWS before them. */
export function explainWith(title: string): (refusal: Refused) => FixgateError | undefined {
  return ({ status, said, body }) => {
    // The words that are shown are cut; the one that tells may come later.
    const text = `${said}\n${body.slice(0, 8_192)}`;
    const reading = readings.find(({ says }) => says.test(text));
    if (reading === undefined) return undefined;
    const found = (reading.says.exec(text)?.[1] ?? '').slice(0, 200);
    return new FixgateError(reading.code, `${title} ${reading.what} (${status}): ${said}.`, {
      fix: reading.fix.replace('$1', () => found),
      evidence: { status },
    });
  };
}

/** True when the cluster forbids searches within terms, for their cost. */
export function forbidsWildcards(error: unknown): boolean {
  return error instanceof FixgateError && error.message.includes('search.allow_expensive_queries');
}
