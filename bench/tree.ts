// How long an isolated tree takes for a test run, mounted over a prepared checkout and as a worktree. Usage: node bench/tree.ts [files] [runs]
import { spawnSync } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import { createRepositories } from '#workspace/repository.ts';
import { overlayPrefix } from '#workspace/sandbox-overlay.ts';
import { createWorktrees } from '#workspace/worktree.ts';

const self = fileURLToPath(import.meta.url);
const [mode = '20000', ...rest] = process.argv.slice(2);

if (mode === '--measure') await measure(rest);
else await compare(Number(mode), Number(rest[0] ?? 30));

/** Makes the repository and runs each way in a process of its own: only one that was started so may mount. */
async function compare(files: number, runs: number): Promise<void> {
  const base = await realpath(await mkdtemp(path.join(tmpdir(), 'tree-bench-')));
  try {
    const repository = path.join(base, 'app');
    git(base, ['init', '--quiet', '--initial-branch=main', repository]);
    git(repository, ['fast-import', '--quiet'], history(files));
    const prefix = await overlayPrefix(path.join(base, 'state'));
    const ways: Readonly<Record<string, readonly string[] | undefined>> = { overlay: prefix, worktree: [] };
    const peer = gitWorktree(repository, base, Math.min(runs, 5));
    say(`${files} files: git worktree add ${peer.toFixed(1)} ms (median)`);
    for (const [way, words] of Object.entries(ways)) {
      if (words) start([...words, process.execPath, self, '--measure', base, way, String(runs), String(peer)]);
      else say(`${way}: not possible on this machine`);
    }
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

function gitWorktree(repository: string, base: string, runs: number): number {
  const times = Array.from({ length: runs }, (_, n) => {
    const folder = path.join(base, `peer-${n}`);
    const startedAt = performance.now();
    git(repository, ['worktree', 'add', '--quiet', '--detach', folder, 'main~1']);
    const time = performance.now() - startedAt;
    git(repository, ['worktree', 'remove', '--force', folder]);
    return time;
  });
  return at(times, 0.5);
}

async function measure([base = '', way = '', runs = '1', peer = '1']: readonly string[]): Promise<void> {
  const stateFolder = path.join(base, 'state');
  const repositories = createRepositories({ stateFolder, clock: systemClock, environment: process.env });
  const location = path.join(base, 'app');
  const resolved = await repositories.resolve({ location, base: 'main' });
  const { git: ours } = repositories;
  const { gitDir } = await repositories.open(resolved.location);
  const tree = await ours.text({ gitDir, args: ['rev-parse', `${resolved.baseCommit}^{tree}`] });
  const repository = {
    ...resolved,
    baseCommit: await ours.text({ gitDir, args: ['rev-parse', `${resolved.baseCommit}~1`] }),
  };
  const incident = { id: `bench-${way}`, repository } as unknown as Incident;
  const worktrees = createWorktrees({ stateFolder, repositories, clock: systemClock, overlay: way === 'overlay' });
  const times: number[] = [];
  for (let run = 0; run <= Number(runs); run += 1) {
    const startedAt = performance.now();
    await worktrees.materialise(incident, tree);
    times.push(performance.now() - startedAt);
  }
  const [first = 0, ...warm] = times;
  const ratio = at(warm, 0.5) / Number(peer);
  say(
    `${way}: first ${first.toFixed(1)} ms, then fastest ${at(warm, 0).toFixed(1)} ms, p50 ${at(warm, 0.5).toFixed(1)} ms, p95 ${at(warm, 0.95).toFixed(1)} ms, ${ratio.toFixed(3)} times git worktree add`,
  );
}

/** A commit with as many files of 1 to 4 KiB in folders of 50, and one that changes a file of it. */
function history(files: number): string {
  const person = 'committer Bench <bench@example.com> 1767225600 +0000';
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}`;
  const rows = Array.from({ length: files }, (_, n) => {
    const content = `export const value${n} = ${n};\n`.repeat(30 + (n % 100));
    return `M 100644 inline src/area-${Math.floor(n / 2_500)}/part-${Math.floor(n / 50)}/file-${n}.js\n${data(content)}`;
  });
  const change = `M 100644 inline src/area-0/part-0/file-0.js\n${data('export const value0 = 1;\n')}`;
  return [
    `commit refs/heads/main\n${person}\n${data('First')}`,
    ...rows,
    `commit refs/heads/main\n${person}\n${data('Second')}`,
    change,
    '',
  ].join('\n');
}

function git(folder: string, args: readonly string[], input = ''): void {
  const ran = spawnSync('git', args, { cwd: folder, input, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(ran.stderr);
}

function start([file = '', ...args]: readonly string[]): void {
  const ran = spawnSync(file, args, { stdio: 'inherit' });
  if (ran.status !== 0) throw new Error(`${args.at(2)} failed`);
}

function at(times: readonly number[], quantile: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
