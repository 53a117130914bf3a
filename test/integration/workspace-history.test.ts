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
