import { FixgateError } from '#domain/errors.ts';

import { vendorText } from '../vendor-text.ts';
import type { WireAnswer } from './transport.ts';

/** The vendor in messages. */
export interface Vendor {
  readonly title: string;
  readonly url: string;
  /** A vendor's own reading of a refusal; undefined leaves it to the general one. */
  readonly explain?: ((refusal: Refused) => FixgateError | undefined) | undefined;
}

/** An answer other than success. */
export interface Refused {
  readonly status: number;
  /** The vendor's own words, without control characters, at most 1 KiB. */
  readonly said: string;
  /** The whole body, untrusted. */
  readonly body: string;
}

/** A body that is no JSON may be as long as any answer. */
const MAX_READ_CHARS = 8_192;

/** Turns an answer other than success into the error for the caller; its evidence carries the status. */
export function toHttpError(vendor: Vendor, answer: WireAnswer): FixgateError {
  const { status, body } = answer;
  const said = saidBy(body);
  const own = vendor.explain?.({ status, said, body });
  if (own !== undefined) return own;
  const what = `${vendor.title} at ${originOf(vendor)}`;
  const evidence = { status };
  if (status === 401 || status === 403) {
    return new FixgateError('provider_rejected', `${what} refused our credentials (${status})${said && `: ${said}`}.`, {
      fix: `Have the operator give ${vendor.title} credentials that may read.`,
      evidence,
    });
  }
  if (status === 400 || status === 422) {
    return new FixgateError('invalid_input', `${vendor.title} refused the query (${status})${said && `: ${said}`}.`, {
      fix: 'Correct the query as the message says and call again.',
      evidence,
    });
  }
  const asked = answer.headers['retry-after'];
  const wait = asked === undefined ? '' : ` It asks to wait: Retry-After ${asked.slice(0, 64)}.`;
  return new FixgateError('provider_unavailable', `${what} answered ${status}${said && `: ${said}`}.${wait}`, {
    fix: status === 404 ? `Check the url of ${vendor.title}.` : 'Try again in 30 s, or use another source.',
    evidence,
  });
}

/** The words of a vendor's error body in any of its shapes; nothing of a page for browsers. */
function saidBy(body: string): string {
  const text = errorField(body) ?? (/^\s*</.test(body) ? '' : body);
  return vendorText(text.slice(0, MAX_READ_CHARS));
}

function errorField(body: string): string | undefined {
  try {
    return textOf(JSON.parse(body) as unknown);
  } catch {
    return undefined;
  }
}

/** A text, a list of errors, or an object that holds one under the names that vendors use. */
function textOf(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object' || depth > 4) return undefined;
  if (Array.isArray(value)) {
    const texts = value.slice(0, 5).map((item: unknown) => textOf(item, depth + 1));
    return texts.filter((text) => text !== undefined).join('; ') || undefined;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const names = ['root_cause', 'error', 'errors', 'message', 'Message', 'detail', 'title', 'reason'];
  const own = names.map((name) => textOf(fields[name], depth + 1)).find((text) => text !== undefined && text !== '');
  const { type, reason } = fields;
  return own === reason && typeof type === 'string' && typeof reason === 'string' ? `${type}: ${reason}` : own;
}

/** An answer that is no JSON although its status says success. */
export function notJson(vendor: Vendor, answer: WireAnswer, cause: unknown): FixgateError {
  const isPage = /^\s*</.test(answer.body);
  const what = isPage ? 'a page for browsers, which is no JSON' : 'something that is no JSON, or was cut off';
  return new FixgateError('provider_unavailable', `${vendor.title} at ${originOf(vendor)} answered ${what}.`, {
    fix: isPage
      ? `Check that the url of ${vendor.title} is its API and that no login page stands before it.`
      : `Try again in 30 s; if it lasts, have the operator check the url of ${vendor.title} and what stands before it.`,
    cause,
  });
}

/** The answer does not fit; `isTooLarge` knows it again. */
export function tooLarge(vendor: Vendor, maxBytes: number): FixgateError {
  const mebibytes = maxBytes / 1024 / 1024;
  return new FixgateError('invalid_input', `The answer of ${vendor.title} is larger than ${mebibytes} MiB.`, {
    fix: 'Ask for a shorter window, or for less: fewer series (topk, sum by), or a narrower search.',
    evidence: { max_mib: mebibytes },
  });
}

/** True for the error of an answer beyond the limit, which a smaller page may pass. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof FixgateError && 'max_mib' in error.evidence;
}

/** No answer within the time that one request may take. */
export function tooSlow(vendor: Vendor, timeoutMs: number): FixgateError {
  return new FixgateError('provider_unavailable', `${vendor.title} did not answer within ${timeoutMs / 1_000} s.`, {
    fix: 'Try again in 30 s, or ask for a shorter window or a narrower query.',
  });
}

/** Codes of node:tls for a certificate that is not trusted, and for one that the vendor asks of us. */
const TLS_TROUBLE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL/;

/** No connection, or one that broke. */
export function unreachable(vendor: Vendor, error: unknown): FixgateError {
  const why = error instanceof Error ? (error.message || codeOf(error)).slice(0, 200) : 'the connection failed';
  const isTls = TLS_TROUBLE.test(codeOf(error));
  return new FixgateError(
    isTls ? 'provider_rejected' : 'provider_unavailable',
    `${vendor.title} at ${originOf(vendor)} cannot be reached: ${why}.`,
    {
      fix: isTls
        ? `Have the operator set ca for ${vendor.title}, and cert and key if it asks clients for a certificate.`
        : `Try again in 30 s; if it lasts, have the operator check the url of ${vendor.title}.`,
      cause: error,
    },
  );
}

/** Several failed addresses of one name come as one error with an empty message. */
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

/** Scheme, host and port: all that a message tells of an address. */
export function originOf({ url }: { readonly url: string }): string {
  return URL.parse(url)?.origin ?? 'its address';
}
