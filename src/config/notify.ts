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

/** Resolves the receivers; throws an Error that names what is wrong, never a value. */
export function resolveNotify(
  { webhook, slack }: ConfigFile['notify'],
  secretOf: (reference: SecretReference) => string,
): NotifySettings {
  return {
    ...(webhook && { webhook: { url: webhook.url, secret: longEnough(secretOf(webhook.secret).trim()) } }),
    ...(slack && { slack: { url: safe(secretOf(slack.url).trim()) } }),
  };
}

function longEnough(secret: string): string {
  const encoded = /^whsec_(.*)$/s.exec(secret)?.[1];
  if (encoded !== undefined && !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded))
    throw new Error('webhook.secret begins with whsec_, and the rest is not base64');
  const key = encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, 'base64');
  if (key.length >= LEAST_SECRET_BYTES) return secret;
  throw new Error(`webhook.secret is shorter than ${LEAST_SECRET_BYTES} bytes`);
}

function safe(url: string): string {
  if (isSafeAddress(url)) return url;
  throw new Error(`slack.url ${UNSAFE_ADDRESS}`);
}
