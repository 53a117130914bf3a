import { readFileSync } from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

import { policyJsonSchema } from '#policy/schema.ts';
import { Report } from '#report/schema.ts';

import { classesTable } from './classes-table.ts';
import { configurationTable, providerTables } from './configuration-tables.ts';
import { errorsPage } from './errors-page.ts';
import { replaceSection } from './markdown.ts';
import { requirementsPage } from './requirements-page.ts';
import { toolsTable } from './tools-table.ts';

/** A file that is generated, as a whole or in marked sections. */
export interface GeneratedFile {
  /** From the repository root. */
  readonly path: string;
  readonly text: string;
}

/** Every generated file as it should be. */
export function generateFiles(root: string): readonly GeneratedFile[] {
  const page = (file: string) => readFileSync(path.join(root, file), 'utf8');
  const configuration = replaceSection(page('docs/configuration.md'), 'keys', configurationTable());
  return [
    { path: 'README.md', text: replaceSection(page('README.md'), 'tools', toolsTable()) },
    { path: 'docs/errors.md', text: errorsPage() },
    { path: 'docs/configuration.md', text: replaceSection(configuration, 'providers', providerTables()) },
    { path: 'docs/policy.md', text: replaceSection(page('docs/policy.md'), 'classes', classesTable()) },
    { path: 'docs/requirements.md', text: requirementsPage() },
    { path: 'ops/report.schema.json', text: `${JSON.stringify(reportJsonSchema(), null, 2)}\n` },
    { path: 'policies/policy.schema.json', text: `${JSON.stringify(policyJsonSchema(), null, 2)}\n` },
  ];
}

/** The report of an incident, for programs that read it. Later versions may add keys; those that stand here stay. */
export function reportJsonSchema(): object {
  return { title: 'Fixgate report', ...z.toJSONSchema(Report) };
}
