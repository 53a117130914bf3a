import type { FixgateError } from '#domain/errors.ts';
import type { Host, HostCall } from '#policy/host-tools.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import type { Finding } from '#policy/verdict.ts';

/** What the host sent: the call, and where its session stands. */
export interface HookInput {
  readonly call: HostCall;
  /** Folder the tool starts in. */
  readonly folder: string | undefined;
  /** Someone sits in front of the host and would see a question. */
  readonly attended: boolean;
}

/** What the hook says to the host. */
export type HookReply =
  /** No objection; the host goes on as if there were no hook. */
  | { readonly decision: 'pass' }
  | { readonly decision: 'ask' | 'deny'; readonly reason: string }
  /** Something is wrong with the hook itself. */
  | { readonly decision: 'broken'; readonly reason: string };

/** How a process must end so that the host obeys. */
export interface ProcessEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** The one exit code that both hosts take for a refusal; any other but 0 lets the call through. */
export const EXIT_BLOCK = 2;

/** Modes of Claude Code in which a question reaches the person who started it. */
const ATTENDED_MODES = new Set(['default', 'acceptEdits', 'plan']);

/** Reads one event; a string says what is wrong with it. */
export function parseInput(host: Host, text: string): HookInput | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'the input is not JSON';
  }
  if (!isObject(value)) return 'the input is not a JSON object';
  const { tool_name: tool, tool_input: input, cwd, permission_mode: mode, hook_event_name: event } = value;
  if (host === 'claude' && event !== undefined && event !== 'PreToolUse')
    return `it was called for ${JSON.stringify(event).slice(0, 64)}; it judges PreToolUse only`;
  if (typeof tool !== 'string' || tool === '') return 'tool_name is not a name';
  if (!isObject(input)) return 'tool_input is not an object';
  if (cwd !== undefined && (typeof cwd !== 'string' || !cwd.startsWith('/'))) return 'cwd is not an absolute path';
  return {
    call: { host, tool, input },
    folder: cwd,
    attended: host === 'claude' && typeof mode === 'string' && ATTENDED_MODES.has(mode),
  };
}

/** Says a reply in the host's words: Claude Code reads JSON from stdout, architect the exit code and stderr. */
export function toProcessEnd(host: Host, reply: HookReply): ProcessEnd {
  if (reply.decision === 'pass') return { stdout: '', stderr: '', exitCode: 0 };
  const reason = oneLine(reply.reason);
  if (host !== 'claude' || reply.decision === 'broken')
    return { stdout: '', stderr: `${reason}\n`, exitCode: EXIT_BLOCK };
  const hookSpecificOutput = {
    hookEventName: 'PreToolUse',
    permissionDecision: reply.decision,
    permissionDecisionReason: reason,
  };
  return { stdout: `${JSON.stringify({ hookSpecificOutput })}\n`, stderr: '', exitCode: 0 };
}

/** Findings that one answer tells. */
const MAX_TOLD = 5;

/**
 * One answer out of every finding. Where a human has to agree, the person in front of the host is asked if the policy believes
 * whoever answers; else a human's word must be signed, which a host cannot do.
 */
export function toReply(findings: readonly Finding[], { attended }: HookInput, policy: HostPolicy): HookReply {
  if (findings.length === 0) return { decision: 'pass' };
  const asks = findings.every(({ effect }) => effect === 'require_approval');
  const decision = asks && attended && policy.approvals === 'advisory' ? 'ask' : 'deny';
  const told = findings.slice(0, MAX_TOLD);
  const rules = [...new Set(told.map(({ rule }) => rule))].join(', ');
  const reasons = [...new Set(told.map(({ reason }) => reason))].join(' ');
  const fixes = [...new Set(told.map(({ fix }) => fix))].join(' ');
  const reason =
    decision === 'ask' ? `ASK[${rules}] ${reasons}` : `DENIED[${rules}] ${reasons} Nothing was done. ${fixes}`;
  return { decision, reason };
}

/** A refusal in the words of an error: code or rules, what and why, and the way forward. */
export function errorReply(error: FixgateError): HookReply & { readonly reason: string } {
  const what = error.ruleIds.length > 0 ? error.ruleIds.join(', ') : error.code;
  return { decision: 'deny', reason: `DENIED[${what}] ${error.message} ${error.fix}` };
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
