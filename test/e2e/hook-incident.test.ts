import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { sourceOf } from '#cli/policy-source.ts';
import { systemClock } from '#domain/clock.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';

import { root } from '../support/citations.ts';
import { architect, claude, reasonOf } from '../support/hook-call.ts';
import { fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';
import { runResident } from '../support/resident.ts';
import { runGit } from '../support/temporary-repository.ts';

const id = 'PD-4821';

describe('fixgate hook for an incident', () => {
  it('finds the one that is open in this repository, and writes refusals and edits into its timeline', async () => {
    await using repository = await incidentRepository();
    const { checkout } = repository;
    await repository.open(id, '--severity', 'SEV2');
    await claude(repository, 'Edit', { file_path: path.join(checkout, 'src/queue.js') });
    await claude(repository, 'Edit', { file_path: path.join(checkout, '.env') });
    await architect(repository, 'run_command', { command: 'kubectl apply -f k8s' });
    await claude(repository, 'Read', { file_path: path.join(checkout, 'src/queue.js') });

    const { timeline } = await repository.report(id);
    const events = timeline.map(({ event, actor, summary }) => `${event} ${actor} ${summary.slice(0, 46)}`);
    expect(events.slice(1)).toEqual([
      'call.admitted hook:claude Edit asked to change "src/queue.js", counts as',
      'call.denied hook:claude DENIED[protected_files/*.env*] ".env" may not ',
      'call.denied hook:architect DENIED[blocked_commands/kubectl apply] The com',
    ]);
    expect(await runResident(repository.place, ['audit', 'verify'])).toMatchObject({ exitCode: 0 });
  });

  it('says which files a command writes, redacted, and what counts as an attempt', async () => {
    await using repository = await incidentRepository();
    await repository.open(id, '--severity', 'SEV2');
    const token = `ghp_${'A1b2C3d4E5f6'.repeat(3)}`;
    for (const command of ['npm test > out.log', `npm test > ${token}.log`, 'npm test'])
      expect(reasonOf(await claude(repository, 'Bash', { command }))).toBeUndefined();
    const { timeline } = await repository.report(id);
    const summaries = timeline.filter(({ event }) => event === 'call.admitted').map(({ summary }) => summary);
    expect(summaries).toEqual([
      'Bash was used: writes "out.log", counts as a patch attempt',
      expect.stringMatching(/^Bash was used: writes ".*", counts as a patch attempt$/),
      'Bash was used',
    ]);
    expect(summaries.join()).not.toContain(token);
  });

  it('spends like the nearest tool, and refuses what is used up while the agent may still look [hook:budget:spent]', async () => {
    await using repository = await incidentRepository();
    await repository.open(id, '--severity', 'SEV2');
    const operator = await repository.configure({}, { budget: { patch_attempts: 1, tool_calls: 5 } });
    const words = ['--config', path.join(operator.cwd, 'fixgate.yaml')];
    const file_path = path.join(repository.checkout, 'src/queue.js');
    const edit = () => claude(repository, 'Edit', { file_path }, { words });
    const run = (command: string) => claude(repository, 'Bash', { command }, { words });

    expect(reasonOf(await edit())).toBeUndefined();
    expect(reasonOf(await run('sed -i s/a/b/ src/queue.js'))).toBeUndefined();
    expect(reasonOf(await run('npm test'))).toBeUndefined();
    expect(reasonOf(await edit())).toMatch(/^DENIED\[budget\/patch_attempts\] /);
    expect(reasonOf(await run('sed -i s/a/b/ src/queue.js'))).toMatch(/^DENIED\[budget\/patch_attempts\] /);
    const { budget, timeline } = await repository.report(id);
    expect(budget.used).toMatchObject({ tool_calls: 3, patch_attempts: 1 });
    expect(timeline.filter(({ event }) => event === 'call.admitted').map(({ summary }) => summary)).toEqual([
      'Edit asked to change "src/queue.js", counts as a patch attempt',
      'Bash was used: writes "src/queue.js"',
      'Bash was used',
    ]);

    expect(reasonOf(await run('npm test'))).toBeUndefined();
    expect(reasonOf(await run('npm test'))).toBeUndefined();
    expect(reasonOf(await run('npm test'))).toMatch(/^DENIED\[budget\/tool_calls\] /);
    expect(reasonOf(await run('npm test'))).toMatch(/^DENIED\[incident\/escalated\] /);
    expect(reasonOf(await run('git log -3 && cat src/queue.js'))).toBeUndefined();
    expect(reasonOf(await claude(repository, 'Read', { file_path }, { words }))).toBeUndefined();
  });

  it('hands over after a storm of refusals, and an agent is not rid of it [hook:breakers:bind, hook:incident:kept]', async () => {
    await using repository = await incidentRepository();
    await repository.open(id, '--severity', 'SEV2');
    for (let n = 0; n < 10; n += 1)
      expect(reasonOf(await claude(repository, 'Bash', { command: 'docker push x' }))).toContain('DENIED[blocked_');
    await repository.call('get_incident_logs', { incident_id: 'PD-NEW' });
    const edit = { file_path: path.join(repository.checkout, 'src/queue.js') };
    expect(reasonOf(await claude(repository, 'Edit', edit))).toMatch(
      /^DENIED\[incident\/escalated\] .*10 calls were denied within 10 minutes/,
    );
    await repository.open('PD-2', '--severity', 'SEV3');
    expect(reasonOf(await claude(repository, 'Edit', edit))).toBeUndefined();
  });

  it.each([
    ['SEV1', {}, 'severity/SEV1'],
    ['SEV4', {}, 'severity/SEV4'],
    ['SEV3', { autonomy: { level: 'observer' } }, 'autonomy/observer'],
  ])('leaves a %s under %j to humans and to the tools of the server', async (severity, policy, rule) => {
    await using repository = await incidentRepository();
    await repository.open(id, '--severity', severity);
    const operator = await repository.configure({}, policy);
    const words = ['--config', path.join(operator.cwd, 'fixgate.yaml')];
    const file_path = path.join(repository.checkout, 'src/queue.js');

    expect(reasonOf(await claude(repository, 'Edit', { file_path }, { words }))).toContain(`DENIED[${rule}] `);
    expect(reasonOf(await claude(repository, 'Bash', { command: 'git log' }, { words }))).toBeUndefined();
  });

  it('holds in a clone of the URL that it was opened for, with its severity and its caps [hook:incident:remotes]', async () => {
    await using repository = await incidentRepository();
    const { folder, remote, place } = repository;
    const url = `file://${remote}`;
    const checkout = path.join(folder, 'clone');
    runGit(folder, 'clone', '--quiet', '--template=', url, checkout);
    const open = (incident: string, severity: string) =>
      runResident(place, ['incident', 'open', '--id', incident, '--repo', url, '--severity', severity]);
    const write = async (name: string) => {
      const file_path = path.join(checkout, `src/${name}.js`);
      return reasonOf(await claude({ checkout, place }, 'Write', { file_path, content: '' }));
    };
    expect(await write('queue')).toBeUndefined();

    expect(await open(id, 'SEV2')).toMatchObject({ exitCode: 0 });
    for (const name of ['queue', 'a', 'b']) expect(await write(name)).toBeUndefined();
    expect(await write('c')).toMatch(/^DENIED\[max_files\] /);
    const { budget } = await repository.report(id);
    expect(budget.used).toMatchObject({ tool_calls: 3, patch_attempts: 1 });

    expect(await open('PD-5000', 'SEV1')).toMatchObject({ exitCode: 0 });
    expect(await write('queue')).toMatch(/^DENIED\[severity\/SEV1\] /);
  });

  it('obeys the kill switch, with an incident or without', async () => {
    await using repository = await incidentRepository();
    const { checkout, stateFolder } = repository;
    await mkdir(stateFolder);
    await writeFile(path.join(stateFolder, 'STOP'), '');

    expect(reasonOf(await claude(repository, 'Bash', { command: 'npm test' }))).toMatch(/^DENIED\[kill_switch\] /);
    expect(
      reasonOf(await claude(repository, 'Read', { file_path: path.join(checkout, 'src/queue.js') })),
    ).toBeUndefined();
  });

  it('refuses changes for an incident that was handed over, named or not', async () => {
    await using repository = await incidentRepository();
    await repository.open(id, '--severity', 'SEV2');
    const operator = await repository.configure({}, { budget: { tool_calls: 0 } });
    await repository.call('get_incident_logs', { incident_id: id }, operator);
    const edit = { file_path: path.join(repository.checkout, 'src/queue.js') };

    expect(reasonOf(await claude(repository, 'Edit', edit, { env: { FIXGATE_INCIDENT: id } }))).toMatch(
      /^DENIED\[incident\/escalated\] /,
    );
    expect(reasonOf(await claude(repository, 'Edit', edit))).toMatch(/^DENIED\[incident\/escalated\] /);
  });

  it.each([
    ['by the operator alone', undefined],
    ['tightened by the repository', 'guardrails: { protected_files: ["db/**"] }\n'],
  ])(
    'is not worked on under another policy than its first, %s, until a human resumes it [hook:policy:pinned]',
    async (_, own) => {
      await using repository = await incidentRepository();
      const { checkout, stateFolder, git } = repository;
      if (own !== undefined) {
        await writeFile(path.join(checkout, '.architect.yaml'), own);
        git('add', '.architect.yaml');
        git('commit', '--quiet', '--message', 'Protect the database');
        git('push', '--quiet', 'origin', 'main');
      }
      const first = await repository.configure({}, { approvals: 'advisory' });
      const looser = await repository.configure(
        {},
        { approvals: 'advisory', limits: { max_files: 9, max_lines: 150 } },
      );
      await repository.open(id, '--severity', 'SEV3');
      const words = ({ cwd }: { cwd: string }) => ({ words: ['--config', path.join(cwd, 'fixgate.yaml')] });
      const edit = async (place: { cwd: string }) =>
        reasonOf(await claude(repository, 'Edit', { file_path: path.join(checkout, 'src/queue.js') }, words(place)));
      // The host's own tools bind nobody.
      expect(await edit(looser)).toBeUndefined();
      const patched = await repository.call('apply_patch', { incident_id: id, patch: fixPatch, reason }, first);
      expect(patched).toMatchObject({ exitCode: 0 });
      // By which the hook knows the policy without reading it whole.
      const text = await readFile(path.join(first.cwd, 'policy.yaml'), 'utf8');
      const source = sourceOf({ packageFolder: root }, text, own === undefined ? [] : [own]);
      await using store = createSqliteStore({ folder: stateFolder, clock: systemClock });
      expect(store.timeline(id).findLast(({ data }) => data['policy_source'] !== undefined)?.data).toMatchObject({
        action: 'patch',
        policy_source: source,
      });

      expect(await edit(looser)).toMatch(/^DENIED\[policy\/changed\] PD-4821 is worked on under the policy /);
      expect(reasonOf(await claude(repository, 'Bash', { command: 'npm test' }, words(looser)))).toMatch(
        /^DENIED\[policy\/changed\] /,
      );
      expect(reasonOf(await claude(repository, 'Bash', { command: 'git log' }, words(looser)))).toBeUndefined();
      expect(await edit(first)).toBeUndefined();
      // Other words for the same policy are the same policy.
      await appendFile(path.join(first.cwd, 'policy.yaml'), '# As before.\n');
      expect(await edit(first)).toBeUndefined();

      for (const verb of ['stop', 'resume'])
        await repository.fixgate([verb, id, '--reason', 'The policy was changed on purpose.'], { place: looser });
      expect(await edit(looser)).toBeUndefined();
    },
  );

  it('counts edited files against the cap, never a refused one, however many calls come at once', async () => {
    await using repository = await incidentRepository();
    const { checkout } = repository;
    await repository.open(id, '--severity', 'SEV2');
    const write = (name: string) =>
      claude(repository, 'Write', { file_path: path.join(checkout, `src/${name}.js`), content: '' });

    expect(reasonOf(await write('queue'))).toBeUndefined();
    expect(reasonOf(await write('queue'))).toBeUndefined();
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(write));
    const passed = answers.map(reasonOf).map((reason) => reason === undefined);
    expect(passed.filter(Boolean)).toHaveLength(2);
    const again = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(write));
    expect(again.map(reasonOf).map((reason) => reason === undefined)).toEqual(passed);
    expect(again.map(reasonOf).find((reason) => reason !== undefined)).toMatch(/^DENIED\[max_files\] /);
  });
});
