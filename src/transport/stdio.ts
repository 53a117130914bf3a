import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';

import type { McpServerFactory } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';

import type { InFlight } from '#engine/in-flight.ts';

import { ABANDONED_MS } from './limits.ts';

/** One connection over this process's standard streams. */
export interface StdioOptions {
  readonly factory: McpServerFactory;
  readonly inFlight: InFlight;
  readonly onError: (error: Error) => void;
  /** Aborts when the process is asked to stop. */
  readonly stop: AbortSignal;
  /** Milliseconds that calls in flight get to finish after `stop`; 25 s unless told otherwise. */
  readonly drainMs?: number;
}

/**
 * Serves MCP until the client closes its end or `stop` aborts; resolves when every call has left.
 * stdout carries protocol only. Nothing happens before the first message: clients start throw-away processes as probes.
 */
export async function serveStdioTransport(options: StdioOptions): Promise<void> {
  const { factory, inFlight, onError, stop, drainMs = 25_000 } = options;
  const wire = new StdioServerTransport();
  const connection = serveStdio(factory, { transport: wire, onerror: onError });

  const ended = Promise.withResolvers<'client'>();
  const closeServed = wire.onclose;
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a transport has one slot per event and no listeners
  wire.onclose = () => {
    closeServed?.();
    ended.resolve('client');
  };

  const by = await Promise.race([ended.promise, stopped(stop)]);
  inFlight.drain();
  if (by === 'stop') await inFlight.idle(drainMs);
  // A call has left before its answer is written; both happen in one turn of the event loop.
  await setImmediate();
  await connection.close();
  // What the drain did not wait for has been cancelled.
  await inFlight.idle(ABANDONED_MS);
  // Lets a process that holds nothing else end.
  process.stdin.destroy();
}

async function stopped(signal: AbortSignal): Promise<'stop'> {
  if (!signal.aborted) await once(signal, 'abort');
  return 'stop';
}
