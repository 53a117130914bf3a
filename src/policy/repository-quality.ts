import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { AutonomyInput } from '#policy/autonomy.ts';
import type { HumanWord } from '#policy/human-word.ts';
import type { Store } from '#state/store.ts';

const MINUTE_MS = 60_000;
/** So many in so short a time say that agents do no good in a repository. */
const HANDED_OVER = { count: 3, withinMs: 60 * MINUTE_MS } as const;
const REVERTED = { count: 2, withinMs: 24 * 60 * MINUTE_MS } as const;
/** What is older binds nobody any more, also where nobody is configured who could say so. */
const LOOK_BACK_MS = 24 * 60 * MINUTE_MS;

/** What the quality of a repository is read from. */
export interface QualityDeps {
  readonly store: Pick<Store, 'told' | 'takenBack' | 'getIncident'>;
  readonly word: Pick<HumanWord, 'isProvedAs'>;
  readonly clock: Clock;
}

/** Too many hand-overs or reverts in a repository leave its agents to observe, until a human has resumed or closed one of its incidents. */
export async function qualityInputs(deps: QualityDeps, incident: Incident): Promise<readonly AutonomyInput[]> {
  const { store, clock } = deps;
  const { repository } = incident;
  const since = clock.now() - LOOK_BACK_MS;
  const told = store.told({ types: ['incident.escalated', 'incident.resumed', 'incident.closed'], since, repository });
  const acted = await lastAct(deps, told, incident);
  const handedOver = told
    .slice(acted + 1)
    .filter((event) => event.type === 'incident.escalated' && saysOfAgents(event, store))
    .map(({ chain, at }) => ({ incidentId: chain, at }));
  const actedAt = told[acted]?.at ?? Number.NEGATIVE_INFINITY;
  const reverted = store.takenBack(repository, since).filter(({ at }) => at > actedAt);
  return [
    ...inputOf(crowdOf(handedOver, HANDED_OVER), 'hand-overs within 60 minutes', 'handed_over'),
    ...inputOf(crowdOf(reverted, REVERTED), 'reverts of merged fixes within 24 hours', 'reverted'),
  ];
}

/** A human who stops an incident says nothing of agents, and an agent that hands over what it opened itself could lock out others. */
function saysOfAgents({ chain, data }: TimelineEvent, store: Pick<Store, 'getIncident'>): boolean {
  if (data['rule_id'] === 'human') return false;
  return data['rule_id'] !== 'escalate' || store.getIncident(chain)?.openedBy !== 'agent';
}

/** The last event by which a human, as far as proved, took care of an incident of the repository; -1 when nobody did. */
async function lastAct({ store, word }: QualityDeps, told: readonly TimelineEvent[], from: Incident): Promise<number> {
  for (let index = told.length - 1; index >= 0; index -= 1) {
    const event = told[index];
    const kind =
      event?.type === 'incident.resumed' ? 'resume' : event?.type === 'incident.closed' ? 'close' : undefined;
    const id = event?.data['approval'];
    const other = event && kind && store.getIncident(event.chain);
    // oxlint-disable-next-line no-await-in-loop -- the newest that is proved is enough
    if (kind && other && typeof id === 'string' && (await word.isProvedAs({ id, kind }, other, from))) return index;
  }
  return -1;
}

interface Happened {
  readonly incidentId: string;
  readonly at: number;
}

/** The incidents of the newest such crowd. */
function crowdOf(
  happened: readonly Happened[],
  { count, withinMs }: { readonly count: number; readonly withinMs: number },
): readonly string[] {
  const times = happened.toSorted((one, other) => one.at - other.at);
  const last = times.findLastIndex(({ at }, index) => {
    const first = times[index - count + 1];
    return first !== undefined && at - first.at <= withinMs;
  });
  return last < 0 ? [] : times.slice(last - count + 1, last + 1).map(({ incidentId }) => incidentId);
}

function inputOf(ids: readonly string[], what: string, key: string): readonly AutonomyInput[] {
  const last = ids.at(-1);
  if (last === undefined) return [];
  const evidence: Readonly<Record<string, Json>> = { [key]: [...new Set(ids)] };
  return [
    {
      level: 'observer',
      by: 'breaker/repo_quality',
      reason: `this repository had ${ids.length} ${what} (${[...new Set(ids)].join(', ')}), and until a human has acted agents only diagnose there`,
      fix: `Go on reading the evidence, and ask the on-call engineer to look into it and to run \`fixgate incident close ${last}\` or \`fixgate resume ${last}\`.`,
      evidence,
    },
  ];
}
