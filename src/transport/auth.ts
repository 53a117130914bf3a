import { createHash, timingSafeEqual } from 'node:crypto';

import type { AuthInfo } from '@modelcontextprotocol/server';

import { FixgateError } from '#domain/errors.ts';

import { isLoopback } from './origin.ts';
import { rpcCodes, type HttpRefusal } from './refuse.ts';

/** The caller as later layers see it, or why there is none; no `authInfo` where no token is configured. */
export type AuthOutcome = { readonly authInfo?: AuthInfo } | { readonly refusal: HttpRefusal };

/** Judges one `Authorization` header. */
export type BearerGate = (authorization: string | undefined) => AuthOutcome;

/** Names the principal of a request; a session belongs to the principal that opened it. */
export function principalOf(authInfo: AuthInfo | undefined): string {
  return authInfo?.clientId ?? 'anonymous';
}

/** Beyond loopback a token is required: whoever reaches the port could otherwise act on the repository. */
export function createBearerGate(host: string, token: string | undefined): BearerGate {
  if (token === undefined) {
    if (!isLoopback(host)) throw tokenRequired(host);
    return () => ({});
  }
  if (!/^[\x21-\x7e]+$/.test(token)) throw unusableToken();

  const expected = digest(token);
  // Handlers learn who calls, never the secret that proved it.
  const authInfo: AuthInfo = { token: '', clientId: `bearer:${expected.toString('hex').slice(0, 12)}`, scopes: [] };
  return (authorization) => {
    const given = /^bearer +(?<token>[\x21-\x7e]+)$/i.exec(authorization ?? '')?.groups?.['token'];
    if (given === undefined) return { refusal: challenge('Bearer realm="fixgate"') };
    // Digests have one length, so the comparison's time tells nothing about the token.
    if (timingSafeEqual(digest(given), expected)) return { authInfo };
    return { refusal: challenge('Bearer realm="fixgate", error="invalid_token"') };
  };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function challenge(authenticate: string): HttpRefusal {
  return {
    status: 401,
    code: rpcCodes.transport,
    message: 'This server needs a bearer token, and none or a wrong one was sent.',
    fix: 'Send "Authorization: Bearer TOKEN" with the token its operator configured.',
    headers: { 'www-authenticate': authenticate },
  };
}

function tokenRequired(host: string): FixgateError {
  return new FixgateError('misconfigured', `Host ${host} is reachable from other computers, and no token is set.`, {
    fix: 'Set a token as `http.token` in fixgate.yaml, such as { env: FIXGATE_TOKEN }, or listen on 127.0.0.1.',
  });
}

function unusableToken(): FixgateError {
  return new FixgateError('misconfigured', 'The HTTP token is empty or has spaces or non-ASCII characters.', {
    fix: 'Set the token to a random text of printable ASCII characters without spaces.',
  });
}
