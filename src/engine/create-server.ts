import type { CallToolResult, McpRequestContext, Server, ServerContext } from '@modelcontextprotocol/server';
import { PROTOCOL_VERSION_META_KEY, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';

import type { CallTool, ToolAnswer } from '#engine/call-tool.ts';
import { createClientNames } from '#engine/client-names.ts';
import type { InFlight } from '#engine/in-flight.ts';
import { instructions, promptList, renderPrompt } from '#engine/method.ts';
import { createProtocolServer } from '#engine/protocol-server.ts';
import type { Resources } from '#engine/resources.ts';
import type { ToolRegistry } from '#engine/tool-registry.ts';
import { isUnknownTool, tellAnswer } from '#engine/trace-answers.ts';
import type { RequestTracer, TracedRequest } from '#engine/trace-requests.ts';
import { liftCarrier, textIn } from '#engine/trace-requests.ts';
import { tellUsage, USAGE_META_KEY, usageOf } from '#engine/trace-usage.ts';
import { currentCaller } from '#telemetry/caller.ts';
import type { Carriers } from '#telemetry/trace-parent.ts';
import type { Span } from '#telemetry/tracing.ts';
import { currentTraceparent } from '#telemetry/tracing.ts';

interface ServerDeps {
  readonly version: string;
  readonly registry: ToolRegistry;
  readonly callTool: CallTool;
  readonly resources: Resources;
  readonly inFlight: InFlight;
  readonly tracer: RequestTracer;
}

/** The tool list does not change while a server runs. */
const LIST_TTL_MS = 300_000;

/** Makes the one factory behind stdio and HTTP: a fresh protocol server, all with the same engine. */
export function createServerFactory(deps: ServerDeps): (context: McpRequestContext) => Server {
  const tools = deps.registry.tools.map(({ tool, inputSchema, outputSchema, annotations }) => ({
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: inputSchema as unknown as { type: 'object' },
    outputSchema,
    annotations,
  }));

  const clients = createClientNames();

  async function serve<T extends object>(
    { server, context }: Exchange,
    asked: Asked,
    answer: (span: Span) => Promise<T> | T,
  ) {
    return deps.tracer.serve(toTraced(server, context, asked), async (span) => {
      tellUsage(span, context.mcpReq._meta?.[USAGE_META_KEY]);
      const result = await told(span, () => answer(span));
      return { ...result, _meta: { traceparent: currentTraceparent() } };
    });
  }

  return () => {
    const server = createProtocolServer(
      { name: 'fixgate', title: 'Fixgate', version: deps.version },
      {
        capabilities: { tools: {}, prompts: {}, resources: {} },
        instructions,
        cacheHints: {
          'tools/list': { ttlMs: LIST_TTL_MS, cacheScope: 'private' },
          'prompts/list': { ttlMs: LIST_TTL_MS, cacheScope: 'private' },
          'server/discover': { ttlMs: LIST_TTL_MS, cacheScope: 'private' },
        },
      },
      (server, context, answer) =>
        serve({ server, context }, {}, async (span) => {
          const result = await answer();
          if (context.mcpReq.method !== 'initialize') return result;
          clients.learn(server, context);
          span.set({ 'mcp.protocol.version': server.getNegotiatedProtocolVersion() });
          return result;
        }),
    );
    countSession(server, deps.tracer);
    server.setRequestHandler('tools/list', (_, context) => serve({ server, context }, {}, () => ({ tools })));
    server.setRequestHandler('tools/call', ({ params }, context) => {
      const { args, carrier } = liftCarrier(params.arguments);
      const target = deps.registry.get(params.name) ? params.name : undefined;
      const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': target };
      const asked = { target, argument: carrier, incidentId: textIn(args, 'incident_id'), attributes };
      return serve({ server, context }, asked, async (span) => {
        using _ = enter(deps.inFlight);
        const answer = await deps.callTool({
          name: params.name,
          args,
          actor: clients.of(server, context),
          signal: context.mcpReq.signal,
          progress: progressOf(context),
          usage: usageOf(context.mcpReq._meta?.[USAGE_META_KEY]),
        });
        tellAnswer(span, answer, deps.tracer.captured && { args, clean: deps.tracer.captured });
        return toCallToolResult(answer);
      });
    });
    server.setRequestHandler('prompts/list', (_, context) =>
      serve({ server, context }, {}, () => ({ prompts: promptList })),
    );
    server.setRequestHandler('prompts/get', ({ params }, context) => {
      const target = promptList.find(({ name }) => name === params.name)?.name;
      const incidentId = params.arguments?.['incident_id'];
      const asked = { target, incidentId, attributes: { 'gen_ai.prompt.name': target } };
      return serve({ server, context }, asked, () => renderPrompt(params.name, params.arguments ?? {}));
    });
    server.setRequestHandler('resources/list', (_, context) =>
      serve({ server, context }, {}, () => ({ resources: deps.resources.list() })),
    );
    server.setRequestHandler('resources/templates/list', (_, context) =>
      serve({ server, context }, {}, () => ({ resourceTemplates: deps.resources.templates })),
    );
    server.setRequestHandler('resources/read', ({ params }, context) => {
      const asked = {
        incidentId: incidentOfUri(params.uri),
        attributes: { 'mcp.resource.uri': params.uri.slice(0, MAX_URI_CHARS) },
      };
      return serve({ server, context }, asked, async () => ({
        contents: [await deps.resources.read(params.uri, clients.of(server, context))],
      }));
    });
    return server;
  };
}

/** The time from a client's hello to its end; a server that answers one request over HTTP has no session. */
function countSession(server: Server, tracer: RequestTracer): void {
  server.oninitialized = () => {
    const overHttp = currentCaller() !== undefined;
    if (overHttp && server.transport?.sessionId === undefined) return;
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK has one slot for each, and no listeners
    server.onclose = tracer.session(overHttp ? 'tcp' : 'pipe', server.getNegotiatedProtocolVersion());
  };
}

/** One request, and the protocol server that answers it. */
interface Exchange {
  readonly server: Server;
  readonly context: ServerContext;
}

type Asked = Pick<TracedRequest, 'target' | 'incidentId' | 'attributes'> & Pick<Carriers, 'argument'>;

/** Characters of an address in a span. */
const MAX_URI_CHARS = 256;

/** What the span of a request says of it, and what its caller says of its own. */
function toTraced(server: Server, { mcpReq, http, sessionId }: ServerContext, asked: Asked): TracedRequest {
  const envelope: Readonly<Record<string, unknown>> = { ...mcpReq.envelope };
  const headers = http?.req?.headers;
  const version =
    envelope[PROTOCOL_VERSION_META_KEY] ??
    server.getNegotiatedProtocolVersion() ??
    headers?.get('mcp-protocol-version');
  return {
    ...asked,
    method: mcpReq.method,
    carriers: {
      meta: { traceparent: mcpReq._meta?.['traceparent'], tracestate: mcpReq._meta?.['tracestate'] },
      header: headers && { traceparent: headers.get('traceparent'), tracestate: headers.get('tracestate') },
      argument: asked.argument,
    },
    attributes: {
      'jsonrpc.request.id': String(mcpReq.id).slice(0, 128),
      'mcp.protocol.version': typeof version === 'string' ? version.slice(0, 32) : undefined,
      'mcp.session.id': sessionId,
      ...asked.attributes,
    },
  };
}

/** An error is told by the code that the client gets. */
async function told<T>(span: Span, answer: () => Promise<T> | T): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    const code = String(error instanceof ProtocolError ? error.code : ProtocolErrorCode.InternalError);
    span.fail(code);
    span.set({ 'rpc.response.status_code': code });
    throw withTrace(error);
  }
}

/** An error of the protocol has no `_meta`: it names its span in its data, unless these have a form of their own. */
function withTrace(error: unknown): unknown {
  const data = error instanceof Error && 'data' in error ? error.data : undefined;
  if (!(error instanceof Error) || data !== undefined) return error;
  return Object.assign(error, { data: { traceparent: currentTraceparent() } });
}

/** The incident of a resource's address. */
function incidentOfUri(uri: string): string | undefined {
  return /^incident:\/\/([^/]{1,64})\//.exec(uri)?.[1];
}

/** A call during shutdown is a protocol error, so that the client tries again elsewhere. */
function enter(inFlight: InFlight): Disposable {
  if (inFlight.draining)
    throw new ProtocolError(
      ProtocolErrorCode.InternalError,
      'This server is shutting down; call again in a few seconds.',
    );
  return inFlight.enter();
}

/** Refusals are text only: some hosts show nothing but the structured part when there is one. */
function toCallToolResult(answer: ToolAnswer): CallToolResult {
  if (answer.refused && isUnknownTool(answer.refused)) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, answer.text.split('\n')[0] ?? 'Unknown tool');
  }
  const text = { type: 'text' as const, text: answer.text };
  if (answer.refused) return { isError: true, content: [text] };
  const { evidence, log, picture } = answer;
  const links = [
    ...(evidence ? [{ uri: evidence.uri, name: evidence.title, mimeType: evidence.mimeType }] : []),
    ...(log === undefined ? [] : [{ uri: log, name: 'Output of the test run', mimeType: 'text/plain' }]),
  ];
  const image = picture && {
    type: 'image' as const,
    data: Buffer.from(picture.text).toString('base64'),
    mimeType: picture.mimeType,
  };
  return {
    content: [text, ...links.map((link) => ({ type: 'resource_link' as const, ...link })), ...(image ? [image] : [])],
    ...(answer.structured && { structuredContent: { ...answer.structured } }),
  };
}

/** Progress goes out only to clients that asked for it: others take the first message for the result. */
function progressOf(context: ServerContext): (message: string) => void {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let progress = 0;
  return (message) => {
    progress += 1;
    // A client that went away must not fail the call.
    context.mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, progress, message } })
      .catch(() => {});
  };
}
