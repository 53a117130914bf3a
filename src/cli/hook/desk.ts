import { randomUUID } from 'node:crypto';

import type { Committed } from '#cli/hook/committed.ts';
import type { HookVerdict } from '#cli/hook/run-hook.ts';
import type { Clock } from '#domain/clock.ts';
import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { Approvals } from '#policy/approvals.ts';
import { effectiveAutonomy } from '#policy/autonomy.ts';
import { toAutonomyData } from '#policy/refusals.ts';
import type { Standing } from '#policy/situation.ts';
import type { Store } from '#state/store.ts';

/** Everything at hand when a call is decided for its incident. */
export interface Desk {
  readonly store: Store;
  readonly clock: Clock;
  readonly approvals: Approvals;
  readonly verdict: HookVerdict;
  readonly standing: Standing;
  /** The incident's chain as it was when the hook looked, so that it is read once. */
  readonly events: readonly TimelineEvent[];
  /** What the repository said of itself where the incident began, which no commit of the agent's can take back. */
  readonly pinned: Promise<readonly Committed[]>;
}

/** Who called what, for the timeline. */
export function callOf({ request }: HookVerdict): { readonly actor: string; readonly tool: string } {
  const { host, tool } = request.input.call;
  return { actor: `hook:${host}`, tool: tool.slice(0, 128) };
}

/** What bounds the agent, for the timeline. */
export function standingData({ inputs }: Standing): Readonly<Record<string, Json>> {
  return { autonomy: toAutonomyData(effectiveAutonomy(inputs)) };
}

/** How long the host has waited for this process so far: its span is made from the record. */
export function tookMs(): number {
  // The clock `performance` takes a millisecond to load.
  return Math.round(process.uptime() * 1_000);
}

/** A refusal, for the timeline. */
interface Denial {
  readonly code: string;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly fix: string;
}

/** Writes a refusal into the timeline of its incident. */
export async function recordDenial(
  { store, standing, verdict }: Desk,
  { code, rules, reason, fix }: Denial,
): Promise<void> {
  store.append(standing.incident.id, {
    type: 'call.denied',
    ...callOf(verdict),
    callId: randomUUID(),
    summary: (await redacted(reason)).slice(0, 500).toWellFormed(),
    data: {
      code,
      rule_ids: [...rules],
      fix: fix.slice(0, 500).toWellFormed(),
      took_ms: tookMs(),
      ...standingData(standing),
    },
  });
}

/** Commands carry secrets; the values that a server holds are not known here. */
export async function redacted(text: string): Promise<string> {
  const { createRedactor } = await import('#engine/redact.ts');
  return createRedactor([])(text);
}
