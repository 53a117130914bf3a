import { randomUUID } from 'node:crypto';

import type { ActionKind } from '#domain/action.ts';
import type { Refusal } from '#domain/errors.ts';
import { FixgateError, toRefusal } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { SERVER_CHAIN } from '#domain/timeline.ts';
import { didYouMean, parseArguments } from '#engine/arguments.ts';
import { flagRows } from '#engine/flag-rows.ts';
import type { Incidents } from '#engine/incidents.ts';
import { withDoubt } from '#engine/look-alike.ts';
import type { NextPage, Pages } from '#engine/pages.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import type { RenderedResult } from '#engine/render.ts';
import { MAX_RESULT_CHARS, renderRefusal } from '#engine/render.ts';
import type { RegisteredTool, ToolRegistry } from '#engine/tool-registry.ts';
import type { AnyTool, CallContext, ToolServices } from '#engine/tool.ts';
import { evaluated } from '#engine/trace-answers.ts';
import { incidentAttributes } from '#engine/trace-requests.ts';
import type { Attempt, Gate } from '#policy/gate.ts';
import type { ReportedUsage } from '#policy/prices.ts';
import { endedError, isEnded } from '#policy/refusals.ts';
import type { Permit } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';
import { callFacts } from '#telemetry/call-facts.ts';
import { annotateRequest } from '#telemetry/tracing.ts';

/** One `tools/call`, whoever sends it. */
export interface ToolCall {
  readonly name: string;
  readonly args: unknown;
  readonly actor: string;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
  /** What its host says that the model used for it. */
  readonly usage?: ReportedUsage | undefined;
}

/** The answer to a call; `refused` carries what went wrong, redacted. */
export interface ToolAnswer extends RenderedResult {
  readonly callId: string;
  readonly refused?: FixgateError;
  /** The whole of a cut answer. */
  readonly evidence?: { readonly uri: string; readonly title: string; readonly mimeType: string };
  /** Address of a text that the answer is about, in full. */
  readonly log?: string;
  /** A picture that was asked for; its text is redacted. */
  readonly picture?: { readonly text: string; readonly mimeType: string };
}

interface CallToolDeps {
  readonly registry: ToolRegistry;
  readonly services: ToolServices;
  readonly gate: Gate;
  readonly incidents: Incidents;
  readonly pages: Pages;
  readonly store: Pick<Store, 'append' | 'getIncident' | 'getEvidence' | 'listIncidents' | 'timeline'>;
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

/** How far a call came: an admitted one is closed with `settle`, any other with a record of the refusal. */
interface Progress {
  /** The arguments are those of a known tool. */
  understood?: boolean;
  dryRun?: boolean;
  admitted?: { readonly permit: Permit; readonly attempt: Attempt };
}

/** The one path every call takes: parse, plan, judge, run, render; every attempt leaves a record. */
export function createCallTool(deps: CallToolDeps): CallTool {
  async function serve(call: ToolCall, callId: string, progress: Progress): Promise<ToolAnswer> {
    const registered = findTool(deps.registry, call.name);
    const input = parseArguments(registered.tool, registered.inputSchema, call.args) as Record<string, unknown>;
    progress.understood = true;
    progress.dryRun = input['dry_run'] === true;
    const { service, env } = input;
    const incident = await deps.incidents.resolve(String(input['incident_id']), registered.tool.effect, {
      actor: call.actor,
      dryRun: progress.dryRun,
      ...(typeof service === 'string' && { service }),
      ...(typeof env === 'string' && { environment: env }),
    });
    annotateRequest(incidentAttributes(incident));
    const attempt = {
      incident,
      callId,
      tool: call.name,
      actor: call.actor,
      bytesIn: Buffer.byteLength(JSON.stringify(call.args ?? {})),
      usage: call.usage,
    };
    const context = { incident, actor: call.actor, signal: call.signal, progress: call.progress };
    return act({ tool: registered.tool, input, incident, attempt, context }, progress);
  }

  async function act(prepared: Prepared, progress: Progress): Promise<ToolAnswer> {
    const { tool, input, incident, attempt, context } = prepared;
    const free = tool.effect === 'inspect' || tool.effect === 'escalate' || input['job_id'] !== undefined;
    if (isEnded(incident) && !free) throw endedError(incident);
    const page =
      typeof input['cursor'] === 'string' ? deps.pages.open(incident, tool.name, input['cursor']) : undefined;
    const action = page ? page.action : await tool.plan(input, deps.services, context);
    if (input['dry_run'] === true && tool.dryRun) {
      await evaluated(action.kind, () => deps.gate.check<ActionKind>(action, attempt));
      record(prepared, 'call.free', `${tool.name} dry run: allowed`);
      return deps.pages.render(prepared, await tool.dryRun(action, input, deps.services, context));
    }
    if (context.signal.aborted) throw cancelledError(tool.name);
    const permit = await evaluated(action.kind, () => deps.gate.admit<ActionKind>(action, attempt));
    if (permit.action.kind !== 'inspect' && permit.action.kind !== 'escalate') progress.admitted = { permit, attempt };
    const answer = await carryOut(prepared, permit, page);
    const bytesOut = Buffer.byteLength(answer.text);
    const { cached, scanned_bytes: scanned } = answer.structured ?? {};
    const data = { ...(cached === true && { cached }), ...callFacts() };
    const bytesScanned = typeof scanned === 'number' && !page ? scanned : 0;
    const ending = { ok: true, summary: firstLine(answer.text), bytesOut, bytesScanned, data };
    const warnings = deps.gate.settle(permit, attempt, ending);
    deps.incidents.moved(permit);
    if (tool.effect === 'test') deps.incidents.watch(incident);
    const log = tool.log === undefined ? undefined : answer.structured?.[tool.log];
    const picture = pictureOf(prepared, answer);
    const text = withLines(answer.text, warnings);
    return { ...answer, text, ...(typeof log === 'string' && { log }), ...(picture && { picture }) };
  }

  /** What an answer points to as its picture, if it is still kept. */
  function pictureOf({ tool, incident }: Prepared, answer: ToolAnswer): ToolAnswer['picture'] {
    const address = tool.picture === undefined ? undefined : answer.structured?.[tool.picture];
    const n = typeof address === 'string' ? Number(/\/evidence\/(\d{1,6})$/.exec(address)?.[1]) : Number.NaN;
    const kept = Number.isNaN(n) ? undefined : deps.store.getEvidence(incident.id, n);
    if (!kept?.mimeType.startsWith('image/') || kept.purgedAt !== undefined) return undefined;
    return { text: kept.text, mimeType: kept.mimeType };
  }

  /** A page is cut from a kept answer, an identical read is answered from one; everything else is run. */
  async function carryOut(prepared: Prepared, permit: Permit, page: NextPage | undefined): Promise<ToolAnswer> {
    const { tool, input, context, incident } = prepared;
    const { action } = permit;
    if (page) return deps.pages.render(prepared, page.output, { position: page.position });
    const known = action.kind === 'read' ? deps.pages.recall(prepared, action) : undefined;
    if (known) return deps.pages.render(prepared, known.output, known);
    const answered = await tool.run(permit, input, deps.services, context);
    const output = action.kind === 'read' ? flagRows(answered, tool.rows) : answered;
    const kept = action.kind === 'read' ? deps.pages.remember(prepared, action, output) : undefined;
    const told = action.kind === 'read' ? withDoubt(output, incident, deps.store) : output;
    return deps.pages.render(prepared, told, kept && { kept });
  }

  function record({ attempt }: Prepared, type: 'call.free', summary: string): void {
    const { incident, actor, tool, callId } = attempt;
    deps.store.append(incident.id, { type, actor, tool, callId, summary, data: {} });
  }

  /** The one record of how a call ended badly. */
  function close({ call, callId, refusal, text }: Refused, progress: Progress): void {
    const { admitted } = progress;
    const { code, rule_ids } = refusal;
    const { autonomy, risk } = refusal.evidence;
    const data = {
      code,
      rule_ids,
      fix: refusal.fix.slice(0, 500),
      ...(autonomy !== undefined && { autonomy }),
      ...(risk !== undefined && { risk }),
      ...callFacts(),
    };
    if (admitted) {
      const told = code === 'internal' ? 'failed unexpectedly' : `failed: ${refusal.message}`;
      const summary = firstLine(`${admitted.attempt.tool} ${told}`);
      deps.gate.settle(admitted.permit, admitted.attempt, {
        ok: false,
        summary,
        bytesOut: Buffer.byteLength(text),
        data,
      });
      return;
    }
    const id = incidentIdOf(call.args);
    const chain = id !== undefined && deps.store.getIncident(id) ? id : SERVER_CHAIN;
    const judged = code === 'policy_denied' || code === 'budget_exhausted' || code === 'approval_required';
    const tool = firstLine(deps.redact(call.name)).slice(0, 128);
    const summary = firstLine(refusal.message);
    deps.store.append(chain, {
      type: judged ? 'call.denied' : 'call.invalid',
      actor: call.actor,
      tool,
      callId,
      summary,
      data: {
        ...data,
        // What the breakers go by.
        ...(!progress.understood && { arguments: 'invalid' }),
        ...(progress.dryRun && { dry_run: true }),
      },
    });
  }

  async function refuse(call: ToolCall, callId: string, { error: thrown, progress }: Failure): Promise<ToolAnswer> {
    const known = progress.understood ? undefined : deps.store.getIncident(incidentIdOf(call.args) ?? '');
    const error = known ? deps.incidents.slowed(known, thrown) : thrown;
    const refusal = redactDeep(toRefusal(error), deps.redact);
    const text = renderRefusal(refusal, callId);
    close({ call, callId, refusal, text }, progress);
    const incident = deps.store.getIncident(incidentIdOf(call.args) ?? '');
    if (incident && error.code === 'budget_exhausted') await deps.incidents.exhausted(incident, error);
    else if (incident) deps.incidents.watch(incident);
    return { callId, text, refused: toError(refusal) };
  }

  return async (call) => {
    const callId = randomUUID();
    const progress: Progress = {};
    const known = (thrown: unknown) =>
      thrown instanceof FixgateError ? thrown : internalError(callId, thrown, deps.onInternalError);
    try {
      return { ...(await serve(call, callId, progress)), callId };
    } catch (thrown) {
      const error = known(thrown);
      try {
        return await refuse(call, callId, { error, progress });
      } catch (unrecorded) {
        // The records cannot be written: nothing of either failure may leave but a reference.
        const refusal = redactDeep(toRefusal(known(unrecorded)), deps.redact);
        return { callId, text: renderRefusal(refusal, callId), refused: toError(refusal) };
      }
    }
  };
}

interface Failure {
  readonly error: FixgateError;
  readonly progress: Progress;
}

interface Refused {
  readonly call: ToolCall;
  readonly callId: string;
  readonly refusal: Refusal;
  readonly text: string;
}

/** The error again, with nothing in it that was not redacted. */
function toError({ code, message, fix, rule_ids, evidence, retry, budget }: Refusal): FixgateError {
  return new FixgateError(code, message, { fix, ruleIds: rule_ids, evidence, retry, ...(budget && { budget }) });
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

/** The incident that a call names, as `parseArguments` reads it. */
function incidentIdOf(args: unknown): string | undefined {
  const id = args !== null && typeof args === 'object' ? (args as Record<string, unknown>)['incident_id'] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 500).toWellFormed();
}

/** The records have what does not fit. */
function withLines(text: string, lines: readonly string[]): string {
  const whole = [text, ...lines].join('\n');
  return whole.length < MAX_RESULT_CHARS ? whole : text;
}

function cancelledError(tool: string): FixgateError {
  return new FixgateError('cancelled', `The call of ${tool} was cancelled before anything was done.`, {
    fix: `Call ${tool} again when the result is wanted.`,
  });
}

function internalError(reference: string, cause: unknown, report: CallToolDeps['onInternalError']): FixgateError {
  report(reference, cause);
  return new FixgateError('internal', `Something broke here, not in your request. Reference ${reference}.`, {
    fix: 'Tell the on-call engineer this reference; the server log has the details.',
    cause,
  });
}
