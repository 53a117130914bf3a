import type { Clock } from '#domain/clock.ts';

import { retryAfterMs } from '../http/retry.ts';
import type { WireAnswer } from '../http/transport.ts';
import { exchange } from '../http/transport.ts';
import type { SendOutcome } from './notifier.ts';

/** Milliseconds that a receiver may take. */
export const SEND_TIMEOUT_MS = 10_000;
/** Bytes of its answer that are read: it has nothing to tell. */
const MAX_ANSWER_BYTES = 16_384;

/** What is posted, and where. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers of a receiver that the same message will always get. */
const FINAL: ReadonlySet<number> = new Set([400, 410, 413, 415, 422]);

/** Posts once, within the time limit. Redirects are not followed: the message and its signature are for one receiver. */
export async function post(
  { url, headers, body }: Post,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<SendOutcome> {
  const limit = AbortSignal.timeout(SEND_TIMEOUT_MS);
  try {
    const request = { method: 'POST' as const, url: new URL(url), headers, body };
    const options = { signal: AbortSignal.any([signal, limit]), maxBytes: MAX_ANSWER_BYTES, tls: {} };
    return toOutcome(await exchange(request, options), clock.now());
  } catch (error) {
    if (limit.aborted) return { sent: false, why: `no answer within ${SEND_TIMEOUT_MS / 1_000} s` };
    if (signal.aborted) return { sent: false, why: 'it was cancelled', cancelled: true };
    const { code, message } = error as NodeJS.ErrnoException;
    return { sent: false, why: `the connection failed (${code ?? message})` };
  }
}

function toOutcome({ status, headers, body }: WireAnswer, now: number): SendOutcome {
  if (status >= 200 && status < 300) return { sent: true };
  if (status >= 300 && status < 400) return { sent: false, why: `it redirects (${status}), which is not followed` };
  const said = /^\s*</.test(body) ? '' : body.trim();
  const waitMs = retryAfterMs(headers['retry-after'], now);
  return {
    sent: false,
    why: `it answered ${status}${said && `: ${said}`}`,
    ...(waitMs !== undefined && { waitMs }),
    ...(FINAL.has(status) && { final: true }),
  };
}
