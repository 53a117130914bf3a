import { createMcpHandler, InMemoryServerEventBus, isLegacyRequest } from '@modelcontextprotocol/server';
import type {
  CreateMcpHandlerOptions,
  McpHandlerRequestOptions,
  McpServerFactory,
  ServerEventBus,
} from '@modelcontextprotocol/server';

import type { Clock } from '#domain/clock.ts';

import type { HttpLimits } from './limits.ts';
import { calledTool, declaresElicitation } from './message.ts';
import { createSessions } from './sessions.ts';

/** What answers MCP requests of every era. */
export interface EndpointDeps {
  readonly factory: McpServerFactory;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
  readonly limits: HttpLimits;
  /** Tools whose answer may take longer than a proxy keeps a silent connection. */
  readonly isLongRunning: (tool: string) => boolean;
  /** Where changes for `subscriptions/listen` streams are published. */
  readonly bus?: ServerEventBus | undefined;
}

/** Answers one MCP request whose origin, principal and body have been checked. */
export interface Endpoint {
  fetch(request: Request, options?: McpHandlerRequestOptions): Promise<Response>;
  /** Ends sessions that were idle for too long. */
  sweep(): void;
  /** Ends every session, stream and call. */
  close(): Promise<void>;
}

/**
 * Three legs, one factory. 2026-07-28 is stateless. A 2025 client gets a session only when it can be asked for input,
 * because losing one is permanent for clients that never initialize again; everyone else is served request by request.
 */
export function createEndpoint({ factory, clock, onError, limits, isLongRunning, bus }: EndpointDeps): Endpoint {
  const shared: CreateMcpHandlerOptions = {
    onerror: onError,
    bus: bus ?? new InMemoryServerEventBus(onError),
    keepAliveMs: limits.keepAliveMs,
    maxRequestBodySize: limits.bodyBytes,
  };
  // Only streams have keep-alives, but a stream cannot answer a missing client capability with its HTTP status.
  const stateless = createMcpHandler(factory, { ...shared, legacy: 'stateless', responseMode: 'auto' });
  const streaming = createMcpHandler(factory, { ...shared, legacy: 'reject', responseMode: 'sse' });
  const sessions = createSessions({ factory, clock, onError, limits });

  return {
    sweep: () => sessions.sweep(),
    async fetch(request, options = {}) {
      if (await isLegacyRequest(request, options.parsedBody)) {
        if (request.headers.has('mcp-session-id')) return sessions.handle(request, options);
        if (declaresElicitation(options.parsedBody)) return sessions.open(request, options);
        return stateless.fetch(request, options);
      }
      const tool = calledTool(options.parsedBody);
      const leg = tool !== undefined && isLongRunning(tool) ? streaming : stateless;
      return leg.fetch(request, options);
    },
    async close() {
      await Promise.all([stateless.close(), streaming.close(), sessions.close()]);
    },
  };
}
