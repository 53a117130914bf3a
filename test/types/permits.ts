// Compiled, never run: each line marked as an error must be one, or the compiler complains of the mark. A permit comes from
// the gate alone, is good for one kind of action, and no port that changes the world does without.

import type { Action, PatchAction, TestAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { Gate } from '#policy/gate.ts';
import type { Permit } from '#policy/verdict.ts';
import type { CodeHost, PublishRequest } from '#providers/sources.ts';
import type { TestRunner, Workspace } from '#workspace/workspace.ts';

declare const incident: Incident;
declare const action: Action;
declare const patch: PatchAction;
declare const test: TestAction;
declare const patchPermit: Permit<'patch'>;
declare const testPermit: Permit<'test'>;
declare const anyPermit: Permit;
declare const gate: Gate;
declare const workspace: Workspace;
declare const tests: TestRunner;
declare const host: CodeHost;
declare const request: PublishRequest;
declare const signal: AbortSignal;

/** Permits cannot be forged. */
export function forge(): readonly Permit<'patch'>[] {
  const parts = { action: patch, incident, callId: 'c', held: {} };
  // @ts-expect-error -- a literal has not been minted
  const literal: Permit<'patch'> = { action: patch, incident, callId: 'c', held: {} };
  // @ts-expect-error -- nor has one that claims it
  const claimed: Permit<'patch'> = { ...parts, minted: true };
  // @ts-expect-error -- a copy of a real one with another action is none
  const swapped: Permit<'patch'> = { ...patchPermit, action: patch };
  // @ts-expect-error -- not even an exact copy
  const copied: Permit<'patch'> = { ...patchPermit };
  // @ts-expect-error -- the action of a permit cannot be replaced
  patchPermit.action = patch;
  // @ts-expect-error -- nor its incident
  patchPermit.incident = incident;
  return [literal, claimed, swapped, copied];
}

/** A permit is good for one kind of action. */
export async function confuse(): Promise<void> {
  // @ts-expect-error -- a permit to test does not let patch
  await workspace.apply(testPermit, 'a');
  // @ts-expect-error -- a permit to patch does not let publish
  await workspace.commit(patchPermit, 'm', 0);
  // @ts-expect-error -- a permit to patch does not let test
  await tests.start(patchPermit, 'a');
  // @ts-expect-error -- a permit to test does not let publish
  await host.publish(testPermit, request, signal);
  // @ts-expect-error -- a permit of unknown kind lets nothing
  await workspace.apply(anyPermit, 'a');
}

/** No port that changes the world takes an action, judged or not. */
export async function skip(): Promise<void> {
  // @ts-expect-error -- an action is no permit
  await workspace.apply(patch, 'a');
  // @ts-expect-error -- an action is no permit
  await tests.start(test, 'a');
  // @ts-expect-error -- an action is no permit
  await host.publish(action, request, signal);
}

/** What the gate gives for one action is no permit for another kind. */
export async function launder(): Promise<void> {
  const attempt = { incident, callId: 'c', tool: 't', actor: 'a', bytesIn: 0 };
  // @ts-expect-error -- an action of one kind cannot be admitted as another
  await gate.admit<'patch'>(test, attempt);
  // @ts-expect-error -- `check` proves nothing
  const checked: Permit<'patch'> = await gate.check<'patch'>(patch, attempt);
  await workspace.apply(checked, 'a');
  // What is meant to work does.
  await workspace.apply(await gate.admit<'patch'>(patch, attempt), 'a');
}
