import { expect, it } from 'vitest';

import { measuredOnset } from '#engine/services/deploys/measured-onset.ts';
import type { Evidence } from '#state/store.ts';

const answer = (n: number, first: string, more: Partial<Evidence> = {}): Evidence => ({
  n,
  uri: `incident://PD-1/evidence/${n}`,
  title: 'Whole answer of get_incident_logs',
  mimeType: 'application/json',
  text: JSON.stringify({
    tool: 'get_incident_logs',
    output: { rows: [{ change: 'NEW', level: 'error', first }] },
  }),
  sha256: '0'.repeat(64),
  at: n,
  ...more,
});

it('the onset is measured by what was read under these settings of the sources alone [evidence:sources:own]', () => {
  const own = answer(1, '2026-03-02T09:00:00.000Z');
  const foreign = answer(2, '2026-03-02T08:00:00.000Z', { isForeign: true });
  expect(measuredOnset([own, foreign])?.at).toBe(Date.parse('2026-03-02T09:00:00.000Z'));
  expect(measuredOnset([foreign])).toBeUndefined();
});
