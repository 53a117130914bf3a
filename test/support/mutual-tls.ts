import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

/** True when certificates can be made. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A server that asks clients for a certificate of its own authority, and what a client needs. */
export interface MutualTlsServer extends AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly ca: string;
  readonly cert: string;
  /** The key itself, not its file. */
  readonly key: string;
}

/** Starts one on loopback; who has no certificate gets 403. */
export async function serveMutualTls(answer: RequestListener): Promise<MutualTlsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fixgate-tls-'));
  await makeCertificates(folder);
  const file = (name: string) => readFileSync(join(folder, name), 'utf8');
  const server = createServer(
    {
      key: file('server.key'),
      cert: file('server.pem'),
      ca: file('ca.pem'),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      if ((request.socket as TLSSocket).authorized) answer(request, response);
      else response.writeHead(403, { 'content-type': 'application/json' }).end('{}');
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    folder,
    ca: join(folder, 'ca.pem'),
    cert: join(folder, 'client.pem'),
    key: file('client.key'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** An authority, a server of 127.0.0.1 and a client that it vouches for. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => {
    const done = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
  };
  await writeFile(join(folder, 'names.txt'), 'subjectAltName=IP:127.0.0.1\n');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '2');
  for (const name of ['server', 'client']) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names.txt', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed);
  }
}
