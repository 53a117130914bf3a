import { expect, it } from 'vitest';

import type { PatchRecord, TestRun } from '#domain/remediation.ts';
import { testEvidence } from '#engine/services/risk-facts.ts';

import { samplePlan, sampleResult } from '../../support/store-samples.ts';

const verification = [{ suite: 'unit', green: true, state: 'green' as const }];
const patch = (tree: string, paths: readonly string[]): PatchRecord => ({
  n: 1,
  at: 0,
  reason: 'r',
  fromTree: 't0',
  tree,
  diffHash: 'sha256:d',
  files: paths.map((path) => ({ path, change: 'modify', added: 1, removed: 0 })),
});
const run = (tree: string, result: Partial<NonNullable<TestRun['result']>>): TestRun => ({
  jobId: 'j',
  incidentId: 'PD-1',
  callId: 'c',
  plan: { ...samplePlan, tree },
  status: 'finished',
  startedAt: 0,
  result: { ...sampleResult(1), ...result },
});
const fixing = (file?: string) => ({
  comparison: {
    commit: 'b',
    state: 'ran' as const,
    fixed: [{ test: 'a', message: 'm', ...(file !== undefined && { file }) }],
    fixedCount: 1,
  },
});
const failures = [{ test: 'a', message: 'm' }];

it.each<[string, readonly TestRun[], string]>([
  ['a failing run on the base', [run('t0', { verdict: 'fail', failures }), run('t1', {})], 'reproduced'],
  [
    'old failures on the base',
    [run('t0', { verdict: 'fail_preexisting_only', failures }), run('t1', {})],
    'reproduced',
  ],
  ['a test that the change leaves alone and fixes', [run('t1', fixing('test/a.test.js'))], 'reproduced'],
  ['a fixed test that the change wrote itself', [run('t1', fixing('test/mine.test.js'))], 'affected_pass'],
  ['a fixed test without a file', [run('t1', fixing())], 'affected_pass'],
  ['nothing but a passed run', [run('t1', {})], 'affected_pass'],
  ['a passed run on another tree', [run('t9', {})], 'no_affected_tests'],
])('after %s the evidence is told', (_title, runs, evidence) => {
  const patches = [patch('t1', ['src/a.js', 'test/mine.test.js'])];
  expect(testEvidence({ tree: 't1', verification, runs, patches })).toBe(evidence);
});
