import { setTimeout } from 'node:timers/promises';

import type { ServerEventBus } from '@modelcontextprotocol/server';

import { png, text, wav, type FixtureTool } from './fixture.ts';

const STEP_MS = 20;

/** Tools that answer on their own: every content type, progress, logs, errors, schemas, change events. */
export function plainTools(bus: ServerEventBus): readonly FixtureTool[] {
  return [...contentTools, ...noisyTools, schemaTool, ...changeTools(bus)];
}

const contentTools: readonly FixtureTool[] = [
  {
    name: 'test_simple_text',
    description: 'Answers with text.',
    call: () => text('This is a simple text response for testing.'),
  },
  {
    name: 'test_image_content',
    description: 'Answers with an image.',
    call: () => ({ content: [{ type: 'image', data: png, mimeType: 'image/png' }] }),
  },
  {
    name: 'test_audio_content',
    description: 'Answers with audio.',
    call: () => ({ content: [{ type: 'audio', data: wav, mimeType: 'audio/wav' }] }),
  },
  {
    name: 'test_embedded_resource',
    description: 'Answers with an embedded resource.',
    call: () => ({
      content: [
        {
          type: 'resource',
          resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'An embedded resource.' },
        },
      ],
    }),
  },
  {
    name: 'test_multiple_content_types',
    description: 'Answers with text, an image and a resource.',
    call: () => ({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        { type: 'image', data: png, mimeType: 'image/png' },
        {
          type: 'resource',
          resource: { uri: 'test://mixed-content-resource', mimeType: 'application/json', text: '{"test":"data"}' },
        },
      ],
    }),
  },
  {
    name: 'test_error_handling',
    description: 'Always fails.',
    call() {
      throw new Error('This tool intentionally returns an error for testing');
    },
  },
  {
    name: 'test_streaming_elicitation',
    description: 'Answers without sending a request of its own.',
    call: () => text('Nothing but this result was sent.'),
  },
];

const noisyTools: readonly FixtureTool[] = [
  {
    name: 'test_tool_with_logging',
    description: 'Sends three log messages while it runs.',
    async call(_args, ctx) {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await ctx.mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
        await setTimeout(STEP_MS);
      }
      return text('Three log messages were sent.');
    },
  },
  {
    name: 'test_logging_tool',
    description: 'Logs only for clients that asked for logs.',
    async call(_args, ctx) {
      await ctx.mcpReq.log('info', 'test_logging_tool ran');
      return text('Logged.');
    },
  },
  {
    name: 'test_tool_with_progress',
    description: 'Reports progress to clients that sent a token.',
    async call(_args, ctx) {
      const { _meta: meta } = ctx.mcpReq;
      const progressToken = meta?.progressToken;
      if (progressToken === undefined) return text('No progress token was sent.');
      for (const progress of [0, 50, 100]) {
        await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
        await setTimeout(STEP_MS);
      }
      return text(`Reported to ${progressToken}.`);
    },
  },
  {
    name: 'test_reconnection',
    description: 'Takes a moment; a server with resumable streams would close them meanwhile.',
    async call(_args, ctx) {
      ctx.http?.closeSSE?.();
      await setTimeout(5 * STEP_MS);
      return text('Answered after the pause.');
    },
  },
];

const schemaTool: FixtureTool = {
  name: 'json_schema_2020_12_tool',
  description: 'Advertises JSON Schema 2020-12 keywords.',
  inputSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  },
  call: (args) => text(JSON.stringify(args)),
};

function changeTools(bus: ServerEventBus): readonly FixtureTool[] {
  return [
    {
      name: 'test_trigger_tool_change',
      description: 'Announces a changed tool list.',
      call() {
        bus.publish({ kind: 'tools_list_changed' });
        return text('Announced.');
      },
    },
    {
      name: 'test_trigger_prompt_change',
      description: 'Announces a changed prompt list.',
      call() {
        bus.publish({ kind: 'prompts_list_changed' });
        return text('Announced.');
      },
    },
  ];
}
