import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Incident } from '#domain/incident.ts';

import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { workspaceFixture } from '../support/workspace-fixture.ts';

let state: TemporaryFolder;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;
let incident: Incident;

beforeAll(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({ 'src/a.js': '0\n', 'src/b.js': '0\n', ':(glob)**': '0\n' });
  for (const [path, message] of [
    ['src/a.js', 'Change 1'],
    ['src/a.js', 'Change 2'],
    ['src/b.js', 'Revert "Change 7"'],
  ] as const) {
    await repository.write(path, `${message}\n`);
    repository.commit(message);
  }
  fixture = workspaceFixture(state.path);
  incident = await fixture.open(repository.path);
});

afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

it.each([
  ['the most changed file', ['src/a.js', 'src/b.js'], { churn: 3, reverted: true }],
  ['a file without reverts', ['src/a.js'], { churn: 3, reverted: false }],
  ['a new file', ['src/new.js'], { churn: 0, reverted: false }],
  ['a name that looks like a pattern', [':(glob)**'], { churn: 1, reverted: false }],
  ['an option', ['--all'], { churn: 0, reverted: false }],
  ['nothing', [], { churn: 0, reverted: false }],
])('counts the recent commits of %s', async (_, paths, expected) => {
  expect(await fixture.workspace.history(incident, paths)).toEqual(expected);
});

it.each([
  ['by its id', (commit: string) => `Back\n\nThis reverts commit ${commit}.`, true],
  ['by the title of a squashed merge', () => 'Revert "hotfix(INC-1): bound the queue (#7)" (#8)', true],
  ['by its trailer', () => 'Back\n\nReverts-Incident: INC-1', true],
  ['of another incident', () => 'Back\n\nReverts-Incident: INC-12', false],
  ['of something else', () => 'Revert "hotfix(INC-12): bound the queue"', false],
])('finds the commit that takes the change back %s [report:postmortem:reverted]', async (_, message, isFound) => {
  await using folder = await temporaryFolder();
  await using source = await temporaryRepository({ 'src/a.js': '0\n' });
  await using own = workspaceFixture(folder.path);
  const opened = await own.open(source.path, { id: 'INC-1' });
  await source.write('src/a.js', 'fixed\n');
  const fix = source.commit('Fix it');
  expect(await own.workspace.revertOf(opened, fix)).toBeUndefined();
  await source.write('src/a.js', '0\n');
  const revert = source.commit(message(fix));
  await own.repositories.sync(source.path);
  expect(await own.workspace.revertOf(opened, fix)).toBe(isFound ? revert : undefined);
});
