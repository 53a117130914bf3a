// How long a command takes in each kind of sandbox, as a ratio to running it directly. Usage: node bench/sandbox.ts [runs]
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { createStubJudge } from '#cli/stub-judge.ts';
import { isolations, type Isolation } from '#domain/remediation.ts';
import { findRung } from '#workspace/sandbox-ladder.ts';
import { runCommand } from '#workspace/sandbox.ts';

const runs = Number(process.argv[2] ?? 20);
const tree = await mkdtemp(path.join(tmpdir(), 'sandbox-bench-'));
const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
const judge = createStubJudge(['kubectl apply', 'docker push', 'npm publish', 'terraform apply']);
const execute = promisify(execFile);

await writeFile(path.join(tree, 'package.json'), '{"name":"bench","scripts":{"test":"node --test"}}');
const test = "require('node:test').test('adds', () => { if (1 + 1 !== 2) throw new Error('no'); });";
await writeFile(path.join(tree, 'sum.test.js'), test);

const commands: Readonly<Record<string, readonly [string, ...string[]]>> = {
  true: ['true'],
  'node --test': ['node', '--test'],
  'npm test': ['npm', 'test'],
};

const rungs: (typeof isolations)[number][] = [];
for (const isolation of isolations) if (await findRung(isolation)) rungs.push(isolation);

for (const [name, argv] of Object.entries(commands)) {
  const [file, ...args] = argv;
  const ways: Readonly<Record<string, (run: number) => Promise<unknown>>> = {
    directly: () => execute(file, args, { cwd: tree, env: environment }),
    ...Object.fromEntries(rungs.map((isolation) => [isolation, (run: number) => sandboxed(argv, isolation, run)])),
  };
  const fastest = await race(ways);
  const direct = fastest['directly'] ?? Number.NaN;
  for (const [way, time] of Object.entries(fastest)) {
    say(
      `${name}, ${way}: ${time.toFixed(1)} ms, ${(time / direct).toFixed(2)} times, ${(time - direct).toFixed(1)} ms more`,
    );
  }
}
await rm(tree, { recursive: true, force: true });

async function sandboxed(argv: readonly string[], isolation: Isolation, run: number): Promise<void> {
  const result = await runCommand({
    argv,
    cwd: tree,
    host: environment,
    env: {},
    timeoutMs: 60_000,
    signal: AbortSignal.timeout(60_000),
    label: `bench-${isolation}-${run}-${process.pid}`,
    judge,
    sandbox: { isolation },
  });
  if (result.exitCode !== 0) throw new Error(result.output);
}

/** Milliseconds of the fastest run of each way: what else the machine does only ever adds to a time. The ways take turns. */
async function race(
  ways: Readonly<Record<string, (run: number) => Promise<unknown>>>,
): Promise<Record<string, number>> {
  const fastest: Record<string, number> = {};
  for (let run = 0; run < runs; run += 1) {
    for (const [way, action] of Object.entries(ways)) {
      const startedAt = performance.now();
      await action(run);
      fastest[way] = Math.min(fastest[way] ?? Number.POSITIVE_INFINITY, performance.now() - startedAt);
    }
  }
  return fastest;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
