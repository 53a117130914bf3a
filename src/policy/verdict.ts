import type { Action, ActionKind, ActionOf } from '#domain/action.ts';
import type { Retry } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { AutonomyLevel } from '#policy/autonomy.ts';
import type { Policy } from '#policy/schema.ts';

/** One objection. A refusal lists every finding, so that the caller can mend them all in one go. */
export interface Finding {
  /** Such as `protected_files/k8s/production/**` or `max_files`. */
  readonly rule: string;
  readonly effect: 'require_approval' | 'deny';
  /** What was refused, and why. */
  readonly reason: string;
  /** What the caller can do instead: one imperative sentence. */
  readonly fix: string;
  /** The same where no human can approve anything, beside handing over; absent where `fix` asks nobody. */
  readonly unasked?: string;
  /** The operator's own words for what to do instead, which `fix` repeats. */
  readonly instead?: string;
  readonly evidence: Readonly<Record<string, Json>>;
  /** When the same call may succeed, where that is not after a change or an approval. */
  readonly retry?: Retry;
}

/** The strictest finding decides: deny, then require_approval, then allow. There are no priorities. */
export type Verdict =
  | { readonly effect: 'allow' }
  | { readonly effect: 'require_approval' | 'deny'; readonly findings: readonly Finding[] };

/** A guard is a pure function: no clock, no disk, no network. Nothing to object to: []. */
export type Guard = (action: Action, policy: Policy, incident: Incident) => readonly Finding[];

/** Exists for the compiler only: nothing but a cast makes one, and a copy with another action loses it. */
declare class Minted {
  private readonly minted: true;
}

/** Proof that the gate admitted exactly this action. Only the gate can make one. */
export interface Permit<K extends ActionKind = ActionKind> extends Minted {
  readonly action: ActionOf<K>;
  readonly incident: Incident;
  readonly callId: string;
  /** What was held for this call, such as seconds of testing or bytes to return. */
  readonly held: Readonly<Record<string, number>>;
  /** What the agent may do by itself in this incident; absent where nothing bounds the action. */
  readonly autonomy?: AutonomyLevel;
}

/** Collects what every guard says; all findings at once, denials first. */
export function judge(guards: readonly Guard[], action: Action, policy: Policy, incident: Incident): Verdict {
  const findings = guards.flatMap((guard) => guard(action, policy, incident));
  if (findings.length === 0) return { effect: 'allow' };
  const denied = findings.some((finding) => finding.effect === 'deny');
  return {
    effect: denied ? 'deny' : 'require_approval',
    findings: findings.toSorted((a, b) => Number(b.effect === 'deny') - Number(a.effect === 'deny')),
  };
}
