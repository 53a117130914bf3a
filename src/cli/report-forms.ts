import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { Report } from '#report/schema.ts';

/** The forms of a report. */
export const reportFormats = [
  'json',
  'markdown',
  'github',
  'junit',
  'postmortem',
  'slack',
  'timeline',
  'remediation',
] as const;

/** One of the forms. */
export type ReportFormat = (typeof reportFormats)[number];

const BY_ENDING: Readonly<Record<string, ReportFormat>> = {
  '.json': 'json',
  '.md': 'markdown',
  '.markdown': 'markdown',
  // What is pasted where HTML is read; as architect has it.
  '.html': 'github',
  '.xml': 'junit',
  '.txt': 'timeline',
  '.sh': 'remediation',
};

/** The form that a file's name asks for; undefined when it says nothing. */
export function formatOf(file: string): ReportFormat | undefined {
  return BY_ENDING[path.extname(file).toLowerCase()];
}

/** A report in one of its forms, ending with a newline; a post-mortem for a file that ends in `.json` as its facts. */
export async function renderReport(report: Report, format: ReportFormat, file = ''): Promise<string> {
  switch (format) {
    case 'json':
      return toJson(report);
    case 'markdown':
      return (await import('#report/markdown.ts')).toMarkdown(report);
    case 'github':
      return (await import('#report/markdown.ts')).toGithub(report);
    case 'junit':
      return (await import('#report/junit.ts')).toJunit(report);
    case 'postmortem':
      if (formatOf(file) === 'json') return toJson((await import('#report/postmortem.ts')).toPostmortem(report));
      return (await import('#report/postmortem-markdown.ts')).toPostmortemMarkdown(report);
    case 'slack':
      return toJson((await import('#report/slack.ts')).toSlackMessage(report));
    case 'timeline':
      return (await import('#report/timeline.ts')).toTimelineText(report);
    case 'remediation':
      return (await import('#report/remediation.ts')).toRemediation(report) ?? refuseDraft(report);
  }
}

/** Writes a whole file or nothing, readable by all and never executable; folders above it are made. */
export function writeWhole(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o644 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function refuseDraft({ incident }: Report): never {
  throw new FixgateError('conflict', `${incident.id} is not handed over now, so that nothing is drafted for it.`, {
    fix: `Read what is suggested with \`fixgate report ${incident.id}\`.`,
  });
}
