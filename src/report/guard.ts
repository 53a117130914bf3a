import type { GuardReason, GuardStrength } from '#domain/guard.ts';
import { guardReasons } from '#domain/guard.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { Report } from '#report/schema.ts';

/** How strong a guard is, and why it is no stronger. */
export interface GuardView {
  readonly strength: GuardStrength;
  readonly reasons: readonly GuardReason[];
}

/** Actors that only `fixgate hook` writes; a client is called by name and version. */
const HOOK = /^hook:[a-z]+$/;

/** The weakest guard under which anything was admitted, what the hooks judged, and where the records end. */
export function toReportedGuard(events: readonly TimelineEvent[], now: GuardView): Report['guard'] {
  const { strength, reasons } = weakest(events) ?? now;
  const last = events.at(-1);
  return {
    strength,
    reasons: [...reasons],
    why: reasons.map((reason) => guardReasons[reason].why),
    host_tools: countHostTools(events),
    records: last === undefined ? null : { seq: last.seq, hash: last.hash },
  };
}

/** Calls of the host's own tools that a hook judged, and how many of them it refused. */
export function countHostTools(events: readonly TimelineEvent[]): { judged: number; denied: number } {
  const hooked = events.filter(({ actor, type }) => HOOK.test(actor) && type.startsWith('call.'));
  return {
    judged: new Set(hooked.map(({ callId, seq }) => callId ?? seq)).size,
    denied: hooked.filter(({ type }) => type === 'call.denied').length,
  };
}

/** Calls of several servers may have changed one incident. */
function weakest(events: readonly TimelineEvent[]): GuardView | undefined {
  const views = events.flatMap(({ type, data }) => (type === 'call.admitted' ? (viewOf(data['guard']) ?? []) : []));
  if (views.length === 0) return undefined;
  const reasons = [...new Set(views.flatMap((view) => view.reasons))];
  return { strength: views.some(({ strength }) => strength === 'advisory') ? 'advisory' : 'enforced', reasons };
}

function viewOf(data: unknown): GuardView | undefined {
  if (data === null || typeof data !== 'object') return undefined;
  const { strength, reasons } = data as { readonly strength?: unknown; readonly reasons?: unknown };
  if (strength !== 'enforced' && strength !== 'advisory') return undefined;
  const known = Array.isArray(reasons) ? reasons.filter((reason) => Object.hasOwn(guardReasons, String(reason))) : [];
  return { strength, reasons: known as readonly GuardReason[] };
}
