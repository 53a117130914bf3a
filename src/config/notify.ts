import type { ConfigFile } from '#config/schema.ts';
import type { SecretReference } from '#config/secret.ts';
import { isSafeAddress, UNSAFE_ADDRESS } from '#providers/notify/settings.ts';

/** Who is told of hand-overs, with the secrets resolved. */
export interface NotifySettings {
  readonly webhook?: { readonly url: string; readonly secret: string };
  readonly slack?: { readonly url: string };
}

/** Bytes below which a key is guessed. */
const LEAST_SECRET_BYTES = 16;

/** Resolves the receivers; one that lacks its secret is left out. `secretAt` answers a checked secret, or notes under its key what is wrong. */
export function resolveNotify(
  { webhook, slack }: ConfigFile['notify'],
  secretAt: (key: string, reference: SecretReference, check: (secret: string) => void) => string | undefined,
): NotifySettings {
  const secret = webhook && secretAt('webhook.secret', webhook.secret, refuseGuessable);
  const url = slack && secretAt('slack.url', slack.url, refuseUnsafe);
  return {
    ...(webhook && secret !== undefined && { webhook: { url: webhook.url, secret } }),
    ...(url !== undefined && { slack: { url } }),
  };
}

function refuseGuessable(secret: string): void {
  const encoded = /^whsec_(.*)$/s.exec(secret)?.[1];
  if (encoded !== undefined && !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded))
    throw new Error('begins with whsec_, and the rest is not base64');
  const key = encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, 'base64');
  if (key.length < LEAST_SECRET_BYTES) throw new Error(`is shorter than ${LEAST_SECRET_BYTES} bytes`);
}

function refuseUnsafe(url: string): void {
  if (!isSafeAddress(url)) throw new Error(UNSAFE_ADDRESS);
}
