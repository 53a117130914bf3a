import { isIP } from 'node:net';

import { localhostAllowedHostnames, validateHostHeader, validateOriginHeader } from '@modelcontextprotocol/server';

import { FixgateError } from '#domain/errors.ts';

import { rpcCodes, type HttpRefusal } from './refuse.ts';

interface AddressedRequest {
  readonly headers: { readonly host?: string | undefined; readonly origin?: string | undefined };
}

/** Refuses requests that were addressed to, or come from, a name this server does not answer to. */
export type OriginGuard = (request: AddressedRequest) => HttpRefusal | undefined;

const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Stops DNS rebinding: a web page that resolves its own name to this address still sends its own `Host` and `Origin`.
 * Loopback names, the bound host and the allowed hosts pass, on any port; so do requests without `Origin`.
 */
export function createOriginGuard(host: string, allowedHosts: readonly string[]): OriginGuard {
  const names = [...new Set([...localhostAllowedHostnames(), ...[host, ...allowedHosts].map(toHostname)])];
  return ({ headers }) => {
    const addressed = headers.host ?? '';
    if (!HOST.test(addressed) || !validateHostHeader(addressed, names).ok) return foreign('Host', addressed);
    if (!validateOriginHeader(headers.origin, names).ok) return foreign('Origin', headers.origin ?? '');
    return undefined;
  };
}

/** True for names and addresses that only this computer can reach. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === 'localhost' || host === '::1' || host === '[::1]';
}

/** The host as it appears in a URL: IPv6 addresses in brackets. */
export function toUrlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function toHostname(host: string): string {
  const authority = toUrlHost(host);
  const url = HOST.test(authority) ? URL.parse(`http://${authority}`) : null;
  if (url) return url.hostname;
  throw new FixgateError('misconfigured', `"${host.slice(0, 256)}" is not a host name or address.`, {
    fix: 'Name hosts without scheme and path, such as fixgate.example.com.',
  });
}

function foreign(header: 'Host' | 'Origin', value: string): HttpRefusal {
  return {
    status: 403,
    code: rpcCodes.transport,
    message: `This server does not answer to ${header} "${value.slice(0, 256)}".`,
    fix: 'Use the address the server was started on, or have its operator add this host to the allowed hosts.',
  };
}
