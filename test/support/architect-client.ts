/** What architect makes of one call. */
export interface ArchitectResult {
  /** False only for a JSON-RPC error or an HTTP status of 400 and above; `isError` is not read. */
  readonly success: boolean;
  readonly output: string;
}

/** A client with the habits of architect 1.1.0, whose code never initializes a second time. */
export interface ArchitectClient {
  /** The session id it was given, which it would keep for ever. */
  readonly sessionId: string | undefined;
  readonly tools: readonly ArchitectTool[];
  /** Calls a tool; arguments of its schema that are not given are sent as explicit nulls. */
  callTool(name: string, args?: Readonly<Record<string, unknown>>): Promise<ArchitectResult>;
}

interface ArchitectTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: { readonly properties?: Readonly<Record<string, unknown>> };
}

interface ArchitectOptions {
  readonly token?: string;
  /** Milliseconds it waits between two bytes of an answer. */
  readonly readTimeoutMs?: number;
}

interface Block {
  readonly text?: string;
  readonly data?: string;
}

interface RpcAnswer {
  readonly result?: { readonly tools?: readonly ArchitectTool[]; readonly content?: readonly Block[] };
  readonly error?: { readonly message: string };
}

/** Initializes as 2024-11-05 without `notifications/initialized` and lists the tools. */
export async function connectArchitect(url: string, options: ArchitectOptions = {}): Promise<ArchitectClient> {
  let nextId = 1;
  let sessionId: string | undefined;

  const rpc = async (method: string, params: unknown): Promise<RpcAnswer> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
        ...(sessionId !== undefined && { 'mcp-session-id': sessionId }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: nextId++, method, params }),
    });
    const body = await readSlowly(response, options.readTimeoutMs ?? 30_000);
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${body}`);
    sessionId ??= response.headers.get('mcp-session-id') ?? undefined;
    return firstMessage(body, response.headers.get('content-type') ?? '');
  };

  await rpc('initialize', {
    protocolVersion: '2024-11-05',
    capabilities: {},
    clientInfo: { name: 'architect-cli', version: '1.0' },
  });
  const tools = (await rpc('tools/list', {})).result?.tools ?? [];

  return {
    get sessionId() {
      return sessionId;
    },
    tools,
    async callTool(name, args = {}) {
      const known = Object.keys(tools.find((tool) => tool.name === name)?.inputSchema.properties ?? {});
      const nulls = Object.fromEntries(known.map((property) => [property, null]));
      const answer = await rpc('tools/call', { name, arguments: { ...nulls, ...args } }).catch(toFailure);
      if (answer.error) return { success: false, output: answer.error.message };
      return { success: true, output: (answer.result?.content ?? []).map((b) => b.text ?? b.data ?? '').join('\n') };
    },
  };
}

function toFailure(error: unknown): RpcAnswer {
  return { error: { message: String(error) } };
}

async function readSlowly(response: Response, readTimeoutMs: number): Promise<string> {
  const reader = (response.body ?? new Blob([]).stream()).getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const silence = Promise.withResolvers<never>();
    const timer = setTimeout(() => silence.reject(new Error(`No byte for ${readTimeoutMs} ms`)), readTimeoutMs);
    const { done, value } = await Promise.race([reader.read(), silence.promise]).finally(() => clearTimeout(timer));
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
}

/** Like architect: of an event stream, the first `data:` line that is JSON-RPC, whatever it is. */
function firstMessage(body: string, contentType: string): RpcAnswer {
  if (contentType.includes('application/json')) return JSON.parse(body) as RpcAnswer;
  for (const line of body.split('\n')) {
    if (!line.startsWith('data:')) continue;
    const data = line.slice('data:'.length).trim();
    if (data.includes('"jsonrpc"')) return JSON.parse(data) as RpcAnswer;
  }
  throw new Error('The event stream holds no JSON-RPC message.');
}
