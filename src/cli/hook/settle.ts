import { proofBy } from '#cli/approval-proof.ts';
import { policyAt } from '#cli/hook/committed.ts';
import type { Desk } from '#cli/hook/desk.ts';
import { recordDenial } from '#cli/hook/desk.ts';
import { findIncident } from '#cli/hook/find-incident.ts';
import { enforced } from '#cli/hook/findings.ts';
import { lift, objectionsOf } from '#cli/hook/objections.ts';
import type { HookReply } from '#cli/hook/protocol.ts';
import { errorReply, toReply } from '#cli/hook/protocol.ts';
import type { HookVerdict } from '#cli/hook/run-hook.ts';
import { namedIncident } from '#cli/hook/run-hook.ts';
import { spend } from '#cli/hook/spend.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import { systemClock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { ApprovalProof } from '#policy/approvals.ts';
import { createApprovals } from '#policy/approvals.ts';
import { isFinal } from '#policy/final.ts';
import { createHumanWord } from '#policy/human-word.ts';
import { endedError, isEnded } from '#policy/refusals.ts';
import { standingOf, tripsOf } from '#policy/situation.ts';
import type { Finding } from '#policy/verdict.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Store } from '#state/store.ts';

/** Milliseconds for another writer, each of two times: a host waits for ten seconds at least. */
const BUSY_TIMEOUT_MS = 2_000;

/** The incident's part: its end, its breakers, its budget and its caps refuse changes, and its timeline hears of every one. */
export async function settle(verdict: HookVerdict): Promise<HookReply> {
  const { request, around, policy, files, judged } = verdict;
  const clock = systemClock;
  const folder = stateFolderOf(request.invocation);
  await using store = createSqliteStore({ folder, clock, busyTimeoutMs: BUSY_TIMEOUT_MS });
  const seen = { ...store, timeline: once(store.timeline) };
  const proof = onceEach(proofBy(policy.approvals, files.approvers));
  const approvals = createApprovals({ store: seen, clock, proof });
  const word = createHumanWord({ store: seen, approvals });
  const incident = await findIncident(store, word, { named: namedIncident(request), checkout: around.checkout });
  if (!incident) return toReply(enforced(judged.findings, policy), request.input, policy);
  const { baseCommit } = incident.repository;
  const pinned = around.checkout
    ? policyAt(around.checkout, baseCommit, request.invocation.environment)
    : Promise.resolve([]);
  // Awaited where it is needed; until then a failure is nobody's.
  pinned.catch(() => undefined);
  // The kill switch was asked before.
  const events = seen.timeline(incident.id);
  const deps = { store: seen, word, clock, maxUsd: undefined, halted: () => undefined };
  const desk = { store, clock, approvals, verdict, pinned, events, standing: await standingOf(deps, incident, policy) };
  try {
    return await decide(desk);
  } catch (error) {
    if (!(error instanceof FixgateError)) throw error;
    return await refuse(desk, error);
  }
}

/** A chain is read several times and is the same for one decision. */
function once(read: Store['timeline']): Store['timeline'] {
  const known = new Map<string, ReturnType<typeof read>>();
  return (id) => {
    const events = known.get(id) ?? read(id);
    known.set(id, events);
    return events;
  };
}

/** A signature is looked at several times and checked once: a call is decided by the keys that count when it comes. */
function onceEach(proof: ApprovalProof): ApprovalProof {
  if (proof.mode !== 'signed') return proof;
  const known = new Map<string, ReturnType<typeof proof.signersOf>>();
  return {
    ...proof,
    signersOf(text, signature, among) {
      const key = JSON.stringify([text, signature, among]);
      const signers = known.get(key) ?? proof.signersOf(text, signature, among);
      known.set(key, signers);
      return signers;
    },
  };
}

async function decide(desk: Desk): Promise<HookReply> {
  const { changes } = desk.verdict.judged;
  if (changes) refuseEnded(desk);
  const { findings, waived } = await objectionsOf(desk);
  if (findings.length > 0) return await deny(desk, findings);
  const late = changes ? await spend(desk, waived) : undefined;
  const over = late ? (await lift(enforced([late], desk.verdict.policy), desk)).findings : [];
  return over.length > 0 ? await deny(desk, over) : { decision: 'pass' };
}

/** Throws when the incident was handed over or is over, or when a breaker says so now. */
function refuseEnded({ store, clock, standing: { incident, trips } }: Desk): void {
  if (isEnded(incident)) throw endedError(incident);
  const trip = trips.find(({ effect }) => effect === 'escalate');
  if (!trip) return;
  store.escalate(incident.id, { reason: trip.reason, ruleId: trip.rule, at: clock.now() });
  throw endedError(store.getIncident(incident.id) ?? incident);
}

async function deny(desk: Desk, findings: readonly Finding[]): Promise<HookReply> {
  const { store, clock, verdict, standing } = desk;
  const reply = toReply(findings, verdict.request.input, verdict.policy);
  if (reply.decision === 'pass') return reply;
  // Whoever sits there may agree, and the host asks nobody again.
  if (reply.decision === 'ask' && verdict.judged.changes) await spend(desk, []);
  await recordDenial(desk, {
    code: findings.some(({ effect }) => effect === 'deny') ? 'policy_denied' : 'approval_required',
    rules: [...new Set(findings.map(({ rule }) => rule))],
    reason: reply.reason,
    fix: findings[0]?.fix ?? '',
  });
  const { id } = standing.incident;
  const trip = tripsOf({ store, clock }, standing.incident).find(({ effect }) => effect === 'escalate');
  if (trip) store.escalate(id, { reason: trip.reason, ruleId: trip.rule, at: clock.now() });
  return reply;
}

async function refuse(desk: Desk, error: FixgateError): Promise<HookReply> {
  const { store, clock, standing } = desk;
  const reply = errorReply(error);
  await recordDenial(desk, { code: error.code, rules: error.ruleIds, reason: reply.reason, fix: error.fix });
  if (error.code === 'budget_exhausted' && isFinal(error))
    store.escalate(standing.incident.id, {
      reason: error.message.replace(/ Nothing was done\.$/, ''),
      ruleId: error.ruleIds[0] ?? 'budget',
      at: clock.now(),
    });
  return reply;
}
