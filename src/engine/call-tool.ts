import { randomUUID } from 'node:crypto';

import type { ActionKind } from '#domain/action.ts';
import { FixgateError, toRefusal } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { SERVER_CHAIN } from '#domain/timeline.ts';
import { didYouMean, parseArguments } from '#engine/arguments.ts';
import type { Incidents } from '#engine/incidents.ts';
import type { Pages } from '#engine/pages.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import type { RenderedResult } from '#engine/render.ts';
import { MAX_RESULT_CHARS, renderRefusal } from '#engine/render.ts';
import type { RegisteredTool, ToolRegistry } from '#engine/tool-registry.ts';
import type { AnyTool, CallContext, ToolServices } from '#engine/tool.ts';
import type { Attempt, Gate } from '#policy/gate.ts';
import { escalatedError } from '#policy/gate.ts';
import type { Permit } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';

/** One `tools/call`, whoever sends it. */
export interface ToolCall {
  readonly name: string;
  readonly args: unknown;
  readonly actor: string;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}

/** The answer to a call; `refused` carries the code of what went wrong. */
export interface ToolAnswer extends RenderedResult {
  readonly callId: string;
  readonly refused?: FixgateError;
  /** The whole of a cut answer. */
  readonly evidence?: { readonly uri: string; readonly title: string; readonly mimeType: string };
}

interface CallToolDeps {
  readonly registry: ToolRegistry;
  readonly services: ToolServices;
  readonly gate: Gate;
  readonly incidents: Incidents;
  readonly pages: Pages;
  readonly store: Pick<Store, 'append' | 'getIncident'>;
  readonly redact: Redact;
  /** Where unexpected failures are told, with the reference that the caller got. */
  readonly onInternalError: (reference: string, error: unknown) => void;
}

/** Serves one call from arguments to answer. */
export type CallTool = (call: ToolCall) => Promise<ToolAnswer>;

interface Prepared {
  readonly tool: AnyTool;
  readonly input: Readonly<Record<string, unknown>>;
  readonly incident: Incident;
  readonly attempt: Attempt;
  readonly context: CallContext;
}

/** The one path every call takes: parse, plan, judge, run, render; every attempt leaves a record. */
export function createCallTool(deps: CallToolDeps): CallTool {
  async function serve(call: ToolCall, callId: string): Promise<ToolAnswer> {
    const registered = findTool(deps.registry, call.name);
    const input = parseArguments(registered.tool, registered.inputSchema, call.args) as Record<string, unknown>;
    const service = typeof input['service'] === 'string' ? { service: input['service'] } : {};
    const incident = await deps.incidents.resolve(String(input['incident_id']), registered.tool.effect, {
      actor: call.actor,
      ...service,
    });
    const attempt = {
      incident,
      callId,
      tool: call.name,
      actor: call.actor,
      bytesIn: JSON.stringify(call.args ?? {}).length,
    };
    const context = { incident, actor: call.actor, signal: call.signal, progress: call.progress };
    return act({ tool: registered.tool, input, incident, attempt, context });
  }

  async function act(prepared: Prepared): Promise<ToolAnswer> {
    const { tool, input, incident, attempt, context } = prepared;
    const free = tool.effect === 'inspect' || input['job_id'] !== undefined;
    if (incident.state === 'escalated' && !free) throw escalatedError(incident);
    const page =
      typeof input['cursor'] === 'string' ? deps.pages.open(incident, tool.name, input['cursor']) : undefined;
    const action = page ? page.action : await tool.plan(input, deps.services, context);
    if (input['dry_run'] === true && tool.dryRun) {
      await deps.gate.check<ActionKind>(action, attempt);
      record(prepared, 'call.free', `${tool.name} dry run: allowed`);
      return deps.pages.render(prepared, tool.dryRun(action, input, deps.services));
    }
    const permit = await deps.gate.admit<ActionKind>(action, attempt);
    try {
      const output = page ? page.output : await tool.run(permit, input, deps.services, context);
      const answer = deps.pages.render(prepared, output, page?.position);
      deps.gate.settle(permit, attempt, {
        ok: true,
        summary: summaryOf(answer),
        bytesOut: Buffer.byteLength(answer.text),
      });
      deps.incidents.moved(permit);
      return answer;
    } catch (error) {
      settleFailure(permit, attempt, error);
      throw error;
    }
  }

  function settleFailure(permit: Permit, attempt: Attempt, error: unknown): void {
    const summary =
      error instanceof FixgateError
        ? `${attempt.tool} failed: ${error.message.split('\n')[0]}`
        : `${attempt.tool} failed unexpectedly`;
    const code = error instanceof FixgateError ? error.code : 'internal';
    deps.gate.settle(permit, attempt, {
      ok: false,
      summary: deps.redact(summary).slice(0, 500),
      bytesOut: 0,
      data: { code },
    });
  }

  function record({ attempt }: Prepared, type: 'call.free', summary: string): void {
    deps.store.append(attempt.incident.id, {
      type,
      actor: attempt.actor,
      tool: attempt.tool,
      callId: attempt.callId,
      summary,
      data: {},
    });
  }

  function refuse(call: ToolCall, callId: string, error: FixgateError): ToolAnswer {
    const id = incidentIdOf(call.args);
    const chain = id !== undefined && deps.store.getIncident(id) ? id : SERVER_CHAIN;
    const judged =
      error.code === 'policy_denied' || error.code === 'budget_exhausted' || error.code === 'approval_required';
    const refusal = redactDeep(toRefusal(error), deps.redact);
    deps.store.append(chain, {
      type: judged ? 'call.denied' : 'call.invalid',
      actor: call.actor,
      tool: deps.redact(call.name).slice(0, 128),
      callId,
      summary: (refusal.message.split('\n')[0] ?? '').slice(0, 500),
      data: { code: refusal.code, rule_ids: refusal.rule_ids, fix: refusal.fix.slice(0, 500) },
    });
    if (chain === id && error.code === 'budget_exhausted') deps.incidents.exhausted(id, error);
    return { callId, text: renderRefusal(refusal, callId).slice(0, MAX_RESULT_CHARS), refused: error };
  }

  return async (call) => {
    const callId = randomUUID();
    try {
      return { ...(await serve(call, callId)), callId };
    } catch (thrown) {
      const error = thrown instanceof FixgateError ? thrown : internalError(callId, thrown, deps.onInternalError);
      return refuse(call, callId, error);
    }
  };
}

function findTool(registry: ToolRegistry, name: string): RegisteredTool {
  const registered = registry.get(name);
  if (registered) return registered;
  const hidden = registry.hidden.get(name);
  if (hidden) {
    throw new FixgateError('policy_denied', `The tool ${name} is switched off on this server. Nothing was done.`, {
      ruleIds: [hidden],
      fix: `Use one of these tools: ${registry.names.join(', ')}.`,
      retry: 'never',
    });
  }
  throw new FixgateError(
    'not_found',
    `There is no tool named ${JSON.stringify(name.slice(0, 64))}${didYouMean(name, registry.names)}.`,
    {
      fix: `Use one of these tools: ${registry.names.join(', ')}.`,
    },
  );
}

function incidentIdOf(args: unknown): string | undefined {
  const id = args !== null && typeof args === 'object' ? (args as Record<string, unknown>)['incident_id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

function summaryOf(answer: ToolAnswer): string {
  return (answer.text.split('\n')[0] ?? '').slice(0, 500);
}

function internalError(reference: string, cause: unknown, report: CallToolDeps['onInternalError']): FixgateError {
  report(reference, cause);
  return new FixgateError('internal', `Something broke here, not in your request. Reference ${reference}.`, {
    fix: 'Tell the on-call engineer this reference; the server log has the details.',
    cause,
  });
}
