// What judging costs, as a ratio to the part of it that could not be left out. Usage: node bench/policy.ts [runs] [corpus.json …]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { minimatch } from 'minimatch';
import { parse } from 'unbash';

import { createPreviews } from '#cli/policy/preview.ts';
import type { PatchAction } from '#domain/action.ts';
import { systemClock } from '#domain/clock.ts';
import type { Incident, RepositoryRef } from '#domain/incident.ts';
import { createApprovals } from '#policy/approvals.ts';
import { toCaps } from '#policy/caps.ts';
import { analyzeCommand } from '#policy/command/analyze.ts';
import { findBlocked } from '#policy/command/blocked.ts';
import { compileEntries } from '#policy/command/entry.ts';
import { parseCorpus } from '#policy/corpus.ts';
import { exampleChange, exampleIncident } from '#policy/examples.ts';
import { globsOf } from '#policy/file-rules.ts';
import { createGate } from '#policy/gate.ts';
import { guards } from '#policy/guards/index.ts';
import { protectedFiles } from '#policy/guards/protected-files.ts';
import { createHumanWord } from '#policy/human-word.ts';
import { parsePolicy } from '#policy/load.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';

/** What each of them may take at most, in the median. */
const LIMITS = { command: 250, globs: 60, gate: 10_000 };
const FILES = 20_000;

const runs = Number(process.argv[2] ?? 41);
const root = path.join(import.meta.dirname, '..');
const shipped = parsePolicy(readFileSync(path.join(root, 'policies/default.yaml'), 'utf8'), 'policies/default.yaml');
/** The shipped policy, with room for the patch. */
const policy = { ...shipped, limits: { ...shipped.limits, max_lines: 1_000 } };
const folder = mkdtempSync(path.join(tmpdir(), 'policy-bench-'));
try {
  benchCommands(readCommands(process.argv.slice(3)));
  benchGlobs(['src/orders/queue.js', 'packages/api/config/default.yml', 'test/orders/queue.test.js']);
  await benchGate();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The commands of corpus files, else those of the unit tests. */
function readCommands(files: readonly string[]): readonly string[] {
  if (files.length > 0)
    return files.flatMap((file) =>
      parseCorpus(readFileSync(file, 'utf8'), file).commands.map(({ command }) => command),
    );
  const lists = path.join(root, 'test/unit/policy/command/lists');
  const lines = readdirSync(lists).flatMap((file) => readFileSync(path.join(lists, file), 'utf8').split('\n'));
  return lines.filter((line) => line !== '').map((line) => line.replaceAll('⏎', '\n'));
}

function benchCommands(commands: readonly string[]): void {
  const entries = compileEntries(policy.blocked_commands);
  const judged: number[] = [];
  const parsed: number[] = [];
  const measure = (text: string, keep: boolean) => {
    const ours = usual(() => findBlocked(analyzeCommand(text), entries));
    const peer = usual(() => parse(text));
    if (keep) judged.push(ours);
    if (keep) parsed.push(peer);
  };
  for (const text of commands) measure(text, false);
  for (const text of commands) measure(text, true);
  say(`a command (${commands.length} of them)`, { ours: judged, peer: parsed, named: 'unbash alone' }, LIMITS.command);
}

function benchGlobs(paths: readonly string[]): void {
  const globs = globsOf(policy.protected_files);
  const options = { dot: true, nocase: true, matchBase: true };
  const ours: number[] = [];
  const peer: number[] = [];
  for (let run = 0; run < runs * 50; run += 1) {
    // What was judged once is remembered with the action.
    const action = exampleChange(paths);
    ours.push(timed(() => protectedFiles(action, policy, exampleIncident)));
    peer.push(timed(() => paths.forEach((name) => globs.forEach((glob) => minimatch(name, glob, options)))));
  }
  say(`${globs.length} globs over ${paths.length} paths`, { ours, peer, named: 'minimatch alone' }, LIMITS.globs);
}

async function benchGate(): Promise<void> {
  await using previews = await createPreviews({ environment: process.env });
  const repository = buildRepository();
  const began = performance.now();
  const action = await previews.preview(repository, patchOf());
  process.stdout.write(`planning on ${FILES} files, the first time: ${(performance.now() - began).toFixed(0)} ms\n`);
  await using store = createSqliteStore({ folder: path.join(folder, 'state'), clock: systemClock });
  const approvals = createApprovals({ store, clock: systemClock, proof: { mode: 'none' } });
  const word = createHumanWord({ store, approvals });
  const policyOf = async () => policy;
  const halted = () => undefined;
  const gate = createGate({ guards, store, clock: systemClock, approvals, word, policyOf, maxUsd: undefined, halted });
  const ours: number[] = [];
  const peer: number[] = [];
  for (let run = 0; run < runs * 5; run += 1) {
    const incident = open(`B-${run}`, repository);
    // A plain copy: guards remember what they found out about an action.
    const planned: PatchAction = { ...action };
    const call = { incident, callId: `call-${run}`, tool: 'apply_patch', actor: 'bench/1', bytesIn: 9_000 };
    ours.push(await timedAsync(() => gate.admit<'patch'>(planned, call)));
    const other = open(`P-${run}`, repository);
    peer.push(
      timed(() =>
        store.admit({
          incidentId: other.id,
          callId: `peer-${run}`,
          spend: { tool_calls: 1, patch_attempts: 1, usd: 7_000 },
          hold: { bytes_out: 24_000 },
          caps: toCaps(policy, undefined),
          event: { type: 'call.admitted', actor: 'bench/1', summary: 'admitted', data: {} },
        }),
      ),
    );
  }
  say('the gate, a patch of 200 lines', { ours, peer, named: 'the transaction alone' }, LIMITS.gate);

  function open(id: string, at: RepositoryRef): Incident {
    const now = systemClock.now();
    const incident: Incident = {
      ...exampleIncident,
      id,
      severity: 'SEV3',
      severityConfirmed: true,
      openedAt: now,
      startedAt: now,
      repository: at,
    };
    store.openIncident(incident, { type: 'incident.opened', actor: 'bench/1', summary: 'opened', data: {} });
    return incident;
  }
}

/** A repository with 20,000 files in 200 folders. */
function buildRepository(): RepositoryRef {
  const location = path.join(folder, 'repository');
  for (let index = 0; index < FILES; index += 1) {
    const below = path.join(location, 'src', `area-${index % 200}`);
    if (index < 200) mkdirSync(below, { recursive: true });
    writeFileSync(path.join(below, `file-${index}.js`), `export const value = ${index};\n`);
  }
  writeFileSync(path.join(location, 'src/queue.js'), lines('before'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...args], { cwd: location });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'base');
  return { location, baseBranch: 'main', baseCommit: git('rev-parse', 'HEAD').toString().trim() };
}

/** Replaces 70 of 100 lines in one file and adds 60 lines in another: 200 added and removed in all. */
function patchOf(): string {
  const body = Array.from({ length: 70 }, (_, index) => `-before ${index}\n`).join('');
  const after = Array.from({ length: 70 }, (_, index) => `+after ${index}\n`).join('');
  const added = Array.from({ length: 60 }, (_, index) => `+export const more${index} = ${index};\n`).join('');
  return (
    `--- a/src/queue.js\n+++ b/src/queue.js\n@@ -1,70 +1,70 @@\n${body}${after}` +
    `--- /dev/null\n+++ b/src/more.js\n@@ -0,0 +1,60 @@\n${added}`
  );
}

function lines(word: string): string {
  return Array.from({ length: 100 }, (_, index) => `${word} ${index}\n`).join('');
}

/** Microseconds. */
function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return (performance.now() - began) * 1_000;
}

async function timedAsync(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) * 1_000;
}

/** The median of a few. */
function usual(work: () => unknown): number {
  return quantile(
    Array.from({ length: 5 }, () => timed(work)),
    0.5,
  );
}

function say(
  what: string,
  { ours, peer, named }: { readonly ours: readonly number[]; readonly peer: readonly number[]; readonly named: string },
  limit: number,
): void {
  const [median, high, alone] = [quantile(ours, 0.5), quantile(ours, 0.95), quantile(peer, 0.5)];
  const verdict = median <= limit ? 'within' : 'OVER';
  process.stdout.write(
    `${what}: ${micro(median)} in the median, ${micro(high)} at the 95th percentile, ${(median / alone).toFixed(2)} times ${named} (${micro(alone)}); ${verdict} ${micro(limit)}\n`,
  );
  if (median > limit) process.exitCode = 1;
}

function quantile(times: readonly number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? Number.NaN;
}

function micro(time: number): string {
  return time >= 1_000 ? `${(time / 1_000).toFixed(1)} ms` : `${time.toFixed(0)} µs`;
}
