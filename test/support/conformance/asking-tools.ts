import type { ServerContext } from '@modelcontextprotocol/server';

import { text, type FixtureTool } from './fixture.ts';

type FormSchema = Readonly<Record<string, unknown>>;

/**
 * Tools of the 2025 revisions: they send a request to the client on the stream of their own call, with `mcpReq.send`.
 * `mcpReq.requestSampling` would use the session's stream, and a request is lost while the client has not opened that.
 */
export const askingTools: readonly FixtureTool[] = [
  {
    name: 'test_sampling',
    description: 'Has the client complete a prompt.',
    inputSchema: { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] },
    async call({ prompt }, ctx) {
      const { content } = await ctx.mcpReq.send({
        method: 'sampling/createMessage',
        params: {
          messages: [{ role: 'user', content: { type: 'text', text: String(prompt) } }],
          maxTokens: 100,
        },
      });
      const block = Array.isArray(content) ? content[0] : content;
      return text(`LLM response: ${block?.type === 'text' ? block.text : 'none'}`);
    },
  },
  {
    name: 'test_elicitation',
    description: 'Asks the user for a text.',
    inputSchema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
    call: ({ message }, ctx) =>
      elicited(ctx, String(message), { response: { type: 'string', description: 'The answer' } }),
  },
  {
    name: 'test_elicitation_sep1034_defaults',
    description: 'Asks with a default for each primitive type.',
    call: (_args, ctx) =>
      elicited(ctx, 'Review the defaults', {
        name: { type: 'string', default: 'John Doe' },
        age: { type: 'integer', default: 30 },
        score: { type: 'number', default: 95.5 },
        status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
        verified: { type: 'boolean', default: true },
      }),
  },
  {
    name: 'test_elicitation_sep1330_enums',
    description: 'Asks with each form of enumeration.',
    call: (_args, ctx) => elicited(ctx, 'Select options', enumFields),
  },
];

const options = ['option1', 'option2', 'option3'];
const titled = ['value1', 'value2', 'value3'].map((value, index) => ({ const: value, title: `Option ${index + 1}` }));

const enumFields: FormSchema = {
  untitledSingle: { type: 'string', enum: options },
  titledSingle: { type: 'string', oneOf: titled },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
  untitledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', enum: options } },
  titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: titled } },
};

async function elicited(ctx: ServerContext, message: string, properties: FormSchema) {
  const requestedSchema = { type: 'object', properties };
  const { action, content } = await ctx.mcpReq.send({
    method: 'elicitation/create',
    params: { message, requestedSchema },
  });
  return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
}
