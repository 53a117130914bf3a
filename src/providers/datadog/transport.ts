import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';

import { annotateExchange } from '../observed-source.ts';
import { toError } from './errors.ts';
import type { Deadline, RateLimits } from './rate-limits.ts';

/** One request as the official client builds it. */
export interface WireRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What a request is sent with. */
export interface WireContext {
  readonly clock: Clock;
  readonly rates: RateLimits;
  readonly deadline: Deadline;
}

const MAX_BODY_BYTES = 64 * 1_024 * 1_024;
const MAX_ATTEMPTS = 4;
const FIRST_BACKOFF_MS = 250;
const RETRIED: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly waitS: number | undefined;
}

/** Sends one read and answers its JSON text. Retries with jitter, waits as the rate limits ask, follows no redirect. */
export async function sendRead(request: WireRequest, { clock, rates, deadline }: WireContext): Promise<string> {
  const { origin, pathname } = new URL(request.url);
  for (let attempt = 1; ; attempt++) {
    await rates.enter(pathname, deadline);
    const answer = await attemptOnce(request, (headers) => rates.note(pathname, headers), deadline.signal).catch(
      (error: unknown) => {
        if (error instanceof FixgateError || deadline.signal.aborted || attempt === MAX_ATTEMPTS) throw error;
        return undefined;
      },
    );
    if (answer !== undefined && answer.status >= 200 && answer.status < 300) return jsonOf(answer.body, origin);
    const waitMs = (answer?.status === 429 ? answer.waitS : undefined) ?? backoffS(attempt);
    const again = answer === undefined || RETRIED.has(answer.status);
    if (answer !== undefined && (!again || attempt === MAX_ATTEMPTS || clock.now() + waitMs * 1_000 >= deadline.at))
      throw toError({ ...answer, origin, path: pathname });
    await sleep(waitMs * 1_000, undefined, { signal: deadline.signal });
  }
}

/** Seconds; doubles each time. The jitter keeps several servers from retrying in step. */
function backoffS(attempt: number): number {
  return (FIRST_BACKOFF_MS / 1_000) * 2 ** (attempt - 1) * (0.5 + Math.random());
}

async function attemptOnce(
  { url, method, headers, body }: WireRequest,
  note: (headers: Headers) => number | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    signal,
    ...(body !== undefined && { body }),
  });
  annotateExchange(url, { method, status: response.status });
  const waitS = note(response.headers);
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw redirected(url, response.headers.get('location'));
  }
  return { status: response.status, body: await readText(response), waitS };
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The official client takes text that is no JSON for an empty answer. */
function jsonOf(body: string, origin: string): string {
  try {
    JSON.parse(body);
    return body;
  } catch (cause) {
    throw new FixgateError('provider_unavailable', `Datadog at ${origin} answered something that is no whole JSON.`, {
      fix: 'Try again in 30 s; if it lasts, have the operator check that no proxy or login page stands before Datadog.',
      cause,
    });
  }
}

function redirected(url: string, location: string | null): FixgateError {
  const to = URL.parse(location ?? '', url)?.origin ?? 'nowhere';
  return new FixgateError(
    'provider_rejected',
    `Datadog at ${new URL(url).origin} redirects to ${to}; keys are not sent there.`,
    {
      fix: 'Have the operator set the site or url that it redirects to.',
    },
  );
}

function tooLarge(): FixgateError {
  return new FixgateError(
    'provider_unavailable',
    `An answer of Datadog is larger than ${MAX_BODY_BYTES / 2 ** 20} MiB.`,
    {
      fix: 'Ask for a shorter window or fewer events.',
    },
  );
}
