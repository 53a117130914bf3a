import { expect, it } from 'vitest';

import type { TestPlan } from '#domain/remediation.ts';
import { baseKey } from '#workspace/tests/base-run.ts';

const argv = ['npm', 'test'];

const keyFor = (plan: Partial<TestPlan> = {}, location = '/repo') =>
  baseKey(argv, {
    run: { plan: { suite: 'unit', suiteDigest: 'sha256:a', cwd: '.', env: {}, format: 'node', ...plan } },
    incident: { repository: { location } },
    site: { dependencies: { reused: true, reason: 'Reused from the checkout: node_modules.' } },
  } as unknown as Parameters<typeof baseKey>[1]);

it.each([
  ['another suite of the same name', keyFor({ suiteDigest: 'sha256:b' })],
  ['another checkout, whose dependencies are its own', keyFor({}, '/elsewhere')],
])('an outcome of the base commit is not that of %s [workspace:tests:install-own]', (_, other) => {
  expect(other).not.toBe(keyFor());
});

it('an outcome of the base commit is found again', () => {
  expect(keyFor()).toBe(keyFor());
});
