import { describe, expect, it } from 'vitest';

import type { Incident, Severity } from '#domain/incident.ts';
import { needsProof } from '#policy/severity.ts';

import { shippedPolicy } from '../../support/engine-fixture.ts';
import { sampleIncident } from '../../support/store-samples.ts';

const incident = (severity: Severity, more: Partial<Incident> = {}) =>
  sampleIncident('PD-1', { severity, severityConfirmed: true, openedBy: 'human', ...more });

describe('a severity', () => {
  it.each<[Severity, Severity, boolean]>([
    ['SEV3', 'SEV2', false],
    ['SEV3', 'SEV1', false],
    ['SEV2', 'SEV1', false],
    ['SEV4', 'SEV1', false],
    ['SEV2', 'SEV2', false],
    ['SEV1', 'SEV2', true],
    ['SEV1', 'SEV3', true],
    ['SEV1', 'SEV4', true],
    ['SEV2', 'SEV3', true],
    ['SEV3', 'SEV4', true],
  ])('from %s to %s has to be proved: %s [human:verbs:severity]', (from, to, proved) => {
    expect(needsProof(to, incident(from), shippedPolicy)).toBe(proved);
  });

  it('that lets a reported incident be patched has to be proved, unless the policy lets it anyhow', () => {
    const patching = { ...shippedPolicy, autonomy: { level: 'pr_bot' as const, sev4_patch: true } };
    expect(needsProof('SEV3', incident('SEV4'), shippedPolicy)).toBe(true);
    expect(needsProof('SEV2', incident('SEV4'), patching)).toBe(false);
  });

  it('that makes a draft a ready pull request has to be proved', () => {
    const opened = incident('SEV3', { openedBy: 'agent', severityConfirmed: false });
    expect(needsProof('SEV3', opened, shippedPolicy)).toBe(true);
    expect(needsProof('SEV2', opened, shippedPolicy)).toBe(false);
  });
});
