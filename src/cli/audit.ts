import type { Command } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { EXIT_REFUSED, openRuntime } from '#cli/command.ts';

/** `fixgate audit verify`: proves that no record was changed, removed or put in between. */
export function addAuditCommands(program: Command, context: CommandContext): void {
  program
    .command('audit')
    .description('Check the records.')
    .command('verify')
    .description('Recompute the hash chains of all incidents, or of one.')
    .argument('[incident]', 'incident')
    .action((incident: string | undefined) => verify(incident, context));
}

async function verify(incident: string | undefined, context: CommandContext): Promise<void> {
  await using runtime = await openRuntime(context.invocation);
  const verdict = runtime.store.verify(incident);
  if (verdict.ok) {
    console.log(
      `OK: ${verdict.events} events in ${verdict.chains} chain${verdict.chains === 1 ? '' : 's'} are as they were written.`,
    );
    return;
  }
  console.log(`BROKEN: chain ${verdict.chain}, event ${verdict.seq}: ${verdict.reason}`);
  context.setExitCode(EXIT_REFUSED);
}
