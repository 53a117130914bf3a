import { expect, it } from 'vitest';

import { findTriggers } from '#engine/services/triggers.ts';

import { incident } from '../policy/samples.ts';

const risky = 'on: push\njobs: { deploy: {} }\n';
const harmless = 'on: pull_request\njobs: { deploy: {} }\n';

function workspaceOf(sides: Readonly<Record<'base' | 'tree', Readonly<Record<string, string>>>>) {
  return {
    list: async (_: unknown, from: 'base' | 'tree' = 'tree') => Object.keys(sides[from]),
    read: async (_: unknown, path: string, from: 'base' | 'tree' = 'tree') => {
      const text = sides[from][path];
      return text === undefined ? undefined : Buffer.from(text);
    },
  };
}

const one = '.github/workflows/one.yml';

it.each([
  ['the base commit alone', { [one]: risky }, {}, [{ path: one, holds: ['job deploy'] }]],
  ['the tree alone', { [one]: harmless }, { [one]: risky }, [{ path: one, holds: ['job deploy'] }]],
  ['both', { [one]: risky }, { [one]: risky }, [{ path: one, holds: ['job deploy'] }]],
  ['neither', { [one]: harmless }, { [one]: harmless, 'docs/a.yml': risky }, []],
])('finds workflows of %s that a push starts [gate:policy:triggers]', async (...[, base, tree, workflows]) => {
  const found = await findTriggers(workspaceOf({ base, tree }), incident, 'hotfix/INC-7');
  expect(found).toEqual({ workflows, pipelines: [] });
});

it('names other pipelines once, and counts what is too much to be read', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 201 }, (_, n) => [`.github/workflows/${String(n).padStart(3, '0')}.yml`, harmless]),
  );
  const files = { ...many, Jenkinsfile: '', '.gitlab-ci.yml': '' };
  const found = await findTriggers(workspaceOf({ base: files, tree: files }), incident, 'hotfix/INC-7');
  expect(found.pipelines).toEqual(['Jenkinsfile', '.gitlab-ci.yml']);
  expect(found.workflows).toEqual([{ path: '.github/workflows/200.yml', holds: ['text that was not read'] }]);
});
