import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

import type { Command } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { EXIT_OK, EXIT_PENDING, EXIT_REFUSED, openRuntime } from '#cli/command.ts';
import type { Runtime } from '#cli/runtime.ts';
import { openStderr } from '#cli/stderr.ts';
import { FixgateError, toRefusal } from '#domain/errors.ts';
import type { CallTool, ToolAnswer } from '#engine/call-tool.ts';
import { tellAnswer } from '#engine/trace-answers.ts';
import { liftCarrier, textIn } from '#engine/trace-requests.ts';
import { createDropped } from '#telemetry/dropped.ts';
import { listenForStopSignals } from '#transport/stop-signals.ts';

/** Seconds that one poll of a running job waits. */
const POLL_SECONDS = 25;

/** `fixgate call`: any tool without a host, through the same gate. */
export function addCallCommand(program: Command, context: CommandContext): void {
  program
    .command('call')
    .description(
      'Call one tool and print its result or refusal as JSON. Exit 0: answered, 1: refused or failed, 2: pending or running, 3: usage.',
    )
    .argument('<tool>', 'such as get_incident_logs')
    .requiredOption('--json <arguments>', 'the arguments: JSON, @FILE or - for standard input')
    .option('--config <file>', 'configuration; default: fixgate.yaml in the working directory, if there')
    .action((tool: string, options: { readonly json: string; readonly config?: string }) =>
      call(tool, options, context),
    );
}

async function call(
  tool: string,
  options: { readonly json: string; readonly config?: string },
  context: CommandContext,
): Promise<void> {
  const args = parseJson(await readArgument(options.json));
  using stop = listenForStopSignals();
  const dropped = createDropped();
  using stderr = openStderr(() => dropped.add('log_lines'));
  await using runtime = await openRuntime(context.invocation, { configPath: options.config, stderr, dropped });
  const answer = await callAndWait(tracedCalls(runtime), { tool, args, signal: stop.signal });
  console.log(JSON.stringify(answer.refused ? toRefusal(answer.refused) : answer.structured, null, 2));
  context.setExitCode(exitCodeOf(answer));
}

/** Each call has its span, as if a host had sent it. */
function tracedCalls({ callTool, toolNames, tracer }: Runtime): CallTool {
  return (call) => {
    const { args, carrier } = liftCarrier(call.args);
    const target = toolNames.includes(call.name) ? call.name : undefined;
    const incidentId = textIn(args, 'incident_id');
    const request = { method: 'tools/call', target, incidentId, carriers: { argument: carrier } };
    const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': target };
    return tracer.serve({ ...request, attributes }, async (span) => {
      const answer = await callTool({ ...call, args });
      tellAnswer(span, answer, tracer.captured && { args, clean: tracer.captured });
      return answer;
    });
  };
}

interface Request {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** A run of tests is waited for, unless the caller said how long to wait or wants no answer any more. */
export async function callAndWait(callTool: CallTool, { tool, args, signal }: Request): Promise<ToolAnswer> {
  const once = (input: Readonly<Record<string, unknown>>) =>
    callTool({ name: tool, args: input, actor: 'cli', signal, progress: () => {} });
  let answer = await once(args);
  while (args['wait_s'] === undefined && isRunning(answer) && !signal.aborted) {
    answer = await once({
      incident_id: args['incident_id'],
      job_id: answer.structured?.['job_id'],
      wait_s: POLL_SECONDS,
    });
  }
  return answer;
}

function isRunning(answer: ToolAnswer): boolean {
  return answer.structured?.['status'] === 'running';
}

function exitCodeOf(answer: ToolAnswer): number {
  if (answer.refused) return answer.refused.code === 'approval_required' ? EXIT_PENDING : EXIT_REFUSED;
  return isRunning(answer) ? EXIT_PENDING : EXIT_OK;
}

async function readArgument(value: string): Promise<string> {
  if (value === '-') return text(process.stdin);
  if (!value.startsWith('@')) return value;
  try {
    return readFileSync(value.slice(1), 'utf8');
  } catch {
    throw new FixgateError('invalid_input', `The file ${value.slice(1)} cannot be read.`, {
      fix: 'Name a file with the arguments as JSON after the @.',
    });
  }
}

function parseJson(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Answered below, together with JSON that is no object.
  }
  throw new FixgateError('invalid_input', 'The arguments are not a JSON object.', {
    fix: `Write them like --json '{"incident_id":"PD-4821"}'.`,
  });
}
