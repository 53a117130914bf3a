import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Incident } from '#domain/incident.ts';

import { cpuMs } from '../support/cpu-time.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';
import type { WorkspaceFixture } from '../support/workspace-fixture.ts';
import { workspaceFixture } from '../support/workspace-fixture.ts';

let state: TemporaryFolder;
let repository: TemporaryRepository;
let fixture: WorkspaceFixture;
let incident: Incident;
let first: string;

beforeAll(async () => {
  state = await temporaryFolder();
  repository = await temporaryRepository({
    'src/user-service.js': 'export class UserService {\n  processQueue() { return drain_all(this.pendingJobs); }\n}\n',
    'src/lib/index.js': 'x\n',
    'test/lib/index.js': 'x\n',
    'docs/UserGuide.md': 'Only OrderService is named here.\n',
    Makefile: 'all:\n',
  });
  first = repository.git('rev-parse', 'HEAD');
  repository.commit('Second');
  fixture = workspaceFixture(state.path);
  incident = await fixture.open(repository.path);
});

afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

it('recognises commits, files and symbols of a real RCA [incidents:rca:names]', async () => {
  const text = `Root cause: commit ${first.slice(0, 8)} made UserService.processQueue() (src/user-service.js:2) keep
    every job in \`pendingJobs\`. Stack: at UserService.processQueue (/app/src/user-service.js:2:14). See drain_all().`;
  expect(await fixture.workspace.references(incident, text)).toEqual({
    commits: [first],
    files: ['src/user-service.js'],
    symbols: ['UserService.processQueue', 'pendingJobs', 'drain_all'],
  });
});

it.each([
  ['commits that do not exist', 'Broken by deadbeef and 1234567.', { commits: [] }],
  ['ids with fewer than 7 digits', 'Broken by FIRST6.', { commits: [] }],
  ['files that do not exist', 'See src/gone.js and /etc/passwd.', { files: [] }],
  ['file names that several files have', 'See index.js.', { files: [] }],
  ['the end of a path that only one file has', 'See src/lib/index.js.', { files: ['src/lib/index.js'] }],
  ['a Windows path', String.raw`At C:\work\app\src\user-service.js(2)`, { files: ['src/user-service.js'] }],
  ['a file at the end of a sentence', 'It is UserGuide.md.', { files: ['docs/UserGuide.md'] }],
  ['a file by its exact name', 'Change Makefile!', { files: ['Makefile'] }],
  ['symbols that do not exist', 'OrderService.processPayments() failed', { symbols: [] }],
  ['a method under another class', 'Look at QueueWorker#processQueue', { symbols: ['processQueue'] }],
  ['plain words', 'The service returned all users and this is fine', { symbols: [] }],
  ['options and patterns', '--output=/tmp/x -e .* UserService', { symbols: ['UserService'] }],
])('answers only what exists: %s [incidents:rca:names]', async (_name, text, expected) => {
  const found = await fixture.workspace.references(incident, text.replace('FIRST6', first.slice(0, 6)));
  expect(found).toMatchObject(expected);
});

it('does bounded work on a huge hostile text', async () => {
  const words = Array.from({ length: 200_000 }, (_, n) => `someSymbol${n}.x${n}() deadbee${n % 10} a/b${n}.js`);
  const started = cpuMs();
  const found = await fixture.workspace.references(incident, `${'a.'.repeat(50_000)} ${words.join(' ')}`);
  expect(found).toEqual({ commits: [], files: [], symbols: [] });
  expect(cpuMs() - started).toBeLessThan(3_000);
});
