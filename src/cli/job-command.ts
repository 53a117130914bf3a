import type { Command } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { endWithoutAnswer } from '#cli/stderr.ts';

/** `fixgate job`: executes one admitted test run; started by the server, of no use to people. */
export function addJobCommand(program: Command, { invocation }: CommandContext): void {
  program
    .command('job', { hidden: true })
    .argument('<id>')
    .option('--overlay', 'this process was started where it may mount')
    .action(async (id: string, { overlay = false }: { readonly overlay?: boolean }) => {
      const { executeJob } = await import('#cli/execute-job.ts');
      // Only after everything that the job holds is put away.
      if (await executeJob(id, overlay, invocation)) endWithoutAnswer();
    });
}
