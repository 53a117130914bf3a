import { expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { pinnedFindings } from '#policy/pinned-policy.ts';
import { highRiskError, pendingError } from '#policy/refusals.ts';

import { createEngine } from '../../support/engine-fixture.ts';
import { sampleEvent, sampleIncident } from '../../support/store-samples.ts';
import { shipped } from './samples.ts';

const asked = { id: 'A-1', expiresAt: 0 } as Approval;
const budget = {} as never;
const admitted = { ...sampleEvent('call.admitted'), data: { action: 'patch', policy: 'sha256:1' } };
const incident = sampleIncident('PD-1');

/** Each refusal that tells a human what to run. */
const fixes = {
  pending: (mode: 'signed' | 'advisory') => pendingError([], budget, { asked, mode }).fix,
  highRisk: (mode: 'signed' | 'advisory') => highRiskError([], budget, { incidentId: 'PD-1', asked, mode }).fix,
  pinned: (mode: 'signed' | 'advisory') =>
    pinnedFindings(() => [admitted as unknown as TimelineEvent], 'patch', {
      incident,
      policy: shipped,
      trust: { mode, approvers: [] },
    })[0]?.fix ?? '',
};

it.each(Object.entries(fixes))('%s names the key where humans sign, and nowhere else', (_, fixOf) => {
  const commands = (fix: string) => fix.match(/`fixgate (?:approve|resume) [^`]+`/g) ?? [];
  expect(commands(fixOf('signed')).length).toBeGreaterThan(0);
  for (const command of commands(fixOf('signed'))) expect(command).toMatch(/ --reason "…" --key FILE`$/);
  for (const command of commands(fixOf('advisory'))) expect(command).toMatch(/ --reason "…"`$/);
});

it('an unreleased SEV1 beside it names the key where humans sign', async () => {
  const signed = { mode: 'signed', signerOf: async () => undefined, approvers: () => [] } as const;
  for (const [proof, end] of [
    [signed, ' --reason "…" --key FILE`'],
    [{ mode: 'advisory' }, ' --reason "…"`'],
  ] as const) {
    await using engine = createEngine({ proof });
    const other = sampleIncident('PD-9', { severity: 'SEV1', repository: engine.incident().repository });
    engine.store.openIncident(other, sampleEvent('incident.opened'));
    const { text } = await engine.patch();
    expect(text).toContain(`\`fixgate release PD-9${end}`);
    expect(text).toContain(`\`fixgate incident close PD-9${end}`);
  }
});
