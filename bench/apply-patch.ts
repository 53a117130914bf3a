// How long a call of apply_patch takes on trees of 20,000 and 64,000 files, beside a tool call that does nothing and beside
// `git apply --cached`. Besides the time, which other load on the machine lengthens, it says how long the thread was busy. Git is
// started by another process: after every start each page of the memory of the process that starts it costs once more.
// Usage: node bench/apply-patch.ts [calls] [files of a tree...]
import { execFile, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { Server } from '@modelcontextprotocol/server';

import type { Runtime } from '#cli/runtime.ts';
import { createRuntime } from '#cli/runtime.ts';
import { createInFlight } from '#engine/in-flight.ts';

const STARTS_GIT = '--starts-git';
const PATCHES_AN_INCIDENT = 3;
const WARM_UP = 10;
const TARGET = 'src/area-7/unit-3/target.js';
const LINES = 3_000;
const execute = promisify(execFile);
const packageFolder = path.join(import.meta.dirname, '..');

const [mode, ...rest] = process.argv.slice(2);
if (mode === STARTS_GIT) startGitWhenAsked(rest);
else await measureAll(process.argv.slice(2).map(Number));

async function measureAll([calls = 150, ...sizes]: readonly number[]): Promise<void> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'apply-patch-bench-')));
  for (const count of sizes.length > 0 ? sizes : [20_000, 64_000])
    await measure(path.join(folder, String(count)), { count, calls });
  await rm(folder, { recursive: true, force: true });
}

async function measure(root: string, { count, calls }: { readonly count: number; readonly calls: number }) {
  const repository = path.join(root, 'repository');
  await buildRepository(repository, count);
  const environment = { PATH: process.env['PATH'], HOME: root, FIXGATE_STATE_DIR: path.join(root, 'state') };
  await using runtime = createRuntime(
    { argv: [], environment, workingDirectory: root, packageFolder, entry: path.join(packageFolder, 'bin/fixgate.js') },
    { transport: 'stdio', configPath: undefined, maxUsd: undefined, readOnly: false, needsSecrets: true },
  );
  const request = { id: 'BENCH-0', repository, severity: 'SEV3' as const };
  const { incident } = await runtime.incidents.open(request, 'human', 'bench');
  const makeServer = await runtime.serverFactory(createInFlight(), runtime.callTool);
  const fixgate = await connect(makeServer({ era: 'legacy' }) as Server);
  const nothing = await connect(serverThatDoesNothing());
  await using gitApply = await startedElsewhere(repository, root);

  const measured = new Map<string, Sample[]>();
  for (let call = 0; call < calls + WARM_UP; call += 1) {
    const id = `BENCH-${1 + Math.floor(call / PATCHES_AN_INCIDENT)}`;
    openAs(runtime, { ...incident, id });
    const patch = patchOf(1 + (call % PATCHES_AN_INCIDENT), `mended ${call}`);
    const ways: Readonly<Record<string, () => Promise<Sample>>> = {
      apply_patch: timed(async () => {
        const answer = await fixgate.callTool({
          name: 'apply_patch',
          arguments: { incident_id: id, patch, reason: 'release every job after it ran' },
        });
        if (answer.isError) throw new Error(JSON.stringify(answer.content));
      }),
      'a tool that does nothing': timed(() => nothing.callTool({ name: 'nothing', arguments: { patch } })),
      'git apply --cached': () => gitApply.run(call % 2 === 1),
    };
    for (const [name, way] of Object.entries(ways)) {
      const sample = await way();
      if (call >= WARM_UP) measured.set(name, [...(measured.get(name) ?? []), sample]);
    }
  }
  report(`${count} files, ${calls} calls:`, measured);
  await Promise.all([fixgate.close(), nothing.close()]);
}

/** Milliseconds of one call. */
interface Sample {
  readonly time: number;
  /** Of the thread that called. */
  readonly busy: number;
}

function timed(work: () => Promise<unknown>): () => Promise<Sample> {
  return async () => {
    const [began, busy] = [performance.now(), process.threadCpuUsage()];
    await work();
    const { user, system } = process.threadCpuUsage(busy);
    return { time: performance.now() - began, busy: (user + system) / 1000 };
  };
}

function report(title: string, measured: ReadonlyMap<string, readonly Sample[]>): void {
  const at = (name: string, of: keyof Sample, share: number) => {
    const sorted = (measured.get(name) ?? []).map((sample) => sample[of]).toSorted((a, b) => a - b);
    return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
  };
  say(title);
  for (const name of measured.keys()) {
    const times = `fastest ${at(name, 'time', 0)} ms, p50 ${at(name, 'time', 0.5)} ms, p95 ${at(name, 'time', 0.95)} ms`;
    say(`  ${name}: ${times}; its thread was busy for ${at(name, 'busy', 0.5)} ms (p50)`);
  }
}

/** Another incident on the same commit: opening one in full asks git for things that no patch asks for. */
function openAs({ store }: Runtime, incident: Parameters<Runtime['store']['openIncident']>[0]): void {
  const event = { type: 'incident.opened', actor: 'bench', summary: 'opened', data: {} } as const;
  store.openIncident(incident, event);
}

async function connect(server: Server): Promise<Client> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'bench', version: '0.0.0' });
  await Promise.all([server.connect(far), client.connect(near)]);
  return client;
}

function serverThatDoesNothing(): Server {
  const server = new Server({ name: 'nothing', version: '0.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({
    tools: [{ name: 'nothing', inputSchema: { type: 'object' as const } }],
  }));
  server.setRequestHandler('tools/call', () => ({ content: [{ type: 'text', text: 'done' }] }));
  return server;
}

/** Applies to an index of its own, as `git apply --cached` needs one; every other time backwards. */
async function startedElsewhere(repository: string, root: string) {
  const index = path.join(root, 'index');
  execFileSync('git', ['read-tree', 'HEAD'], { cwd: repository, env: { ...process.env, GIT_INDEX_FILE: index } });
  const file = path.join(root, 'first.diff');
  await writeFile(file, patchOf(1));
  const starter = fork(import.meta.filename, [STARTS_GIT, repository, index, file]);
  return {
    async run(backwards: boolean): Promise<Sample> {
      starter.send({ backwards });
      const [sample] = (await once(starter, 'message')) as [Sample];
      return sample;
    },
    async [Symbol.asyncDispose]() {
      starter.disconnect();
      await once(starter, 'exit');
    },
  };
}

function startGitWhenAsked([repository = '', index = '', file = '']: readonly string[]): void {
  const settings = { cwd: repository, env: { ...process.env, GIT_INDEX_FILE: index } };
  const apply = async ({ backwards }: { readonly backwards: boolean }) => {
    const words = ['apply', '--cached', ...(backwards ? ['--reverse'] : []), file];
    process.send?.(await timed(() => execute('git', words, settings))());
  };
  process.on('message', (asked: { readonly backwards: boolean }) => void apply(asked));
}

/** A file of about 120 kB, and the patch that changes one of its lines; `n` says which. */
function lineOf(line: number): string {
  return `export const value${line} = 'line ${line} of many';`;
}

function patchOf(n: number, value = 'mended'): string {
  const line = n * 700;
  const context = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => ` ${lineOf(from + index)}\n`).join('');
  const changed = `-${lineOf(line)}\n+export const value${line} = '${value}';\n`;
  const header = `--- a/${TARGET}\n+++ b/${TARGET}\n@@ -${line - 3},7 +${line - 3},7 @@\n`;
  return `${header}${context(line - 3, line - 1)}${changed}${context(line + 1, line + 3)}`;
}

/** One commit of `count` files in folders of 40, written by git's importer; nothing is checked out. */
async function buildRepository(repository: string, count: number): Promise<void> {
  await mkdir(repository, { recursive: true });
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repository });
  git('init', '--quiet', '--initial-branch=main');
  const importer = spawn('git', ['fast-import', '--quiet'], { cwd: repository, stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = once(importer, 'exit');
  const write = (name: string, text: string) =>
    importer.stdin.write(`M 100644 inline ${name}\ndata ${Buffer.byteLength(text)}\n${text}\n`);
  importer.stdin.write('commit refs/heads/main\ncommitter Bench <bench@localhost> 1767225600 +0000\ndata 5\nFirst\n');
  for (let n = 1; n < count; n += 1)
    write(`src/area-${n % 40}/unit-${Math.floor(n / 40) % 50}/file-${n}.js`, `export const n = ${n};\n`);
  write(TARGET, `${Array.from({ length: LINES }, (_, index) => lineOf(index + 1)).join('\n')}\n`);
  importer.stdin.end();
  await ended;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
