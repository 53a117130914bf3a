import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request as a fake vendor sees it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer of a fake vendor. */
export interface VendorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What goes wrong with one request: the connection breaks, nothing comes, it comes late or half, or this comes instead. */
export type WireFault = 'reset' | 'hang' | 'half' | { readonly lateMs: number } | VendorAnswer;

/** A local HTTP server with faults. */
export interface FaultyServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Requests whose client went away before they were answered. */
  readonly abandoned: SeenRequest[];
  /** The next requests meet these faults, in order. */
  fail(...faults: readonly (WireFault | undefined)[]): void;
  /** Ends all faults that were not met yet. */
  calm(): void;
}

/** Has a caller leave when `count` requests have arrived, however long that takes. */
export async function leaveAfter(count: number, { seen }: FaultyServer, caller: AbortController): Promise<void> {
  while (seen.length < count) await sleep(5);
  caller.abort();
}

/** Serves `answer` on loopback. */
export async function serveWithFaults(
  answer: (request: SeenRequest) => VendorAnswer | Promise<VendorAnswer>,
): Promise<FaultyServer> {
  const [seen, abandoned, faults]: [SeenRequest[], SeenRequest[], (WireFault | undefined)[]] = [[], [], []];
  const server = createServer((message, response) => {
    void handle(message, response).catch(() => response.destroy());
  });
  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = message;
    const request = { method, path: url, headers, body: await text(message) };
    seen.push(request);
    response.on('close', () => {
      if (!response.writableFinished) abandoned.push(request);
    });
    const fault = faults.shift();
    if (fault === 'reset') return void response.destroy();
    if (fault === 'hang') return;
    if (typeof fault === 'object' && 'lateMs' in fault) await sleep(fault.lateMs);
    const given = typeof fault === 'object' && 'status' in fault ? fault : await answer(request);
    const body = fault === 'half' ? given.body.slice(0, given.body.length / 2) : given.body;
    response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers }).end(body);
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    abandoned,
    fail: (...next) => void faults.push(...next),
    calm: () => void faults.splice(0),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
