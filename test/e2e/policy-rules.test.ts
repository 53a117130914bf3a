import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';

const id = { incident_id: 'PD-1' };
const fix = { ...id, patch: fixPatch, reason };
const draft = { ...id, draft: true };
const anySandbox = { sandbox: { least: 'none' as const } };
const named = ['--severity', 'SEV2', '--rca', 'Finished jobs are kept in src/queue.js.'];

describe.concurrent('rules of the policy, from the shell', () => {
  it('hold a pull request back until the quality gate is green on its tree [gate:policy:quality-gates]', async () => {
    await using repository = await incidentRepository();
    const gate = { name: 'no-todo', argv: ['grep', '-c', 'class OrderQueue', 'src/queue.js'], timeout_s: 60 };
    const at = await repository.configure({}, { ...anySandbox, quality_gates: [gate] });
    await repository.open('PD-1', ...named);
    expect(await repository.step('apply_patch', fix, at)).toMatchObject({ exitCode: 0 });
    expect(await repository.step('run_tests', id, at)).toMatchObject({ answer: { suite: 'test', verdict: 'pass' } });

    const refused = await repository.call('open_pr', draft, at);
    expect(refused.answer).toMatchObject({ rule_ids: expect.arrayContaining(['tests_green']) });
    expect(JSON.stringify(refused.answer)).toContain('gate/no-todo');

    const part = { ...id, suite: 'gate/no-todo', scope: 'files', files: ['test/queue.test.js'], name_pattern: 'x' };
    expect(await repository.call('run_tests', part, at)).toMatchObject({
      answer: { suite: 'gate/no-todo', verdict: 'pass', selection: 'the whole suite, as asked' },
    });
    expect(await repository.call('open_pr', draft, at)).toMatchObject({ exitCode: 0, answer: { created: true } });
  });

  it('let hooks hear what happened, and hand over when one that blocks fails [gate:policy:hooks]', async () => {
    await using repository = await incidentRepository();
    const hooks = [
      { on: 'incident_opened', argv: ['grep', '-q', '"event":"incident_opened"'] },
      { on: 'patch_applied', argv: ['false'], on_error: 'block' },
    ];
    const at = await repository.configure({}, { ...anySandbox, hooks });
    await repository.open('PD-1', ...named);
    await repository.call('apply_patch', fix, at);
    expect(await repository.call('run_tests', id, at)).toMatchObject({
      exitCode: 1,
      answer: { rule_ids: ['incident/escalated'] },
    });
    const printed = JSON.stringify(await repository.report('PD-1'));
    expect(printed).toMatch(/Hook of incident_opened ran/);
    expect(printed).toMatch(/Hook of patch_applied failed: false \(exit code 1\)/);
  });

  it('can be waived one by one, by a human [gate:policy:waivers]', async () => {
    await using repository = await incidentRepository();
    const examples = { refused: {}, allowed: {} };
    const changes = { ...anySandbox, approvals: 'advisory', protected_files: ['src/**'], examples };
    const at = await repository.configure({}, changes);
    await repository.open('PD-1', ...named);
    expect(await repository.call('apply_patch', fix, at)).toMatchObject({
      answer: { rule_ids: ['protected_files/src/**'] },
    });

    const waive = (rule: string) =>
      repository.fixgate(['waive', rule, '--incident', 'PD-1', '--reason', 'it is the leak'], { place: at });
    expect(await waive('tests_green')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/cannot be waived/),
    });
    expect(await waive('protected_files/src/**')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/is waived for PD-1 until/),
    });
    expect(await repository.call('apply_patch', fix, at)).toMatchObject({ exitCode: 0 });
  });

  it('let only files change that the root-cause analysis names [gate:policy:file-scope]', async () => {
    await using repository = await incidentRepository();
    const at = await repository.configure({}, { ...anySandbox, file_scope: 'rca_files' });
    await repository.open('PD-1', '--severity', 'SEV2', '--rca', 'README.md is wrong.');
    expect(await repository.call('apply_patch', fix, at)).toMatchObject({ answer: { rule_ids: ['file_scope'] } });
  });

  it('ask a human before a push that starts a workflow with secrets [gate:policy:triggers]', async () => {
    await using repository = await incidentRepository();
    await mkdir(join(repository.checkout, '.github/workflows'), { recursive: true });
    const workflow = 'on: push\njobs: { ship: { steps: [{ run: make, env: { T: "${{ secrets.T }}" } }] } }\n';
    await writeFile(join(repository.checkout, '.github/workflows/ci.yml'), workflow);
    await writeFile(join(repository.checkout, 'Jenkinsfile'), 'node {}\n');
    repository.git('add', '--all');
    repository.git('commit', '--quiet', '--message', 'Check every push');
    repository.git('push', '--quiet', 'origin', 'main');
    const at = await repository.configure({}, anySandbox);
    await repository.open('PD-1', ...named);
    await repository.step('apply_patch', fix, at);
    await repository.step('run_tests', id, at);
    const asked = await repository.call('open_pr', draft, at);
    expect(asked).toMatchObject({
      exitCode: 2,
      answer: { code: 'approval_required', rule_ids: ['branches/triggers_workflow'] },
    });
  });

  it('come from every file that the policy extends [gate:policy:extends]', async () => {
    await using repository = await incidentRepository();
    const at = await repository.configure({ policy: './team.yaml' }, anySandbox);
    await writeFile(
      join(at.cwd, 'team.yaml'),
      'version: 1\nname: team\nextends: [policy.yaml]\nprotected_files: ["src/**"]\n',
    );
    await repository.open('PD-1', ...named);
    expect(await repository.call('apply_patch', fix, at)).toMatchObject({
      answer: { rule_ids: ['protected_files/src/**'] },
    });

    await writeFile(
      join(at.cwd, 'team.yaml'),
      'version: 1\nname: team\nextends: [policy.yaml]\nlimits: { max_files: 99 }\n',
    );
    const broken = await repository.fixgate(['call', 'get_incident', '--json', JSON.stringify(id)], { place: at });
    expect(broken).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/limits\.max_files: 99 is looser than 3/),
    });
  });
}, 120_000);
