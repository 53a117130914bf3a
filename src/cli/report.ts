import { writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Command } from 'commander';
import { Option } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { noIncident } from '#cli/incident.ts';
import { createRuntime } from '#cli/runtime.ts';
import { toMarkdown } from '#report/markdown.ts';
import { toTimelineText } from '#report/timeline.ts';

interface ReportOptions {
  readonly format: 'json' | 'markdown' | 'timeline';
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
      new Option('--format <format>', 'form of the report')
        .choices(['json', 'markdown', 'timeline'])
        .default('markdown'),
    )
    .option('--output <file>', 'write it to a file instead')
    .option('--config <file>', 'configuration')
    .action((id: string, options: ReportOptions) => report(id, options, context));
}

async function report(id: string, options: ReportOptions, { invocation }: CommandContext): Promise<void> {
  await using runtime = createRuntime(invocation, {
    transport: 'stdio',
    configPath: options.config,
    maxUsd: undefined,
    readOnly: false,
  });
  const incident = runtime.store.getIncident(id);
  if (!incident) throw noIncident(id);
  const found = await runtime.reports.of(incident);
  const text =
    options.format === 'json'
      ? JSON.stringify(found, null, 2)
      : options.format === 'markdown'
        ? toMarkdown(found)
        : toTimelineText(found);
  if (options.output === undefined) console.log(text);
  else writeFileSync(path.resolve(invocation.workingDirectory, options.output), `${text}\n`);
}
