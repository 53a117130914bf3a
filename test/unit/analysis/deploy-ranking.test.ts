import { describe, expect, it } from 'vitest';

import { rankDeploys } from '#analysis/deploy-ranking.ts';
import type { Deploy } from '#domain/evidence.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const minute = 60_000;
const deploy = (sha: string, minutes: number, more: Partial<Deploy> = {}): Deploy => ({
  id: `tag:${sha}`,
  at: onset + minutes * minute,
  sha,
  ref: `deploy/${sha}`,
  kind: 'tag',
  author: 'Ann',
  subject: '',
  ...more,
});

describe('rankDeploys', () => {
  it('puts the deploy right before the onset first, and says why [deploys:ranking:onset]', () => {
    const [first, second, third] = rankDeploys([deploy('c', 5), deploy('b', -2), deploy('a', -600)], { onset });
    expect(first).toMatchObject({
      deploy: { sha: 'b' },
      deltaMs: -2 * minute,
      why: ['2m before the onset'],
      previousSha: 'a',
    });
    expect(second).toMatchObject({ deploy: { sha: 'a' }, why: ['10h before the onset'] });
    expect(second?.previousSha).toBeUndefined();
    expect(third).toMatchObject({
      deploy: { sha: 'c' },
      why: ['5m after the onset: no cause, perhaps a mitigation'],
      previousSha: 'b',
    });
  });

  it('puts an older deploy first when the errors name the files it changed', () => {
    const changedFiles = new Map([
      ['a', ['src/user-service.js', 'README.md']],
      ['b', ['docs/api.md']],
    ]);
    const [first] = rankDeploys([deploy('b', -10), deploy('a', -180)], {
      onset,
      changedFiles,
      errorFiles: ['/app/src/user-service.js'],
    });
    expect(first?.deploy.sha).toBe('a');
    expect(first?.why).toContain('changes 2 files, src/user-service.js named by the errors');
  });

  it.each([
    ['/app/src/cart.js', 'src/cart.js', true],
    ['com/acme/Cart.java', 'src/main/java/com/acme/Cart.java', true],
    ['/app/src/shopping-cart.js', 'cart.js', false],
  ])('takes %s for %s: %s', (errorFile, path, same) => {
    const [ranked] = rankDeploys([deploy('a', -5)], {
      onset,
      errorFiles: [errorFile],
      changedFiles: new Map([['a', [path]]]),
    });
    expect(ranked?.why.some((reason) => reason.includes('named by the errors'))).toBe(same);
  });

  it('prefers the same service and environment, and says so', () => {
    const deploys = [
      deploy('a', -30, { service: 'cart', env: 'prod' }),
      deploy('b', -5, { service: 'mail', env: 'prod' }),
    ];
    const [first, second] = rankDeploys(deploys, { onset, service: 'Cart', env: 'prod' });
    expect(first).toMatchObject({
      deploy: { sha: 'a' },
      why: ['30m before the onset', 'same service', 'same environment'],
    });
    expect(second?.why).toContain('another service');
  });

  it('looks for the previous commit in the same place, past repeats of the same commit', () => {
    const deploys = [
      deploy('b', -5, { id: 'x' }),
      deploy('b', -10, { id: 'y' }),
      deploy('z', -15, { service: 'mail' }),
      deploy('a', -20),
    ];
    expect(rankDeploys(deploys, { onset }).find(({ deploy: { id } }) => id === 'x')?.previousSha).toBe('a');
  });

  it('allows for clocks that differ by a minute, and prefers what came before the onset', () => {
    const [first, second] = rankDeploys([deploy('a', 1), deploy('b', -1)], { onset });

    expect(first?.deploy.sha).toBe('b');
    expect(second?.why).toStrictEqual(['1m after the onset, within the accuracy of clocks']);
  });

  it('keeps scores between 0 and 100', () => {
    const best = deploy('a', 0, { service: 's', env: 'e' });
    const worst = deploy('b', 60, { service: 't', env: 'f' });
    const context = { onset, service: 's', env: 'e', errorFiles: ['x.js'], changedFiles: new Map([['a', ['x.js']]]) };
    expect(rankDeploys([best, worst], context).map(({ score }) => score)).toStrictEqual([100, 0]);
  });
});
