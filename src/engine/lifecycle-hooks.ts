import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import { canonicalJson } from '#domain/json.ts';
import type { TimelineEvent, TimelineType } from '#domain/timeline.ts';
import type { CallTool } from '#engine/call-tool.ts';
import type { Redact } from '#engine/redact.ts';
import { redactDeep } from '#engine/redact.ts';
import type { Hook, HookEvent } from '#policy/schema-checks.ts';
import type { Policy } from '#policy/schema.ts';
import type { Store } from '#state/store.ts';

/** How a hook ended. `output` is what it printed, untrusted. */
export interface HookOutcome {
  readonly ok: boolean;
  /** Such as `exit code 2` or `no end within 30 s`. */
  readonly how: string;
  readonly output: string;
}

interface LifecycleHooksDeps {
  readonly store: Pick<Store, 'getIncident' | 'timeline' | 'append' | 'escalate'>;
  readonly policyOf: (incident: Incident) => Promise<Policy>;
  readonly clock: Clock;
  readonly redact: Redact;
  /** Executes a hook in a sandbox with `input` on its standard input. */
  readonly run: (hook: Hook, input: string, policy: Policy) => Promise<HookOutcome>;
}

/** Tells the operator's commands what happened. */
export interface LifecycleHooks {
  /** Runs what is due for an incident; never throws. */
  catchUp(incidentId: string): Promise<void>;
  /** Wraps the engine: what happened is told before the next call is judged, and before this one is answered. */
  around(call: CallTool): CallTool;
}

const EVENTS: Readonly<Record<HookEvent, TimelineType>> = {
  incident_opened: 'incident.opened',
  patch_applied: 'patch.applied',
  tests_finished: 'tests.finished',
  pull_request_opened: 'pull_request.opened',
  escalated: 'incident.escalated',
};

const OUTPUT_CHARS = 1_000;

/**
 * Makes the one place where hooks run. What was told stands in the timeline, so that each hook is told of each event once, or once
 * more after a crash in between; events of test jobs are told with the next call.
 */
export function createLifecycleHooks(deps: LifecycleHooksDeps): LifecycleHooks {
  const running = new Map<string, Promise<void>>();

  async function tell(incidentId: string): Promise<void> {
    const incident = deps.store.getIncident(incidentId);
    if (!incident) return;
    const policy = await deps.policyOf(incident);
    if (policy.hooks.length === 0) return;
    // A failing hook may escalate, which is an event of its own.
    for (let next = nextDue(deps, incidentId, policy); next; next = nextDue(deps, incidentId, policy))
      await runOne(deps, next, policy);
  }

  function catchUp(incidentId: string): Promise<void> {
    const turn = (running.get(incidentId) ?? Promise.resolve()).then(() => tell(incidentId)).catch(() => undefined);
    running.set(incidentId, turn);
    return turn.finally(() => {
      if (running.get(incidentId) === turn) running.delete(incidentId);
    });
  }

  return {
    catchUp,
    around: (call) => async (request) => {
      const id = (request.args as { readonly incident_id?: unknown } | null | undefined)?.incident_id;
      if (typeof id !== 'string') return call(request);
      await catchUp(id);
      const answer = await call(request);
      await catchUp(id);
      return answer;
    },
  };
}

interface Due {
  readonly hook: Hook;
  readonly event: TimelineEvent;
}

/** The oldest event that some hook was not told of. */
function nextDue({ store }: LifecycleHooksDeps, incidentId: string, { hooks }: Policy): Due | undefined {
  const events = store.timeline(incidentId);
  const told = new Set(
    events
      .filter(({ type }) => type === 'hook.succeeded' || type === 'hook.failed')
      .map(({ data }) => keyOf(data['of_seq'], data['argv'])),
  );
  for (const event of events) {
    const hook = hooks.find(({ on, argv }) => EVENTS[on] === event.type && !told.has(keyOf(event.seq, argv)));
    if (hook) return { hook, event };
  }
  return undefined;
}

function keyOf(seq: Json | undefined, argv: Json | undefined): string {
  return canonicalJson([seq ?? null, argv ?? null]);
}

async function runOne(deps: LifecycleHooksDeps, { hook, event }: Due, policy: Policy): Promise<void> {
  const { store, clock, redact, run } = deps;
  const { seq, type, at, actor, summary, data } = event;
  const input = redactDeep({ event: hook.on, incident_id: event.chain, seq, at, actor, summary, data }, redact);
  const outcome = await run(hook, `${JSON.stringify(input)}\n`, policy).catch((error: unknown): HookOutcome => {
    const how = error instanceof Error ? error.message.slice(0, OUTPUT_CHARS) : 'it could not be started';
    return { ok: false, how, output: '' };
  });
  const blocks = !outcome.ok && hook.on_error === 'block';
  const name = redact(hook.argv.join(' ')).slice(0, 200);
  store.append(event.chain, {
    type: outcome.ok ? 'hook.succeeded' : 'hook.failed',
    actor: 'server',
    summary: redact(`Hook of ${hook.on} ${outcome.ok ? 'ran' : 'failed'}: ${name} (${outcome.how})`),
    data: {
      of_seq: seq,
      of: type,
      argv: [...hook.argv],
      on_error: hook.on_error,
      ...(outcome.ok ? {} : { output: redact(outcome.output).slice(-OUTPUT_CHARS) }),
    },
  });
  if (!blocks) return;
  store.escalate(event.chain, {
    reason: redact(`The operator's hook of ${hook.on} failed (${outcome.how}), and it is set to block.`),
    ruleId: `hooks/${hook.on}`,
    at: clock.now(),
  });
}
