import { acceptedContent, CLIENT_CAPABILITIES_META_KEY, inputRequired } from '@modelcontextprotocol/server';
import type { ClientCapabilities, InputRequests, RequestStateCodec, ServerContext } from '@modelcontextprotocol/server';

import { ask, askModel, text, type FixtureTool } from './fixture.ts';

/** What travels through the client between two rounds, signed. */
export interface RoundState {
  readonly tool: string;
  readonly round: number;
  readonly name?: string;
}

/** Tools of revision 2026-07-28: they answer with what they need and are called again with it. */
export function inputRequiredTools(codec: RequestStateCodec<RoundState>): readonly FixtureTool[] {
  return [...statelessTools, ...statefulTools(codec)];
}

const statelessTools: readonly FixtureTool[] = [
  {
    name: 'test_input_required_result_elicitation',
    description: 'Needs a name from the user.',
    call(_args, ctx) {
      const name = answered(ctx, 'user_name', 'name');
      if (name === undefined) return inputRequired({ inputRequests: { user_name: ask('What is your name?', 'name') } });
      return text(`Hello, ${name}!`);
    },
  },
  {
    name: 'test_input_required_result_sampling',
    description: "Needs an answer from the client's model.",
    call(_args, ctx) {
      const completion = completed(ctx, 'capital_question');
      if (completion !== undefined) return text(`The model said: ${completion}`);
      return inputRequired({ inputRequests: { capital_question: askModel('What is the capital of France?') } });
    },
  },
  {
    name: 'test_missing_capability',
    description: 'Needs sampling, which its caller has not declared.',
    call(_args, ctx) {
      const completion = completed(ctx, 'llm_answer');
      if (completion !== undefined) return text(completion);
      return inputRequired({ inputRequests: { llm_answer: askModel('Say pong.') } });
    },
  },
  {
    name: 'test_input_required_result_list_roots',
    description: "Needs the client's roots.",
    call(_args, ctx) {
      const roots = listedRoots(ctx);
      if (roots === undefined) return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
      return text(`The client has ${roots.length} roots.`);
    },
  },
  {
    name: 'test_input_required_result_capabilities',
    description: 'Needs only what its caller can give.',
    call(_args, ctx) {
      if (ctx.mcpReq.inputResponses) return text('Answered.');
      const inputRequests = coveredRequests(ctx);
      return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : text('Nothing can be asked.');
    },
  },
];

function statefulTools(codec: RequestStateCodec<RoundState>): readonly FixtureTool[] {
  const confirming = (tool: string, reply: string): FixtureTool => ({
    name: `test_input_required_result_${tool}`,
    description: 'Needs a confirmation, with signed state.',
    async call(_args, ctx) {
      if (stateOf(ctx, tool) && answered(ctx, 'confirm', 'ok') !== undefined) return text(reply);
      return inputRequired({
        inputRequests: { confirm: ask('Please confirm', 'ok', 'boolean') },
        requestState: await codec.mint({ tool, round: 1 }, ctx),
      });
    },
  });

  return [
    confirming('request_state', 'state-ok'),
    confirming('tampered_state', 'The state was not changed.'),
    {
      name: 'test_input_required_result_multiple_inputs',
      description: 'Needs three kinds of input in one round.',
      async call(_args, ctx) {
        const name = answered(ctx, 'user_name', 'name');
        const greeting = completed(ctx, 'greeting');
        const roots = listedRoots(ctx);
        if (name !== undefined && greeting !== undefined && roots)
          return text(`${greeting} ${name}, ${roots.length} roots`);
        return inputRequired({
          inputRequests: {
            user_name: ask('What is your name?', 'name'),
            greeting: askModel('Generate a greeting'),
            client_roots: inputRequired.listRoots(),
          },
          requestState: await codec.mint({ tool: 'multiple_inputs', round: 1 }, ctx),
        });
      },
    },
    {
      name: 'test_input_required_result_multi_round',
      description: 'Needs a name, then a colour.',
      async call(_args, ctx) {
        const state = stateOf(ctx, 'multi_round');
        if (state?.round === 2) return text(`${state.name} likes ${answered(ctx, 'step2', 'color')}`);
        const name = state && answered(ctx, 'step1', 'name');
        const inputRequests: InputRequests = name
          ? { step2: ask('Step 2: What is your favorite color?', 'color') }
          : { step1: ask('Step 1: What is your name?', 'name') };
        const next: RoundState = { tool: 'multi_round', round: name ? 2 : 1, ...(name && { name }) };
        return inputRequired({ inputRequests, requestState: await codec.mint(next, ctx) });
      },
    },
  ];
}

function coveredRequests(ctx: ServerContext): InputRequests {
  const declared = (ctx.mcpReq.envelope as Partial<Record<string, ClientCapabilities>> | undefined)?.[
    CLIENT_CAPABILITIES_META_KEY
  ];
  return {
    ...(declared?.elicitation && { user_name: ask('What is your name?', 'name') }),
    ...(declared?.sampling && { greeting: askModel('Generate a greeting') }),
    ...(declared?.roots && { client_roots: inputRequired.listRoots() }),
  };
}

function stateOf(ctx: ServerContext, tool: string): RoundState | undefined {
  const state = ctx.mcpReq.requestState<RoundState>();
  return state?.tool === tool ? state : undefined;
}

function answered(ctx: ServerContext, key: string, field: string): string | undefined {
  const value = acceptedContent(ctx.mcpReq.inputResponses, key)?.[field];
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
}

function completed(ctx: ServerContext, key: string): string | undefined {
  const response = ctx.mcpReq.inputResponses?.[key] as { content?: { text?: unknown } } | undefined;
  return typeof response?.content?.text === 'string' ? response.content.text : undefined;
}

function listedRoots(ctx: ServerContext): readonly unknown[] | undefined {
  const response = ctx.mcpReq.inputResponses?.['client_roots'] as { roots?: unknown } | undefined;
  return Array.isArray(response?.roots) ? response.roots : undefined;
}
