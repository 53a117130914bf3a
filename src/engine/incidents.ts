import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident, Rca, RepositoryRef, Severity } from '#domain/incident.ts';
import { isIncidentId, repositoryKey } from '#domain/incident.ts';
import { didYouMean } from '#engine/arguments.ts';
import { refuseInStorm } from '#engine/incident-storm.ts';
import { beganAt, keptEnvironment, refuseDifferent } from '#engine/opened-again.ts';
import type { ToolEffect } from '#engine/tool.ts';
import type { Verification } from '#engine/verification.ts';
import { toTrustData } from '#policy/audit-data.ts';
import { isFinal } from '#policy/final.ts';
import type { HumanWord } from '#policy/human-word.ts';
import { pausedError } from '#policy/refusals.ts';
import { tripsOf } from '#policy/situation.ts';
import type { Permit } from '#policy/verdict.ts';
import type { OpeningQuota, Store } from '#state/store.ts';

/** What a human or an agent says of a new incident; everything else has a default. */
export interface OpenRequest {
  readonly id: string;
  /** Path or URL. */
  readonly repository: string;
  readonly base?: string;
  readonly title?: string;
  readonly severity?: Severity;
  readonly service?: string;
  readonly environment?: string;
  /** When the trouble began; words such as `40m` count from when they are said. */
  readonly startedAt?: number | ((saidAt: number) => number);
  readonly rca?: Rca;
  /** What the configuration said and nobody else: nothing that an incident could contradict. */
  readonly implied?: readonly ('repo' | 'env')[];
}

/** Who calls, and what its call is about. */
interface Caller {
  readonly actor: string;
  readonly service?: string;
  readonly environment?: string;
  /** What is only tried opens nothing. */
  readonly dryRun?: boolean;
}

/** Incidents that nobody had opened and that agents may hand over, in one repository and UTC day: a page for each is enough noise. */
const MAX_UNKNOWN_HAND_OVERS = 5;

interface IncidentsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly repositories: {
    resolve(request: { readonly location: string; readonly base?: string }): Promise<RepositoryRef>;
  };
  readonly verification: Verification;
  /** Whose word is believed now, and what of it. */
  readonly word: Pick<HumanWord, 'trust' | 'believed'>;
  /** Where an unknown id may be opened by its first read; undefined: only humans open incidents. */
  readonly autoOpen:
    | {
        readonly repositoryOf: (service: string | undefined) => Promise<string | undefined>;
        /** The only one that the service is configured to have. */
        readonly environmentOf?: (service: string | undefined) => string | undefined;
        /** For a message and its fix, where nobody read a configuration that could name a repository. */
        readonly unread?: { readonly said: string; readonly fix: string };
        /** In one repository and UTC day. */
        readonly maxPerDay: number;
      }
    | undefined;
}

/** Opens incidents, finds them for calls, and moves them along. */
export interface Incidents {
  /** Opening again with the same facts succeeds; different facts are a `conflict`. */
  open(
    request: OpenRequest,
    openedBy: 'human' | 'agent',
    actor: string,
  ): Promise<{ readonly incident: Incident; readonly created: boolean }>;
  /** The incident of a call, as far as what humans said of it is proved, or as it is recorded for a hand-over; throws `not_found`. */
  resolve(id: string, effect: ToolEffect, caller: Caller): Promise<Incident>;
  /** After a successful call. */
  moved(permit: Permit): void;
  /** After a refusal or a test run: hands over when a breaker says so, so that the next call finds it done. */
  watch(incident: Incident): void;
  /** What to answer to a call that does not fit: where too many like it came before, the same with a word to wait. */
  slowed(incident: Incident, error: FixgateError): FixgateError;
  /** After a refusal for want of budget: hands over when nothing useful is left to do. */
  exhausted(incident: Incident, error: FixgateError): Promise<void>;
}

/** Makes the one owner of incident records. */
export function createIncidents(deps: IncidentsDeps): Incidents {
  const { store, clock, word } = deps;

  async function open(request: OpenRequest, openedBy: 'human' | 'agent', actor: string) {
    const { incident, created, repository } = await enter(request, openedBy, actor);
    if (created) return { incident, created };
    refuseDifferent(request, { repository, stands: incident, now: clock.now(), humanProof: word.trust().mode });
    return { incident, created };
  }

  /** The incident of this id, whatever else is said of it. */
  async function enter(
    request: OpenRequest,
    openedBy: 'human' | 'agent',
    actor: string,
    opening: 'to_work' | 'to_hand_over' = 'to_work',
  ) {
    if (!isIncidentId(request.id)) throw badId(request.id);
    const existing = store.getIncident(request.id);
    const repository = await resolveRepository(deps, request, existing);
    const now = clock.now();
    const incident: Incident = {
      id: request.id,
      title: request.title ?? request.rca?.text.split('\n')[0]?.slice(0, 120) ?? `Incident ${request.id}`,
      severity: request.severity ?? 'SEV3',
      severityConfirmed: openedBy === 'human' && request.severity !== undefined,
      ...(request.service !== undefined && { service: request.service }),
      ...(request.environment !== undefined && { environment: keptEnvironment(request.environment) }),
      startedAt: beganAt(request, now) ?? now,
      ...(request.rca && { rca: request.rca }),
      repository,
      openedBy,
      openedAt: now,
      state: 'open',
    };
    if (!existing && opening === 'to_work') refuseInStorm(store, incident);
    const stands =
      existing ??
      store.openIncident(
        incident,
        {
          type: 'incident.opened',
          actor,
          summary: `${incident.id} opened: ${incident.title.slice(0, 200)}`,
          data: {
            severity: incident.severity,
            severity_confirmed: incident.severityConfirmed,
            base_commit: repository.baseCommit,
            base_branch: repository.baseBranch,
            opened_by: openedBy,
            ...toTrustData(word.trust()),
          },
        },
        openedBy === 'agent' ? quotaOf(repository, opening) : undefined,
      );
    return { incident: stands ?? incident, created: !stands, repository };
  }

  /** New ids are cheap for an agent: it gets so many, whichever process it asks. Handing over what is unknown takes none of them away. */
  function quotaOf(repository: RepositoryRef, opening: 'to_work' | 'to_hand_over'): OpeningQuota {
    const where = repositoryKey(repository);
    if (opening === 'to_hand_over') return { ledger: `handed over by agents:${where}`, cap: MAX_UNKNOWN_HAND_OVERS };
    return { ledger: `opened by agents:${where}`, cap: deps.autoOpen?.maxPerDay ?? 0 };
  }

  async function resolve(id: string, effect: ToolEffect, caller: Caller): Promise<Incident> {
    if (!isIncidentId(id)) throw badId(id);
    const known = store.getIncident(id);
    // Nothing stands in the way of handing over, not even a proof that takes time.
    if (known) return effect === 'escalate' ? known : await word.believed(known);
    const mayOpen = !caller.dryRun && (effect === 'read' || effect === 'inspect' || effect === 'escalate');
    const repository = mayOpen ? await deps.autoOpen?.repositoryOf(caller.service) : undefined;
    if (repository === undefined)
      throw unknown(id, store, {
        wanted: mayOpen ? deps.autoOpen : undefined,
        dryRun: caller.dryRun === true,
      });
    const environment = caller.environment ?? deps.autoOpen?.environmentOf?.(caller.service);
    const request = {
      id,
      repository,
      ...(caller.service !== undefined && { service: caller.service }),
      ...(environment !== undefined && { environment }),
    };
    if (effect !== 'escalate') return (await enter(request, 'agent', caller.actor)).incident;
    try {
      return (await enter(request, 'agent', caller.actor, 'to_hand_over')).incident;
    } catch (error) {
      if (error instanceof FixgateError && error.code === 'budget_exhausted') throw tooManyUnknown(id, store);
      throw error;
    }
  }

  function moved(permit: Permit): void {
    const { kind } = permit.action;
    const event = kind === 'read' ? 'read' : kind === 'publish' ? 'published' : undefined;
    if (event) store.advance(permit.incident.id, event);
  }

  async function exhausted(incident: Incident, error: FixgateError): Promise<void> {
    const kinds = error.ruleIds.map((rule) => rule.replace(/^(daily_)?budget\//, ''));
    if (!isFinal(error) && !(await deps.verification.isStuck(incident, kinds))) return;
    store.escalate(incident.id, {
      reason: error.message.replace(/ Nothing was done\.$/, ''),
      ruleId: error.ruleIds[0] ?? 'budget',
      at: clock.now(),
    });
  }

  function watch(incident: Incident): void {
    const trip = tripsOf({ store, clock }, incident).find(({ effect }) => effect === 'escalate');
    if (trip) store.escalate(incident.id, { reason: trip.reason, ruleId: trip.rule, at: clock.now() });
  }

  function slowed(incident: Incident, error: FixgateError): FixgateError {
    const pause = tripsOf({ store, clock }, incident).find(({ effect }) => effect === 'pause');
    return pause ? pausedError(pause, error) : error;
  }

  return { open, resolve, moved, watch, slowed, exhausted };
}

/** A repeated opening without `--base` keeps the commit that was fixed the first time. */
async function resolveRepository(
  deps: IncidentsDeps,
  request: OpenRequest,
  existing: Incident | undefined,
): Promise<RepositoryRef> {
  const known = request.implied?.includes('repo') === true ? existing?.repository.location : undefined;
  const resolved = await deps.repositories.resolve({
    location: known ?? request.repository,
    ...(request.base !== undefined && { base: request.base }),
  });
  const same = existing && existing.repository.location === resolved.location && request.base === undefined;
  return same ? existing.repository : resolved;
}

function badId(id: string): FixgateError {
  return new FixgateError(
    'invalid_input',
    `${JSON.stringify(id.slice(0, 80))} cannot be an incident id: 1 to 64 letters, digits, ".", "_" or "-", starting with a letter or digit, without ".." and not ending in "." or ".lock".`,
    {
      fix: 'Use the id that the pager gave the incident, such as PD-4821.',
    },
  );
}

function tooManyUnknown(id: string, store: Store): FixgateError {
  const { meant, list } = nearby(id, store);
  return new FixgateError(
    'budget_exhausted',
    `No incident ${id} is open${meant}, and agents have handed over ${MAX_UNKNOWN_HAND_OVERS} unknown ones in this repository today.${list} Nothing was opened; this call is in the records.`,
    {
      ruleIds: ['incidents_handed_over_by_agents/max_per_day'],
      fix: 'Call escalate with the id of an open incident, or tell the on-call engineer yourself.',
      retry: 'never',
      evidence: { cap: MAX_UNKNOWN_HAND_OVERS },
    },
  );
}

/** The incident that may have been meant, and those that are open. */
function nearby(id: string, store: Store): { readonly meant: string; readonly list: string } {
  const known = store.listIncidents(1_000);
  const open = known
    .filter(({ state }) => state !== 'closed')
    .slice(0, 5)
    .map((incident) => incident.id);
  const meant = didYouMean(
    id,
    known.map((incident) => incident.id),
  );
  return { meant, list: open.length > 0 ? ` Open incidents: ${open.join(', ')}.` : ' No incident is open.' };
}

function unknown(
  id: string,
  store: Store,
  { wanted, dryRun }: { readonly wanted: IncidentsDeps['autoOpen']; readonly dryRun: boolean },
): FixgateError {
  const { meant, list } = nearby(id, store);
  const why = wanted
    ? ' It could not be opened here, because there is no git repository around the working directory.'
    : dryRun
      ? ' A dry run opens none.'
      : '';
  return new FixgateError('not_found', `${wanted?.unread?.said ?? ''}No incident ${id} is open${meant}.${list}${why}`, {
    fix: `${wanted?.unread?.fix ?? ''}Ask the operator to run \`fixgate incident open --id ${id} --repo PATH\`, or use one of the open incidents.`,
  });
}
