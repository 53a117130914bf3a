import { expect, it } from 'vitest';

import { ecosystems, governing } from '#workspace/ecosystems.ts';

const node = ecosystems[0]!;

it.each([
  ['the lockfile beside it', 'apps/a', ['apps/a/package.json', 'apps/a/yarn.lock'], ['apps/a/yarn.lock']],
  ['the lockfile of the workspace root', 'apps/a', ['apps/a/package.json', 'pnpm-lock.yaml'], ['pnpm-lock.yaml']],
  ['its manifest when there is no lockfile', '.', ['package.json'], ['package.json']],
  ['every lockfile of the folder', '.', ['package-lock.json', 'yarn.lock'], ['package-lock.json', 'yarn.lock']],
  ['nothing when there is neither', '.', ['README.md'], []],
])('is decided by %s', (_name, project, tree, expected) => {
  expect(governing(node, project, new Set(tree))).toEqual(expected);
});
