import { FixgateError } from '#domain/errors.ts';
import type { ToolAnswer } from '#engine/call-tool.ts';
import type { Permit } from '#policy/verdict.ts';
import type { Attributes, Span } from '#telemetry/tracing.ts';
import { withSpan } from '#telemetry/tracing.ts';

/** Refusals that are the policy's word, and what they are called in a span. */
const DECISIONS: Readonly<Partial<Record<FixgateError['code'], string>>> = {
  policy_denied: 'deny',
  budget_exhausted: 'deny',
  approval_required: 'require_approval',
};

/** Characters of an argument list or an answer in a span. */
const MAX_CONTENT_CHARS = 8_192;

/** Rules that one span names. */
const MAX_RULES = 16;

/** What a span may tell of a call, where the operator asked for it. */
export interface Captured {
  readonly args: unknown;
  readonly clean: <T>(value: T) => T;
}

/** Says of a refused call what refused it; a refusal by policy is a failed call, too. */
export function tellAnswer(span: Span, { refused, text }: ToolAnswer, captured?: Captured): void {
  if (captured) {
    const { args, clean } = captured;
    span.set({
      'gen_ai.tool.call.arguments': toContent(clean(args)),
      'gen_ai.tool.call.result': toContent(clean(text)),
    });
  }
  if (!refused) return;
  // An unknown tool is answered by a protocol error, with its code.
  span.fail(isUnknownTool(refused) ? '-32602' : 'tool_error');
  span.set({ 'fixgate.refusal.code': refused.code, ...decisionOf(refused) });
}

/** Whether a call named no tool of this server. */
export function isUnknownTool({ code, message }: FixgateError): boolean {
  return code === 'not_found' && message.startsWith('There is no tool named');
}

/** What the policy said in a refusal, if it was the policy that refused. */
function decisionOf({ code, ruleIds, evidence }: FixgateError): Attributes {
  const decision = DECISIONS[code];
  if (decision === undefined) return {};
  return {
    'fixgate.policy.decision': decision,
    'fixgate.policy.rule_id': ruleIds[0],
    'fixgate.policy.rule_ids': ruleIds.slice(0, MAX_RULES),
    ...autonomyOf(evidence['autonomy']),
  };
}

/** The level of autonomy that a decision was made at. */
export function autonomyOf(autonomy: unknown): Attributes {
  const level = autonomy !== null && typeof autonomy === 'object' && 'level' in autonomy ? autonomy.level : undefined;
  return typeof level === 'string' ? { 'fixgate.incident.autonomy.level': level } : {};
}

/** Asks the gate; that it refuses is an answer, not a failure of the asking. */
export async function evaluated<T extends Pick<Permit, 'autonomy'> | void>(
  actionKind: string,
  ask: () => Promise<T>,
): Promise<T> {
  const outcome = await withSpan({ name: 'policy evaluate' }, async (span) => {
    span?.set({ 'fixgate.action.kind': actionKind });
    try {
      const answer = await ask();
      span?.set({ 'fixgate.policy.decision': 'allow' });
      if (answer?.autonomy !== undefined) span?.setAll({ 'fixgate.incident.autonomy.level': answer.autonomy });
      return { answer };
    } catch (error) {
      const said = error instanceof FixgateError ? decisionOf(error) : {};
      if (Object.keys(said).length === 0) throw error;
      span?.set(said);
      return { error };
    }
  });
  if ('error' in outcome) throw outcome.error;
  return outcome.answer;
}

/** A call's arguments or answer as text, cut. */
function toContent(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= MAX_CONTENT_CHARS ? text : `${text.slice(0, MAX_CONTENT_CHARS).toWellFormed()}…`;
}
