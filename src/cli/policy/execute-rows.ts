import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import { buildRowRepository, rowFile } from '#cli/policy/row-repository.ts';
import { createStubJudge } from '#cli/stub-judge.ts';
import type { CommandRow } from '#policy/corpus.ts';
import type { Policy } from '#policy/schema.ts';
import type { Git } from '#workspace/git.ts';
import { probeIsolation } from '#workspace/sandbox-ladder.ts';
import { runCommand } from '#workspace/sandbox.ts';

/** Milliseconds that one row may run. */
const ROW_TIMEOUT_MS = 10_000;

/** What happened when a row was executed. */
export interface Execution {
  readonly id: string;
  /** Blocked calls that were refused in the sandbox; none when the row reached no blocked program there. */
  readonly refused: readonly string[];
  readonly exitCode: number | null;
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
  const tree = path.join(deps.folder, `exec-${index}`);
  await buildRowRepository(deps.git, tree);
  for (const [name, content] of Object.entries(row.setup?.files ?? {})) writeRowFile(tree, name, content);
  const result = await runCommand({
    argv: ['bash', '-c', row.command],
    cwd: tree,
    host: deps.environment,
    env: {
      GIT_AUTHOR_NAME: 'row',
      GIT_AUTHOR_EMAIL: 'row@localhost',
      GIT_COMMITTER_NAME: 'row',
      GIT_COMMITTER_EMAIL: 'row@localhost',
    },
    timeoutMs: ROW_TIMEOUT_MS,
    signal: new AbortController().signal,
    label: `corpus-${process.pid}-${index}`,
    binFolders: [path.join(tree, 'bin')],
    judge: createStubJudge(deps.policy.blocked_commands),
    sandbox: { isolation: 'full' },
  });
  return { id: row.id, refused: result.blocked.map(({ call }) => call), exitCode: result.exitCode };
}

/** Files with an interpreter line are programs and hooks. */
function writeRowFile(tree: string, name: string, content: string): void {
  const file = rowFile(tree, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (content.startsWith('#!')) chmodSync(file, 0o755);
}
