import { describe, expect, it } from 'vitest';

import type { Json } from '#domain/json.ts';
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

function refused(events: readonly object[], digest: string, action = patch()): boolean {
  const timeline = events.map((event, seq) => ({ seq, at: seq, chain: 'PD-1', prevHash: '', hash: '', ...event }));
  const store = { timeline: () => timeline } as unknown as Parameters<typeof pinnedFindings>[0]['store'];
  return pinnedFindings({ store }, action.kind, { incident, policy: { ...shipped, digest } }).length > 0;
}

describe('the policy of an incident', () => {
  it.each<[string, readonly object[], boolean]>([
    ['before its first call', [], false],
    ['after a call under another policy', [admitted({ policy: first })], true],
    ['whatever came after the first call', [admitted({ policy: first }), admitted({ policy: other })], true],
    ['after a call under the same policy', [admitted({ policy: other }), admitted({ policy: first })], false],
    ['after calls of hosts, which name no policy', [admitted({})], false],
    ['after somebody read under another policy', [admitted({ action: 'read', policy: first })], false],
    ['after a human resumed it', [admitted({ policy: first }), resumed], false],
    ['after calls since it was resumed', [admitted({ policy: other }), resumed, admitted({ policy: first })], true],
  ])(
    'is that of its first change or test, or of the first since it was resumed: %s [gate:policy:pinned]',
    (_, events, is) => {
      expect(refused(events, other)).toBe(is);
    },
  );

  it('binds whatever changes something, and no look at the evidence', () => {
    const events = [admitted({ policy: first })];
    for (const action of [patch(), running('node --test'), publishing()])
      expect(refused(events, other, action as ReturnType<typeof patch>)).toBe(true);
    for (const kind of ['inspect', 'escalate', 'read'])
      expect(refused(events, other, { kind } as unknown as ReturnType<typeof patch>)).toBe(false);
  });
});
