import { inputRequired } from '@modelcontextprotocol/server';
import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';

/** What a fixture tool may answer. */
export type FixtureResult = CallToolResult | InputRequiredResult;

/** A tool that the conformance suite calls by name. */
export interface FixtureTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema?: Record<string, unknown>;
  call(args: Readonly<Record<string, unknown>>, ctx: ServerContext): FixtureResult | Promise<FixtureResult>;
}

/** A 1×1 PNG. */
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/** A WAV file without samples. */
export const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

/** A result of one text block. */
export function text(value: string): CallToolResult {
  return { content: [{ type: 'text', text: value }] };
}

const fieldTypes = { string: { type: 'string' }, boolean: { type: 'boolean' } } as const;

/** A form with one required field. */
export function ask(message: string, field: string, type: keyof typeof fieldTypes = 'string') {
  return inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties: { [field]: fieldTypes[type] }, required: [field] },
  });
}

/** A question for the client's model. */
export function askModel(question: string) {
  return inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: question } }],
    maxTokens: 100,
  });
}
