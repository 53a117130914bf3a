import { createHmac } from 'node:crypto';

import type { Clock } from '#domain/clock.ts';

import type { Notifier } from './notifier.ts';
import { receiverOf } from './notifier.ts';
import { post } from './post.ts';

/** Where events go, and the secret that the receiver knows. */
export interface WebhookSettings {
  readonly url: string;
  readonly secret: string;
}

/** Sends CloudEvents in structured mode, signed as Standard Webhooks does, so that a receiver can refuse forgeries and replays. */
export function createWebhook({ url, secret }: WebhookSettings, { clock }: { readonly clock: Clock }): Notifier {
  return {
    name: 'webhook',
    receiver: receiverOf('webhook', url),
    async send({ id, body }, signal) {
      const timestamp = Math.floor(clock.now() / 1_000);
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'fixgate',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': sign(secret, { id, timestamp, body }),
      };
      return await post({ url, headers, body }, { clock, signal });
    },
  };
}

/** What is signed; the time of each attempt is part of it. */
export interface Signed {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly body: string;
}

/** `v1,` and the HMAC-SHA256 of id, time and body, in base64. */
export function sign(secret: string, { id, timestamp, body }: Signed): string {
  return `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** `whsec_` and base64, as libraries for Standard Webhooks make them; any other text is the key itself. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
}
