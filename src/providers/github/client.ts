import { setTimeout as sleep } from 'node:timers/promises';

import type { ThrottlingOptions } from '@octokit/plugin-throttling';
import type { Octokit } from '@octokit/rest';

import { FixgateError } from '#domain/errors.ts';

import { annotateExchange } from '../observed-source.ts';

/** How to reach one GitHub. */
export interface GithubAccess {
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server; the token goes nowhere else. */
  readonly baseUrl?: string | undefined;
  readonly token: string | (() => string | Promise<string>);
}

/** How long to wait for what. */
export interface GithubTiming {
  /** Of one request, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** First pause before a repeated request, in milliseconds; it grows with every try. */
  readonly retryBaseMs: number;
  /** Between two writes, in milliseconds. */
  readonly writeSpacingMs: number;
  /** Longest rate-limit pause that is waited out, in seconds; longer ones are told to the caller. */
  readonly maxPauseSeconds: number;
}

/**
 * GitHub asks for a second between the writes of a bulk job
 * (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api); one pull request is at most five.
 */
export const githubTiming: GithubTiming = {
  requestTimeoutMs: 15_000,
  retryBaseMs: 250,
  writeSpacingMs: 250,
  maxPauseSeconds: 10,
};

/** Bytes of one answer; a list of 100 pull requests with the longest bodies stays below. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Statuses that no repetition changes; 429 belongs to the throttling plugin. */
const FINAL_STATUSES = [400, 401, 403, 404, 410, 422, 429, 451];

const RETRIES = 2;

/** Makes a client that repeats safe requests, waits out short rate limits, is silent and never follows a redirect. */
export async function createGithubClient(access: GithubAccess, timing: GithubTiming): Promise<Octokit> {
  const [{ Octokit }, { retry }, { throttling }] = await Promise.all([
    import('@octokit/rest'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ]);
  const Client = Octokit.plugin(retry, throttling);
  const mayWait = (seconds: number, _request: unknown, _client: unknown, tries: number) =>
    seconds <= timing.maxPauseSeconds && tries < RETRIES;
  const pace = createPace(timing.writeSpacingMs);
  const client = new Client({
    ...(access.baseUrl !== undefined && { baseUrl: access.baseUrl.replace(/\/+$/, '') }),
    userAgent: 'fixgate',
    log: silent,
    request: { fetch: createBoundedFetch(timing.requestTimeoutMs), log: silent },
    retry: { retries: RETRIES, retryAfterBaseValue: timing.retryBaseMs, doNotRetry: FINAL_STATUSES },
    throttle: { write: pace, notifications: pace, onRateLimit: mayWait, onSecondaryRateLimit: mayWait },
  });
  client.hook.before('request', async (options) => {
    options.headers.authorization = `Bearer ${typeof access.token === 'string' ? access.token : await access.token()}`;
  });
  return client;
}

const nothing = () => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

type PaceGroup = NonNullable<ThrottlingOptions['write']>;

/** Spaces writes; takes the place of the plugin's own groups, which hold back every pull request for three seconds. */
function createPace(spacingMs: number): PaceGroup {
  let turn: Promise<unknown> = Promise.resolve();
  const schedule = async (_options: unknown, task: () => Promise<unknown>) => {
    const mine = turn;
    turn = mine.then(() => sleep(spacingMs));
    await mine;
    return task();
  };
  // The plugin calls nothing else of a group: https://github.com/octokit/plugin-throttling.js/blob/main/src/wrap-request.ts
  return { key: () => ({ schedule }) } as unknown as PaceGroup;
}

/** A redirect would carry the token, or turn a write into a read; an endless answer would fill the memory. */
function createBoundedFetch(timeoutMs: number): typeof fetch {
  return async (input, init) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    const response = await fetch(input, { ...init, redirect: 'manual', signal });
    const url = input instanceof Request ? input.url : input;
    annotateExchange(url, { method: init?.method ?? 'GET', status: response.status });
    if (response.status >= 300 && response.status < 400 && response.status !== 304) throw movedError();
    const body = response.body ? await readBounded(response.body) : null;
    const { status, statusText, headers } = response;
    return new Response(body, { status, statusText, headers });
  };
}

async function readBounded(body: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      throw new FixgateError('provider_unavailable', `GitHub answered with more than ${MAX_ANSWER_BYTES} bytes.`, {
        fix: 'Try again later, and tell the operator when it happens again.',
      });
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function movedError(): FixgateError {
  return new FixgateError(
    'provider_rejected',
    'GitHub answered with a redirect: the repository was renamed or moved.',
    {
      fix: 'Ask the operator to configure the present owner and name of the repository.',
    },
  );
}
