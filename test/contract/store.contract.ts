import { createHash } from 'node:crypto';

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import type { BudgetKind, Spend } from '#domain/budget.ts';
import type { Clock } from '#domain/clock.ts';
import { canonicalJson } from '#domain/json.ts';
import type { PullRequestFate } from '#domain/remediation.ts';
import type { BaseOutcome } from '#domain/test-comparison.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { AdmitRequest, Store } from '#state/store.ts';

import {
  ampleCaps,
  movableClock,
  NOON,
  sampleEvent,
  sampleIncident,
  samplePatch,
  samplePlan,
  samplePullRequest,
  sampleResult,
} from '../support/store-samples.ts';

/** Makes an empty store. */
export type CreateStore = (deps: {
  readonly clock: Clock;
  readonly onEvent: (event: TimelineEvent) => void;
}) => Promise<Store> | Store;

/** What every store promises; each implementation runs it. */
export function describeStore(name: string, create: CreateStore): void {
  describe(`a store: ${name}`, () => {
    let clock: ReturnType<typeof movableClock>;
    let store: Store;
    let told: TimelineEvent[];
    beforeEach(async () => {
      clock = movableClock();
      told = [];
      store = await create({ clock, onEvent: (event) => void told.push(event) });
    });
    afterEach(() => store[Symbol.asyncDispose]());

    const open = (id = 'PD-1') => store.openIncident(sampleIncident(id), sampleEvent('incident.opened'));
    const admit = (callId: string, request: Partial<AdmitRequest> = {}) =>
      store.admit({
        incidentId: 'PD-1',
        callId,
        spend: { tool_calls: 1 },
        hold: {},
        caps: ampleCaps,
        event: sampleEvent('call.admitted', { tool: 'run_tests' }),
        ...request,
      });
    const settle = (callId: string, actual: Spend = {}) =>
      store.settle({ incidentId: 'PD-1', callId, actual, event: sampleEvent('call.succeeded', { tool: 'run_tests' }) });
    const approve = (id: string, kind: Approval['kind'], incidentId = 'PD-1', more: Approval['facts'] = {}) => {
      const facts = { base_commit: 'b'.repeat(40), ...more };
      const asked = { id, incidentId, kind, facts, binding: id, question: '', ruleIds: [], requestedBy: 'a' };
      const expires = { requestedAt: clock.at, expiresAt: clock.at + 3_600_000 };
      store.requestApproval({ ...asked, ...expires }, sampleEvent('approval.requested'));
      const decision = { verdict: 'approved' as const, reason: 'r', at: clock.at, by: 'ada' };
      store.decideApproval(id, decision, sampleEvent('approval.granted'));
    };
    const types = () => store.timeline('PD-1').map((event) => event.type);
    const last = () => store.timeline('PD-1').at(-1);

    describe('before anything was written', () => {
      it('answers every read empty', () => {
        expect(store.getIncident('PD-1')).toBeUndefined();
        expect(store.listIncidents(10)).toEqual([]);
        expect(Object.values(store.used('PD-1'))).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
        expect(store.openCalls('PD-1')).toEqual([]);
        expect(store.timeline('PD-1')).toEqual([]);
        expect(store.verify()).toEqual({ ok: true, chains: 0, events: 0 });
        expect(store.patches('PD-1')).toEqual([]);
        expect(store.everTouched('PD-1')).toEqual([]);
        expect(store.getTestRun('job')).toBeUndefined();
        expect(store.testRuns('PD-1')).toEqual([]);
        expect(store.pullRequest('PD-1')).toBeUndefined();
        expect(store.getEvidence('PD-1', 1)).toBeUndefined();
      });

      it.each<[string, () => unknown]>([
        ['confirmSeverity', () => store.confirmSeverity('PD-1', 'SEV1', sampleEvent('incident.confirmed'))],
        ['advance', () => store.advance('PD-1', 'read')],
        ['escalate', () => store.escalate('PD-1', { reason: 'r', ruleId: 'budget/usd', at: NOON })],
        ['admit', () => admit('c1')],
        ['settle', () => settle('c1')],
        ['recordPatch', () => store.recordPatch('PD-1', samplePatch('t0', 't1'), [], sampleEvent('patch.applied'))],
        ['finishTestRun', () => store.finishTestRun('job', sampleResult(1), sampleEvent('tests.finished'))],
        ['recordFate', () => store.recordFate('PD-1', { commit: 'c', at: 1 }, () => [])],
        ['claimTold', () => store.claimTold('PD-1', 1)],
        [
          'recordPullRequest',
          () => store.recordPullRequest('PD-1', samplePullRequest, sampleEvent('pull_request.opened')),
        ],
        ['saveEvidence', () => store.saveEvidence('PD-1', { mimeType: 'text/plain', text: 't', title: 't' })],
      ])('%s refuses what was never opened and leaves nothing', (_, verb) => {
        expect(verb).toThrow(expect.objectContaining({ name: 'FixgateError', code: 'not_found' }));
        expect(store.verify()).toEqual({ ok: true, chains: 0, events: 0 });
      });
    });

    describe('incidents', () => {
      it('keeps an incident exactly as it was opened, with its first event', () => {
        expect(open()).toBeUndefined();
        expect(store.getIncident('PD-1')).toEqual(sampleIncident('PD-1'));
        expect(types()).toEqual(['incident.opened']);
      });

      it('answers the standing incident and changes nothing when the id is taken', () => {
        open();
        const other = sampleIncident('PD-1', { title: 'another' });
        expect(store.openIncident(other, sampleEvent('incident.opened'))).toEqual(sampleIncident('PD-1'));
        expect(store.getIncident('PD-1')).toEqual(sampleIncident('PD-1'));
        expect(types()).toHaveLength(1);
      });

      it('lists the newest first, the later of two with equal times before the other', () => {
        for (const [id, openedAt] of Object.entries({ old: 1, b: 3, a: 3, middle: 2 })) {
          store.openIncident(sampleIncident(id, { openedAt }), sampleEvent('incident.opened'));
        }
        expect(store.listIncidents(10).map(({ id }) => id)).toEqual(['a', 'b', 'middle', 'old']);
        expect(store.listIncidents(1).map(({ id }) => id)).toEqual(['a']);
      });

      it('confirms a severity with its event [incidents:severity:confirmed]', () => {
        open();
        store.confirmSeverity('PD-1', 'SEV1', sampleEvent('incident.confirmed', { actor: 'human' }));
        expect(store.getIncident('PD-1')).toMatchObject({ severity: 'SEV1', severityConfirmed: true });
        expect(last()).toMatchObject({ type: 'incident.confirmed', actor: 'human' });
      });

      it('escalates once, with the first reason', () => {
        open();
        const escalation = { reason: 'The budget is used up', ruleId: 'budget/usd', at: NOON };
        store.escalate('PD-1', escalation);
        store.escalate('PD-1', { ...escalation, reason: 'another' });
        expect(store.getIncident('PD-1')).toMatchObject({ state: 'escalated', escalation });
        expect(types()).toEqual(['incident.opened', 'incident.escalated']);
        expect(last()).toMatchObject({ summary: 'The budget is used up', data: { rule_id: 'budget/usd' } });
      });

      it('never leads out of escalated [incidents:escalated:final]', () => {
        open();
        store.escalate('PD-1', { reason: 'r', ruleId: 'budget/usd', at: NOON });
        store.advance('PD-1', 'verified');
        store.recordPatch('PD-1', samplePatch('t0', 't1'), [], sampleEvent('patch.applied'));
        store.recordPullRequest('PD-1', samplePullRequest, sampleEvent('pull_request.opened'));
        expect(store.getIncident('PD-1')?.state).toBe('escalated');
      });

      it('resumes an escalated incident by a granted approval, once, and may escalate it again', () => {
        open();
        store.escalate('PD-1', { reason: 'r', ruleId: 'budget/usd', at: NOON });
        expect(() => store.resume('PD-1', 'A-1', sampleEvent('incident.resumed'))).toThrow(/A-1/);
        approve('A-1', 'resume');
        store.resume('PD-1', 'A-1', sampleEvent('incident.resumed'));
        expect(store.getIncident('PD-1')).toMatchObject({ state: 'open' });
        expect(store.getIncident('PD-1')).not.toHaveProperty('escalation');
        expect(store.getApproval('A-1')?.consumedAt).toBe(NOON);
        expect(() => store.resume('PD-1', 'A-1', sampleEvent('incident.resumed'))).toThrow(/A-1/);
        store.escalate('PD-1', { reason: 'again', ruleId: 'human', at: NOON });
        expect(store.getIncident('PD-1')).toMatchObject({ state: 'escalated', escalation: { reason: 'again' } });
        expect(types().filter((type) => type === 'incident.escalated')).toHaveLength(2);
      });

      it('lets no wall time pass while an incident is escalated', () => {
        open();
        admit('c1');
        clock.at += 60_000;
        store.escalate('PD-1', { reason: 'r', ruleId: 'budget/usd', at: clock.at });
        clock.at += 86_400_000;
        store.append('PD-1', sampleEvent('call.denied'));
        clock.at += 1_000;
        expect(store.used('PD-1').wall_seconds).toBe(60);
        approve('A-1', 'resume');
        store.resume('PD-1', 'A-1', sampleEvent('incident.resumed'));
        clock.at += 5_000;
        expect(store.used('PD-1').wall_seconds).toBe(65);
      });

      it('lists every SEV1 of a repository, whatever was opened since', () => {
        store.openIncident(sampleIncident('S-1', { severity: 'SEV1' }), sampleEvent('incident.opened'));
        store.openIncident(sampleIncident('S-2'), sampleEvent('incident.opened'));
        store.confirmSeverity('S-2', 'SEV1', sampleEvent('incident.confirmed'));
        for (let n = 0; n < 30; n += 1) open(`PD-${n}`);
        expect(store.sev1Incidents({ location: '/srv/user-service' }).map(({ id }) => id)).toEqual(['S-1', 'S-2']);
        expect(store.sev1Incidents({ location: '/srv/other' })).toEqual([]);
      });

      it('spends for a call that happens elsewhere, and waits for no end of it', () => {
        open();
        expect(admit('c1', { isElsewhere: true }).admitted).toBe(true);
        expect(store.used('PD-1').tool_calls).toBe(1);
        expect(store.openCalls('PD-1')).toEqual([]);
        expect(() => admit('c2', { isElsewhere: true, hold: { bytes_out: 1 } })).toThrow(RangeError);
        expect(store.used('PD-1').tool_calls).toBe(1);
      });

      it('lists what was lowered from a SEV1 as well, so that the proof can be asked for', () => {
        store.openIncident(sampleIncident('S-1', { severity: 'SEV1' }), sampleEvent('incident.opened'));
        approve('A-1', 'severity', 'S-1', { from: 'SEV1' });
        store.confirmSeverity('S-1', 'SEV3', sampleEvent('incident.confirmed'), 'A-1');
        expect(store.sev1Incidents({ location: '/srv/user-service' }).map(({ severity }) => severity)).toEqual([
          'SEV3',
        ]);
        expect(() => store.confirmSeverity('S-1', 'SEV4', sampleEvent('incident.confirmed'), 'A-1')).toThrow(
          /was used/,
        );
        expect(store.getIncident('S-1')?.severity).toBe('SEV3');
      });

      it('closes an incident once, by an approval that it uses up, and for good [human:verbs:close]', () => {
        open();
        const closure = { at: NOON, by: 'ada', reason: 'over', resolution: 'resolved' as const };
        const close = () => store.close('PD-1', closure, 'A-1', sampleEvent('incident.closed'));
        expect(close).toThrow(/was used by another call or has expired/);
        approve('A-1', 'close');
        close();
        expect(store.getIncident('PD-1')).toMatchObject({ state: 'closed', closure });
        expect(last()).toMatchObject({ type: 'incident.closed' });
        expect(close).toThrow(/was used/);
        store.advance('PD-1', 'published');
        store.escalate('PD-1', { reason: 'r', ruleId: 'budget/usd', at: NOON });
        expect(store.getIncident('PD-1')?.state).toBe('closed');
        expect(last()).toMatchObject({ type: 'incident.closed' });
      });

      it('opens only so many incidents of a quota a day, whatever the clock does', () => {
        const quota = { ledger: 'agents', cap: 2 };
        const openAs = (id: string, of = quota) =>
          store.openIncident(sampleIncident(id), sampleEvent('incident.opened'), of);
        expect([openAs('A-1'), openAs('A-2')]).toEqual([undefined, undefined]);
        expect(openAs('A-1')).toMatchObject({ id: 'A-1' });
        expect(() => openAs('A-3')).toThrow(/Agents have opened 2 incidents/);
        expect(store.getIncident('A-3')).toBeUndefined();
        expect(store.timeline('A-3')).toEqual([]);
        expect(openAs('B-1', { ...quota, ledger: 'other' })).toBeUndefined();
        clock.at -= 86_400_000;
        expect(() => openAs('A-4')).toThrow(/Agents have opened/);
        clock.at += 2 * 86_400_000;
        expect(openAs('A-5')).toBeUndefined();
        expect(() => openAs('A-6', { ...quota, cap: 0 })).toThrow(/Agents have opened 0/);
      });

      it('moves the state without an event', () => {
        open();
        store.advance('PD-1', 'read');
        store.advance('PD-1', 'read');
        expect(store.getIncident('PD-1')?.state).toBe('investigating');
        expect(types()).toHaveLength(1);
      });

      it('moves by what happened, never backwards to what another process saw', () => {
        open();
        store.recordPatch('PD-1', samplePatch('t0', 't1'), [], sampleEvent('patch.applied'));
        store.advance('PD-1', 'read');
        expect(store.getIncident('PD-1')?.state).toBe('patching');
        store.recordPatch('PD-1', samplePatch('t1', 't2'), [], sampleEvent('patch.applied'));
        store.advance('PD-1', 'verified', 't1');
        expect(store.getIncident('PD-1')?.state).toBe('patching');
        store.advance('PD-1', 'verified', 't2');
        expect(store.getIncident('PD-1')?.state).toBe('verified');
      });

      it('goes on where it would stand, had it not been handed over', () => {
        const resume = (n: number) => {
          approve(`A-${n}`, 'resume');
          store.resume('PD-1', `A-${n}`, sampleEvent('incident.resumed'));
          return store.getIncident('PD-1')?.state;
        };
        open();
        store.recordPatch('PD-1', samplePatch('t0', 't1'), [], sampleEvent('patch.applied'));
        store.advance('PD-1', 'verified', 't1');
        store.escalate('PD-1', { reason: 'r', ruleId: 'budget/usd', at: NOON });
        expect(resume(1)).toBe('verified');
        store.escalate('PD-1', { reason: 'r', ruleId: 'budget/usd', at: NOON });
        store.recordPatch('PD-1', samplePatch('t1', 't2'), [], sampleEvent('patch.applied'));
        expect(store.getIncident('PD-1')?.state).toBe('escalated');
        expect(resume(2)).toBe('patching');
      });

      it.each(['escalated', 'resumed'] as const)('is never %s in passing', (event) => {
        open();
        expect(() => store.advance('PD-1', event)).toThrow(RangeError);
      });
    });

    describe('admission', () => {
      beforeEach(() => void open());

      it('spends, cuts the hold to what is left, and writes both into the event [gate:budget:held]', () => {
        const caps = { ...ampleCaps, bytes_out: 100 };
        expect(admit('c1', { caps, hold: { bytes_out: 70 } })).toMatchObject({
          admitted: true,
          held: { bytes_out: 70 },
        });
        expect(store.used('PD-1')).toMatchObject({ tool_calls: 1, bytes_out: 70, wall_seconds: 0 });
        expect(admit('c2', { caps, hold: { bytes_out: 70 } })).toMatchObject({ held: { bytes_out: 30 } });
        expect(last()).toMatchObject({
          type: 'call.admitted',
          callId: 'c2',
          data: { type: 'call.admitted', spend: { tool_calls: 1 }, held: { bytes_out: 30 } },
        });
        expect(store.used('PD-1')).toMatchObject({ tool_calls: 2, bytes_out: 100 });
      });

      it('names every exhausted kind at once and writes nothing [gate:budget:atomic]', () => {
        const caps = { ...ampleCaps, patch_attempts: 1, bytes_out: 10, tool_calls: 5 };
        admit('c1', { caps, spend: { tool_calls: 1, patch_attempts: 1 }, hold: { bytes_out: 10 } });
        const before = { used: store.used('PD-1'), timeline: store.timeline('PD-1') };
        const spend = { tool_calls: 1, patch_attempts: 1, prs: 2 };
        expect(admit('c2', { caps: { ...caps, prs: 1 }, spend, hold: { bytes_out: 1 } })).toEqual({
          admitted: false,
          exhausted: [
            { kind: 'patch_attempts', scope: 'incident' },
            { kind: 'prs', scope: 'incident' },
            { kind: 'bytes_out', scope: 'incident' },
          ],
          used: before.used,
        });
        expect({ used: store.used('PD-1'), timeline: store.timeline('PD-1') }).toEqual(before);
        expect(store.openCalls('PD-1').map(({ callId }) => callId)).toEqual(['c1']);
      });

      it('refuses when a cap was lowered below what is used', () => {
        admit('c1', { spend: { tool_calls: 5 } });
        const outcome = admit('c2', { caps: { ...ampleCaps, tool_calls: 3 } });
        expect(outcome).toMatchObject({ admitted: false, exhausted: [{ kind: 'tool_calls', scope: 'incident' }] });
      });

      it('leaves kinds of amount 0 alone, even when nothing of them is left', () => {
        const caps = { ...ampleCaps, prs: 0, usd: 0 };
        expect(admit('c1', { caps, spend: { prs: 0 }, hold: { usd: 0 } })).toMatchObject({ admitted: true, held: {} });
      });

      it.each([-1, Number.NaN, 0.5, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])(
        'throws on %d',
        (amount) => {
          const before = store.timeline('PD-1');
          expect(() => admit('c1', { spend: { tool_calls: amount } })).toThrow(RangeError);
          expect(() => admit('c1', { hold: { bytes_out: amount } })).toThrow(RangeError);
          expect(() => admit('c1', { caps: { ...ampleCaps, usd: amount } })).toThrow(RangeError);
          admit('c2');
          expect(() => settle('c2', { usd: amount })).toThrow(RangeError);
          expect(store.openCalls('PD-1')).toHaveLength(1);
          expect(store.timeline('PD-1')).toHaveLength(before.length + 1);
        },
      );

      it('throws when wall time is to be spent, or a kind is unknown', () => {
        expect(() => admit('c1', { spend: { wall_seconds: 1 } })).toThrow(RangeError);
        expect(() => admit('c1', { hold: { coffee: 1 } as Spend })).toThrow(RangeError);
      });

      it('throws on a call id that was admitted before', () => {
        admit('c1');
        expect(() => admit('c1')).toThrow(/call_id/);
        expect(store.used('PD-1').tool_calls).toBe(1);
        expect(types()).toEqual(['incident.opened', 'call.admitted']);
      });
    });

    describe('wall time', () => {
      const caps = { ...ampleCaps, wall_seconds: 100 };
      beforeEach(() => void open());

      it('starts at the first admitted call and ends at the cap [gate:budget:wall]', () => {
        clock.at += 1_000_000;
        admit('c1', { caps });
        clock.at += 99_999;
        expect(store.used('PD-1').wall_seconds).toBe(99);
        expect(admit('c2', { caps })).toMatchObject({ admitted: true });
        clock.at += 1;
        const exhausted = [{ kind: 'wall_seconds', scope: 'incident' }];
        expect(admit('c3', { caps })).toMatchObject({ admitted: false, exhausted, used: { wall_seconds: 100 } });
      });

      it('forbids the first call when the cap is 0', () => {
        expect(admit('c1', { caps: { ...caps, wall_seconds: 0 } })).toMatchObject({ admitted: false });
      });

      it('is neither negative nor given back when the clock is turned back, and goes on from there', () => {
        admit('c1', { caps });
        clock.at -= 3_600_000;
        expect(store.used('PD-1').wall_seconds).toBe(0);
        clock.at += 3_600_000 + 90_000;
        store.append('PD-1', sampleEvent('call.denied'));
        clock.at -= 86_400_000;
        expect(store.used('PD-1').wall_seconds).toBe(90);
        store.append('PD-1', sampleEvent('call.denied'));
        clock.at += 10_000;
        expect(store.used('PD-1').wall_seconds).toBe(100);
        expect(admit('c2', { caps })).toMatchObject({ admitted: false });
      });
    });

    describe('the daily ledger', () => {
      const daily = { ledger: 'repo', caps: { ...ampleCaps, tool_calls: 2, bytes_out: 50 } };
      beforeEach(() => void ['PD-1', 'PD-2'].map(open));

      it('is shared by the incidents that name it, and by no others [incidents:agents:daily-ledger]', () => {
        expect(admit('c1', { daily })).toMatchObject({ admitted: true });
        expect(admit('c2', { daily, incidentId: 'PD-2' })).toMatchObject({ admitted: true });
        const exhausted = [{ kind: 'tool_calls', scope: 'daily' }];
        expect(admit('c3', { daily })).toMatchObject({ admitted: false, exhausted, used: { tool_calls: 1 } });
        expect(admit('c4', { daily: { ...daily, ledger: 'other' } })).toMatchObject({ admitted: true });
        expect(admit('c5')).toMatchObject({ admitted: true });
      });

      it('cuts holds too, and gets back what was not used', () => {
        expect(admit('c1', { daily, hold: { bytes_out: 40 } })).toMatchObject({ held: { bytes_out: 40 } });
        settle('c1', { bytes_out: 30 });
        const second = admit('c2', { daily, incidentId: 'PD-2', hold: { bytes_out: 40 } });
        expect(second).toMatchObject({ held: { bytes_out: 20 } });
      });

      it('takes nothing when the incident refuses', () => {
        const caps = { ...ampleCaps, prs: 0 };
        for (const id of ['c1', 'c2', 'c3']) admit(id, { daily, caps, spend: { tool_calls: 1, prs: 1 } });
        expect(admit('c4', { daily, spend: { tool_calls: 2 } })).toMatchObject({ admitted: true });
      });

      it('is new on the next UTC day, and what was held goes back to the day it came from', () => {
        admit('c1', { daily, spend: { tool_calls: 2 }, hold: { bytes_out: 50 } });
        clock.at = NOON + 12 * 3_600_000;
        expect(admit('c2', { daily, hold: { bytes_out: 50 } })).toMatchObject({ held: { bytes_out: 50 } });
        settle('c1');
        const exhausted = [{ kind: 'bytes_out', scope: 'daily' }];
        expect(admit('c3', { daily, hold: { bytes_out: 1 } })).toMatchObject({ admitted: false, exhausted });
      });

      it('stays on the latest day when the clock is turned back', () => {
        admit('c1', { daily, spend: { tool_calls: 2 } });
        clock.at -= 86_400_000;
        expect(admit('c2', { daily })).toMatchObject({ admitted: false });
      });
    });

    describe('settlement', () => {
      beforeEach(() => void open());

      it('gives back what was held and not used, once [gate:budget:held]', () => {
        admit('c1', { hold: { bytes_out: 100, usd: 50 } });
        settle('c1', { bytes_out: 30 });
        settle('c1', { bytes_out: 0 });
        expect(store.used('PD-1')).toMatchObject({ tool_calls: 1, bytes_out: 30, usd: 0 });
        expect(types()).toEqual(['incident.opened', 'call.admitted', 'call.succeeded']);
        expect(last()).toMatchObject({ callId: 'c1', data: { actual: { bytes_out: 30 } } });
        expect(store.openCalls('PD-1')).toEqual([]);
      });

      it('charges use that was not held, past the cap too, and the next call finds nothing left', () => {
        const caps = { ...ampleCaps, usd: 100 };
        admit('c1', { caps, hold: { bytes_out: 10 } });
        settle('c1', { bytes_out: 25, usd: 180 });
        expect(store.used('PD-1')).toMatchObject({ bytes_out: 25, usd: 180 });
        expect(admit('c2', { caps, hold: { usd: 1 } })).toMatchObject({
          admitted: false,
          exhausted: [{ kind: 'usd', scope: 'incident' }],
        });
      });

      it('never passes the largest exact number', () => {
        admit('c1');
        settle('c1', { usd: Number.MAX_SAFE_INTEGER });
        admit('c2');
        settle('c2', { usd: Number.MAX_SAFE_INTEGER });
        expect(store.used('PD-1').usd).toBe(Number.MAX_SAFE_INTEGER);
      });

      it('refuses a call of another incident', () => {
        open('PD-2');
        admit('c1', { incidentId: 'PD-2' });
        expect(() => settle('c1')).toThrow(expect.objectContaining({ code: 'not_found' }));
      });

      it('lists calls without an end, oldest first', () => {
        for (const id of ['c2', 'c1', 'c3']) admit(id);
        settle('c1');
        expect(store.openCalls('PD-1')).toEqual([
          { callId: 'c2', tool: 'run_tests', at: NOON },
          { callId: 'c3', tool: 'run_tests', at: NOON },
        ]);
      });

      it('agrees with a model for any order of calls', () => {
        const amount = fc.integer({ min: 0, max: 40 });
        const command = fc.record({
          spend: amount,
          hold: amount,
          actual: fc.integer({ min: 0, max: 60 }),
          late: amount,
        });
        let n = 0;
        fc.assert(
          fc.property(fc.array(command, { maxLength: 12 }), fc.integer({ min: 0, max: 150 }), (commands, cap) => {
            n += 1;
            const incidentId = `MODEL-${n}`;
            open(incidentId);
            const model = { prs: 0, bytes_out: 0, usd: 0 };
            for (const [i, { spend, hold, actual, late }] of commands.entries()) {
              const callId = `${incidentId}/${i}`;
              const left = Math.max(0, cap - model.bytes_out);
              const fits = (spend === 0 || model.prs + spend <= cap) && (hold === 0 || left > 0);
              const held = Math.min(hold, left);
              const caps = { ...ampleCaps, prs: cap, bytes_out: cap };
              const outcome = admit(callId, { incidentId, caps, spend: { prs: spend }, hold: { bytes_out: hold } });
              expect(outcome).toMatchObject(
                fits ? { admitted: true, held: held > 0 ? { bytes_out: held } : {} } : { admitted: false },
              );
              if (outcome.admitted) {
                model.prs += spend;
                model.bytes_out += held;
                const event = sampleEvent('call.failed');
                // Some calls end, some are settled twice, some never.
                for (let ends = i % 3; ends > 0; ends -= 1) {
                  store.settle({ incidentId, callId, actual: { bytes_out: actual, usd: late }, event });
                }
                if (i % 3 > 0) {
                  model.bytes_out += actual - held;
                  model.usd += late;
                }
              }
              expect(store.used(incidentId)).toMatchObject(model);
            }
            expect(store.verify(incidentId)).toMatchObject({ ok: true });
          }),
          { numRuns: 60 },
        );
      });
    });

    describe('the timeline', () => {
      it('chains every event to the one before by SHA-256 over canonical JSON [state:chain:append-only]', () => {
        clock.at = NOON + 5;
        const rich = { b: [1, { z: null, a: 'é' }], a: -0.5, nul: 'a\0b', half: '\ud800', __proto: true };
        store.append('_server', sampleEvent('call.invalid', { tool: 'nope', callId: 'c', data: rich }));
        store.append('_server', sampleEvent('call.denied', { summary: 'half a pair \udc00 and \0' }));
        const events = store.timeline('_server');
        expect(events[0]).toMatchObject({
          chain: '_server',
          seq: 1,
          at: NOON + 5,
          data: rich,
          prevHash: '0'.repeat(64),
        });
        expect(events[1]).toMatchObject({ seq: 2, summary: 'half a pair \udc00 and \0', prevHash: events[0]!.hash });
        expect(events.map(expectedHash)).toEqual(events.map(({ hash }) => hash));
        expect(store.verify()).toEqual({ ok: true, chains: 1, events: 2 });
      });

      it('answers what it wrote', () => {
        const event = store.append('PD-9', sampleEvent('call.denied'));
        expect(store.timeline('PD-9')).toEqual([event]);
        expect('tool' in event).toBe(false);
      });

      it('numbers every chain by itself', () => {
        store.append('a', sampleEvent('call.denied'));
        expect(store.append('b', sampleEvent('call.denied')).seq).toBe(1);
        expect(store.append('a', sampleEvent('call.denied')).seq).toBe(2);
        expect(store.verify()).toEqual({ ok: true, chains: 2, events: 3 });
        expect(store.verify('a')).toEqual({ ok: true, chains: 1, events: 2 });
        expect(store.verify('c')).toEqual({ ok: true, chains: 0, events: 0 });
      });

      it('gives the events of all chains in the order of writing, part by part [state:events:order]', () => {
        for (const chain of ['a', 'b', 'a', 'c', 'b']) store.append(chain, sampleEvent('call.denied'));
        const first = store.eventsAfter(0, 3);
        const rest = store.eventsAfter(first.at(-1)?.position ?? 0, 3);
        const places = [...first, ...rest].map(({ event: { chain, seq } }) => `${chain}${seq}`);

        expect(places).toEqual(['a1', 'b1', 'a2', 'c1', 'b2']);
        expect(first[0]?.event).toEqual(store.timeline('a')[0]);
        expect(store.eventsAfter(rest.at(-1)?.position ?? 0, 3)).toEqual([]);
      });

      it('tells of every event that is kept, as it stands there, and of no other [state:events:told]', () => {
        open();
        const request = { incidentId: 'PD-1', hold: {}, caps: ampleCaps, event: sampleEvent('call.admitted') };
        store.admit({ ...request, callId: 'c1', spend: { tool_calls: 1 } });
        store.admit({ ...request, callId: 'c2', spend: { tool_calls: 1 }, caps: { ...ampleCaps, tool_calls: 1 } });
        store.settle({ incidentId: 'PD-1', callId: 'c1', actual: {}, event: sampleEvent('call.succeeded') });
        store.escalate('PD-1', { reason: 'x', ruleId: 'human', at: NOON });
        const data = { big: 1n } as unknown as Record<string, null>;
        expect(() => store.append('PD-1', sampleEvent('call.denied', { data }))).toThrow(TypeError);

        expect(told.map(({ type }) => type)).toEqual([
          'incident.opened',
          'call.admitted',
          'call.succeeded',
          'incident.escalated',
        ]);
        expect(told).toEqual(store.timeline('PD-1'));
      });

      it('writes nothing when the data is no JSON', () => {
        const data = { big: 1n } as unknown as Record<string, null>;
        expect(() => store.append('a', sampleEvent('call.denied', { data }))).toThrow(TypeError);
        expect(store.timeline('a')).toEqual([]);
      });
    });

    describe('patches', () => {
      beforeEach(() => void open());
      const record = (from: string, to: string, touched: readonly string[] = []) =>
        store.recordPatch('PD-1', samplePatch(from, to), touched, sampleEvent('patch.applied'));

      it('numbers them, keeps every path ever touched and moves the state', () => {
        const kept = (from: string, to: string) => {
          const { writes: _writes, ...patch } = samplePatch(from, to);
          return patch;
        };
        expect(record('t0', 't1', ['b', 'a'])).toEqual({ ...kept('t0', 't1'), n: 1 });
        expect(record('t1', 't0', ['c', 'b'])).toMatchObject({ n: 2 });
        expect(store.patches('PD-1')).toEqual([
          { ...kept('t0', 't1'), n: 1 },
          { ...kept('t1', 't0'), n: 2 },
        ]);
        expect(store.everTouched('PD-1')).toEqual(['a', 'b', 'c']);
        expect(store.getIncident('PD-1')?.state).toBe('patching');
        expect(types()).toEqual(['incident.opened', 'patch.applied', 'patch.applied']);
      });

      it('keeps what each of them wrote', () => {
        const after = { mode: '100755' as const, head: 0, tail: 2, middle: Buffer.from([0, 255, 10]) };
        const writes = [{ path: 'a', after }, { path: 'gone' }];
        store.recordPatch('PD-1', { ...samplePatch('t0', 't1'), writes }, [], sampleEvent('patch.applied'));
        record('t1', 't2');
        const [first, second] = store.patchWrites('PD-1', 1) ?? [];
        expect({ ...first?.after, middle: Buffer.from(first?.after?.middle ?? []) }).toEqual(after);
        expect(second).toEqual({ path: 'gone' });
        expect(store.patchWrites('PD-1', 2)).toHaveLength(1);
        expect(store.patchWrites('PD-1', 3)).toBeUndefined();
        expect(store.patchWrites('PD-2', 1)).toBeUndefined();
      });

      it('keeps nothing of a patch that was made for another tree', () => {
        record('t0', 't1', ['a']);
        store.advance('PD-1', 'verified');
        expect(record('t0', 't2', ['z'])).toBeUndefined();
        expect(store.patches('PD-1')).toHaveLength(1);
        expect(store.everTouched('PD-1')).toEqual(['a']);
        expect(store.getIncident('PD-1')?.state).toBe('verified');
        expect(types()).toHaveLength(2);
      });
    });

    describe('test runs', () => {
      beforeEach(() => void open());
      const run = { jobId: 'j1', incidentId: 'PD-1', callId: 'c1', plan: samplePlan };
      const start = () => store.startTestRun(run, sampleEvent('tests.started'));
      const finish = (seconds: number) =>
        store.finishTestRun('j1', sampleResult(seconds), sampleEvent('tests.finished', { callId: 'c1' }));

      it('are running until their first result', () => {
        admit('c1', { hold: { test_seconds: 60 } });
        expect(start()).toEqual({ ...run, status: 'running', startedAt: NOON });
        clock.at += 2_000;
        store.touchTestRun('j1', 4_711);
        const running = { ...run, status: 'running', startedAt: NOON };
        expect(store.getTestRun('j1')).toEqual({ ...running, pid: 4_711, touchedAt: NOON + 2_000 });
        expect(finish(1.5)).toBe(true);
        expect(finish(50)).toBe(false);
        store.touchTestRun('j1', 1);
        const finished = { ...run, status: 'finished', startedAt: NOON, finishedAt: NOON + 2_000 };
        expect(store.getTestRun('j1')).toMatchObject({ ...finished, pid: 4_711, result: sampleResult(1.5) });
        expect(store.testRuns('PD-1')).toEqual([{ ...finished, result: sampleResult(1.5) }]);
        expect(types().slice(2)).toEqual(['tests.started', 'tests.finished']);
        expect(last()?.data).toMatchObject({ actual: { test_seconds: 2 } });
      });

      it('say what they are doing until they end [tests:base:phase]', () => {
        admit('c1', { hold: { test_seconds: 60 } });
        start();
        expect(store.getTestRun('j1')).not.toHaveProperty('phase');
        store.touchTestRun('j1', 4_711, 'base');
        store.touchTestRun('j1', 4_711);
        expect(store.getTestRun('j1')?.phase).toBe('base');
        finish(1);
        expect(store.getTestRun('j1')).not.toHaveProperty('phase');
      });

      it('charge the base commit and the re-runs with the suite [tests:base:charged]', () => {
        admit('c1', { hold: { test_seconds: 60 } });
        start();
        const result = { ...sampleResult(1.2), extraSeconds: { reruns: 2.3, base: 4.1 } };
        store.finishTestRun('j1', result, sampleEvent('tests.finished', { callId: 'c1' }));
        expect(store.used('PD-1').test_seconds).toBe(8);
      });

      it('share what they found on a base tree, the newest of it [tests:base:cached]', () => {
        const outcome: BaseOutcome = {
          verdict: 'fail',
          exitCode: 1,
          failing: [{ test: 'a', message: 'm', flaky: false }],
        };
        expect(store.baseOutcome('k')).toBeUndefined();
        store.keepBaseOutcome('k', outcome);
        store.keepBaseOutcome('k', { ...outcome, exitCode: 2 });
        store.keepBaseOutcome('other', outcome);
        expect(store.baseOutcome('k')).toEqual({ ...outcome, exitCode: 2 });
      });

      it('keep no more than 500 of them, the newest', () => {
        for (let n = 0; n <= 500; n += 1) {
          clock.at += 1;
          store.keepBaseOutcome(`k${n}`, { verdict: 'pass', exitCode: 0, failing: [] });
        }
        expect([store.baseOutcome('k0'), store.baseOutcome('k1')?.verdict]).toEqual([undefined, 'pass']);
      });

      it.each<[string, (seconds: number) => void]>([
        ['before', (seconds) => [settle('c1', { bytes_out: 5 }), finish(seconds)]],
        ['after', (seconds) => [finish(seconds), settle('c1', { bytes_out: 5 })]],
        [
          'after, naming the seconds again,',
          (seconds) => [finish(seconds), settle('c1', { bytes_out: 5, test_seconds: 9 })],
        ],
      ])('charge begun seconds once when their call is settled %s [gate:budget:held]', (_, end) => {
        admit('c1', { hold: { test_seconds: 60, bytes_out: 100 } });
        start();
        end(12.1);
        expect(store.used('PD-1')).toMatchObject({ test_seconds: 13, bytes_out: 5 });
      });

      it('keep the seconds of a settled call while they run', () => {
        admit('c1', { hold: { test_seconds: 60 } });
        start();
        settle('c1');
        expect(store.used('PD-1').test_seconds).toBe(60);
      });

      it('that never start give their seconds back with their call', () => {
        admit('c1', { hold: { test_seconds: 60 } });
        settle('c1');
        start();
        expect(store.used('PD-1').test_seconds).toBe(0);
        finish(3);
        expect(store.used('PD-1').test_seconds).toBe(3);
      });

      it('are charged past what was held', () => {
        admit('c1', { hold: { test_seconds: 10 }, daily: { ledger: 'repo', caps: ampleCaps } });
        start();
        finish(10.2);
        expect(store.used('PD-1').test_seconds).toBe(11);
        const daily = { ledger: 'repo', caps: { ...ampleCaps, test_seconds: 12 } };
        expect(admit('c2', { daily, hold: { test_seconds: 5 } })).toMatchObject({ held: { test_seconds: 1 } });
      });

      it('cost nothing when the clock went back meanwhile, and refuse a duration that is none', () => {
        admit('c1', { hold: { test_seconds: 10 } });
        start();
        expect(() => finish(Number.NaN)).toThrow(RangeError);
        expect(finish(-5)).toBe(true);
        expect(store.used('PD-1').test_seconds).toBe(0);
      });
    });

    describe('the pull request and the evidence', () => {
      beforeEach(() => void open());

      it('keeps the latest record of the one pull request and moves the state', () => {
        store.recordPullRequest('PD-1', samplePullRequest, sampleEvent('pull_request.opened'));
        const updated = { ...samplePullRequest, number: 7, tree: 't2' };
        store.recordPullRequest('PD-1', updated, sampleEvent('pull_request.updated'));
        expect(store.pullRequest('PD-1')).toEqual(updated);
        expect(store.getIncident('PD-1')?.state).toBe('pr_open');
        expect(types().slice(1)).toEqual(['pull_request.opened', 'pull_request.updated']);
      });

      it('keeps what became of the pull request, and one event for what two processes learn', () => {
        store.recordPullRequest('PD-1', samplePullRequest, sampleEvent('pull_request.opened'));
        const { commit } = samplePullRequest;
        const merged = { outcome: 'merged', mergedAt: 5, mergeCommit: 'm' } as const;
        const asked: unknown[] = [];
        const learn = (at: number, fate?: PullRequestFate, of = commit) =>
          store.recordFate('PD-1', { commit: of, at, fate }, (now, before, { url }) => {
            asked.push([now.outcome, before?.outcome, url]);
            return now.outcome === before?.outcome ? [] : [sampleEvent('pull_request.outcome')];
          });
        learn(10, merged);
        learn(20, merged);
        learn(30);
        learn(40, { outcome: 'closed' }, 'another');
        expect(asked).toEqual([
          ['merged', undefined, samplePullRequest.url],
          ['merged', 'merged', samplePullRequest.url],
        ]);
        expect(store.pullRequest('PD-1')).toEqual({ ...samplePullRequest, fate: merged, askedAt: 30, answeredAt: 20 });
        expect(types().slice(1)).toEqual(['pull_request.opened', 'pull_request.outcome']);
        expect(store.getIncident('PD-1')?.state).toBe('pr_open');
        store.recordPullRequest('PD-1', samplePullRequest, sampleEvent('pull_request.updated'));
        expect(store.pullRequest('PD-1')).toEqual(samplePullRequest);
      });

      it('lets one process alone take the spans of records, until it gives them back', () => {
        expect(store.claimTold('PD-1', 3)).toBe(0);
        expect([store.claimTold('PD-1', 3), store.claimTold('PD-1', 2)]).toEqual([undefined, undefined]);
        expect(store.claimTold('PD-1', 5)).toBe(3);
        store.releaseTold('PD-1', 4);
        store.releaseTold('PD-1', 9);
        expect(store.claimTold('PD-1', 5)).toBe(3);
        expect(store.claimTold('PD-1', 5)).toBeUndefined();
      });

      it('numbers evidence within its incident and names its hash and URI', () => {
        open('PD-2');
        const text = 'ERROR heap\0 out of memory é\n';
        const saved = store.saveEvidence('PD-1', { mimeType: 'text/plain', text, title: 'Logs' });
        expect(saved).toEqual({
          n: 1,
          uri: 'incident://PD-1/evidence/1',
          title: 'Logs',
          mimeType: 'text/plain',
          text,
          sha256: createHash('sha256').update(text).digest('hex'),
          at: NOON,
        });
        expect(store.getEvidence('PD-1', 1)).toEqual(saved);
        expect(store.saveEvidence('PD-1', { mimeType: 'text/plain', text, title: 'Logs' }).n).toBe(2);
        expect(store.saveEvidence('PD-2', { mimeType: 'text/plain', text, title: 'Logs' }).n).toBe(1);
        expect(store.getEvidence('PD-1', 3)).toBeUndefined();
      });

      it('finds the newest text of a key, within its incident', () => {
        open('PD-2');
        const save = (key: string, text: string) =>
          store.saveEvidence('PD-1', { mimeType: 'text/plain', text, title: 'Logs', key });
        save('k', 'old');
        save('other', 'other');
        const newest = save('k', 'new');
        store.saveEvidence('PD-1', { mimeType: 'text/plain', text: 'without', title: 'Logs' });
        expect(store.findEvidence('PD-1', 'k')).toEqual(newest);
        expect(store.findEvidence('PD-1', 'none')).toBeUndefined();
        expect(store.findEvidence('PD-2', 'k')).toBeUndefined();
      });

      it('removes old texts and keeps what they were [evidence:retention:purged]', () => {
        open('PD-2');
        const save = (id: string) =>
          store.saveEvidence(id, { mimeType: 'text/plain', text: 'ERROR of jane', title: 'Logs', key: 'k' });
        const [old, other] = [save('PD-1'), save('PD-2')];
        expect(store.purgeEvidence({ before: NOON })).toBe(0);
        expect(store.purgeEvidence({ before: NOON + 1, incidentId: 'PD-1' })).toBe(1);
        expect(store.getEvidence('PD-1', 1)).toEqual({ ...old, text: '', purgedAt: NOON });
        expect(store.findEvidence('PD-1', 'k')).toBeUndefined();
        expect(store.evidence('PD-2')).toEqual([other]);
        expect(store.purgeEvidence({ before: NOON + 1 })).toBe(1);
        expect(store.purgeEvidence({ before: NOON + 1 })).toBe(0);
      });

      it('reads back exactly the text that it hashed, half characters included', () => {
        const saved = store.saveEvidence('PD-1', { mimeType: 'text/plain', text: 'cut \ud83d', title: 'cut \ud83d' });
        expect(store.getEvidence('PD-1', 1)).toEqual(saved);
        expect(saved.sha256).toBe(createHash('sha256').update(saved.text).digest('hex'));
      });
    });

    describe('messages to others', () => {
      const escalate = (id = 'PD-1') => store.escalate(id, { reason: 'r', ruleId: 'budget/usd', at: clock.at });
      const claim = (target = 'webhook', since = 0) =>
        store.claimDelivery({ target, wanted: [{ type: 'incident.escalated', since }], leaseMs: 10_000 });
      const handedOver = () => {
        open();
        escalate();
        const delivery = claim();
        if (!delivery) throw new Error('nothing is due');
        return delivery;
      };

      it('waits to be sent from the moment of a hand-over on, once for each target [hand-over:outbox:durable]', () => {
        open();
        expect(claim()).toBeUndefined();
        escalate();
        escalate();
        const { seq = 0 } = last() ?? {};
        const message = { chain: 'PD-1', seq, type: 'incident.escalated', at: clock.at, attempt: 1 };
        expect(claim('webhook')).toEqual({ ...message, target: 'webhook' });
        expect(claim('slack')).toEqual({ ...message, target: 'slack' });
        expect([claim('webhook'), claim('slack')]).toEqual([undefined, undefined]);
      });

      it('has only what a target wants, and does not begin what is too old', () => {
        open();
        escalate();
        store.recordPullRequest('PD-1', samplePullRequest, sampleEvent('pull_request.opened'));
        expect(claim('webhook', clock.at + 1)).toBeUndefined();
        const wanted = [{ type: 'pull_request.opened' as const, since: 0 }];
        expect(store.claimDelivery({ target: 'w', wanted, leaseMs: 1 })?.type).toBe('pull_request.opened');
      });

      it('can be claimed again when the lease ends: whoever had it died, and what was composed stays [hand-over:outbox:durable]', () => {
        const delivery = handedOver();
        store.composeDelivery(delivery, 'the text');
        clock.at += 9_999;
        expect(claim()).toBeUndefined();
        clock.at += 1;
        expect(claim()).toEqual({ ...delivery, attempt: 2, body: 'the text' });
      });

      it('waits as long as it is told to, and is over when it is sent or given up', () => {
        const delivery = handedOver();
        store.endDelivery(delivery, { state: 'waiting', nextAt: clock.at + 60_000, error: 'it answered 500' });
        clock.at += 59_999;
        expect(claim()).toBeUndefined();
        expect(store.deliveries(0)).toEqual([
          { target: 'webhook', sent: 0, waiting: 1, givenUp: 0, lastError: 'it answered 500' },
        ]);
        clock.at += 1;
        store.endDelivery(claim() ?? delivery, { state: 'sent' }, sampleEvent('notify.sent'));
        clock.at += 1_000_000;
        expect(claim()).toBeUndefined();
        expect(store.deliveries(0)).toEqual([{ target: 'webhook', sent: 1, waiting: 0, givenUp: 0 }]);
        expect(last()?.type).toBe('notify.sent');
        // Too late: it is over.
        store.endDelivery(delivery, { state: 'given_up', error: 'e' });
        expect(store.deliveries(0)[0]).toMatchObject({ sent: 1, givenUp: 0 });
        expect(store.deliveries(clock.at)).toEqual([]);
      });

      it('tells of a second hand-over as well', () => {
        const delivery = handedOver();
        store.endDelivery(delivery, { state: 'sent' });
        approve('A-1', 'resume');
        store.resume('PD-1', 'A-1', sampleEvent('incident.resumed'));
        escalate();
        expect(claim()?.seq).toBeGreaterThan(delivery.seq);
      });
    });

    it('finds the finished runs on a tree in every incident', () => {
      open('PD-1');
      open('PD-2');
      const start = (jobId: string, incidentId: string, tree: string) =>
        store.startTestRun(
          { jobId, incidentId, callId: jobId, plan: { ...samplePlan, tree } },
          sampleEvent('tests.started'),
        );
      for (const [jobId, incidentId, tree] of [
        ['a', 'PD-1', 't1'],
        ['b', 'PD-2', 't1'],
        ['c', 'PD-2', 't2'],
        ['d', 'PD-2', 't1'],
      ] as const)
        start(jobId, incidentId, tree);
      for (const jobId of ['a', 'b', 'c']) store.finishTestRun(jobId, sampleResult(1), sampleEvent('tests.finished'));
      expect(store.runsOnTree('t1').map(({ jobId }) => jobId)).toEqual(['a', 'b']);
      expect(store.runsOnTree('t3')).toEqual([]);
    });

    it('keeps every kind of budget apart', () => {
      open();
      const kinds: readonly BudgetKind[] = ['tool_calls', 'patch_attempts', 'test_runs', 'prs', 'usd'];
      for (const [i, kind] of kinds.entries()) admit(kind, { spend: { [kind]: i + 1 } });
      expect(kinds.map((kind) => store.used('PD-1')[kind])).toEqual([1, 2, 3, 4, 5]);
    });
  });
}

function expectedHash({ prevHash, ...event }: TimelineEvent): string {
  const body: Partial<TimelineEvent> = event;
  Reflect.deleteProperty(body, 'hash');
  return createHash('sha256')
    .update(prevHash + canonicalJson(body))
    .digest('hex');
}
