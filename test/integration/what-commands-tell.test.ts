import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { root } from '../support/citations.ts';
import { compileCache } from '../support/compiled.ts';
import { hasProgram, missing } from '../support/needs.ts';
import type { TemporaryFolder, TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryFolder, temporaryRepository } from '../support/temporary-repository.ts';

const skip = missing('ssh-keygen', hasProgram('ssh-keygen'));

const SECRET = 'q7Lw-Tz2Vb9+Xn4Rk8';
const test = `import { test } from 'node:test';\ntest('leaks', () => { console.log('token ${SECRET}'); throw new Error('no'); });\n`;

let folder: TemporaryFolder;
let repository: TemporaryRepository;
const at = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  repository = await temporaryRepository({
    'package.json': '{"name":"shop","scripts":{"test":"node --test"}}',
    'test/a.test.mjs': test,
  });
  mkdirSync(at('elsewhere'));
  mkdirSync(at('broken'));
});
afterAll(async () => {
  await repository[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Runs the program as it is written, in one of the folders. */
function fixgate(args: readonly string[], cwd = '.') {
  return execa(process.execPath, [join(root, 'src/main.ts'), ...args], {
    cwd: at(cwd),
    extendEnv: false,
    env: {
      PATH: process.env['PATH'] ?? '',
      FIXGATE_STATE_DIR: at('state'),
      HOME: folder.path,
      SHOP_TOKEN: SECRET,
      ...compileCache,
    },
    reject: false,
  });
}

describe('policy explain and policy test', () => {
  const SHIPPED = 'Judged by the shipped policies/default.yaml.';
  const asked = {
    explain: ['policy', 'explain', '--command', 'npm test'],
    test: ['policy', 'test', '--corpus', 'rows.json'],
  };

  beforeAll(() => {
    mkdirSync(at('configured'));
    mkdirSync(at("configured/team's"));
    const shipped = readFileSync(join(root, 'policies/default.yaml'), 'utf8');
    writeFileSync(at("configured/team's/policy.yaml"), shipped);
    writeFileSync(at('configured/fixgate.yaml'), `policy: "./team's/policy.yaml"\n`);
    writeFileSync(at('broken/fixgate.yaml'), 'policy: [\n');
    for (const place of ['configured', 'elsewhere', 'broken'])
      writeFileSync(at(`${place}/rows.json`), '[{"id": "1", "command": "npm test", "must": "allow"}]');
  });

  it.each(Object.entries(asked))(
    '%s says which policy judged, and how to use the one of the folder',
    async (_, args) => {
      const here = await fixgate(args, 'configured');
      expect(here).toMatchObject({
        exitCode: 0,
        stderr: `${SHIPPED} fixgate.yaml here names another one: add --policy 'team'\\''s/policy.yaml' for it.`,
      });
      const named = await fixgate([...args, '--policy', "team's/policy.yaml"], 'configured');
      expect(named).toMatchObject({ exitCode: 0, stderr: "Judged by team's/policy.yaml." });
      expect(await fixgate(args, 'elsewhere')).toMatchObject({ exitCode: 0, stderr: SHIPPED });
      const unread = await fixgate(args, 'broken');
      expect(unread).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('fixgate.yaml here may name') });
      const json = await fixgate([...args, '--json'], 'configured');
      expect(JSON.stringify(JSON.parse(json.stdout))).not.toContain('Judged by');
    },
  );
});

describe.skipIf(skip)('where humans sign', () => {
  const open = (id: string, severity: string) =>
    fixgate(['incident', 'open', '--id', id, '--repo', repository.path, '--severity', severity, '--key', at('ada')]);
  const signed = () => ['--reason', 'Seen and understood.', '--key', at('ada')];

  beforeAll(async () => {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at('ada')]);
    writeFileSync(at('approvers'), `ada@example.com ${readFileSync(at('ada.pub'), 'utf8')}`);
    writeFileSync(at('fixgate.yaml'), 'version: 1\napprovers: ./approvers\n');
  });

  it('commands that are printed for humans end with the key that they take', async () => {
    const opened = await open('K-1', 'SEV1');
    expect(opened.stdout).toContain('`fixgate release K-1 --reason REASON --key FILE`');
    const stopped = await fixgate(['stop', '--all', '--reason', 'It goes wrong.']);
    expect(stopped.stdout).toContain('fixgate resume --all --reason … --key FILE');
    await fixgate(['resume', '--all', ...signed()]);
    await fixgate(['stop', 'K-1']);
    const { stdout } = await fixgate(['report', 'K-1', '--format', 'json']);
    expect(stdout).toContain(String.raw`"fixgate resume K-1 --reason \"…\" --key FILE"`);
    const unsigned = await fixgate(['report', 'K-1', '--format', 'json'], 'elsewhere');
    expect(unsigned.stdout).toContain(String.raw`"fixgate resume K-1 --reason \"…\""`);
  });

  it('a list says which incidents it shows otherwise because nothing here proves the word of a human', async () => {
    await open('K-2', 'SEV3');
    await fixgate(['stop', 'K-2']);
    expect((await fixgate(['resume', 'K-2', ...signed()])).stdout).toBe('K-2 goes on.');
    const there = await fixgate(['incident', 'list']);
    expect(there).toMatchObject({ stdout: expect.stringMatching(/^K-2\tSEV3\topen\t/m), stderr: '' });
    const here = await fixgate(['incident', 'list'], 'elsewhere');
    expect(here.stdout).toMatch(/^K-2\tSEV3\tescalated\t/m);
    expect(here.stderr.split('\n')).toEqual([
      "Note: what a human said of K-2 cannot be proved without a fixgate.yaml in this folder (no approvers are known), so it is shown as if nobody had. Name the server's configuration with --config.",
    ]);
    const named = await fixgate(['incident', 'list', '--config', at('fixgate.yaml')], 'elsewhere');
    expect(named).toMatchObject({ stdout: there.stdout, stderr: '' });
  });

  it.each([
    ['gone', 'is not there'],
    ['elsewhere', 'is a folder'],
  ])('an approvers file that is none is named where it is looked for: %s', async (name, said) => {
    writeFileSync(at('unproved.yaml'), `version: 1\napprovers: ./${name}\n`);
    const config = ['--config', at('unproved.yaml')];
    const why = `the approvers file ${at(name)} ${said}`;
    const released = await fixgate(['release', 'K-1', ...signed(), ...config]);
    expect(released.exitCode).not.toBe(0);
    expect(released.stderr).toContain(`Nobody can approve here: ${why}, so a human cannot be told from an agent.`);
    expect(released.stderr).toContain('Write that file, with a line such as');
    expect((await fixgate(['incident', 'list', ...config])).stderr).toContain(`(${why})`);
    expect((await fixgate(['doctor', '--guard', ...config])).stdout).toContain(
      `approvals: none: ${why}\n  next: Write`,
    );
    expect((await fixgate(['doctor', ...config])).stdout).toContain(`FAILED  approvers: Nobody can approve: ${why}.`);
  });
});

describe('evidence show', () => {
  it('prints the output of a test run, masked, and says where its address stands', async () => {
    mkdirSync(at('suites'));
    writeFileSync(at('suites/fixgate.yaml'), 'http: { token: { env: SHOP_TOKEN } }\n');
    await fixgate(['incident', 'open', '--id', 'T-1', '--repo', repository.path], 'suites');
    const run = await fixgate(['call', 'run_tests', '--json', '{"incident_id":"T-1"}'], 'suites');
    const { log } = JSON.parse(run.stdout) as { log: string };
    const shown = await fixgate(['evidence', 'show', log], 'suites');
    expect([shown.exitCode, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout).toContain('leaks');
    expect(shown.stdout).toContain('token ');
    expect(shown.stdout).not.toContain(SECRET);
    expect((await fixgate(['evidence', 'list', 'T-1'], 'suites')).stdout.split('\n')).toContainEqual(
      expect.stringMatching(new RegExp(`^${log}  \\S+Z  Output of suite test \\(fail\\)$`)),
    );
    const other = await fixgate(['evidence', 'show', log.replace('T-1', 'T-2')], 'suites');
    expect(other).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('run_tests') });
  });
});

it('workspace prune says which units an age has', async () => {
  expect(await fixgate(['workspace', 'prune', '--older-than', 'soon'])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('Give an age such as 12h, 30d, 8w or 3mo.'),
  });
});
