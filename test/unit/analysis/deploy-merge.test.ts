import { describe, expect, it } from 'vitest';

import { mergeDeploys } from '#analysis/deploy-merge.ts';
import type { Deploy } from '#domain/evidence.ts';

const at = Date.parse('2025-11-03T13:58:00Z');
const deploy = (kind: Deploy['kind'], more: Partial<Deploy> = {}): Deploy => ({
  id: `${kind}:1`,
  at,
  sha: 'a'.repeat(40),
  ref: kind,
  kind,
  author: '',
  subject: '',
  ...more,
});

describe('mergeDeploys', () => {
  it('makes one of the same commit in the same environment, with all links and the worst state [deploys:merged:same]', () => {
    const merged = mergeDeploys([
      deploy('run', { at: at - 60_000, status: 'failed', links: ['https://ci/1'], author: 'Ann' }),
      deploy('sync', { env: 'prod', status: 'succeeded', links: ['https://argo/1'] }),
      deploy('tag', { at: at - 120_000, subject: 'Ship' }),
    ]);
    expect(merged).toStrictEqual([
      deploy('sync', {
        at: at - 120_000,
        env: 'prod',
        status: 'failed',
        links: ['https://argo/1', 'https://ci/1'],
        author: 'Ann',
        subject: 'Ship',
      }),
    ]);
  });

  it.each([
    ['another environment', deploy('run', { env: 'staging' })],
    ['another commit', deploy('run', { sha: 'b'.repeat(40) })],
    ['an unknown commit', deploy('run', { sha: '' })],
    ['hours later', deploy('run', { at: at + 3 * 3_600_000 })],
    ['the same back end', deploy('sync', { id: 'sync:2', env: 'prod' })],
    ['a rollback', deploy('run', { rollback: true })],
  ])('keeps apart: %s', (_, other) => {
    expect(mergeDeploys([deploy('sync', { env: 'prod' }), other])).toHaveLength(2);
  });
});
