import { describe, expect, it } from 'vitest';

import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { boundBy, isBoundElsewhere, pinnedFindings } from '#policy/pinned-policy.ts';
import type { Trust } from '#policy/trust.ts';

import { sampleEvent, sampleIncident } from '../../support/store-samples.ts';
import { patch, publishing, running, shipped } from './samples.ts';

const incident = sampleIncident('PD-1');
const first = `sha256:${'1'.repeat(64)}`;
const other = `sha256:${'2'.repeat(64)}`;
const admitted = (data: Readonly<Record<string, Json>>) => ({
  ...sampleEvent('call.admitted'),
  data: { action: 'patch', ...data },
});
const resumed = sampleEvent('incident.resumed');
const resumedUnder = (policy: string, trust: object = { trust: 'advisory' }) => ({
  ...resumed,
  data: { policy, ...trust },
});
const opened = (trust: object) => ({ ...sampleEvent('incident.opened'), data: { ...trust } });
const by = (...approvers: readonly string[]) => ({ trust: 'signed', approvers });
const anybody: Trust = { mode: 'advisory', approvers: [] };

function timelineOf(events: readonly object[]): readonly TimelineEvent[] {
  const timeline = events.map((event, seq) => ({ seq, at: seq, chain: 'PD-1', prevHash: '', hash: '', ...event }));
  return timeline as unknown as readonly TimelineEvent[];
}

function refused(events: readonly object[], digest: string, action = patch()): boolean {
  const situation = { incident, policy: { ...shipped, digest }, trust: anybody };
  return pinnedFindings(() => timelineOf(events), action.kind, situation).length > 0;
}

describe('the policy of an incident', () => {
  it.each<[string, readonly object[], boolean]>([
    ['before its first call', [], false],
    ['after a call under another policy', [admitted({ policy: first })], true],
    ['after it was resumed before anything was done', [resumed], false],
    ['after a call that was refused', [{ ...admitted({ policy: first }), type: 'call.denied' }], false],
    ['whatever came after the first call', [admitted({ policy: first }), admitted({ policy: other })], true],
    ['after a call under the same policy', [admitted({ policy: other }), admitted({ policy: first })], false],
    ['after calls of hosts, which name no policy', [admitted({})], false],
    ['after somebody read under another policy', [admitted({ action: 'read', policy: first })], false],
    ['after a human resumed it, in a record that names no policy', [admitted({ policy: first }), resumed], true],
    ['after a human resumed it under this policy', [admitted({ policy: first }), resumedUnder(other)], false],
    ['after a human resumed it under another one', [admitted({ policy: other }), resumedUnder(first)], true],
    ['after a human resumed it under another one first', [resumedUnder(first)], true],
    [
      'after a human resumed it twice',
      [admitted({ policy: first }), resumedUnder(first), resumedUnder(other), admitted({ policy: first })],
      false,
    ],
    ['after calls since it was resumed', [admitted({ policy: other }), resumed, admitted({ policy: first })], true],
  ])(
    'is that of its first change or test, or of the first since it was resumed: %s [gate:policy:pinned]',
    (_, events, is) => {
      expect(refused(events, other)).toBe(is);
    },
  );

  it('is named with what a human does to change it', () => {
    const of = (data: Readonly<Record<string, Json>>) => {
      const events = [{ ...admitted({ policy: first, ...data }), seq: 1 }] as unknown as readonly TimelineEvent[];
      return pinnedFindings(() => events, 'patch', {
        incident,
        policy: { ...shipped, digest: other },
        trust: { mode: 'none', approvers: [] },
      });
    };
    expect(of({ policy_name: 'strict' })).toEqual([
      {
        rule: 'policy/changed',
        effect: 'deny',
        reason:
          'PD-1 is worked on under the policy "strict" (sha256:111111111111), and this would be judged by "pr-bot" (sha256:222222222222).',
        fix: 'Call with the configuration that PD-1 was begun with (--config), or hand over with escalate: a human changes the policy with `fixgate stop PD-1` and then `fixgate resume PD-1 --reason "…"` under the configuration that is to hold. For that, humans need keys here first: `approvers:` in fixgate.yaml (docs/policy.md, Approvals).',
        evidence: { pinned: first, policy: other },
        retry: 'after_change',
      },
    ]);
    expect(of({})[0]?.reason).toContain('under the policy "" (sha256:1');
    for (const trust of ['none', 'signed'])
      expect(of({ trust, approvers: ['e1'] })[0]?.fix).toMatch(/; a human opens a new incident for another one\.$/);
  });

  it('binds whatever changes something, and no look at the evidence', () => {
    const events = [admitted({ policy: first })];
    for (const action of [patch(), running('node --test'), publishing()])
      expect(refused(events, other, action as ReturnType<typeof patch>)).toBe(true);
    for (const kind of ['inspect', 'escalate', 'read'])
      expect(refused(events, other, { kind } as unknown as ReturnType<typeof patch>)).toBe(false);
  });

  it.each<[string, object, object, boolean]>([
    ['signed, then signed', by('e1'), by('e1', 'e2'), true],
    ['signed, then not', by('e1'), { trust: 'advisory' }, false],
    ['signed, then by nobody', by('e1'), { trust: 'none' }, false],
    ['believed by nobody, then signed', { trust: 'none' }, by('e1'), false],
    ['believed of anybody, then signed', { trust: 'advisory' }, by('e1'), true],
    ['signed, then in words that tell nothing of it', by('e1'), {}, false],
    ['in words that tell nothing of it, then signed', {}, by('e1'), true],
  ])('is changed by a resumption where words are %s: [gate:policy:pinned]', (...[, before, then, is]) => {
    const events = [admitted({ policy: first, ...before }), resumedUnder(other, then)];
    expect(refused(events, other)).toBe(!is);
    expect(refused(events, first)).toBe(is);
    // What was admitted since binds nobody anew.
    expect(refused([...events, admitted({ policy: first, ...then })], other)).toBe(!is);
  });
});

describe('those whose word counts in an incident', () => {
  it.each<[string, readonly object[], Trust | undefined]>([
    ['nobody in particular before anything was done', [], undefined],
    [
      'who is believed where it was opened',
      [opened(by('e1')), admitted(by('e2'))],
      { mode: 'signed', approvers: ['e1'] },
    ],
    [
      'who is believed where it was first worked on, where nobody signs at the opening',
      [opened({ trust: 'none' }), admitted(by('e2')), admitted(by('e3'))],
      { mode: 'signed', approvers: ['e2'] },
    ],
    ['anybody, where the work began so', [opened({ trust: 'advisory' }), admitted({ trust: 'advisory' })], anybody],
    [
      'nobody, where the work began so',
      [admitted({ trust: 'none' }), admitted(by('e1'))],
      { mode: 'none', approvers: [] },
    ],
    ['not who is believed where it was only read', [admitted({ action: 'read', ...by('e2') })], undefined],
    ['not who was asked and refused', [{ ...admitted(by('e2')), type: 'call.denied' }], undefined],
    [
      'who was believed where one of them resumed it',
      [opened(by('e1')), admitted(by('e1')), resumedUnder(first, by('e1', 'e2'))],
      { mode: 'signed', approvers: ['e1', 'e2'] },
    ],
    [
      'who was before, where it was resumed without a proof',
      [opened(by('e1')), resumedUnder(first, { trust: 'advisory' })],
      { mode: 'signed', approvers: ['e1'] },
    ],
    [
      'the next, where the file named nobody',
      [opened(by()), admitted(by('e2'))],
      { mode: 'signed', approvers: ['e2'] },
    ],
    [
      'nobody in particular where it was only resumed, by whoever',
      [opened({ trust: 'none' }), resumedUnder(first, by('e2'))],
      undefined,
    ],
    [
      'anybody still, where somebody signed a resumption',
      [admitted({ trust: 'advisory' }), resumedUnder(first, by('e2'))],
      anybody,
    ],
    [
      'what is an entry, of a record that was damaged',
      [opened({ trust: 'signed', approvers: [7, 'e1', null] })],
      { mode: 'signed', approvers: ['e1'] },
    ],
    [
      'the next, where a record names none',
      [opened({ trust: 'signed' }), admitted(by('e2'))],
      { mode: 'signed', approvers: ['e2'] },
    ],
  ])('are %s [gate:policy:pinned]', (_, events, trust) => {
    expect(boundBy(timelineOf(events)).trust).toEqual(trust);
  });

  it.each<[string, readonly object[], Trust['mode'], boolean]>([
    ['under another policy, where nobody has to sign', [admitted({ policy: first, ...by('e1') })], 'advisory', true],
    ['under another policy, where nobody was believed', [admitted({ policy: first, trust: 'none' })], 'signed', true],
    ['under the same policy', [admitted({ policy: other, trust: 'none' })], 'signed', false],
    ['under another policy, signed as before', [admitted({ policy: first, ...by('e1') })], 'signed', false],
    ['before anything was done', [opened(by('e1'))], 'advisory', false],
  ])('are told of a word that would change nothing %s: [gate:policy:pinned]', (...[, events, mode, is]) => {
    const given = { policy: { ...shipped, digest: other }, trust: { mode, approvers: [] } };
    expect(isBoundElsewhere(timelineOf(events), given)).toBe(is);
  });
});
