import { Command, CommanderError } from 'commander';

import { addApprovalCommands } from '#cli/approve.ts';
import { addAuditCommands } from '#cli/audit.ts';
import { addCallCommand } from '#cli/call.ts';
import type { CommandContext } from '#cli/command.ts';
import { EXIT_OK, EXIT_REFUSED, EXIT_USAGE } from '#cli/command.ts';
import { addDoctorCommand } from '#cli/doctor/doctor.ts';
import { addEvidenceCommands } from '#cli/evidence.ts';
import { addHookCommand } from '#cli/hook.ts';
import { addIncidentCommands } from '#cli/incident.ts';
import type { Invocation } from '#cli/invocation.ts';
import { packageVersion } from '#cli/invocation.ts';
import { addJobCommand } from '#cli/job-command.ts';
import { openLastWord } from '#cli/last-word.ts';
import { addPolicyCommands } from '#cli/policy.ts';
import { addReportCommand } from '#cli/report.ts';
import { addServeCommand } from '#cli/serve.ts';
import { addStopCommands } from '#cli/stop.ts';
import { addWaiveCommand } from '#cli/waive.ts';
import { addWorkspaceCommands } from '#cli/workspace.ts';
import { FixgateError, toRefusal } from '#domain/errors.ts';

/** Runs one command line; answers its exit code. Errors go to stderr with the way forward; a stack only where the program itself failed. */
export async function runCli(given: Invocation): Promise<number> {
  using lastWord = openLastWord();
  const invocation: Invocation = { ...given, onSecrets: lastWord.hold };
  let exitCode = EXIT_OK;
  const context: CommandContext = { invocation, setExitCode: (code) => void (exitCode = code) };
  const program = new Command('fixgate')
    .description(
      'The action layer of incident response: from an incident to a small, tested hotfix pull request, inside limits.',
    )
    .version(packageVersion(invocation))
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  addServeCommand(program, context);
  addCallCommand(program, context);
  addIncidentCommands(program, context);
  addReportCommand(program, context);
  addEvidenceCommands(program, context);
  addPolicyCommands(program, context);
  addAuditCommands(program, context);
  addApprovalCommands(program, context);
  addWaiveCommand(program, context);
  addStopCommands(program, context);
  addWorkspaceCommands(program, context);
  addDoctorCommand(program, context);
  addHookCommand(program, context);
  addJobCommand(program, context);
  try {
    await program.parseAsync([...invocation.argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    await lastWord.say(error instanceof FixgateError ? `${error.message}\n${toRefusal(error).fix}` : error);
    if (!(error instanceof FixgateError)) return EXIT_REFUSED;
    return error.code === 'misconfigured' || error.code === 'invalid_input' ? EXIT_USAGE : EXIT_REFUSED;
  }
}
