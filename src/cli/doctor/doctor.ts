import type { Command } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { EXIT_REFUSED, openRuntime } from '#cli/command.ts';
import { doctorGuard } from '#cli/doctor/guard.ts';
import type { Finding } from '#cli/doctor/run-checks.ts';
import { countOf } from '#domain/count-of.ts';

interface DoctorOptions {
  readonly guard?: boolean;
  readonly http?: boolean;
  readonly json?: boolean;
  readonly config?: string;
}

/** `fixgate doctor`: whether everything that an incident will need works, before there is one. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description(
      'Check the configuration, every source, git, the sandbox, the state and the clock, each with its cheapest call. Exit 0: all works, 1: something does not.',
    )
    .option('--guard', 'only whether an agent with a shell could undo the guard. Exit 0: enforced, 1: advisory')
    .option('--http', 'judge the guard of a server that speaks HTTP')
    .option('--json', 'findings as JSON')
    .option('--config <file>', 'configuration')
    .action((options: DoctorOptions) => doctor(options, context));
}

async function doctor({ guard, http = false, json, config }: DoctorOptions, context: CommandContext): Promise<void> {
  const transport = http ? 'http' : 'stdio';
  await using runtime = await openRuntime(context.invocation, { configPath: config, transport });
  if (guard) {
    await doctorGuard(runtime, { http }, context);
    return;
  }
  const { createChecks } = await import('#cli/doctor/checks.ts');
  const { runChecks } = await import('#cli/doctor/run-checks.ts');
  const findings: Finding[] = [];
  for await (const finding of runChecks(createChecks(runtime, context.invocation), runtime.redact)) {
    findings.push(finding);
    if (!json) console.log(describe(finding));
  }
  const failed = findings.filter(({ status }) => status === 'failed').length;
  if (json) console.log(JSON.stringify({ ok: failed === 0, findings }, null, 2));
  else console.log(conclude(findings));
  if (failed > 0) context.setExitCode(EXIT_REFUSED);
}

const words: Readonly<Record<Finding['status'], string>> = {
  ok: 'ok      ',
  warning: 'warning ',
  failed: 'FAILED  ',
  skipped: 'skipped ',
};

/** Warnings are no failures: what they tell of may never be asked for. */
function conclude(findings: readonly Finding[]): string {
  const [failed, warned] = (['failed', 'warning'] as const).map(
    (wanted) => findings.filter(({ status }) => status === wanted).length,
  );
  const warnings = warned ? ` ${countOf(warned, 'warning')}: see above.` : '';
  return `${failed ? `${failed} of ${findings.length} ${failed === 1 ? 'does' : 'do'} not work.` : 'Everything that was checked works.'}${warnings}`;
}

function describe({ check, status, detail, fix }: Finding): string {
  return [`${words[status]}${check}: ${detail}`, ...(fix === undefined ? [] : [`  next: ${fix}`])].join('\n');
}
