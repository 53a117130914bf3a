import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { expect, it } from 'vitest';

import { Report } from '#report/schema.ts';

import { architectReport } from '../support/architect-report.ts';
import { root } from '../support/citations.ts';
import { runGit, temporaryFolder } from '../support/temporary-repository.ts';

const refusals = [
  /DENIED\[protected_files\/config\/production\.\*\]/,
  /DENIED\[max_files\]/,
  /DENIED\[tests_green\]/,
  /DENIED\[blocked_commands\/kubectl apply\]/,
];

it('the demo plays one incident to its pull request and another to its hand-over [house:demo:end-to-end, report:json:architect]', async () => {
  await using folder = await temporaryFolder();
  const demo = spawn(process.execPath, [join(root, 'demo/run.ts'), folder.path], { cwd: root });
  demo.stdin.end();
  const [said, complaints] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, 'close')]);
  expect([demo.exitCode, complaints]).toEqual([0, '']);

  const report = async (id: string) =>
    JSON.parse(await readFile(join(folder.path, `${id}-report.json`), 'utf8')) as Report;
  expect(refusals.filter((refusal) => !refusal.test(said))).toEqual([]);
  expect(said).toMatch(/the tests ran with isolation (?:full|partial|none)/);
  expect(await readFile(join(folder.path, 'policy.yaml'), 'utf8')).toMatch(/^sandbox:\n(?: .*\n)* {2}least: none$/m);
  for (const id of ['PD-4821', 'PD-4822']) {
    expect(architectReport.safeParse(await report(id)).error).toBeUndefined();
    expect(Report.safeParse(await report(id)).error).toBeUndefined();
  }
  expect((await report('PD-4821')).incident).toMatchObject({ state: 'pr_open' });
  expect((await report('PD-4822')).incident).toMatchObject({ state: 'escalated' });
  const pullRequest = await readFile(join(folder.path, 'PD-4821-pull-request.md'), 'utf8');
  // Three releases in folders of their own raise the one error.
  expect(pullRequest.match(/^- `new: .*$/gm)).toEqual([expect.stringContaining('UserService.processQueue src/')]);
  expect(await readFile(join(folder.path, 'PD-4822-remediation.sh'), 'utf8')).toContain('exit 1');
  expect(await readFile(join(folder.path, 'fixgate.log'), 'utf8')).toContain('trace_id');
  expect(runGit(join(folder.path, 'user-service.git'), 'branch', '--list', 'hotfix/*').trim()).toBe('hotfix/PD-4821');
});
