import { describe, expect, it } from 'vitest';

import type { Json } from '#domain/json.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { pinnedFindings } from '#policy/pinned-policy.ts';

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
const resumedUnder = (policy: string, trust = 'advisory') => ({ ...resumed, data: { policy, trust } });

function refused(events: readonly object[], digest: string, { action = patch(), trust = 'advisory' } = {}): boolean {
  const timeline = events.map((event, seq) => ({ seq, at: seq, chain: 'PD-1', prevHash: '', hash: '', ...event }));
  const read = () => timeline as unknown as readonly TimelineEvent[];
  return pinnedFindings(read, action.kind, { incident, policy: { ...shipped, digest }, trust }).length > 0;
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

  it.each<[string, readonly object[], boolean]>([
    ['with the same keys', [resumedUnder(other, 'signed sha256:1')], false],
    ['without any', [resumedUnder(other)], true],
    ['with other keys', [resumedUnder(other, 'signed sha256:2')], true],
    ['with the same keys, and then without', [resumedUnder(other, 'signed sha256:1'), resumedUnder(first)], false],
  ])('is that under which it was resumed %s [gate:policy:pinned]', (_, events, is) => {
    const trust = 'signed sha256:1';
    expect(refused([admitted({ policy: first, trust }), ...events], other, { trust })).toBe(is);
    // What nobody worked on is bound no other way.
    expect(refused([...events], other, { trust })).toBe(false);
  });

  it('is told by nobody who believes others than the last resumption did [gate:policy:pinned]', () => {
    const trust = 'signed sha256:1';
    const events = [admitted({ policy: first, trust }), resumedUnder(other, trust)];
    for (const digest of [first, other]) expect(refused(events, digest, { trust: 'signed sha256:2' })).toBe(true);
    expect(refused(events, other, { trust })).toBe(false);
    expect(refused(events, first, { trust })).toBe(true);
  });

  it('is named with what a human does to change it', () => {
    const of = (data: Readonly<Record<string, Json>>) => {
      const events = [{ ...admitted({ policy: first, ...data }), seq: 1 }] as unknown as readonly TimelineEvent[];
      return pinnedFindings(() => events, 'patch', { incident, policy: { ...shipped, digest: other }, trust: 'none' });
    };
    expect(of({ policy_name: 'strict' })).toEqual([
      {
        rule: 'policy/changed',
        effect: 'deny',
        reason:
          'PD-1 is worked on under the policy "strict" (sha256:111111111111), and this would be judged by "pr-bot" (sha256:222222222222).',
        fix: 'Call with the configuration that PD-1 was begun with (--config), or hand over with escalate: a human changes the policy with `fixgate stop PD-1` and then `fixgate resume PD-1 --reason "…"` under the configuration that is to hold, with the same approvers.',
        evidence: { pinned: first, policy: other },
        retry: 'after_change',
      },
    ]);
    expect(of({})[0]?.reason).toContain('under the policy "" (sha256:1');
  });

  it('binds whatever changes something, and no look at the evidence', () => {
    const events = [admitted({ policy: first })];
    for (const action of [patch(), running('node --test'), publishing()])
      expect(refused(events, other, { action: action as ReturnType<typeof patch> })).toBe(true);
    for (const kind of ['inspect', 'escalate', 'read'])
      expect(refused(events, other, { action: { kind } as unknown as ReturnType<typeof patch> })).toBe(false);
  });

  it.each<[string, string, string, boolean]>([
    ['the same keys', 'signed sha256:1', 'signed sha256:1', false],
    ['no proof at all, where one was to be given', 'signed sha256:1', 'advisory', true],
    ['other keys', 'signed sha256:1', 'signed sha256:2', true],
    ['some keys, where nobody was believed', 'none', 'signed sha256:2', true],
    ['keys, where anybody was believed', 'advisory', 'signed sha256:2', false],
  ])('is changed by a human whom a program with %s believes: %s, then %s [gate:policy:pinned]', (...row) => {
    const [, trust, now, is] = row;
    const events = [admitted({ policy: first, trust }), resumedUnder(other, now)];
    expect(refused(events, other, { trust: now })).toBe(is);
    // What was admitted since binds nobody anew.
    expect(refused([...events, admitted({ policy: first, trust: now })], other, { trust: now })).toBe(is);
  });
});
