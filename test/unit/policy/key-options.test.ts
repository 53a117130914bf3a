import { expect, it } from 'vitest';

import type { Approval } from '#domain/approval.ts';
import type { HumanProof } from '#domain/key-option.ts';
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
  pending: (mode: HumanProof) => pendingError([], budget, { asked, mode }).fix,
  highRisk: (mode: HumanProof) => highRiskError([], budget, { incidentId: 'PD-1', asked, mode }).fix,
  pinned: (mode: HumanProof) =>
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

const KEYS_FIRST = 'For that, humans need keys here first: `approvers:` in fixgate.yaml';

it.each([fixes.highRisk, fixes.pinned])(
  'a command that would be refused for want of keys is not named without them: %s [human:verbs:named]',
  (fixOf) => {
    expect(fixOf('none')).toContain(KEYS_FIRST);
    for (const mode of ['signed', 'advisory'] as const) expect(fixOf(mode)).not.toContain(KEYS_FIRST);
  },
);

it('an unreleased SEV1 beside it names the key where humans sign [human:verbs:named]', async () => {
  const signed = { mode: 'signed', signersOf: async () => [], approvers: () => [] } as const;
  for (const [proof, end, needs] of [
    [signed, ' --reason "…" --key FILE`', false],
    [{ mode: 'advisory' }, ' --reason "…"`', false],
    [{ mode: 'none' }, ' --reason "…"`', true],
  ] as const) {
    await using engine = createEngine({ proof });
    const other = sampleIncident('PD-9', { severity: 'SEV1', repository: engine.incident().repository });
    engine.store.openIncident(other, sampleEvent('incident.opened'));
    const { text } = await engine.patch();
    expect(text).toContain(`\`fixgate release PD-9${end}`);
    expect(text).toContain(`\`fixgate incident close PD-9${end}`);
    expect(text.includes(KEYS_FIRST)).toBe(needs);
  }
});
