import { randomBytes } from 'node:crypto';

import {
  createRequestStateCodec,
  InMemoryServerEventBus,
  ProtocolError,
  ProtocolErrorCode,
  Server,
} from '@modelcontextprotocol/server';
import type {
  CallToolRequest,
  McpServerFactory,
  RequestStateCodec,
  ServerContext,
  ServerEventBus,
} from '@modelcontextprotocol/server';

import { systemClock } from '#domain/clock.ts';
import { createInFlight } from '#engine/in-flight.ts';
import { startHttp, type HttpServer } from '#transport/http.ts';

import { askingTools } from './conformance/asking-tools.ts';
import type { FixtureResult, FixtureTool } from './conformance/fixture.ts';
import { inputRequiredTools, type RoundState } from './conformance/input-required-tools.ts';
import { plainTools } from './conformance/plain-tools.ts';
import { servePrompts } from './conformance/prompts.ts';
import { serveResources } from './conformance/resources.ts';

/** Carries out one `tools/call`. */
export type CallTool = (request: CallToolRequest, ctx: ServerContext) => Promise<FixtureResult>;

/** Puts something around every `tools/call`, such as a policy gate. */
export type WrapCallTool = (call: CallTool) => CallTool;

interface ConformanceOptions {
  readonly port?: number;
  readonly wrapCallTool?: WrapCallTool;
  readonly onError?: (error: Error) => void;
}

/** Starts a server with every fixture of the conformance suite on the product's own HTTP transport. */
export function startConformanceServer(options: ConformanceOptions = {}): Promise<HttpServer> {
  const { port = 0, wrapCallTool = (call) => call, onError = () => {} } = options;
  const bus = new InMemoryServerEventBus(onError);
  return startHttp({
    factory: createConformanceFactory(bus, wrapCallTool),
    host: '127.0.0.1',
    port,
    allowedHosts: [],
    inFlight: createInFlight(),
    clock: systemClock,
    onError,
    isLongRunning: (tool) => tool === 'test_tool_with_progress',
    bus,
  });
}

/** Makes servers that know the suite's tools, resources and prompts. */
export function createConformanceFactory(bus: ServerEventBus, wrapCallTool: WrapCallTool): McpServerFactory {
  const codec = createRequestStateCodec<RoundState>({ key: randomBytes(32) });
  const tools = [...plainTools(bus), ...askingTools, ...inputRequiredTools(codec)];
  const call = wrapCallTool(createCallTool(tools));

  return () => {
    const server = createServer(codec);
    server.setRequestHandler('tools/list', () => ({ tools: tools.map(toAdvertised) }));
    server.setRequestHandler('tools/call', call);
    server.setRequestHandler('completion/complete', () => ({ completion: { values: [], total: 0, hasMore: false } }));
    serveResources(server);
    servePrompts(server);
    return server;
  };
}

function createServer(codec: RequestStateCodec<RoundState>): Server {
  return new Server(
    { name: 'fixgate-conformance', version: '0.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: codec.verify },
    },
  );
}

function createCallTool(tools: readonly FixtureTool[]): CallTool {
  return async ({ params }, ctx) => {
    const tool = tools.find(({ name }) => name === params.name);
    if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Tool ${params.name} not found`);
    try {
      return await tool.call(params.arguments ?? {}, ctx);
    } catch (error) {
      return { content: [{ type: 'text', text: String(error) }], isError: true };
    }
  };
}

function toAdvertised({ name, description, inputSchema = {} }: FixtureTool) {
  return { name, description, inputSchema: { ...inputSchema, type: 'object' as const } };
}
