import type { Spend } from '#domain/budget.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { usdMicros } from '#policy/price.ts';

/** What a call of a host's own tool would do, as far as its words tell. */
export interface HostEffect {
  /** It writes files of the project. */
  readonly writes: boolean;
  /** It runs something that may be more than looking and moving files. */
  readonly runs: boolean;
  /** Size of its arguments, in bytes. */
  readonly bytesIn: number;
}

/**
 * What a call costs: like every tool one call and what the agent had to write; and like `apply_patch` one attempt when it is the
 * first change, or the first since something was run. Changes in a row are one attempt, since nobody has tried them out in between.
 */
export function hostPrice({ writes, bytesIn }: HostEffect, events: readonly TimelineEvent[]): Spend {
  const usd = usdMicros({ bytesIn, bytesOut: 0 });
  return { tool_calls: 1, usd, ...(writes && isAttempt(events) && { patch_attempts: 1 }) };
}

function isAttempt(events: readonly TimelineEvent[]): boolean {
  const last = events.findLast(
    ({ data }) => isHostCall(data['action']) && (data['wrote'] === true || data['ran'] === true),
  );
  return last === undefined || last.data['ran'] === true;
}

function isHostCall(action: unknown): boolean {
  return action === 'host_write' || action === 'host_command';
}
