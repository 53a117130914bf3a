import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { removeTree } from '#workspace/copy-tree.ts';
import { readRun, removeReportFile } from '#workspace/tests/reports/read.ts';

import { temporaryFolder } from '../../../../support/temporary-repository.ts';

const context = { roots: [], cwd: '.', exists: () => false, read: () => undefined, byName: false };
const pattern = '**/reports/*.xml';
const report = '<testsuites><testsuite name="a"><testcase classname="a" name="works"/></testsuite></testsuites>';

it('believes no reports where a folder cannot be read that may hold others, and names it', async () => {
  await using place = await temporaryFolder();
  const plan = { format: 'junit', reportPath: pattern, cwd: '.' } as const;
  const run = { plan, cwd: place.path, stdout: '' };
  await mkdir(join(place.path, 'reports'));
  await writeFile(join(place.path, 'reports/a.xml'), report);
  expect(await readRun(run, context)).toMatchObject({ ok: true });

  const nest = "for (let n = 0; n < 30; n += 1) { fs.mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)); }";
  execFileSync(process.execPath, ['-e', nest], { cwd: place.path });
  const reason = `the folder "${'d'.repeat(200)}", where reports may lie, cannot be read`;
  expect(await readRun(run, context)).toEqual({ ok: false, reason });

  await removeReportFile(place.path, pattern);
  await removeTree(join(place.path, 'd'.repeat(200)));
  expect(await readRun(run, context)).toEqual({ ok: false, reason: 'the runner wrote no report' });
});
