import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { systemClock } from '#domain/clock.ts';
import type { FileChange } from '#domain/remediation.ts';
import type { SuiteDeclaration } from '#domain/suite.ts';
import type { Permit } from '#policy/verdict.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import { startDetached } from '#workspace/sandbox-detached.ts';
import { createTestRunner } from '#workspace/tests/test-runner.ts';
import type { TestRequest } from '#workspace/workspace.ts';

import { bundled } from './bundled.ts';
import { compileCache } from './compiled.ts';
import { copyPackages } from './materialise-fixture.ts';
import { ampleCaps, sampleEvent, sampleIncident } from './store-samples.ts';

/** This repository's own packages, which fixtures may borrow. */
const ownModules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const fixtures = fileURLToPath(new URL('../fixtures/suites', import.meta.url));
const worker = fileURLToPath(new URL('./test-job-worker.ts', import.meta.url));

/** What one test run is set up with. */
export interface RunnerSetup {
  /** A folder of test/fixtures/suites. */
  readonly fixture?: string;
  /** Files put over the fixture: the patched tree. */
  readonly files?: Readonly<Record<string, string>>;
  /** Files put over the fixture on the base commit; without them and a fixture the tree is the base's own. */
  readonly base?: Readonly<Record<string, string>>;
  /** Unified diff from the base commit. */
  readonly diff?: string;
  readonly changes?: readonly FileChange[];
  readonly suites?: Readonly<Record<string, SuiteDeclaration>>;
  /** Links vitest, node and what they need into the tree, as this repository has them. */
  readonly withModules?: boolean;
  /** A folder of packages to link instead. */
  readonly modules?: string;
}

/** A test runner on a real store and real detached processes, with a folder as its tree. */
export async function createRunnerFixture(setup: RunnerSetup) {
  const base = await mkdtemp(join(tmpdir(), 'test-runner-'));
  const stateFolder = join(base, 'state');
  const source = join(base, 'source');
  const baseSource = join(base, 'base');
  const differs = setup.base !== undefined || (setup.fixture !== undefined && setup.files !== undefined);
  await mkdir(stateFolder, { recursive: true });
  await writeTree(source, setup.fixture, setup.files);
  await writeTree(baseSource, setup.fixture, differs ? setup.base : setup.files);
  const modules = setup.modules ?? (setup.withModules ? join(base, 'modules') : '');
  if (setup.withModules) linkOwnModules(modules);
  const store = createSqliteStore({ folder: stateFolder, clock: systemClock });
  const incident = sampleIncident('PD-1');
  store.openIncident(incident, sampleEvent('incident.opened'));
  const tree = {
    tree: 't1',
    baseTree: differs ? 't0' : 't1',
    diffHash: 'sha256:d',
    files: setup.changes ?? [],
    diff: setup.diff ?? '',
  };
  const program = await bundled(worker);
  const spawnJob = (jobId: string) =>
    startDetached({
      argv: [process.execPath, program, stateFolder, source, baseSource, modules, jobId],
      cwd: base,
      env: { PATH: operatorPath(), HOME: process.env['HOME'] ?? '', FIXGATE_SECRET: 'hunter2', ...compileCache },
      logFile: join(stateFolder, 'job.log'),
    });
  const runner = createTestRunner({
    suites: setup.suites ?? {},
    store,
    clock: systemClock,
    files: {
      list: async (_incident, from) => listFiles(from === 'base' ? baseSource : source),
      async read(_incident, path, from) {
        const file = join(from === 'base' ? baseSource : source, path);
        return existsSync(file) ? readFileSync(file) : undefined;
      },
    },
    current: async () => tree,
    spawnJob,
  });
  let calls = 0;
  const permitFor = async (request: Partial<TestRequest> = {}, held = 600): Promise<Permit<'test'>> => {
    const action = await runner.plan(incident, { scope: 'all', files: [], ...request });
    const callId = `call-${(calls += 1)}`;
    const event = sampleEvent('call.admitted', { tool: 'run_tests' });
    const hold = { test_seconds: held };
    const price = { incidentId: incident.id, callId, spend: { test_runs: 1 }, hold, caps: ampleCaps, event };
    if (!store.admit(price).admitted) throw new Error('The caps of this test are too small.');
    return { action, incident, callId, held: hold } as unknown as Permit<'test'>;
  };
  return {
    runner,
    store,
    incident,
    source,
    stateFolder,
    permitFor,
    /** Plans, starts and waits for the end. */
    async run(request: Partial<TestRequest> = {}, held?: number) {
      const started = await runner.start(await permitFor(request, held), 'test-client/1.0');
      const run = await runner.wait(started.jobId, 110_000, new AbortController().signal);
      if (!run.result) throw new Error(`The run did not finish: ${readFileSync(join(stateFolder, 'job.log'), 'utf8')}`);
      return { ...run, result: run.result };
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function writeTree(
  folder: string,
  fixture: string | undefined,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (fixture !== undefined) await cp(join(fixtures, fixture), folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
  }
}

/** Of this repository's packages those that a run of vitest needs: all of them are tens of thousands of files. */
function linkOwnModules(to: string): void {
  const found = new Set<string>();
  const open = ['vitest', 'node'];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const manifest = join(ownModules, name, 'package.json');
    if (found.has(name) || !existsSync(manifest)) continue;
    found.add(name);
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(readFileSync(manifest, 'utf8'));
    open.push(...Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }));
  }
  mkdirSync(to);
  copyPackages(['--parents', ...found, '.bin/vitest', '.bin/node', to], ownModules);
}

/** A PATH without the packages of this repository, which the command that runs these tests puts there. */
function operatorPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.filter((folder) => !folder.includes('node_modules')).join(delimiter);
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
