import type { Command } from 'commander';

import { parseAge } from '#cli/age.ts';
import type { CommandContext } from '#cli/command.ts';
import { cacheFolderOf, stateFolderOf } from '#cli/invocation.ts';
import { systemClock } from '#domain/clock.ts';
import { formatDuration } from '#domain/time.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import type { Pruned } from '#workspace/prune.ts';

interface PruneOptions {
  readonly olderThan: string;
  readonly dryRun?: boolean;
}

/** `fixgate workspace`: what Fixgate keeps of repositories on this computer. */
export function addWorkspaceCommands(program: Command, context: CommandContext): void {
  const workspace = program.command('workspace').description('Look after clones and worktrees.');
  workspace
    .command('prune')
    .description(
      'Remove clones, worktrees and test logs of incidents that ended or are old; never of running ones. The records stay, and what is missed later is made again from them.',
    )
    .option('--older-than <time>', 'time since the last event of an incident that did not end', '14d')
    .option('--dry-run', 'only say what would be removed')
    .action((options: PruneOptions) => pruneNow(options, context));
}

async function pruneNow({ olderThan, dryRun = false }: PruneOptions, { invocation }: CommandContext): Promise<void> {
  const olderThanMs = parseAge(olderThan);
  const stateFolder = stateFolderOf(invocation);
  await using store = createSqliteStore({ folder: stateFolder, clock: systemClock });
  const deps = { stateFolder, cacheFolder: cacheFolderOf(invocation), store, clock: systemClock };
  // It starts git, whose library other commands do without.
  const { prune } = await import('#workspace/prune.ts');
  const { pruned, inUse } = await prune(deps, { olderThanMs, ended: true, dryRun });
  for (const each of pruned) console.log(`${dryRun ? 'would remove' : 'removed'} ${describe(each)}`);
  for (const name of inUse) console.log(`kept ${name}: it is in use`);
  const bytes = pruned.reduce((sum, each) => sum + each.bytes, 0);
  const nothing = `Nothing to remove: no incident ended more than an hour ago or is idle for ${formatDuration(olderThanMs)}.`;
  const verb = dryRun ? 'Would free' : 'Freed';
  console.log(pruned.length === 0 ? nothing : `${verb} ${toMegabytes(bytes)}.`);
}

function describe({ what, of, bytes }: Pruned): string {
  return `${what} of ${of} (${toMegabytes(bytes)})`;
}

function toMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
