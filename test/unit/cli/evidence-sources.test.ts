import { expect, it } from 'vitest';

import { createEvidenceSources } from '#cli/evidence-sources.ts';
import { loadConfig } from '#config/load.ts';
import { systemClock } from '#domain/clock.ts';

import { sampleIncident } from '../../support/store-samples.ts';
import { temporaryFolder } from '../../support/temporary-repository.ts';

it.each([
  ['logs', 'put log files into a logs/ folder of the repository'],
  ['metrics', 'put OpenMetrics files into a metrics/ folder of the repository'],
] as const)('without any source of %s says what to configure and what works without', async (role, beside) => {
  await using folder = await temporaryFolder();
  const config = loadConfig({ workingDirectory: folder.path, path: undefined, environment: {} });
  const sources = createEvidenceSources({
    config,
    clock: systemClock,
    repositoryFolder: () => Promise.reject(new Error()),
  });
  const repository = { location: folder.path, baseBranch: 'main', baseCommit: 'a'.repeat(40) };
  expect(() => sources[role](sampleIncident('PD-1', { repository }), {})).toThrow(
    expect.objectContaining({
      code: 'misconfigured',
      message: `No fixgate.yaml was found in ${folder.path}, so the defaults hold. No source of ${role} is configured.`,
      fix: `If there is one elsewhere, start in its folder or name it with --config FILE. Ask the operator to add one under sources: in fixgate.yaml, ${beside}, or go on without ${role}.`,
    }),
  );
});
