import { expect, it } from 'vitest';

import type { Action } from '#domain/action.ts';
import type { Json } from '#domain/json.ts';
import { toAuditData, toRiskData } from '#policy/audit-data.ts';

import { patch, publishing, running } from './samples.ts';

it.each<[Action, Record<string, Json>]>([
  [{ kind: 'inspect' }, { action: 'inspect' }],
  [
    { kind: 'read', source: 'files', request: { of: 'metric_names', search: 'heap' } },
    { action: 'read', source: 'files', of: 'metric_names' },
  ],
  [patch(), { action: 'patch', from_tree: 't1', tree: 't2', diff_hash: 'sha256:0', paths: ['src/orders.js'] }],
  [
    running('npm test'),
    { action: 'test', suite: 'smoke', argv: ['npm', 'test'], scope: 'all', tree: 't2', timeout_seconds: 60 },
  ],
  [
    { ...running('npm test'), requiredSuites: ['unit', 'smoke'] },
    {
      action: 'test',
      suite: 'smoke',
      argv: ['npm', 'test'],
      scope: 'all',
      tree: 't2',
      timeout_seconds: 60,
      required_suites: ['unit', 'smoke'],
    },
  ],
])('the records keep of $kind what was done, and no contents', (action, data) => {
  expect(toAuditData(action)).toEqual(data);
});

it('the records keep the texts of a pull request as a digest of all three', () => {
  const data = toAuditData(publishing());
  expect(data).toEqual({
    action: 'publish',
    branch: 'hotfix/INC-7',
    base_branch: 'main',
    tree: 't2',
    diff_hash: 'sha256:0',
    draft: false,
    texts_hash: expect.stringMatching(/^sha256:[\da-f]{64}$/),
    required_suites: publishing().verification.map(({ suite }) => suite),
  });
  const hashes = [
    data,
    ...[{ title: 'x' }, { summary: 'x' }, { rootCause: 'x' }, { title: 'x', summary: '' }].map((change) =>
      toAuditData(publishing(change)),
    ),
  ].map((each) => each['texts_hash']);
  expect(new Set(hashes).size).toBe(4);
});

it('the records keep a risk with at most fifty floors', () => {
  const floor = { floor: 'migration' as const, least: 70, why: 'db/1.sql' };
  const risk = {
    score: 70,
    band: 'high' as const,
    factors: [{ name: 'size', x: 0.1, weight: 15, points: 1.5 }],
    modifiers: [{ name: 'known_fix', points: -10 }],
    floors: Array.from({ length: 60 }, () => floor),
    unknowns: ['churn'],
  };
  expect(toRiskData(risk)).toEqual({ ...risk, floors: Array.from({ length: 50 }, () => floor) });
});
