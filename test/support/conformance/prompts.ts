import { acceptedContent, inputRequired, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { GetPromptResult, InputRequiredResult, Prompt, Server, ServerContext } from '@modelcontextprotocol/server';

import { ask, png } from './fixture.ts';

type PromptAnswer = GetPromptResult | InputRequiredResult;

interface FixturePrompt extends Prompt {
  get(args: Readonly<Record<string, string>>, ctx: ServerContext): PromptAnswer;
}

const says = (value: string): GetPromptResult['messages'][number] => ({
  role: 'user',
  content: { type: 'text', text: value },
});

const prompts: readonly FixturePrompt[] = [
  {
    name: 'test_simple_prompt',
    description: 'Has no arguments.',
    get: () => ({ messages: [says('This is a simple prompt for testing.')] }),
  },
  {
    name: 'test_prompt_with_arguments',
    description: 'Has two required arguments.',
    arguments: [
      { name: 'arg1', description: 'First', required: true },
      { name: 'arg2', description: 'Second', required: true },
    ],
    get: ({ arg1, arg2 }) => ({ messages: [says(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] }),
  },
  {
    name: 'test_prompt_with_embedded_resource',
    description: 'Embeds a resource.',
    arguments: [{ name: 'resourceUri', description: 'What to embed', required: true }],
    get: ({ resourceUri = '' }) => ({
      messages: [
        {
          role: 'user',
          content: { type: 'resource', resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded.' } },
        },
        says('Please process the embedded resource above.'),
      ],
    }),
  },
  {
    name: 'test_prompt_with_image',
    description: 'Shows an image.',
    get: () => ({
      messages: [
        { role: 'user', content: { type: 'image', data: png, mimeType: 'image/png' } },
        says('Please analyze the image above.'),
      ],
    }),
  },
  {
    name: 'test_input_required_result_prompt',
    description: 'Needs a context from the user.',
    get(_args, ctx) {
      const given = acceptedContent<{ context?: unknown }>(ctx.mcpReq.inputResponses, 'user_context')?.context;
      if (typeof given === 'string') return { messages: [says(`Use the following context: ${given}`)] };
      return inputRequired({
        inputRequests: { user_context: ask('What context should the prompt use?', 'context') },
      });
    },
  },
];

/** Serves the suite's prompts. */
export function servePrompts(server: Server): void {
  server.setRequestHandler('prompts/list', () => ({ prompts: prompts.map(({ get: _get, ...prompt }) => prompt) }));
  server.setRequestHandler('prompts/get', ({ params }, ctx) => {
    const prompt = prompts.find(({ name }) => name === params.name);
    if (!prompt) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Prompt ${params.name} not found`);
    return prompt.get(params.arguments ?? {}, ctx);
  });
}
