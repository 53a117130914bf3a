import path from 'node:path';

import type { Command } from 'commander';
import { Option } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import { isDoubted, noteOfDoubt } from '#cli/doubt.ts';
import { noIncident } from '#cli/no-incident.ts';
import type { ReportFormat } from '#cli/report-forms.ts';
import { formatOf, renderReport, reportFormats, writeWhole } from '#cli/report-forms.ts';
import { toUnanswered } from '#cli/unanswered.ts';
import { HUMAN_LOOK } from '#engine/services/pull-request-fate.ts';
import { toTerminal } from '#report/text.ts';

interface ReportOptions {
  readonly format?: ReportFormat;
  readonly output?: string;
  readonly config?: string;
}

/** `fixgate report`: everything that is known of an incident and of what was done. */
export function addReportCommand(program: Command, context: CommandContext): void {
  program
    .command('report')
    .description('Print the report of an incident.')
    .argument('<incident>', 'incident')
    .addOption(
      new Option(
        '--format <format>',
        'form of the report; default: by the ending of the file (.json, .md, .html for github, .xml for junit, .txt for timeline, .sh for remediation), else markdown',
      ).choices([...reportFormats]),
    )
    .option('-o, --output <file>', 'write it to a file instead; folders above it are made')
    .option('--config <file>', 'configuration')
    .action((id: string, options: ReportOptions) => report(id, options, context));
}

async function report(id: string, options: ReportOptions, { invocation }: CommandContext): Promise<void> {
  await using runtime = await openRuntime(invocation, { configPath: options.config, needsSecrets: false });
  const incident = runtime.store.getIncident(id);
  if (!incident) throw noIncident(id, runtime.stateFolder);
  const unanswered = await runtime.fates.look(incident, HUMAN_LOOK);
  if (unanswered !== undefined) console.error(toUnanswered(unanswered, runtime.redact));
  runtime.tracer.tell(id);
  const found = await runtime.reports.of(incident);
  if (isDoubted(incident, await runtime.word.believed(incident))) console.error(noteOfDoubt([id], runtime));
  const { output } = options;
  const format = options.format ?? formatOf(output ?? '') ?? 'markdown';
  const text = await renderReport(found, format, output);
  // What is piped may be posted where Markdown is rendered.
  const isRead = process.stdout.isTTY && (format === 'markdown' || format === 'postmortem');
  if (output === undefined) console.log((isRead ? toTerminal(text) : text).replace(/\n$/, ''));
  else writeWhole(path.resolve(invocation.workingDirectory, output), text);
}
