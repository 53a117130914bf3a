import type { Clock } from '#domain/clock.ts';

import type { Notifier } from './notifier.ts';
import { receiverOf } from './notifier.ts';
import { post } from './post.ts';

/** Sends messages to an incoming webhook of Slack; its address is the secret. */
export function createSlack({ url }: { readonly url: string }, { clock }: { readonly clock: Clock }): Notifier {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'fixgate' };
  const receiver = receiverOf('slack', url);
  return { name: 'slack', receiver, send: ({ body }, signal) => post({ url, headers, body }, { clock, signal }) };
}
