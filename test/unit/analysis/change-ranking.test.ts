import { describe, expect, it } from 'vitest';

import type { Trouble } from '#analysis/change-ranking.ts';
import { rankChanges } from '#analysis/change-ranking.ts';
import type { CodeChange } from '#domain/evidence.ts';

import { cpuMs } from '../../support/cpu-time.ts';

const onset = Date.parse('2025-11-03T13:58:00Z');
const hour = 3_600_000;
const change = (sha: string, hours: number, more: Partial<CodeChange> = {}): CodeChange => ({
  sha: sha.repeat(40),
  at: onset + hours * hour,
  author: 'Ann',
  subject: 'Work',
  body: '',
  files: [{ path: `src/${sha}.js`, added: 5, removed: 5 }],
  diff: '',
  ...more,
});
const trouble: Trouble = { onset, text: '', places: [] };
const first = (changes: readonly CodeChange[], more: Partial<Trouble> = {}) =>
  rankChanges(changes, { ...trouble, ...more })[0];

describe('rankChanges', () => {
  it('puts the commit first that changed what the errors name, and says so [deploys:ranking:culprit]', () => {
    const culprit = change('a', -30, {
      files: [{ path: 'src/cart/total.js', added: 3, removed: 1 }],
      diff: '@@ -80 +80 @@ function computeTotal() {\n-a\n+b',
    });
    const found = first([change('b', -1), culprit, change('c', -2)], {
      places: [{ file: '/app/src/cart/total.js', function: 'Cart.computeTotal' }],
    });
    expect(found).toMatchObject({ change: { sha: culprit.sha }, atPlace: true });
    expect(found?.why).toContain('changes src/cart/total.js at computeTotal, which the errors name');
  });

  it('puts the commit first that speaks of the trouble', () => {
    const culprit = change('a', -20, { diff: '@@ -1 +1 @@\n+  retryBackoff(paymentGateway, timeout)' });
    const found = first([change('b', -1), culprit], { text: 'payment gateway timeouts, retries pile up' });
    expect(found?.change.sha).toBe(culprit.sha);
    expect(found?.why.join()).toMatch(/has words of the trouble: .*payment/);
  });

  it('puts a commit first that the root cause names, or that is taken back later', () => {
    const culprit = change('a', -20);
    expect(first([change('b', -1), culprit], { text: `bisected to ${culprit.sha.slice(0, 10)}` })?.change.sha).toBe(
      culprit.sha,
    );
    const reverted = { ...culprit, revertedBy: 'f'.repeat(40) };
    expect(first([change('b', -1), reverted])?.why).toContain('taken back later by ffffffffffff');
  });

  it('counts nothing for what was taken back before the onset, and ranks down what takes back', () => {
    const undo = change('b', -1, { body: `This reverts commit ${'a'.repeat(40)}.` });
    const ranked = rankChanges([undo, change('a', -2, { revertedBy: undo.sha }), change('c', -2)], trouble);
    expect(ranked.find(({ change: { sha } }) => sha === undo.sha)?.why).toContain('takes another change back');
    expect(ranked.find(({ change: { revertedBy } }) => revertedBy === undo.sha)?.why).toContain(
      'taken back before the onset by bbbbbbbbbbbb',
    );
    expect(ranked.every(({ score }) => score < 40)).toBe(true);
  });

  it.each([
    ['documentation', [{ path: 'docs/a.md', added: 90, removed: 0 }], 'Ann', 'documentation only'],
    ['tests', [{ path: 'test/a.test.js', added: 90, removed: 0 }], 'Ann', 'tests only'],
    ['programs', [{ path: 'src/a.js', added: 5, removed: 5 }], 'dependabot[bot]', 'by a program'],
  ])('ranks down commits of %s', (_, files, author, reason) => {
    const ranked = rankChanges([change('a', -1, { files, author }), change('b', -1)], trouble);
    expect(ranked.map(({ change: { sha } }) => sha[0])).toStrictEqual(['b', 'a']);
    expect(ranked[1]?.why).toContain(reason);
  });

  it('puts what landed after the onset last: it caused nothing', () => {
    const ranked = rankChanges([change('a', 1, { subject: 'checkout crash' }), change('b', -47)], {
      ...trouble,
      text: 'checkout crash',
    });
    expect(ranked.map(({ change: { sha } }) => sha[0])).toStrictEqual(['b', 'a']);
    expect(ranked[1]?.why).toStrictEqual(['1h after the onset: no cause, perhaps a mitigation']);
  });

  it.each([
    ['package-lock.json', ['dependencies']],
    ['config/production.yaml', ['config']],
    ['db/migrations/001_add.sql', ['database']],
    ['src/api/orders.ts', ['api']],
    ['src/cart.ts', []],
  ])('knows the area of %s [deploys:areas:focus]', (path, areas) => {
    expect(first([change('a', -1, { files: [{ path, added: 1, removed: 1 }] })])?.areas).toStrictEqual(areas);
  });

  it('takes no longer than a second for 1,000 commits with long diffs', () => {
    const diff = 'const someIdentifier = computeTotal(anotherThing);\n'.repeat(200);
    const many = Array.from({ length: 1_000 }, (_, n) =>
      change('a', -1, { sha: n.toString(16).padStart(40, '0'), diff }),
    );
    const start = cpuMs();
    rankChanges(many, { ...trouble, text: 'computeTotal fails' });
    expect(cpuMs() - start).toBeLessThan(5_000);
  });
});
