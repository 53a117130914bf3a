import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { findRung } from '#workspace/sandbox-ladder.ts';

import { createHostileMachine, EFFECT, SECRET } from '../support/hostile-machine.ts';
import { incidentRepository } from '../support/incident-repository.ts';
import { missing } from '../support/needs.ts';
import type { Place } from '../support/server-process.ts';

let machine: Awaited<ReturnType<typeof createHostileMachine>>;

beforeEach(async ({ skip }) => {
  const without = missing('bubblewrap with user namespaces', (await findRung('full')) !== undefined);
  if (without !== undefined) skip(without);
  machine = await createHostileMachine();
});
afterEach(async () => {
  await machine?.[Symbol.asyncDispose]();
});

/** What each of the four does, in words that no analysis of commands reads. Each line that it prints says how far it came. */
const attack = () => `const { spawnSync } = require('node:child_process');
const { cpSync, readFileSync, readdirSync, writeFileSync } = require('node:fs');
const attempt = (work) => { try { return String(work()); } catch (error) { return 'ERR ' + error.code; } };
const run = (...argv) => attempt(() => { const { stdout, stderr } = spawnSync(argv[0], argv.slice(1)); return stdout + '' + stderr; });
const verb = 'app' + 'ly';
const said = [run('kubectl', verb, '-f', 'x'), run('${machine.tools}/kubectl', verb), run('npm', 'pub' + 'lish')];
said.push(attempt(() => { cpSync('${machine.tools}/kubectl', './copied'); return run('./copied', verb); }));
for (const file of ['${machine.home}/.aws/credentials', '${machine.state}/policy.yaml', '/proc/self/environ', '/proc/1/environ'])
  said.push(attempt(() => readFileSync(file)));
for (const id of readdirSync('/proc')) said.push(attempt(() => readFileSync('/proc/' + id + '/environ')));
said.push(JSON.stringify(process.env));
for (const file of ['${machine.base}/out', '${machine.home}/out', '../out', '/usr/out'])
  attempt(() => writeFileSync(file, 'bad'));
const connect = "require('node:net').connect(${machine.port}, '127.0.0.1').on('data', (d) => { console.log('CONNECTED ' + d); process.exit(); }).on('error', () => process.exit());";
said.push(run(process.execPath, '-e', connect));
console.log(said.join('\\n'));
console.log('ATTACK ' + 'ENDED');
`;

/** Where pytest lives, whatever starts it here. */
function pythonOfPytest(): string | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', 'import sys, pytest; print(sys.executable)']);
  return status === 0 ? String(stdout).trim() : undefined;
}
const python = pythonOfPytest();

const suites = {
  'npm test': { argv: ['npm', 'test'], cwd: 'a' },
  pretest: { argv: ['npm', 'test'], cwd: 'b' },
  'conftest.py': { argv: ['python3', '-m', 'pytest', '-q', '-s', 'test_a.py'], cwd: 'c' },
  Makefile: { argv: ['make', 'test'], cwd: 'd' },
} as const;
const names = { 'npm test': 'one', pretest: 'two', 'conftest.py': 'three', Makefile: 'four' } as const;

function files(): Readonly<Record<string, string>> {
  const manifest = (scripts: object) => JSON.stringify({ name: 'x', version: '1.0.0', scripts });
  const each = Object.fromEntries(['a', 'b', 'c', 'd'].map((folder) => [`${folder}/attack.cjs`, attack()]));
  return {
    ...each,
    'check/attack.cjs': attack(),
    'a/package.json': manifest({ test: 'node ./attack.cjs' }),
    'b/package.json': manifest({ pretest: 'node ./attack.cjs', test: 'node --version' }),
    'c/conftest.py': `import subprocess\nprint(subprocess.run(['node', 'attack.cjs'], capture_output=True, text=True).stdout)\n`,
    'c/test_a.py': 'def test_a():\n    pass\n',
    'd/Makefile': 'test:\n\tnode ./attack.cjs\n',
  };
}

async function serve() {
  const repository = await incidentRepository();
  for (const [name, text] of Object.entries(files())) {
    await mkdir(path.dirname(path.join(repository.checkout, name)), { recursive: true });
    await writeFile(path.join(repository.checkout, name), text);
  }
  repository.git('add', '--all');
  repository.git('commit', '--quiet', '--message', 'Attack');
  repository.git('push', '--quiet', 'origin', 'main');
  const declared = Object.entries(suites).map(([name, suite]) => [
    names[name as keyof typeof names],
    { ...suite, required: false, timeout_s: 60 },
  ]);
  const gate = { name: 'check', argv: ['node', 'check/attack.cjs'], timeout_s: 60 };
  const at = await repository.configure({ suites: Object.fromEntries(declared) }, { quality_gates: [gate] });
  await repository.open('PD-1', '--severity', 'SEV3');
  const env = { ...at.env, HOME: machine.home, AWS_SECRET_ACCESS_KEY: SECRET };
  const place: Place = {
    cwd: at.cwd,
    env: { ...env, PATH: `${machine.tools}:${path.dirname(python ?? '/usr/bin/python3')}:${at.env['PATH'] ?? ''}` },
  };
  return Object.assign(repository, { at: place });
}

/** Every file that the state folder keeps of a run; the store may be folding its log into its file meanwhile. */
async function recorded(folder: string): Promise<string> {
  return await vi.waitFor(async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = entries.filter((each) => each.isFile()).map((each) => path.join(each.parentPath, each.name));
    return names
      .filter((name) => !name.includes(`${path.sep}objects${path.sep}`))
      .map((name) => readFileSync(name, 'latin1'))
      .join('\n');
  });
}

describe('an attack script of the repository, run by run_tests', () => {
  it.for([...Object.entries(names), ['a quality gate', 'gate/check']])(
    'in %s reaches no blocked program, no network, no secret and nothing outside of its tree [sandbox:attacks:programs]',
    { timeout: 120_000 },
    async ([vehicle, suite], { skip }) => {
      const without = vehicle === 'conftest.py' ? missing('pytest', python !== undefined) : undefined;
      if (without !== undefined) skip(without);
      await using repository = await serve();
      const { answer } = await repository.call('run_tests', { incident_id: 'PD-1', suite }, repository.at);
      const kept = await recorded(repository.stateFolder);

      expect(answer).toMatchObject({ suite, isolation: 'full', verdict: 'fail' });
      expect(kept).toContain('ATTACK ENDED');
      // By name, by path, as a copy, and npm.
      expect(JSON.stringify(answer)).toMatch(
        /kubectl apply -f x.{2,4} and 3 more, which blocked_commands\/kubectl apply/,
      );
      expect(machine.effects()).not.toContain(EFFECT);
      expect(machine.connections()).toBe(0);
      expect(kept).not.toContain(EFFECT);
      expect(`${kept}${JSON.stringify(answer)}`).not.toContain(SECRET);
      for (const file of [path.join(machine.base, 'out'), path.join(machine.home, 'out'), '/usr/out'])
        expect(existsSync(file)).toBe(false);
      expect(repository.git('status', '--porcelain')).toBe('');
    },
  );
});
