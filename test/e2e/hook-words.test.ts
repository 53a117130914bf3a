import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

import { claude, reasonOf } from '../support/hook-call.ts';
import type { IncidentRepository, PolicyChanges } from '../support/incident-repository.ts';
import { incidentRepository } from '../support/incident-repository.ts';
import { hasProgram, missing } from '../support/needs.ts';

const id = 'PD-4821';
const skip = missing('ssh-keygen', hasProgram('ssh-keygen'));

interface Setting {
  readonly words: readonly string[];
  /** Runs a verb of humans, signed by a key. */
  say(key: string, ...args: readonly string[]): ReturnType<IncidentRepository['fixgate']>;
  edit(file?: string): Promise<string | undefined>;
}

/** An operator whose approvers are ada alone, and mallory, who also has a key. */
async function setting(repository: IncidentRepository, policy?: PolicyChanges): Promise<Setting> {
  const key = (name: string) => path.join(repository.folder, name);
  for (const name of ['ada', 'mallory']) await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key(name)]);
  writeFileSync(key('approvers'), `ada@example.com ${readFileSync(key('ada.pub'), 'utf8')}`);
  const place = await repository.configure({ approvers: key('approvers') }, policy);
  const words = ['--config', path.join(place.cwd, 'fixgate.yaml')];
  return {
    words,
    say: (name, ...args) => repository.fixgate([...args, '--reason', 'Seen.', '--key', key(name)], { place }),
    edit: async (file = 'src/queue.js') =>
      reasonOf(await claude(repository, 'Edit', { file_path: path.join(repository.checkout, file) }, { words })),
  };
}

describe.skipIf(skip)(`what humans said, as the hook believes it${skip ? ` (${skip})` : ''}`, () => {
  it('lets the tools of a host work on a SEV1 once a listed key released it [hook:words:released]', async () => {
    await using repository = await incidentRepository();
    const { say, edit } = await setting(repository);
    await repository.open(id, '--severity', 'SEV1');

    expect(await edit()).toMatch(/^DENIED\[severity\/SEV1\] /);
    expect((await say('mallory', 'release', id)).exitCode).toBe(1);
    expect(await edit()).toMatch(/^DENIED\[severity\/SEV1\] /);
    expect((await say('ada', 'release', id)).exitCode).toBe(0);
    expect(await edit()).toBeUndefined();
    expect(await edit('.env')).toMatch(/^DENIED\[protected_files\/\*\.env\*\] /);
  });

  it('believes no release that was given under a configuration of somebody else [human:verbs:own-policy]', async () => {
    await using repository = await incidentRepository();
    const { edit } = await setting(repository);
    const own = await repository.configure({}, { approvals: 'advisory' });
    await repository.open(id, '--severity', 'SEV1');
    for (const verb of [
      ['release', id],
      ['incident', 'confirm', id, '--severity', 'SEV3'],
      ['incident', 'close', id],
    ])
      expect((await repository.fixgate([...verb, '--reason', 'Mine.'], { place: own })).exitCode).toBe(0);

    expect(await edit()).toMatch(/^DENIED\[incident\/escalated\] .*closed without a proof/);
  });

  it('lifts a rule that a listed key waived, and no other [hook:words:waived]', async () => {
    await using repository = await incidentRepository();
    const { say, edit } = await setting(repository, { limits: { max_files: 2, max_lines: 150 } });
    await repository.open(id, '--severity', 'SEV2');
    const waive = (key: string, rule: string) => say(key, 'waive', rule, '--incident', id);

    expect((await waive('mallory', 'protected_files/*.env*')).exitCode).toBe(1);
    expect(await edit('.env')).toMatch(/^DENIED\[protected_files\/\*\.env\*\] /);
    expect((await waive('ada', 'protected_files/*.env*')).exitCode).toBe(0);
    expect(await edit('.env')).toBeUndefined();
    expect(await edit('Dockerfile')).toMatch(/^DENIED\[protected_files\/Dockerfile\*\] /);
    expect(await edit()).toBeUndefined();
    expect(await edit('README.md')).toMatch(/^DENIED\[max_files\] /);
    expect((await waive('ada', 'max_files')).exitCode).toBe(0);
    expect(await edit('README.md')).toBeUndefined();
  });

  it('goes on after a signed resume, with what it grants [hook:words:granted]', async () => {
    await using repository = await incidentRepository();
    const { say, edit } = await setting(repository, { budget: { tool_calls: 1 } });
    await repository.open(id, '--severity', 'SEV2');

    expect(await edit()).toBeUndefined();
    expect(await edit()).toMatch(/^DENIED\[budget\/tool_calls\] /);
    expect(await edit()).toMatch(/^DENIED\[incident\/escalated\] /);
    expect((await say('ada', 'resume', id, '--grant', 'tool_calls=2')).exitCode).toBe(0);
    expect(await edit()).toBeUndefined();
    expect(await edit()).toBeUndefined();
    expect(await edit()).toMatch(/^DENIED\[budget\/tool_calls\] /);
  });

  it('frees a repository when its SEV1 was closed with proof [human:verbs:close]', async () => {
    await using repository = await incidentRepository();
    const { say, edit } = await setting(repository);
    await repository.open('PD-1', '--severity', 'SEV1');
    await repository.open(id, '--severity', 'SEV3');

    expect(await edit()).toMatch(/^DENIED\[breaker\/sev1_active\] /);
    expect((await say('mallory', 'incident', 'close', 'PD-1')).exitCode).toBe(1);
    expect(await edit()).toMatch(/^DENIED\[breaker\/sev1_active\] /);
    expect((await say('ada', 'incident', 'close', 'PD-1', '--resolution', 'false_alarm')).stdout).toContain(
      'PD-1 is closed (false alarm).',
    );
    expect(await edit()).toBeUndefined();
    expect((await say('ada', 'incident', 'close', id)).exitCode).toBe(0);
    expect(await edit()).toBeUndefined();
  });
});

describe('an answer', () => {
  it('is given before the host gives up, whatever hangs [hook:time:limit]', async () => {
    await using repository = await incidentRepository();
    const { checkout, folder, git, place } = repository;
    writeFileSync(path.join(checkout, '.architect.yaml'), 'guardrails: {}\n');
    git('add', '.architect.yaml');
    git('commit', '--quiet', '--message', 'Guard');
    // A reference of such a name is left to git.
    git('update-ref', 'refs/other/guard', 'HEAD');
    git('symbolic-ref', 'HEAD', 'refs/other/guard');
    mkdirSync(path.join(folder, 'bin'));
    writeFileSync(path.join(folder, 'bin/git'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    const started = performance.now();
    await repository.fixgate(['--version']);
    const began = performance.now();
    const startMs = began - started;
    const { exitCode, stderr } = await claude(
      repository,
      'Edit',
      { file_path: path.join(checkout, 'src/queue.js') },
      { env: { PATH: `${path.join(folder, 'bin')}:${place.env['PATH'] ?? ''}` } },
    );

    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^DENIED\[/);
    // A host waits for ten seconds; what a start takes on a busy computer is no part of it.
    expect(performance.now() - began - startMs).toBeLessThan(9_500);
  });
});
