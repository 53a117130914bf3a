import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** One tool call of the script; `input` may use what earlier calls answered. */
export interface ScriptStep {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A model that does as its script says, whatever it is told. */
export interface ScriptedModel extends AsyncDisposable {
  /** Base URL of its Messages API. */
  readonly url: string;
  /** Names of the tools that the host offers its model. */
  readonly offered: ReadonlySet<string>;
  /** What the host showed its model of each call, in the order of the script. */
  readonly results: readonly ShownResult[];
}

/** A tool result as the model reads it. */
export interface ShownResult {
  readonly text: string;
  readonly isError: boolean;
}

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly is_error?: boolean;
  readonly content?: string | readonly Block[];
}

interface MessagesRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly tools?: readonly { readonly name: string }[];
  readonly messages?: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

/** Serves the part of Anthropic's Messages API that a host needs for one conversation. */
export async function startScriptedModel(script: readonly ScriptStep[]): Promise<ScriptedModel> {
  const offered = new Set<string>();
  let results: readonly ShownResult[] = [];

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url?.split('?', 1)[0];
    if (req.method !== 'POST') return void res.writeHead(404).end();
    const request = (await json(req)) as MessagesRequest;
    if (path !== '/v1/messages') return sendJson(res, { input_tokens: 100 });
    for (const { name } of request.tools ?? []) offered.add(name);
    const shown = shownResults(request);
    if (shown.length > results.length) results = shown;
    // Hosts ask for titles and the like beside the conversation, without tools.
    const step = request.tools?.length ? script[shown.length] : undefined;
    const block = step
      ? { type: 'tool_use', id: `toolu_${shown.length}`, name: step.tool, input: step.input }
      : { type: 'text', text: 'Done.' };
    const message = {
      id: `msg_${shown.length}`,
      type: 'message',
      role: 'assistant',
      model: request.model ?? 'scripted',
      stop_sequence: null,
      usage: { input_tokens: 100, output_tokens: 20 },
    };
    const stop = { stop_reason: step ? 'tool_use' : 'end_turn' };
    if (request.stream !== true) return sendJson(res, { ...message, ...stop, content: [block] });
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.end(toEvents({ ...message, content: [], stop_reason: null }, block, stop));
  }

  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => res.writeHead(500).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    offered,
    get results() {
      return results;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function shownResults({ messages = [] }: MessagesRequest): ShownResult[] {
  const blocks = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  return blocks
    .filter(({ type }) => type === 'tool_result')
    .map(({ content = '', is_error = false }) => ({ text: textOf(content), isError: is_error }));
}

function textOf(content: string | readonly Block[]): string {
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('\n');
}

type Content =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: string; readonly input: unknown; readonly [key: string]: unknown };

/** One content block as the API streams it: begun empty, then filled. */
function toEvents(message: object, block: object, stop: object): string {
  const content = block as Content;
  const filled =
    'input' in content
      ? { type: 'input_json_delta', partial_json: JSON.stringify(content.input) }
      : { type: 'text_delta', text: content.text };
  const empty = 'input' in content ? { ...content, input: {} } : { ...content, text: '' };
  const events: readonly (readonly [string, object])[] = [
    ['message_start', { message }],
    ['content_block_start', { index: 0, content_block: empty }],
    ['content_block_delta', { index: 0, delta: filled }],
    ['content_block_stop', { index: 0 }],
    ['message_delta', { delta: { ...stop, stop_sequence: null }, usage: { output_tokens: 20 } }],
    ['message_stop', {}],
  ];
  return events.map(([type, data]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`).join('');
}

function sendJson(res: ServerResponse, body: object): void {
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
