import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { FixgateError } from '#domain/errors.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

const causes: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is used by another program',
  EACCES: 'needs rights this process does not have',
  EADDRNOTAVAIL: 'is not an address of this computer',
  ENOTFOUND: 'is not a name this computer can resolve',
};

/** Starts listening and returns the port; an address that cannot be had is the operator's to change. */
export async function listen(server: Server, { host, port }: Address): Promise<number> {
  // Node wants IPv6 addresses without the brackets that URLs put around them.
  server.listen(port, host.replace(/^\[(?<address>.*)\]$/, '$<address>'));
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new FixgateError('misconfigured', `${host}:${port} ${causes[code ?? ''] ?? `cannot be used (${message})`}.`, {
      fix: 'Choose another host or port, or stop the program that uses this one.',
      cause: error,
    });
  }
  return (server.address() as AddressInfo).port;
}
