import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

import { acceptedContent, inputRequired, ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import type {
  CallToolResult,
  InputRequiredResult,
  McpRequestContext,
  McpServerFactory,
  ServerContext,
} from '@modelcontextprotocol/server';

import { createInFlight, type InFlight } from '#engine/in-flight.ts';
import { serveStdioTransport } from '#transport/stdio.ts';
import { listenForStopSignals } from '#transport/stop-signals.ts';

interface EchoDeps {
  readonly inFlight: InFlight;
  /** Learns what calls experience: `started NAME`, `finished NAME`, `cancelled NAME`. */
  readonly record: (event: string) => void;
}

type Args = Readonly<Record<string, unknown>>;
type Call = (args: Args, ctx: ServerContext) => Promise<CallToolResult | InputRequiredResult>;

async function untilThere(file: string, { mcpReq: { signal } }: ServerContext): Promise<void> {
  while (!existsSync(file)) await setTimeout(10, undefined, { signal });
}

const say = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] });

const calls: Readonly<Record<string, Call>> = {
  echo: async (args) => say(JSON.stringify(args)),
  async slow({ ms }, ctx) {
    await setTimeout(Number(ms), undefined, { signal: ctx.mcpReq.signal });
    return say(`slept ${String(ms)} ms`);
  },
  async held({ until }, ctx) {
    await untilThere(String(until), ctx);
    return say('held until told');
  },
  async count({ steps, until }, ctx) {
    const { _meta: meta } = ctx.mcpReq;
    const progressToken = meta?.progressToken;
    const last = progressToken === undefined ? 0 : Number(steps);
    for (let progress = 1; progress <= last; progress += 1) {
      await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress } });
      await setTimeout(5);
    }
    if (typeof until === 'string') await untilThere(until, ctx);
    return say(`counted to ${String(steps)}`);
  },
  async ask(_args, ctx) {
    const name = acceptedContent(ctx.mcpReq.inputResponses, 'name')?.['name'];
    if (typeof name === 'string') return say(`Hello, ${name}`);
    const question = inputRequired.elicit({
      message: 'Your name?',
      requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    });
    return inputRequired({ inputRequests: { name: question } });
  },
};

const properties = {
  text: { type: 'string' },
  ms: { type: 'integer' },
  steps: { type: 'integer' },
  until: { type: 'string', description: 'A file that ends the call when it is there' },
};

/** A small server for transport tests; also tells who it serves with the tool `whoami`. */
export function createEchoFactory({ inFlight, record }: EchoDeps): McpServerFactory {
  return ({ era, authInfo }: McpRequestContext) => {
    const server = new Server({ name: 'echo', version: '0.0.0' }, { capabilities: { tools: {} } });
    const whoami: Call = async () => say(JSON.stringify({ era, principal: authInfo?.clientId ?? null }));
    const all: Readonly<Record<string, Call>> = { ...calls, whoami };
    server.setRequestHandler('tools/list', () => ({
      tools: Object.keys(all).map((name) => ({ name, inputSchema: { type: 'object', properties } })),
    }));
    server.setRequestHandler('tools/call', async ({ params }, ctx) => {
      using _ = inFlight.enter();
      const call = all[params.name];
      if (!call) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Tool ${params.name} not found`);
      record(`started ${params.name}`);
      try {
        const result = await call(params.arguments ?? {}, ctx);
        record(`finished ${params.name}`);
        return result;
      } catch (error) {
        record(`${ctx.mcpReq.signal.aborted ? 'cancelled' : 'failed'} ${params.name}`);
        throw error;
      }
    });
    return server;
  };
}

if (import.meta.main) {
  using stop = listenForStopSignals();
  const inFlight = createInFlight();
  const tell = (text: string): boolean => process.stderr.write(`${text}\n`);
  stop.signal.addEventListener('abort', () => tell('told to stop'));
  await serveStdioTransport({
    factory: createEchoFactory({ inFlight, record: tell }),
    inFlight,
    stop: stop.signal,
    onError: (error) => tell(`error ${error.message}`),
    drainMs: 20_000,
  });
  tell('served');
}
