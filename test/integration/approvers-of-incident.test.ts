import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { hasProgram, missing } from '../support/needs.ts';
import { runFixgate } from '../support/server-process.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { gitEnvironment, temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

const skip = missing('ssh-keygen', hasProgram('ssh-keygen'));
const script = '--- /dev/null\n+++ b/restart.sh\n@@ -0,0 +1 @@\n+kill -HUP 1\n';

let folder: TemporaryFolder;
let repository: TemporaryRepository;
const at = (name: string) => join(folder.path, name);

beforeEach(async () => {
  folder = await temporaryFolder();
  repository = await temporaryRepository({ 'src/a.js': 'let leak = true;\n' });
  if (skip) return;
  for (const name of ['ada', 'bob', 'mallory'])
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  list('approvers', 'ada');
  writeFileSync(at('fixgate.yaml'), 'version: 1\napprovers: ./approvers\n');
});
afterEach(async () => {
  await repository[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Writes a file of approvers. */
function list(file: string, ...names: readonly string[]): void {
  writeFileSync(
    at(file),
    names.map((name) => `${name}@example.com ${readFileSync(at(`${name}.pub`), 'utf8')}`).join(''),
  );
}

async function fixgate(args: readonly string[]) {
  const env = { ...gitEnvironment, FIXGATE_STATE_DIR: at('state'), HOME: folder.path };
  return await runFixgate({ cwd: folder.path, env }, args);
}

const open = (...more: readonly string[]) =>
  fixgate(['incident', 'open', '--id', 'PD-1', '--repo', repository.path, '--severity', 'SEV3', ...more]);
const as = (name: string) => ['--reason', 'Seen and understood.', '--key', at(name)];

async function patch(...config: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const args = { incident_id: 'PD-1', patch: script, reason: 'restart it by hand' };
  return JSON.parse((await fixgate(['call', 'apply_patch', ...config, '--json', JSON.stringify(args)])).stdout);
}

async function ask(...config: readonly string[]): Promise<string> {
  const answer = await patch(...config);
  expect(answer).toMatchObject({ code: 'approval_required' });
  return (answer['evidence'] as { approval_id: string }).approval_id;
}

const notThen = { exitCode: 1, stderr: expect.stringContaining('and not as it did where PD-1 began') };

describe.skipIf(skip)(`the approvers of an incident${skip ? ` (${skip})` : ''}`, () => {
  it.each([
    ['alone', ['mallory']],
    ['beside the operator’s', ['ada', 'mallory']],
  ])(
    'are not whom an agent lists %s in a configuration of its own with the same policy [human:proof:bound]',
    async (_, names) => {
      await open();
      list('others', ...names);
      writeFileSync(at('own.yaml'), 'version: 1\napprovers: ./others\n');
      const own = ['--config', at('own.yaml')];
      const id = await ask(...own);
      expect(await fixgate(['approve', id, ...as('mallory'), ...own])).toMatchObject(notThen);
      expect(await patch(...own)).toMatchObject({ code: 'approval_required' });
      for (const words of [
        ['release', 'PD-1'],
        ['waive', 'max_lines', '--incident', 'PD-1'],
        ['incident', 'close', 'PD-1'],
        ['incident', 'confirm', 'PD-1', '--severity', 'SEV3'],
        ['resume', 'PD-1', '--grant', 'tool_calls=5'],
      ])
        expect(await fixgate([...words, ...as('mallory'), ...own])).toMatchObject(notThen);
      // Whom the operator lists decides, under whichever of the two.
      const again = await ask();
      expect(await fixgate(['approve', again, ...as('ada')])).toMatchObject({ exitCode: 0 });
      expect(await patch()).toMatchObject({ applied: true });
    },
  );

  it('grow by a resumption that one of them signed, and by nothing else [human:proof:bound]', async () => {
    await open('--key', at('ada'));
    list('approvers', 'ada', 'bob');
    const id = await ask();
    const refused = await fixgate(['approve', id, ...as('bob')]);
    expect(refused).toMatchObject(notThen);
    expect(refused.stderr).toContain('`fixgate stop PD-1` and `fixgate resume PD-1 --reason "…" --key FILE`');
    await fixgate(['stop', 'PD-1']);
    expect(await fixgate(['resume', 'PD-1', ...as('bob')])).toMatchObject(notThen);
    expect(await fixgate(['resume', 'PD-1', ...as('ada')])).toMatchObject({ exitCode: 0 });
    expect(await fixgate(['approve', id, ...as('bob')])).toMatchObject({ exitCode: 0 });
    expect(await patch()).toMatchObject({ applied: true });
  });

  it('take no word any more of whom the operator has struck off since [human:proof:bound]', async () => {
    list('approvers', 'ada', 'bob');
    await open();
    list('approvers', 'ada');
    const id = await ask();
    expect(await fixgate(['approve', id, ...as('bob')])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is not in the approvers file'),
    });
    expect(await fixgate(['approve', id, ...as('ada')])).toMatchObject({ exitCode: 0 });
  });
});
