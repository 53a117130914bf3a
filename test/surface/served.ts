import { runFromSource } from '../support/run-from-source.ts';

/** One tool as a client reads it. */
export interface ServedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonSchema & { readonly properties: Readonly<Record<string, JsonSchema>> };
  readonly outputSchema: JsonSchema;
  readonly annotations: Readonly<Record<string, unknown>>;
}

/** The part of JSON Schema that the tests look at. */
export interface JsonSchema {
  readonly type?: unknown;
  readonly items?: JsonSchema;
  readonly [key: string]: unknown;
}

/** Everything a client is told before its first call. */
export interface Surface {
  readonly initialize: { readonly instructions: string; readonly [key: string]: unknown };
  readonly tools: readonly ServedTool[];
  readonly prompts: readonly { readonly name: string }[];
  readonly prompt: unknown;
  readonly resourceTemplates: readonly unknown[];
}

/** Asks a real server process over stdio, message by message as they stand on the wire. */
export async function readSurface(): Promise<Surface> {
  const messages = [
    request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'surface', version: '0' },
    }),
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    request('tools/list'),
    request('prompts/list'),
    request('prompts/get', { name: 'remediate_incident', arguments: { incident_id: 'PD-4821' } }),
    request('resources/templates/list'),
  ];
  const stdin = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
  const { stdout, stderr } = await runFromSource(['serve'], stdin);
  const answers = new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly id: string; readonly result: Record<string, unknown> })
      .map(({ id, result }) => [id, result]),
  );
  const result = (method: string) => {
    const found = answers.get(method);
    if (!found) throw new Error(`No answer to ${method}: ${stderr}`);
    return found;
  };
  // Every answer names a span of its own.
  const { _meta, ...prompt } = result('prompts/get');
  return {
    initialize: result('initialize') as Surface['initialize'],
    tools: result('tools/list')['tools'] as Surface['tools'],
    prompts: result('prompts/list')['prompts'] as Surface['prompts'],
    prompt,
    resourceTemplates: result('resources/templates/list')['resourceTemplates'] as unknown[],
  };
}

function request(method: string, params: object = {}): object {
  return { jsonrpc: '2.0', id: method, method, params };
}
