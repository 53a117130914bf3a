import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';

/** The SDK clients that hosts are built on: v1, and v2 in each way it picks a protocol revision. */
export const clientKinds = ['v2 auto', 'v2 2026-07-28', 'v2 legacy', 'v1'] as const;

/** One of the SDK clients. */
export type ClientKind = (typeof clientKinds)[number];

/** A server process spoken to over its standard streams. */
export interface StdioTarget {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A server reached over HTTP. */
export interface HttpTarget {
  readonly url: string;
  readonly token?: string;
}

/** The user's answer to a question of the server. */
export interface Answer {
  readonly action: 'accept' | 'decline' | 'cancel';
  readonly content?: Record<string, string | number | boolean | string[]>;
}

/** How a client behaves. */
export interface ClientOptions {
  /** Answers questions; the client declares elicitation only when this is present. */
  readonly elicit?: (message: string) => Answer;
  /** Receives what the server process writes to its standard error. */
  readonly onStderr?: (text: string) => void;
}

/** The part of a tool result that every client shows. */
export interface ToolResult {
  readonly content: readonly {
    readonly type: string;
    readonly text?: string;
    /** Of a picture, in base64. */
    readonly data?: string;
    readonly mimeType?: string;
  }[];
  readonly isError?: boolean;
  readonly structuredContent?: unknown;
}

/** How one call is made. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Asks for progress; the client sends a progress token only when this is present. */
  readonly onProgress?: (progress: number) => void;
  readonly timeoutMs?: number;
}

/** A connected client, whichever SDK it comes from. */
export interface McpTestClient extends AsyncDisposable {
  /** The era in use: a revision that was initialized, or 2026-07-28. */
  readonly protocolVersion: string | undefined;
  /** Present when the server issued a session. */
  readonly sessionId: string | undefined;
  /** The server process. */
  readonly pid: number | null;
  listTools(): Promise<readonly { readonly name: string; readonly inputSchema: unknown }[]>;
  callTool(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<ToolResult>;
  close(): Promise<void>;
}

const info = { name: 'fixgate-tests', version: '0.0.0' };

/** Connects a client of the given kind. */
export function connectClient(
  kind: ClientKind,
  target: StdioTarget | HttpTarget,
  options: ClientOptions = {},
): Promise<McpTestClient> {
  return kind === 'v1' ? connectV1(target, options) : connectV2(kind, target, options);
}

/** The text of a result. */
export function textOf(result: ToolResult): string {
  return result.content.map((block) => block.text ?? '').join('');
}

const negotiation = { 'v2 auto': 'auto', 'v2 legacy': 'legacy', 'v2 2026-07-28': { pin: '2026-07-28' } } as const;

async function connectV2(
  kind: keyof typeof negotiation,
  target: StdioTarget | HttpTarget,
  { elicit, onStderr }: ClientOptions,
): Promise<McpTestClient> {
  const client = new ClientV2(info, {
    capabilities: elicit ? { elicitation: {} } : {},
    versionNegotiation: { mode: negotiation[kind] },
  });
  if (elicit) client.setRequestHandler('elicitation/create', ({ params }) => ({ ...elicit(params.message) }));
  const transport = 'url' in target ? new HttpV2(...httpArguments(target)) : new StdioV2(stdioParameters(target));
  if (transport instanceof StdioV2) follow(transport.stderr, onStderr);
  await client.connect(transport);
  return {
    get protocolVersion() {
      return client.getNegotiatedProtocolVersion();
    },
    sessionId: transport instanceof HttpV2 ? transport.sessionId : undefined,
    pid: transport instanceof StdioV2 ? transport.pid : null,
    listTools: async () => (await client.listTools()).tools,
    callTool: (name, args = {}, options = {}) =>
      client.callTool({ name, arguments: args }, requestOptions(options)) as Promise<ToolResult>,
    close: () => client.close(),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function connectV1(
  target: StdioTarget | HttpTarget,
  { elicit, onStderr }: ClientOptions,
): Promise<McpTestClient> {
  const client = new ClientV1(info, { capabilities: elicit ? { elicitation: {} } : {} });
  if (elicit) client.setRequestHandler(ElicitRequestSchema, ({ params }) => ({ ...elicit(params.message) }));
  const transport = 'url' in target ? new HttpV1(...httpArguments(target)) : new StdioV1(stdioParameters(target));
  if (transport instanceof StdioV1) follow(transport.stderr, onStderr);
  await client.connect(transport);
  return {
    protocolVersion: transport instanceof HttpV1 ? transport.protocolVersion : undefined,
    sessionId: transport instanceof HttpV1 ? transport.sessionId : undefined,
    pid: transport instanceof StdioV1 ? transport.pid : null,
    listTools: async () => (await client.listTools()).tools,
    callTool: (name, args = {}, options = {}) =>
      client.callTool({ name, arguments: args }, CallToolResultSchema, requestOptions(options)) as Promise<ToolResult>,
    close: () => client.close(),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

function httpArguments({ url, token }: HttpTarget): [URL, { requestInit: { headers: Record<string, string> } }] {
  return [new URL(url), { requestInit: { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } } }];
}

function stdioParameters({ command, args, env, cwd }: StdioTarget) {
  return { command, args: [...args], stderr: 'pipe' as const, ...(env && { env: { ...env } }), ...(cwd && { cwd }) };
}

function requestOptions({ signal, onProgress, timeoutMs = 60_000 }: CallOptions) {
  return {
    timeout: timeoutMs,
    ...(signal && { signal }),
    ...(onProgress && { onprogress: ({ progress }: { progress: number }) => onProgress(progress) }),
  };
}

function follow(stream: NodeJS.EventEmitter | null, onText: ((text: string) => void) | undefined): void {
  stream?.on('data', (chunk: Buffer) => onText?.(chunk.toString()));
}
