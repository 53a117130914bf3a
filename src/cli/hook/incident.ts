import { randomUUID } from 'node:crypto';

import type { Checkout } from '#cli/hook/repository.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import type { BudgetKind } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { toCaps, toDailyCaps } from '#policy/caps.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import { escalatedError, exhaustedError } from '#policy/refusals.ts';
import { listOf, quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';

/** Incidents that are looked through for the one of a repository. */
const MAX_INCIDENTS = 1_000;

/** Kinds without which the server would not let an agent change anything more. */
const WRITING: readonly BudgetKind[] = ['tool_calls', 'patch_attempts', 'wall_seconds', 'bytes_out', 'usd'];

/** The incident that was named, which must be there, else the only one that is being worked on in this repository. */
export function findIncident(
  store: Pick<Store, 'getIncident' | 'listIncidents'>,
  named: string | undefined,
  checkout: Checkout | undefined,
): Incident | undefined {
  if (named !== undefined) {
    const incident = store.getIncident(named);
    if (incident) return incident;
    throw new FixgateError('not_found', `The hook was started for incident ${quote(named)}, which was never opened.`, {
      fix: 'Ask the operator to open it with `fixgate incident open`, or to correct the hook.',
    });
  }
  if (!checkout) return undefined;
  const open = store
    .listIncidents(MAX_INCIDENTS)
    .filter(({ state }) => state !== 'escalated' && state !== 'pr_open')
    .filter(({ repository }) => isSame(repository.location, checkout));
  return open.length === 1 ? open[0] : undefined;
}

function isSame(location: string, checkout: Checkout): boolean {
  return location.startsWith('/') && (location === checkout.top || findCheckout(location)?.shared === checkout.shared);
}

/** Throws when the incident may not go on: it was handed over, or nothing is left for a change. */
export function refuseEnded(store: Pick<Store, 'used' | 'usedToday'>, incident: Incident, policy: HostPolicy): void {
  if (incident.state === 'escalated') throw escalatedError(incident);
  const caps = toCaps(policy, undefined);
  const used = store.used(incident.id);
  const own = WRITING.filter((kind) => used[kind] >= caps[kind]).map((kind) => ({ kind, scope: 'incident' as const }));
  if (own.length > 0) throw exhaustedError(own, caps, used);
  if (incident.openedBy !== 'agent') return;
  const daily = toDailyCaps(policy, caps);
  const today = store.usedToday(`agents:${incident.repository.location}`);
  const shared = WRITING.filter((kind) => kind !== 'wall_seconds' && today[kind] >= daily[kind]);
  if (shared.length > 0)
    throw exhaustedError(
      shared.map((kind) => ({ kind, scope: 'daily' as const })),
      caps,
      used,
    );
}

/** One call of a host's own tool, for the timeline. */
export interface NativeCall {
  readonly actor: string;
  readonly tool: string;
  readonly kind: 'host_write' | 'host_command';
  /** Files of the repository that it edits, from its top. */
  readonly paths: readonly string[];
}

/**
 * Writes the call into the timeline, and answers an objection when it would take the incident past its cap on files. The
 * timeline orders the calls of all processes, and each of them counts alike: a call that was refused is skipped by all.
 */
export function recordCall(
  store: Pick<Store, 'append' | 'timeline' | 'everTouched'>,
  incident: Incident,
  call: NativeCall,
  policy: HostPolicy,
): Finding | undefined {
  const { actor, tool, kind, paths } = call;
  const summary = paths.length > 0 ? `${tool} asked to change ${listOf(paths.map(quote))}` : `${tool} was used`;
  const event = store.append(incident.id, {
    type: 'call.free',
    actor,
    tool,
    callId: randomUUID(),
    summary: summary.slice(0, 500),
    data: { action: kind, paths: [...paths] },
  });
  const cap = policy.limits.max_files;
  if (paths.length === 0) return undefined;
  const touched = new Set(store.everTouched(incident.id));
  for (const { seq, data } of store.timeline(incident.id)) {
    if (data['action'] !== 'host_write' || seq > event.seq) continue;
    const fresh = (data['paths'] as readonly string[]).filter((path) => !touched.has(path));
    const fits = fresh.length === 0 || touched.size + fresh.length <= cap;
    if (fits) for (const path of fresh) touched.add(path);
    else if (seq === event.seq) return tooManyFiles(touched, paths, cap);
  }
  return undefined;
}

function tooManyFiles(touched: ReadonlySet<string>, paths: readonly string[], cap: number): Finding {
  const known = [...touched].slice(0, 10).map(quote);
  return {
    rule: 'max_files',
    effect: 'deny',
    reason: `With ${listOf(paths.map(quote))} this incident would have touched more than its cap of ${cap} files${known.length > 0 ? ` (so far ${listOf(known)})` : ''}.`,
    fix: 'Keep the fix to files that were touched already, or hand over to the on-call engineer.',
    evidence: { cap, touched: [...touched].slice(0, 100) },
  };
}

/** Writes a refusal into the timeline of its incident. */
export function recordDenial(
  store: Pick<Store, 'append'>,
  incident: Incident,
  denial: {
    readonly actor: string;
    readonly tool: string;
    readonly code: string;
    readonly rules: readonly string[];
    readonly summary: string;
    readonly fix: string;
  },
): void {
  store.append(incident.id, {
    type: 'call.denied',
    actor: denial.actor,
    tool: denial.tool,
    callId: randomUUID(),
    summary: denial.summary.slice(0, 500).toWellFormed(),
    data: { code: denial.code, rule_ids: [...denial.rules], fix: denial.fix.slice(0, 500).toWellFormed() },
  });
}
