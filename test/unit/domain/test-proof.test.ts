import { describe, expect, it } from 'vitest';

import type { FileChange, PatchRecord, TestRun } from '#domain/remediation.ts';
import { editedProof, testEvidence } from '#domain/test-proof.ts';

import { samplePlan, sampleResult } from '../../support/store-samples.ts';

const verification = [{ suite: 'unit', green: true, state: 'green' as const }];
const change = (path: string, kind: FileChange['change'] = 'modify'): FileChange => ({
  path,
  change: kind,
  added: 1,
  removed: 0,
});
const patch = (tree: string, files: readonly FileChange[], changes = files): PatchRecord => ({
  n: 1,
  at: 0,
  reason: 'r',
  fromTree: 't0',
  tree,
  diffHash: 'sha256:d',
  files,
  changes,
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
const fixing = (file?: string, edited?: boolean) => ({
  comparison: {
    commit: 'b',
    state: 'ran' as const,
    fixed: [{ test: 'a', message: 'm', ...(file !== undefined && { file }), ...(edited !== undefined && { edited }) }],
    fixedCount: 1,
  },
});
const failing = (file?: string, verdict: 'fail' | 'fail_preexisting_only' = 'fail') => ({
  verdict,
  failures: [{ test: 'a', message: 'm', ...(file !== undefined && { file }) }],
});

const mine = 'test/mine.test.js';
const passed = run('t1', {});

it.each<[string, readonly TestRun[], string, readonly string[]]>([
  ['a failing run on the base', [run('t0', failing('test/a.test.js')), passed], 'reproduced', []],
  [
    'old failures on the base',
    [run('t0', failing('test/a.test.js', 'fail_preexisting_only')), passed],
    'reproduced',
    [],
  ],
  ['a failing run in a file that is edited then', [run('t0', failing(mine)), passed], 'affected_pass', []],
  ['a failing run without a file, when a test is edited', [run('t0', failing()), passed], 'affected_pass', []],
  [
    'a failing test that passes as edited',
    [run('t0', failing('test/a.test.js')), run('t1', fixing('test/a.test.js', true))],
    'affected_pass',
    ['a'],
  ],
  ['a test that the change leaves alone and fixes', [run('t1', fixing('test/a.test.js'))], 'reproduced', []],
  ['one that passes as the base commit has it', [run('t1', fixing(mine, false))], 'reproduced', []],
  ['a fixed test that the change wrote itself', [run('t1', fixing(mine))], 'affected_pass', ['a']],
  ['one that passes only as edited', [run('t1', fixing(mine, true))], 'affected_pass', ['a']],
  ['a fixed test without a file', [run('t1', fixing())], 'affected_pass', ['a']],
  ['nothing but a passed run', [passed], 'affected_pass', []],
  ['a passed run on another tree', [run('t9', {})], 'no_affected_tests', []],
])('after %s the evidence is told [gate:publish:edited-test]', (_title, runs, evidence, edited) => {
  const patches = [patch('t1', [change('src/a.js'), change(mine)])];
  expect(testEvidence({ tree: 't1', verification, runs, patches })).toBe(evidence);
  expect(editedProof({ tree: 't1', verification, runs, patches })).toEqual(edited);
});

describe('a new test that fails without the fix [gate:publish:edited-test]', () => {
  const added = change('test/new.test.js', 'add');
  const both = [added, change('src/a.js')];

  it('is proof when the fix comes after it, even beside a test that was edited', () => {
    const patches = [patch('t1', [added, change(mine)]), patch('t2', [...both, change(mine)], [change('src/a.js')])];
    const facts = {
      tree: 't2',
      verification,
      runs: [run('t1', failing('test/new.test.js')), run('t2', fixing(mine, true))],
      patches,
    };
    expect(testEvidence(facts)).toBe('reproduced');
    expect(editedProof(facts)).toEqual([]);
  });

  it('is none when it was changed together with the fix', () => {
    const patches = [patch('t1', [added]), patch('t2', both, [change('src/a.js'), change('test/new.test.js')])];
    const facts = { tree: 't2', verification, runs: [run('t1', failing('test/new.test.js')), run('t2', {})], patches };
    expect(testEvidence(facts)).toBe('affected_pass');
  });

  it('is none when other code was changed before it failed', () => {
    const patches = [patch('t1', both), patch('t2', both, [change('src/a.js')])];
    const facts = { tree: 't2', verification, runs: [run('t1', failing('test/new.test.js')), run('t2', {})], patches };
    expect(testEvidence(facts)).toBe('affected_pass');
  });
});
