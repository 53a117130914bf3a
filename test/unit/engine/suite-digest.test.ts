import { describe, expect, it } from 'vitest';

import type { TestRun } from '#domain/remediation.ts';
import { stateOf } from '#engine/verification.ts';
import type { Suite } from '#workspace/tests/detect.ts';
import { suiteDigest } from '#workspace/tests/suite-digest.ts';

const suite = {
  name: 'unit',
  declared: true,
  required: true,
  argv: ['npm', 'test'],
  cwd: '.',
  env: {},
  timeoutSeconds: 60,
  format: 'node',
  sandbox: {},
} as unknown as Suite;

describe('a run of a suite [gate:tests:same-suite]', () => {
  const digest = suiteDigest(suite);
  const run = (suiteDigest: string | undefined) =>
    ({
      plan: { suite: 'unit', suiteDigest, tree: 't', scope: 'all', files: [] },
      status: 'finished',
      result: { verdict: 'pass' },
    }) as unknown as TestRun;

  it.each([
    ['the same', digest, 'green'],
    ['another one', suiteDigest({ ...suite, argv: ['true'] }), 'not_run'],
    ['one of older records', undefined, 'not_run'],
  ])('of the same name proves %s as it stands', (_, of, state) => {
    expect(stateOf({ name: 'unit', digest }, [run(of)], 't').state).toBe(state);
  });

  it.each<[string, Partial<Suite>]>([
    ['command', { argv: ['true'] }],
    ['folder', { cwd: 'web' }],
    ['environment', { env: { CI: '1' } }],
    ['format', { format: 'junit' }],
    ['report', { ownReport: 'r.xml' }],
    ['command that installs', { install: { argv: ['sh', 'install.sh'], timeoutSeconds: 60 } }],
    ['sandbox', { sandbox: { network: true } as unknown as Suite['sandbox'] }],
  ])('is of another one when the %s is another one', (_, more) => {
    expect(suiteDigest({ ...suite, ...more })).not.toBe(digest);
  });

  it('is of the same one whatever time it may take', () => {
    expect(suiteDigest({ ...suite, timeoutSeconds: 5, required: false })).toBe(digest);
  });
});
