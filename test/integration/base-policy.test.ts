import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';

const id = 'PD-1';
const fix = { incident_id: id, patch: fixPatch, reason, dry_run: true };
const closed = 'guardrails: { protected_files: ["src/**"] }\n';
const open = 'guardrails: { protected_files: ["nothing/**"] }\n';

describe('the .architect.yaml of a repository', () => {
  it('counts for a server as the base commit has it, whatever the checkout or later commits say [gate:policy:architect-repository]', async () => {
    await using repository = await incidentRepository();
    const { checkout, git } = repository;
    const commit = async (text: string) => {
      await writeFile(join(checkout, '.architect.yaml'), text);
      git('add', '--all');
      git('commit', '--quiet', '--message', 'Another policy');
      git('push', '--quiet', 'origin', 'HEAD');
    };
    await commit(closed);
    await repository.open(id, '--severity', 'SEV3');
    const denied = { exitCode: 1, answer: { rule_ids: ['protected_files/src/**'] } };
    expect(await repository.call('apply_patch', fix)).toMatchObject(denied);
    await writeFile(join(checkout, '.architect.yaml'), open);
    expect(await repository.call('apply_patch', fix)).toMatchObject(denied);
    await commit(open);
    expect(await repository.call('apply_patch', fix)).toMatchObject(denied);
    git('rm', '--quiet', '.architect.yaml');
    git('commit', '--quiet', '--message', 'No policy');
    git('push', '--quiet', 'origin', 'HEAD');
    expect(await repository.call('apply_patch', fix)).toMatchObject(denied);
  });

  it('is nothing while it is not committed, and no patch changes or adds it [gate:files:built-in]', async () => {
    await using repository = await incidentRepository();
    await writeFile(join(repository.checkout, '.architect.yaml'), closed);
    await repository.open(id, '--severity', 'SEV3');
    expect(await repository.call('apply_patch', fix)).toMatchObject({ exitCode: 0 });
    const own = `--- /dev/null\n+++ b/.architect.yaml\n@@ -0,0 +1 @@\n+${open}`;
    expect(await repository.call('apply_patch', { ...fix, patch: own })).toMatchObject({
      answer: { rule_ids: ['built_in_files/agent-configuration'] },
    });
  });

  it('switches off no built-in protection, and neither does a policy of the operator [gate:files:built-in]', async () => {
    await using repository = await incidentRepository();
    const { checkout, git } = repository;
    await writeFile(join(checkout, '.architect.yaml'), 'guardrails: { enabled: false, protected_files: [] }\n');
    await appendFile(join(checkout, '.gitignore'), 'node_modules/\n');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'Nothing is protected');
    const allow = ['.npmrc', '.git/**', '.architect.yaml', '.mcp.json'].map((glob) => ({ glob, effect: 'allow' }));
    const examples = { refused: {}, allowed: {} };
    const place = await repository.configure({}, { protected_files: allow, examples });
    await repository.open(id, '--severity', 'SEV3');
    for (const at of [repository.place, place])
      for (const file of ['.npmrc', '.git/hooks/pre-push', '.mcp.json', '.claude/settings.json']) {
        const patch = `--- /dev/null\n+++ b/${file}\n@@ -0,0 +1 @@\n+x\n`;
        const { answer } = await repository.step('apply_patch', { ...fix, patch }, at);
        expect([file, answer['code'], answer['rule_ids']]).toEqual([
          file,
          'policy_denied',
          [expect.stringMatching(/^built_in_files\//)],
        ]);
      }
  });
});
