import { writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Command } from 'commander';
import { Option } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import { noIncident } from '#cli/no-incident.ts';
import type { Report } from '#report/schema.ts';

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
  await using runtime = await openRuntime(invocation, { configPath: options.config });
  const incident = runtime.store.getIncident(id);
  if (!incident) throw noIncident(id);
  const found = await runtime.reports.of(incident);
  const text = await render(found, options.format);
  if (options.output === undefined) console.log(text);
  else writeFileSync(path.resolve(invocation.workingDirectory, options.output), `${text}\n`);
}

async function render(report: Report, format: ReportOptions['format']): Promise<string> {
  switch (format) {
    case 'json':
      return JSON.stringify(report, null, 2);
    case 'markdown':
      return (await import('#report/markdown.ts')).toMarkdown(report);
    case 'timeline':
      return (await import('#report/timeline.ts')).toTimelineText(report);
  }
}
