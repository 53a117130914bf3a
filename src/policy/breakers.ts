import { createHash } from 'node:crypto';

import type { Action } from '#domain/action.ts';
import { withoutNumbers } from '#domain/alike.ts';
import type { Retry } from '#domain/errors.ts';
import type { PatchRecord, TestRun } from '#domain/remediation.ts';
import { provesSuite } from '#domain/remediation.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { Finding } from '#policy/verdict.ts';

/** Failing attempts after which a human takes over. */
const FAILING_ATTEMPTS = 3;
/** Attempts in a row whose tests fail in the same way. */
const SAME_FAILURES = 2;
/** Calls in a row with arguments that do not fit: first the incident cools off, then a human takes over. */
const INVALID_CALLS = { coolOff: 3, escalate: 6 } as const;
const COOL_OFF_MS = 60_000;
/** So many denials, or calls that do not fit, in so short a time are no work any more. */
const STORM = { calls: 10, withinMs: 600_000 } as const;

/** What the breakers of an incident look at: its records, and nothing that a restart forgets. */
export interface BreakerFacts {
  /** The incident's chain, in order. */
  readonly events: readonly TimelineEvent[];
  readonly runs: readonly TestRun[];
  readonly patches: readonly PatchRecord[];
  readonly now: number;
}

/** A breaker that has tripped. */
export interface Trip {
  readonly rule: 'breaker/attempts' | 'breaker/no_progress' | 'breaker/invalid' | 'breaker/denial_storm';
  /** `escalate` hands the incident over; `pause` refuses every call of it but looks and handing over, for a time. */
  readonly effect: 'escalate' | 'pause';
  readonly reason: string;
  readonly fix: string;
  readonly retry: Retry;
}

/** The breakers that have tripped since the incident was opened, or since a human resumed it last. */
export function trippedBreakers(facts: BreakerFacts): readonly Trip[] {
  const { events, runs } = sinceResumed(facts);
  const changed = new Set(facts.patches.filter(({ files }) => files.length > 0).map(({ tree }) => tree));
  // A failing run on the base commit shows the defect; it is no attempt.
  return [
    ...attempts(runs.filter(({ plan }) => changed.has(plan.tree))),
    ...invalidCalls(events, facts.now),
    ...denialStorm(events),
  ];
}

/** While an incident cools off nothing is read, changed, tested or published in it. */
export function coolOffFindings({ kind }: Pick<Action, 'kind'>, trips: readonly Trip[]): readonly Finding[] {
  if (kind === 'inspect' || kind === 'escalate') return [];
  const pauses = trips.filter(({ effect }) => effect === 'pause');
  return pauses.map(({ rule, reason, fix, retry }) => ({ rule, effect: 'deny', reason, fix, evidence: {}, retry }));
}

/** The required suites failed on this tree when they were last run on it as a whole. */
export function hasFailed(runs: readonly TestRun[], tree: string): boolean {
  return lastProofs(runs.filter(({ plan }) => plan.tree === tree)).some(({ result }) => result?.verdict === 'fail');
}

/** What failed and how, without what differs from run to run; undefined when no failing test is known by name. */
export function failureSignature(runs: readonly TestRun[]): string | undefined {
  const failures = runs.flatMap(({ plan, result }) =>
    (result?.failures ?? []).map(({ test, message }) => `${plan.suite}\0${test}\0${template(message)}`),
  );
  if (failures.length === 0) return undefined;
  return createHash('sha256').update(failures.toSorted().join('\n')).digest('hex');
}

function sinceResumed({ events, runs }: BreakerFacts): Pick<BreakerFacts, 'events' | 'runs'> {
  const resumed = events.findLastIndex(({ type }) => type === 'incident.resumed');
  if (resumed < 0) return { events, runs };
  const later = events.slice(resumed + 1);
  const finished = new Set(later.filter(({ type }) => type === 'tests.finished').map(({ callId }) => callId));
  return { events: later, runs: runs.filter(({ callId }) => finished.has(callId)) };
}

function attempts(runs: readonly TestRun[]): readonly Trip[] {
  const tried = attemptsOf(runs);
  const failed = tried.filter((each) => each.failed);
  const last = tried.slice(-SAME_FAILURES);
  const [signature] = last.map((each) => each.signature);
  const stuck =
    last.length === SAME_FAILURES && signature !== undefined && last.every((each) => each.signature === signature);
  return [
    ...(failed.length >= FAILING_ATTEMPTS
      ? [escalation('attempts', `${failed.length} attempts have failed their tests; ${FAILING_ATTEMPTS} are allowed.`)]
      : []),
    ...(stuck
      ? [escalation('no_progress', `${SAME_FAILURES} attempts in a row fail the same tests in the same way.`)]
      : []),
  ];
}

interface AttemptOutcome {
  readonly failed: boolean;
  /** Of what failed; undefined when nothing did, or nothing is known by name. */
  readonly signature: string | undefined;
}

/** What the required suites said of each changed tree, in the order in which the trees were last tested. */
function attemptsOf(runs: readonly TestRun[]): readonly AttemptOutcome[] {
  const trees = Map.groupBy(lastProofs(runs), ({ plan }) => plan.tree);
  return [...trees.values()].map((proofs) => {
    const failing = proofs.filter(({ result }) => result?.verdict === 'fail' || result?.verdict === 'timeout');
    return { failed: failing.length > 0, signature: failureSignature(failing) };
  });
}

/** The last whole run of each required suite on each tree, oldest first; another configuration's of the same name is another suite. */
function lastProofs(runs: readonly TestRun[]): readonly TestRun[] {
  const whole = runs.filter(({ status, plan }) => status === 'finished' && plan.required && provesSuite(plan));
  return whole.filter((run, index) => !whole.slice(index + 1).some(({ plan }) => isSameProof(plan, run.plan)));
}

function isSameProof(one: TestRun['plan'], other: TestRun['plan']): boolean {
  return one.suite === other.suite && one.suiteDigest === other.suiteDigest && one.tree === other.tree;
}

function invalidCalls(events: readonly TimelineEvent[], now: number): readonly Trip[] {
  const times = elapsed(events, now);
  let inRow = 0;
  let pausedAt: number | undefined;
  let worst = 0;
  const all: number[] = [];
  for (const [index, { type, data }] of events.entries()) {
    if (type === 'call.succeeded' || type === 'call.failed' || !type.startsWith('call.')) continue;
    const fits = type !== 'call.invalid' || data['arguments'] !== 'invalid';
    inRow = fits ? 0 : inRow + 1;
    worst = Math.max(worst, inRow);
    if (!fits) all.push(times.at[index] ?? 0);
    if (inRow === INVALID_CALLS.coolOff) pausedAt = times.at[index];
  }
  if (worst >= INVALID_CALLS.escalate)
    return [escalation('invalid', `${worst} calls in a row had arguments that do not fit.`)];
  // Calls that fit may stand between them.
  if (isStorm(all)) return [escalation('invalid', `${STORM.calls} calls had arguments that do not fit ${WITHIN}.`)];
  const left = pausedAt === undefined ? 0 : COOL_OFF_MS - (times.now - pausedAt);
  if (left <= 0) return [];
  return [
    {
      rule: 'breaker/invalid',
      effect: 'pause',
      reason: `After ${INVALID_CALLS.coolOff} calls in a row with arguments that do not fit the incident cools off; after ${INVALID_CALLS.escalate} in a row a human takes over.`,
      fix: `Wait ${Math.ceil(left / 1_000)} s, and read the arguments in the tool's description meanwhile; only get_incident, escalate and polls are answered before.`,
      retry: 'later',
    },
  ];
}

/** What the server refuses for reasons of its own says nothing of the agent. */
const NOT_THE_AGENT = /^(?:incident\/(?:escalated|closed)|kill_switch|breaker\/.*|budget\/.*|daily_budget\/.*)$/;

function denialStorm(events: readonly TimelineEvent[]): readonly Trip[] {
  const times = elapsed(events, 0);
  const denied = events.flatMap(({ type, data }, index) => {
    const rules = Array.isArray(data['rule_ids']) ? data['rule_ids'] : [];
    const counts =
      type === 'call.denied' &&
      data['code'] === 'policy_denied' &&
      data['dry_run'] !== true &&
      !rules.every((rule) => typeof rule === 'string' && NOT_THE_AGENT.test(rule));
    return counts ? [times.at[index] ?? 0] : [];
  });
  return isStorm(denied) ? [escalation('denial_storm', `${STORM.calls} calls were denied ${WITHIN}.`)] : [];
}

const WITHIN = `within ${STORM.withinMs / 60_000} minutes`;

function isStorm(times: readonly number[]): boolean {
  return times.slice(STORM.calls - 1).some((at, index) => at - (times[index] ?? 0) <= STORM.withinMs);
}

function escalation(name: 'attempts' | 'no_progress' | 'invalid' | 'denial_storm', reason: string): Trip {
  return {
    rule: `breaker/${name}`,
    effect: 'escalate',
    reason,
    fix: 'Stop and tell the on-call engineer, who finds everything so far in the report of this incident.',
    retry: 'never',
  };
}

/** Milliseconds at each event and now, from where they do not matter: the sum of the clock's forward steps, so that turning it back resets nothing. */
function elapsed(
  events: readonly TimelineEvent[],
  now: number,
): { readonly at: readonly number[]; readonly now: number } {
  let passed = 0;
  let last = 0;
  const at = events.map((event) => {
    passed += Math.max(0, event.at - last);
    last = event.at;
    return passed;
  });
  return { at, now: passed + Math.max(0, now - last) };
}

/** The first line of a message without numbers, ids and addresses. */
function template(message: string): string {
  return withoutNumbers((message.split('\n')[0] ?? '').slice(0, 500));
}
