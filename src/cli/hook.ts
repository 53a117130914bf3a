import type { Command } from 'commander';

import type { CommandContext } from '#cli/command.ts';

/** `fixgate hook`: judges the tools that a host brings itself, which no MCP server sees. */
export function addHookCommand(program: Command, { invocation, setExitCode }: CommandContext): void {
  program
    .command('hook')
    .description("Judge one call of a host's own tools: its JSON on stdin, the verdict in the host's form.")
    .argument('<host>', 'claude (PreToolUse) or architect (pre_tool_use)')
    .option('--incident <id>', 'incident of the calls; default: FIXGATE_INCIDENT, else the one worked on here')
    .option('--policy <file>', 'policy, in place of the one that the configuration names')
    .option('--config <file>', 'configuration; default: fixgate.yaml in the project')
    .option('--server <name>', "name of Fixgate's MCP server in the host, again for more; default: fixgate")
    .action(async () => {
      const { serveHook } = await import('#cli/hook/serve-hook.ts');
      setExitCode(await serveHook(invocation.argv.slice(1), invocation));
    });
}
