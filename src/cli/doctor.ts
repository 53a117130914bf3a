import type { Command } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { EXIT_REFUSED, openRuntime } from '#cli/command.ts';

/** `fixgate doctor --guard`: whether an agent with a shell could undo the guard. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('Say whether the guard is enforced or only advisory, and why. Exit 0: enforced, 1: advisory.')
    .option('--guard', 'the guard; the only check so far')
    .option('--http', 'judge a server that speaks HTTP')
    .option('--config <file>', 'configuration')
    .action(async (options: { readonly config?: string; readonly http?: boolean }) => {
      const transport = options.http ? 'http' : 'stdio';
      await using runtime = await openRuntime(context.invocation, { configPath: options.config, transport });
      const { strength, reasons } = runtime.guard;
      console.log(
        `guard: ${strength}\n${reasons.map((reason) => `- ${reason}`).join('\n')}\napprovals: ${runtime.proof.mode}`,
      );
      context.setExitCode(strength === 'enforced' ? 0 : EXIT_REFUSED);
    });
}
