import { readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { formatOf, renderReport, reportFormats, writeWhole } from '#cli/report-forms.ts';
import { toReport } from '#report/json.ts';

import { temporaryFolder } from '../../support/temporary-repository.ts';
import { evidence } from '../report/evidence-records.ts';
import { escalatedInput, reportInput } from '../report/records.ts';

it.each([
  ['PD-1.json', 'json'],
  ['PD-1.MD', 'markdown'],
  ['out/PD-1.html', 'github'],
  ['junit.xml', 'junit'],
  ['timeline.txt', 'timeline'],
  ['remediation.sh', 'remediation'],
  ['report', undefined],
  ['', undefined],
])('the file %s asks for the form %s [cli:report:ending]', (file, format) => {
  expect(formatOf(file)).toBe(format);
});

it('every form holds the trace id and ends with one newline [report:trace:everywhere]', async () => {
  const report = toReport(escalatedInput({ evidence }));
  for (const format of reportFormats) {
    const text = await renderReport(report, format);
    expect.soft(text, format).toContain(report.trace.trace_id);
    expect.soft(text, format).toMatch(/[^\n]\n$/);
  }
});

it('a post-mortem for a file that ends in .json is its facts', async () => {
  const text = await renderReport(toReport(reportInput()), 'postmortem', 'PD-1.json');
  expect(JSON.parse(text)).toMatchObject({ title: 'Postmortem: UserService.processQueue() leaks memory' });
});

it('nothing is drafted for an incident that is not handed over, whether or not it was before [report:remediation:now]', async () => {
  await expect(renderReport(toReport(reportInput()), 'remediation')).rejects.toThrow('INC-1 is not handed over now');
});

it('files are written whole, with the folders above them, readable and never executable [cli:report:file]', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'a/b/report.md');
  writeWhole(file, 'one\n');
  writeWhole(file, 'two\n');
  expect(readFileSync(file, 'utf8')).toBe('two\n');
  expect(statSync(file).mode & 0o777).toBe(0o644);
  expect(readdirSync(join(folder.path, 'a/b'))).toEqual(['report.md']);
});

it('a link in the place of the file is replaced, not followed', async () => {
  await using folder = await temporaryFolder();
  const [target, link] = [join(folder.path, 'target'), join(folder.path, 'report.md')];
  writeFileSync(target, 'mine');
  symlinkSync(target, link);
  writeWhole(link, 'report\n');
  expect(readFileSync(target, 'utf8')).toBe('mine');
});

it('what cannot be written leaves nothing behind', async () => {
  await using folder = await temporaryFolder();
  expect(() => writeWhole(folder.path, 'x')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
  expect(
    readdirSync(join(folder.path, '..')).filter(
      (name) => name.endsWith('.tmp') && name.includes(folder.path.split('/').at(-1) ?? ''),
    ),
  ).toEqual([]);
});
