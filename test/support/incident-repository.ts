import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { parse, stringify } from 'yaml';

import type { Report } from '#report/schema.ts';

import { compileCache } from './compiled.ts';
import { runResident } from './resident.ts';
import type { Finished, Place } from './server-process.ts';
import { runFixgate } from './server-process.ts';
import { createTemplate } from './template.ts';
import { gitEnvironment, temporaryFolder } from './temporary-repository.ts';

/** A service that leaks since its last deploy: checkout, bare remote, logs, metrics, and a state folder of its own. */
export interface IncidentRepository extends AsyncDisposable {
  /** Holds everything else. */
  readonly folder: string;
  readonly checkout: string;
  readonly remote: string;
  readonly stateFolder: string;
  /** The commit that brought the leak. */
  readonly culprit: string;
  readonly onset: Date;
  /** In the checkout, without any configuration. */
  readonly place: Place;
  git(...args: string[]): string;
  /** Branches of the remote other than its default one. */
  hotfixBranches(): string[];
  /** Runs `fixgate` in the checkout, or elsewhere. */
  fixgate(args: readonly string[], options?: { readonly place?: Place; readonly input?: string }): Promise<Finished>;
  /** Opens an incident as a human does; throws when that fails. */
  open(id: string, ...options: readonly string[]): Promise<void>;
  /** `fixgate call`: the exit code and the printed JSON. */
  call(tool: string, args: Readonly<Record<string, unknown>>, place?: Place): Promise<Called>;
  /** The same in the resident process, for steps on the way to what is tested. */
  step(tool: string, args: Readonly<Record<string, unknown>>, place?: Place): Promise<Called>;
  report(id: string): Promise<Report>;
  /** Writes `fixgate.yaml` into a folder of its own; answers the place to use it. */
  configure(config: Readonly<Record<string, unknown>>, policy?: PolicyChanges): Promise<Place>;
}

/** What one `fixgate call` printed. */
export interface Called {
  readonly exitCode: number | null;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** Values that replace those of `policies/default.yaml`. */
export interface PolicyChanges {
  readonly budget?: Readonly<Record<string, number>>;
  readonly [key: string]: unknown;
}

const queueAtFirst = `/** Works off jobs, oldest first. */
export class OrderQueue {
  #waiting = [];
  #finished = [];

  add(job) {
    this.#waiting.push(job);
  }

  /** Works off one job; answers its name. */
  processQueue() {
    const job = this.#waiting.shift();
    if (job === undefined) return undefined;
    return job.name;
  }

  get retained() {
    return this.#finished.length;
  }
}
`;
const queueThatLeaks = queueAtFirst.replace(
  '    return job.name;',
  '    this.#finished.push(job);\n    return job.name;',
);

const firstFiles: Readonly<Record<string, string>> = {
  'package.json': `${JSON.stringify({ name: 'orders', version: '1.0.0', private: true, type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
  '.gitignore': 'logs/\nmetrics/\n',
  'README.md': '# orders\n\nTakes orders and works them off.\n',
  'src/queue.js': queueAtFirst,
  'test/queue.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OrderQueue } from '../src/queue.js';

test('jobs leave in the order they came', () => {
  const queue = new OrderQueue();
  queue.add({ name: 'first' });
  queue.add({ name: 'second' });

  assert.equal(queue.processQueue(), 'first');
  assert.equal(queue.processQueue(), 'second');
});
`,
  // Both processes carry the token on their command lines, so that a test can look for them.
  'scripts/slow.js': `import { spawn } from 'node:child_process';

const [token, milliseconds, depth = '1'] = process.argv.slice(2);
if (depth === '1') spawn(process.execPath, ['scripts/slow.js', token, milliseconds, '0'], { stdio: 'inherit' });
setTimeout(() => {}, Number(milliseconds));
`,
  'k8s/production/orders.yaml': 'kind: Deployment\n',
};

/** The smallest fix of the leak. */
export const fixPatch = `--- a/src/queue.js
+++ b/src/queue.js
@@ -12,5 +12,4 @@
     const job = this.#waiting.shift();
     if (job === undefined) return undefined;
-    this.#finished.push(job);
     return job.name;
   }
`;

/** Applies and makes the tests fail. */
export const breakingPatch = fixPatch.replace('     return job.name;', '-    return job.name;\n+    return job;');

/** Touches what no patch may touch. */
export const protectedPatch = `--- a/k8s/production/orders.yaml
+++ b/k8s/production/orders.yaml
@@ -1 +1,2 @@
 kind: Deployment
+replicas: 0
`;

/** Takes the fix back. */
export const unfixPatch = `--- a/src/queue.js
+++ b/src/queue.js
@@ -12,4 +12,5 @@
     const job = this.#waiting.shift();
     if (job === undefined) return undefined;
+    this.#finished.push(job);
     return job.name;
   }
`;

/** Why the fix is the smallest one, as the tools want it. */
export const reason = 'Finished jobs are never read again, so keeping them only leaks memory.';

/** Every tool once, from the evidence to the pull request; the incident's id is still to be added. */
export const remedy: readonly { readonly tool: string; readonly args: Readonly<Record<string, unknown>> }[] = [
  { tool: 'get_incident', args: {} },
  { tool: 'get_incident_logs', args: {} },
  { tool: 'query_metrics', args: { query: 'orders_retained_jobs' } },
  { tool: 'list_recent_deploys', args: {} },
  { tool: 'apply_patch', args: { patch: fixPatch, reason } },
  { tool: 'run_tests', args: {} },
  { tool: 'open_pr', args: { summary: 'Finished jobs are let go.', root_cause: 'Every finished job was kept.' } },
];

/** Every tool that a server offers: the remedy, and the way out when there is none. */
export const offeredTools: readonly string[] = [...remedy.map(({ tool }) => tool), 'escalate'];

/** Amounts that no test uses up. */
export const ampleBudget = {
  usd: 1_000,
  tool_calls: 10_000,
  patch_attempts: 1_000,
  test_runs: 1_000,
  test_seconds: 100_000,
  wall_seconds: 100_000,
  prs: 100,
};

/** A suite that runs for `milliseconds` in two processes that carry `token`. */
export function slowSuite(token: string, milliseconds: number): Readonly<Record<string, unknown>> {
  return { argv: ['node', 'scripts/slow.js', token, String(milliseconds)], required: false, timeout_s: 100 };
}

const MINUTE_MS = 60_000;

/** Makes the repository in a temporary folder; its trouble began half an hour ago. */
export async function incidentRepository(): Promise<IncidentRepository> {
  const { path: folder } = await temporaryFolder();
  const { culprit, onset } = await copyIncident(folder);
  const [checkout, remote, stateFolder, home] = ['orders', 'orders.git', 'state', 'home'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];

  const git = (...args: string[]) => gitAt(checkout, onset, args);
  const env = { ...plainEnvironment(), HOME: home, FIXGATE_STATE_DIR: stateFolder };
  const place: Place = { cwd: checkout, env };
  const fixgate: IncidentRepository['fixgate'] = (args, options = {}) =>
    runFixgate(options.place ?? place, args, options.input);

  let configurations = 0;
  return {
    folder,
    checkout,
    remote,
    stateFolder,
    culprit,
    onset,
    place,
    git,
    hotfixBranches: () =>
      gitAt(remote, onset, ['for-each-ref', '--format=%(refname:short)', 'refs/heads'])
        .split('\n')
        .filter((name) => name !== 'main'),
    fixgate,
    async open(id, ...options) {
      const startedAt = ['--started-at', onset.toISOString()];
      const args = ['incident', 'open', '--id', id, '--repo', checkout, ...startedAt, ...options];
      const opened = await runResident(place, args);
      if (opened.exitCode !== 0) throw new Error(opened.stderr);
    },
    call: async (tool, args, at) => toCalled(tool, await runFixgate(at ?? place, toCommand(tool, args))),
    step: async (tool, args, at) => toCalled(tool, await runResident(at ?? place, toCommand(tool, args))),
    async report(id) {
      const printed = await runResident(place, ['report', id, '--format', 'json']);
      if (printed.exitCode !== 0) throw new Error(printed.stderr);
      return JSON.parse(printed.stdout) as Report;
    },
    async configure(config, policy) {
      const cwd = join(folder, `operator-${(configurations += 1)}`);
      await mkdir(cwd);
      if (policy) await writeFile(join(cwd, 'policy.yaml'), await changedPolicy(policy));
      const document = { version: 1, repository: checkout, ...(policy && { policy: './policy.yaml' }), ...config };
      await writeFile(join(cwd, 'fixgate.yaml'), stringify(document));
      return { cwd, env };
    },
    // A server or a test run that is just ending may still write.
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  };
}

function toCommand(tool: string, args: Readonly<Record<string, unknown>>): readonly string[] {
  return ['call', tool, '--json', JSON.stringify(args)];
}

function toCalled(tool: string, { exitCode, stdout, stderr }: Finished): Called {
  if (stdout === '') throw new Error(`fixgate call ${tool} printed nothing: ${stderr}`);
  return { exitCode, answer: JSON.parse(stdout) as Called['answer'] };
}

const copyIncident = createTemplate(
  async (folder) => {
    const [checkout, remote] = [join(folder, 'orders'), join(folder, 'orders.git')];
    await Promise.all([mkdir(checkout), mkdir(join(folder, 'home'))]);
    const onset = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 30 * MINUTE_MS);
    const culprit = await writeHistory({ checkout, remote, onset });
    await writeEvidence(checkout, onset);
    return { culprit, onset };
  },
  ['orders/.git/config', 'orders.git/config'],
);

/** What a program needs of this machine, without the machine's git settings. */
function plainEnvironment(): Record<string, string> {
  const { PATH, HOME, GIT_CONFIG_NOSYSTEM, GIT_CONFIG_GLOBAL } = gitEnvironment;
  return { PATH, HOME, GIT_CONFIG_NOSYSTEM, GIT_CONFIG_GLOBAL, ...compileCache };
}

interface History {
  readonly checkout: string;
  readonly remote: string;
  readonly onset: Date;
}

/** Three deploys; the last one, at the onset, leaks. */
async function writeHistory({ checkout, remote, onset }: History): Promise<string> {
  gitAt(checkout, onset, ['init', '--quiet', '--initial-branch=main', '--template=']);
  const deploys: readonly (readonly [string, number, Readonly<Record<string, string>>])[] = [
    ['Take orders', 6 * 1_440, firstFiles],
    ['Explain the service', 2 * 1_440, { 'README.md': `${firstFiles['README.md']}\nIt has one queue.\n` }],
    ['Keep finished jobs', 0, { 'src/queue.js': queueThatLeaks }],
  ];
  for (const [index, [subject, minutesBefore, files]] of deploys.entries()) {
    const at = new Date(onset.getTime() - minutesBefore * MINUTE_MS);
    for (const [name, content] of Object.entries(files)) await write(join(checkout, name), content);
    gitAt(checkout, at, ['add', '--all']);
    gitAt(checkout, at, ['commit', '--quiet', '--message', subject]);
    gitAt(checkout, at, ['tag', '--annotate', `deploy/${index + 1}`, '--message', subject]);
  }
  gitAt(checkout, onset, ['clone', '--quiet', '--bare', '--template=', checkout, remote]);
  gitAt(checkout, onset, ['remote', 'add', 'origin', remote]);
  gitAt(checkout, onset, ['fetch', '--quiet', 'origin']);
  return gitAt(checkout, onset, ['rev-parse', 'HEAD']);
}

/** Logs and metrics of three hours, where the embedded sources look for them. */
async function writeEvidence(checkout: string, onset: Date): Promise<void> {
  const logs: string[] = [];
  const samples = ['# HELP orders_retained_jobs Jobs kept in memory.', '# TYPE orders_retained_jobs gauge'];
  for (let minute = -150; minute < 30; minute += 1) {
    const at = onset.getTime() + minute * MINUTE_MS;
    const since = Math.max(0, minute);
    logs.push(logLine(at, 'info', { msg: 'batch processed', jobs: 40 + (minute & 7) }));
    const stack = 'RangeError: too many finished jobs\n    at OrderQueue.processQueue (/srv/orders/src/queue.js:14:20)';
    if (minute >= 0)
      logs.push(logLine(at + 500, 'error', { msg: `memory pressure, ${since * 40} jobs retained`, stack }));
    samples.push(`orders_retained_jobs{service="orders"} ${20 + (minute & 3) + since * 40} ${at}`);
  }
  await write(join(checkout, 'logs/orders.log'), `${logs.join('\n')}\n`);
  await write(join(checkout, 'metrics/orders.prom'), `${samples.join('\n')}\n`);
}

function logLine(at: number, level: string, fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ time: new Date(at).toISOString(), level, service: 'orders', ...fields });
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function gitAt(folder: string, at: Date, args: readonly string[]): string {
  const env = { ...gitEnvironment, GIT_AUTHOR_DATE: at.toISOString(), GIT_COMMITTER_DATE: at.toISOString() };
  return execFileSync('git', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    .toString()
    .trimEnd();
}

async function changedPolicy({ budget, ...changes }: PolicyChanges): Promise<string> {
  const shipped = await readFile(new URL('../../policies/default.yaml', import.meta.url), 'utf8');
  const policy = parse(shipped) as { budget: Record<string, number> };
  return stringify({ ...policy, name: 'test', ...changes, budget: { ...policy.budget, ...budget } });
}
