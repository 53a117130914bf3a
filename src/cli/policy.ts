import type { Command } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import type { ExplainOptions } from '#cli/policy/explain.ts';
import type { TestOptions } from '#cli/policy/test.ts';

/** `fixgate policy check|explain|test`: tools for the people who write policies; nothing is changed by any of them. */
export function addPolicyCommands(program: Command, context: CommandContext): void {
  const policy = program.command('policy').description('Check, explain and test a policy.');
  policy
    .command('check')
    .description(
      'Load a policy with all its examples and say what it does not cover. Exit 0: it loads, 3: it does not.',
    )
    .argument('<file>', 'a policy file, or an .architect.yaml')
    .option('--repo <folder>', 'repository whose files the globs are tried on')
    .action(async (file: string, options: { readonly repo?: string }) => {
      const { checkPolicy } = await import('#cli/policy/check.ts');
      await checkPolicy(file, options, context);
    });
  policy
    .command('explain')
    .description('Say which rules match a command, path or patch, and the verdict.')
    .option('--command <text>', 'shell text')
    .option('--path <path>', 'path from the repository root')
    .option('--patch <file>', 'patch of any accepted form; - for standard input')
    .option('--policy <file>', 'policy; default: the shipped one')
    .option('--repo <folder>', 'repository; default: the one around the working directory')
    .option('--json', 'as JSON')
    .action(async (options: ExplainOptions) => {
      const { explainPolicy } = await import('#cli/policy/explain.ts');
      await explainPolicy(options, context);
    });
  policy
    .command('test')
    .description('Decide the rows of a corpus. Exit 0: all as they must be, 1: some are not, 3: usage.')
    .requiredOption('--corpus <file>', 'JSON list of commands, paths and patches with their verdicts')
    .option('--policy <file>', 'policy; default: the shipped one')
    .option('--json', 'as JSON')
    .option('--execute', 'run the rows whose danger only execution shows, where a sandbox exists')
    .action(async (options: TestOptions) => {
      const { testPolicy } = await import('#cli/policy/test.ts');
      await testPolicy(options, context);
    });
}
