import { accessSync, constants } from 'node:fs';
import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import type { RowTree } from '#cli/policy/row-tree.ts';
import { buildRowTree } from '#cli/policy/row-tree.ts';
import { createStubJudge } from '#cli/stub-judge.ts';
import { compileEntries } from '#policy/command/entry.ts';
import type { CommandRow } from '#policy/corpus.ts';
import type { Policy } from '#policy/schema.ts';
import type { Git } from '#workspace/git.ts';
import type { CommandJudge } from '#workspace/sandbox-judge.ts';
import { probeIsolation } from '#workspace/sandbox-ladder.ts';
import { runCommand } from '#workspace/sandbox.ts';

/** Milliseconds that one row may run: compilers are slow when they start. */
const ROW_TIMEOUT_MS = 60_000;

/** What happened when a row was executed. */
export interface Execution {
  readonly id: string;
  /**
   * `stopped`: it reached a blocked program and was refused there. `passed`: a blocked call reached the program itself.
   * `not_reached`: it ended before, which proves nothing.
   */
  readonly outcome: 'stopped' | 'passed' | 'not_reached';
  /** Blocked calls that were refused, or that were not. */
  readonly calls: readonly string[];
  readonly exitCode: number | null;
  /** The end of its output, for a row that reached nothing. */
  readonly output: string;
}

interface ExecuteDeps {
  readonly policy: Policy;
  readonly git: Git;
  readonly folder: string;
  readonly environment: Invocation['environment'];
}

/** Runs rows in a sandbox that no effect can leave; undefined where this machine has none. */
export async function executeRows(
  rows: readonly CommandRow[],
  deps: ExecuteDeps,
): Promise<readonly Execution[] | undefined> {
  if ((await probeIsolation()) !== 'full') return undefined;
  const executions: Execution[] = [];
  for (const [index, row] of rows.entries()) executions.push(await executeRow(row, index, deps));
  return executions;
}

async function executeRow(row: CommandRow, index: number, deps: ExecuteDeps): Promise<Execution> {
  const { policy, git, environment } = deps;
  const judge = createStubJudge(policy.blocked_commands);
  const folder = path.join(deps.folder, `exec-${index}`);
  const tree = await buildRowTree(row, folder, { git, programs: missingPrograms(policy, environment) });
  const result = await runCommand({
    argv: ['bash', '-c', row.command],
    cwd: tree.folder,
    host: environment,
    env: tree.env,
    timeoutMs: ROW_TIMEOUT_MS,
    signal: new AbortController().signal,
    label: `corpus-${process.pid}-${index}`,
    binFolders: [tree.binFolder],
    judge,
    sandbox: { isolation: 'full' },
  });
  const refused = result.blocked.map(({ call }) => call);
  const passed = passedCalls(tree, judge);
  const outcome = passed.length > 0 ? 'passed' : refused.length > 0 ? 'stopped' : 'not_reached';
  const calls = passed.length > 0 ? passed : refused;
  return { id: row.id, outcome, calls, exitCode: result.exitCode, output: result.output.trimEnd().slice(-300) };
}

/** Programs of the policy's blocked commands that no folder of PATH holds. */
function missingPrograms(
  { blocked_commands: entries }: Policy,
  { PATH = '' }: Invocation['environment'],
): readonly string[] {
  const named = compileEntries(entries).flatMap(({ patterns }) => patterns.slice(0, 1).map(({ program }) => program));
  const isThere = (program: string) =>
    PATH.split(path.delimiter).some((folder) => isExecutable(path.join(folder, program)));
  return [...new Set(named)].filter((program) => /^[\w.-]+$/.test(program) && !isThere(program));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // It is not there, or is no program.
    return false;
  }
}

function passedCalls(tree: RowTree, judge: CommandJudge): readonly string[] {
  return tree
    .calls()
    .filter((argv) => judge.findBlocked(argv) !== undefined)
    .map((argv) => argv.join(' '));
}
