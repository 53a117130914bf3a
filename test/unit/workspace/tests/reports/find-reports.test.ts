import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { removeTree } from '#workspace/copy-tree.ts';
import { writeInside } from '#workspace/tests/originals.ts';
import { readRun, removeReportFile } from '#workspace/tests/reports/read.ts';

import { temporaryFolder } from '../../../../support/temporary-repository.ts';

const context = { roots: [], cwd: '.', exists: () => false, read: () => undefined, byName: false };
const pattern = '**/reports/*.xml';
const report = '<testsuites><testsuite name="a"><testcase classname="a" name="works"/></testsuite></testsuites>';

/** Folders in folders, deeper than a path can say. */
function nest(folder: string, name: string): void {
  const script = `fs.mkdirSync(name); process.chdir(name); for (let n = 0; n < 30; n += 1) { fs.mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)); }`;
  execFileSync(process.execPath, ['-e', `const name = ${JSON.stringify(name)}; ${script}`], { cwd: folder });
}

it('believes no reports where a folder cannot be read that may hold others, and names it', async () => {
  await using place = await temporaryFolder();
  const plan = { format: 'junit', reportPath: pattern, cwd: '.' } as const;
  const run = { plan, cwd: place.path, stdout: '' };
  await mkdir(join(place.path, 'reports'));
  await writeFile(join(place.path, 'reports/a.xml'), report);
  expect(await readRun(run, context)).toMatchObject({ ok: true });

  nest(place.path, 'deep');
  const reason = expect.stringMatching(/^the folder "deep\/d{195}", where reports may lie, cannot be read$/);
  expect(await readRun(run, context)).toEqual({ ok: false, reason });

  await removeReportFile(place.path, pattern);
  await removeTree(join(place.path, 'deep'));
  expect(await readRun(run, context)).toEqual({ ok: false, reason: 'the runner wrote no report' });
});

it('removes what a run left in the place of a report or a reporter, however deep it is nested', async () => {
  await using place = await temporaryFolder();
  nest(place.path, 'report.xml');
  await removeReportFile(place.path, 'report.xml');
  nest(place.path, 'reporter.mjs');
  await writeInside(place.path, [{ path: 'reporter.mjs', content: Buffer.from('own'), mode: 0o644 }]);
  expect(await readdir(place.path)).toEqual(['reporter.mjs']);
  expect(await readFile(join(place.path, 'reporter.mjs'), 'utf8')).toBe('own');
});
