import { describe, expect, it } from 'vitest';

import type { TestResult, TestRun } from '#domain/remediation.ts';
import type { Comparison } from '#domain/test-comparison.ts';
import { createVerification } from '#engine/verification.ts';

import type { Engine } from '../../support/engine-fixture.ts';
import { createEngine } from '../../support/engine-fixture.ts';
import { sampleEvent, sampleIncident, samplePlan, sampleResult } from '../../support/store-samples.ts';

const own = { name: 'unit', required: true, argv: ['node', '--test'], declared: true, digest: 'sha256:own' };
const sev3 = { severity: 'SEV3' as const, severityConfirmed: true };

/** A finished run of a suite named unit on the incident's tree. */
function keep(engine: Engine, suiteDigest: string, result: Partial<TestResult> = {}): void {
  const tree = engine.store.patches('PD-1').at(-1)?.tree ?? '';
  const jobId = `job-${engine.store.testRuns('PD-1').length}`;
  const plan = { ...samplePlan, tree, suiteDigest };
  engine.store.startTestRun({ jobId, incidentId: 'PD-1', callId: jobId, plan }, sampleEvent('tests.started'));
  engine.store.finishTestRun(jobId, { ...sampleResult(1), ...result }, sampleEvent('tests.finished'));
}

const comparison = {
  commit: 'b'.repeat(40),
  state: 'ran',
  fixed: [{ test: 'total', file: 'test/cart.test.js', edited: false }],
  fixedCount: 1,
} as unknown as Comparison;

describe('runs of another suite of the same name [gate:tests:same-suite]', () => {
  it('are no proof that the change removes the defect, and no part of its pull request', async () => {
    await using engine = createEngine({ suites: [own], incident: sev3 });
    await engine.patch();
    keep(engine, 'sha256:own');
    const risk = async () => (await engine.call('get_incident')).structured?.['risk'];
    const before = await risk();
    keep(engine, 'sha256:foreign', { comparison });
    expect(await risk()).toEqual(before);
    await engine.call('open_pr', { summary: 'Jobs are released.', root_cause: 'They were kept.' });
    expect(engine.host.requests).toHaveLength(1);
    expect(engine.host.requests[0]?.body).not.toContain('Before and after');
  });

  it('leave a suite that is known here as its own runs left it, whoever asks by name', async () => {
    const run = (suite: string, suiteDigest: string) =>
      ({
        plan: { ...samplePlan, tree: 't', suite, suiteDigest },
        status: 'finished',
        result: sampleResult(1),
      }) as unknown as TestRun;
    const verification = createVerification({
      store: { testRuns: () => [run('unit', 'sha256:foreign'), run('gone', 'sha256:foreign')] },
      tests: { suites: async () => [own, { ...own, name: 'other' }] },
    } as unknown as Parameters<typeof createVerification>[0]);
    expect(await verification.of(sampleIncident('PD-1'), 't', ['unit', 'gone'])).toEqual([
      { suite: 'unit', green: false, state: 'not_run' },
      { suite: 'gone', green: true, state: 'green' },
    ]);
    const here = await verification.of(sampleIncident('PD-1'), 't');
    expect(here.map(({ suite }) => suite)).toEqual(['unit', 'other']);
  });

  it('are not those of the suites that are configured', async () => {
    const run = (suite: string, suiteDigest?: string) => ({ plan: { suite, suiteDigest } }) as unknown as TestRun;
    const all = [
      run('unit', 'sha256:own'),
      run('unit', 'sha256:foreign'),
      run('unit'),
      run('else', 'sha256:own'),
      run('any'),
    ];
    const verification = createVerification({
      store: { testRuns: () => all, patches: () => [], advance: () => undefined },
      tests: { suites: async () => [own, { ...own, name: 'any', digest: undefined }] },
    } as unknown as Parameters<typeof createVerification>[0]);
    expect(await verification.runs(sampleIncident('PD-1'))).toEqual([all[0], all[4]]);
  });
});
