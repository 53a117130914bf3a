import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { PullRequestFate, PullRequestRecord } from '#domain/remediation.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { CodeHost } from '#providers/sources.ts';
import type { Store } from '#state/store.ts';
import { withSpan } from '#telemetry/tracing.ts';

/** How long a look may take, and how old an earlier one may be that stands for it; milliseconds. */
export interface LookLimits {
  readonly waitMs: number;
  readonly freshMs: number;
}

/** For an agent, who asks often where an incident stands. */
export const AGENT_LOOK: LookLimits = { waitMs: 2_000, freshMs: 60_000 };

/** For a human, who wants to know how it is now. */
export const HUMAN_LOOK: LookLimits = { waitMs: 10_000, freshMs: 0 };

/** Learns what became of pull requests. */
export interface FateService {
  /**
   * Asks the code host, unless it was asked lately or the change is known to be taken back, and keeps the answer; a change of it is
   * an event of the incident. Never throws, never takes longer; answers why there was no answer, in words that are untrusted.
   */
  look(incident: Incident, limits: LookLimits, signal?: AbortSignal): Promise<string | undefined>;
}

interface FateDeps {
  readonly store: Pick<Store, 'pullRequest' | 'recordFate'>;
  readonly clock: Clock;
  readonly hostOf: (incident: Incident) => Pick<CodeHost, 'outcome'>;
}

/** Makes the service. */
export function createFateService({ store, clock, hostOf }: FateDeps): FateService {
  async function ask(incident: Incident, pullRequest: PullRequestRecord, signal: AbortSignal): Promise<void> {
    const { commit, number } = pullRequest;
    const fate = await withSpan({ name: 'vcs change look', kind: 'client' }, async (span) => {
      const answer = await hostOf(incident).outcome(incident, pullRequest, signal);
      span?.set({
        'vcs.change.id': number === undefined ? undefined : String(number),
        'vcs.change.state': answer.outcome === 'reverted' ? 'merged' : answer.outcome,
        'fixgate.pr.outcome': answer.outcome,
      });
      return answer;
    });
    // An answer that comes too late is somebody else's by then.
    signal.throwIfAborted();
    store.recordFate(incident.id, { commit, at: clock.now(), fate }, toEvents);
  }

  /** Whatever the code host does, the wait ends. */
  async function askInTime(incident: Incident, pullRequest: PullRequestRecord, { waitMs, caller }: Patience) {
    const late = new AbortController();
    const limit = sleep(waitMs, undefined, { signal: late.signal }).then(() => {
      throw new FixgateError('timeout', `The code host did not answer within ${waitMs / 1_000} s.`, {
        fix: 'Ask again later.',
      });
    });
    try {
      const signal = caller ? AbortSignal.any([caller, late.signal]) : late.signal;
      await Promise.race([ask(incident, pullRequest, signal), limit]);
    } catch (error) {
      // So that one that does not answer is not waited for again at once.
      store.recordFate(incident.id, { commit: pullRequest.commit, at: clock.now() }, toEvents);
      throw error;
    } finally {
      late.abort();
    }
  }

  return {
    async look(incident, { waitMs, freshMs }, caller) {
      try {
        const pullRequest = store.pullRequest(incident.id);
        // Another code host than that of here knows it.
        if (!pullRequest || pullRequest.isForeign || pullRequest.fate?.outcome === 'reverted') return undefined;
        const age = clock.now() - (pullRequest.askedAt ?? Number.NEGATIVE_INFINITY);
        if (age < 0 || age >= freshMs) await askInTime(incident, pullRequest, { waitMs, caller });
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : 'unknown';
      }
    },
  };
}

interface Patience {
  readonly waitMs: number;
  readonly caller: AbortSignal | undefined;
}

/** What is new of a fate: a change that was taken back was merged before, also where nobody looked in between. */
function toEvents(
  fate: PullRequestFate,
  before: PullRequestFate | undefined,
  pullRequest: PullRequestRecord,
): readonly NewTimelineEvent[] {
  const known = before?.outcome ?? 'open';
  if (fate.outcome === known) return [];
  if (fate.outcome === 'reverted' && known !== 'merged')
    return [toEvent({ ...fate, outcome: 'merged' }, pullRequest), toEvent(fate, pullRequest)];
  return [toEvent(fate, pullRequest)];
}

function toEvent(fate: PullRequestFate, { url, number, commit }: PullRequestRecord): NewTimelineEvent {
  const { outcome, mergeCommit, revertedBy } = fate;
  const at = { open: undefined, merged: fate.mergedAt, closed: fate.closedAt, reverted: fate.revertedAt }[outcome];
  const when = at === undefined ? '' : ` at ${iso(at)}`;
  const words = {
    open: 'is open again',
    merged: `was merged${when}${mergeCommit === undefined ? '' : ` as ${mergeCommit.slice(0, 12)}`}`,
    closed: `was closed without a merge${when}`,
    reverted: `was taken back${when}${revertedBy === undefined ? '' : ` by ${revertedBy.slice(0, 12)}`}`,
  }[outcome];
  return {
    type: 'pull_request.outcome',
    actor: 'server',
    summary: `Pull request ${words}`,
    data: {
      outcome,
      url,
      commit,
      ...(number !== undefined && { number }),
      ...(at !== undefined && { occurred_at: iso(at) }),
      ...(mergeCommit !== undefined && { merge_commit: mergeCommit }),
      ...(outcome === 'reverted' && revertedBy !== undefined && { reverted_by: revertedBy }),
    },
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
