import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { probeIsolation } from '#workspace/sandbox-ladder.ts';

import { root } from '../support/citations.ts';
import { missing } from '../support/needs.ts';
import { runBuilt } from '../support/run-from-source.ts';
import type { TemporaryRepository } from '../support/temporary-repository.ts';
import { temporaryRepository } from '../support/temporary-repository.ts';
import { shippedText } from '../unit/policy/samples.ts';

let repository: TemporaryRepository;

beforeEach(async () => {
  repository = await temporaryRepository({ 'src/app.js': 'one\n', 'package-lock.json': '{}\n', 'web/.env': 'A=1\n' });
});

afterEach(() => repository[Symbol.asyncDispose]());

const policy = (...args: string[]) => runBuilt(['policy', ...args]);

async function write(name: string, content: string): Promise<string> {
  const file = path.join(repository.path, name);
  await writeFile(file, content);
  return file;
}

describe('policy check', () => {
  it('accepts the shipped policy, says how it was read and what it leaves open', async () => {
    const file = await write('policy.yaml', shippedText);
    const { exitCode, stdout } = await policy('check', file, '--repo', repository.path);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('"docker push": read as words of a parsed command, with the equivalents in podman');
    expect(stdout).toContain('glob "*.env*": 1 of 3 files: "web/.env"');
    expect(stdout).toContain('hint: "Dockerfile*" hits none of the 3 files');
    expect(stdout).toContain('hint: "*.lock" does not cover "package-lock.json"');
    expect(stdout).toMatch(/leave open: .*kubectl delete/);
  });

  it('counts the examples of rules, and names the rule whose example does not hold [gate:policy:rule-examples]', async () => {
    const rule = (row: string) => `  - { glob: "db/**", effect: deny, examples: { refused: [${row}] } }`;
    const withRule = (row: string) => shippedText.replace('protected_files:', `protected_files:\n${rule(row)}`);
    const counted = async (text: string) => {
      const { stdout } = await policy('check', await write('policy.yaml', text));
      return Number(/(\d+) examples hold/.exec(stdout)?.[1]);
    };
    expect(await counted(withRule('db/a.sql'))).toBe((await counted(shippedText)) + 1);
    const { exitCode, stderr } = await policy('check', await write('wrong.yaml', withRule('src/a.sql')));
    expect([exitCode, stderr]).toEqual([
      3,
      expect.stringContaining(
        'protected_files[0].examples.refused[0]: "src/a.sql" is not refused by protected_files/db/**; no other rule objects',
      ),
    ]);
  });

  it('accepts an .architect.yaml and repeats what is not enforced', async () => {
    const file = await write(
      'a.yaml',
      'guardrails:\n  enabled: false\n  blocked_commands: ["kubectl (apply|scale)"]\n',
    );
    const { exitCode, stdout } = await policy('check', file);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`note: ${file}: guardrails.enabled: false`);
    expect(stdout).toContain('"kubectl (apply|scale)": read as a regular expression');
  });

  it('says where the shipped policy lies to one that extends it by its name alone', async () => {
    const file = await write('policy.yaml', 'version: 1\nname: own\nextends: [default.yaml]\n');
    const { stderr } = await policy('check', file);
    const shipped = path.join(root, 'policies/default.yaml');
    expect(stderr).toContain(`the file cannot be read; the shipped policy of this name is extended as ${shipped}`);
    await write('policy.yaml', `version: 1\nname: own\nextends: [${shipped}]\n`);
    expect((await policy('check', file)).exitCode).toBe(0);
    const other = await policy('check', await write('other.yaml', 'version: 1\nname: own\nextends: [none.yaml]\n'));
    expect(other.stderr).toMatch(/the file cannot be read$/m);
  });

  it('names every problem of a broken one, and every example that does not hold', async () => {
    const broken = await write(
      'broken.yaml',
      shippedText.replace('max_files:', 'max_file:').replace('draft: false', 'draft: 0'),
    );
    const first = await policy('check', broken);
    expect([first.exitCode, first.stdout]).toEqual([3, '']);
    expect(first.stderr).toMatch(/limits\.max_file: unknown key; did you mean "max_files"\?/);
    expect(first.stderr).toContain('pull_request.draft');
    const second = await policy(
      'check',
      await write('examples.yaml', shippedText.replace('- src/orders/queue.js', '- .env')),
    );
    expect([second.exitCode, second.stderr]).toEqual([
      3,
      expect.stringContaining('examples.allowed.paths[0]: ".env" is refused'),
    ]);
  });
});

describe('policy explain', () => {
  it('names every rule and the verdict for a command', async () => {
    const { exitCode, stdout } = await policy('explain', '--command', 'npm pu', '--json');
    const answer = JSON.parse(stdout) as { verdict: string; rules: { rule: string; match: boolean }[] };
    expect([exitCode, answer.verdict]).toEqual([0, 'deny']);
    expect(answer.rules.filter(({ match }) => match).map(({ rule }) => rule)).toEqual(['blocked_commands/npm publish']);
    expect(answer.rules.length).toBeGreaterThan(4);
  });

  it('follows links of the work tree for a path', async () => {
    await repository.link('notes.txt', 'web/.env');
    const { stdout } = await policy('explain', '--path', 'notes.txt', '--repo', repository.path);
    expect(stdout).toMatch(/^deny: "notes.txt"\n/);
    expect(stdout).toContain('"notes.txt" is linked with "web/.env"');
  });

  it('applies a patch nowhere', async () => {
    const file = await write('x.diff', '--- a/src/app.js\n+++ b/src/app.js\n@@ -1 +1 @@\n-one\n+two\n');
    const before = [
      await readdir(repository.path),
      repository.git('status', '--porcelain'),
      repository.git('for-each-ref'),
    ];
    const { exitCode, stdout } = await policy('explain', '--patch', file, '--repo', repository.path);
    expect([exitCode, stdout.split('\n')[0]]).toEqual([0, `allow: "${file}"`]);
    expect(stdout).toContain('no match  max_files');
    expect([
      await readdir(repository.path),
      repository.git('status', '--porcelain'),
      repository.git('for-each-ref'),
    ]).toEqual(before);
  });

  it('names the floors of risk that a patch meets, and what only an incident can tell [policy:explain:risk]', async () => {
    const file = await write(
      'risky.diff',
      '--- /dev/null\n+++ b/db/migrations/2_orders.sql\n@@ -0,0 +1 @@\n+drop table orders;\n--- /dev/null\n+++ b/go.mod\n@@ -0,0 +1 @@\n+module shop\n',
    );
    const asked = ['explain', '--patch', file, '--repo', repository.path];
    const answer = JSON.parse((await policy(...asked, '--json')).stdout) as {
      readonly rules: readonly { readonly rule: string; readonly match: boolean; readonly says?: string }[];
      readonly not_known: readonly { readonly rule: string }[];
    };
    const ofRisk = answer.rules.filter(({ rule }) => rule.startsWith('risk/'));
    expect(ofRisk.map(({ rule, match }) => [rule, match])).toEqual([
      ['risk/dependency_manifest', true],
      ['risk/test_weakening', false],
      ['risk/ci_pipeline', false],
      ['risk/access_control', false],
      ['risk/production_infrastructure', false],
      ['risk/migration', true],
      ['risk/special_file', false],
    ]);
    expect(ofRisk[0]?.says).toBe('For the pull request it sets a floor of 40 (medium risk): "go.mod".');
    expect(answer).toMatchObject({ verdict: 'require_approval' });
    expect(answer.not_known.map(({ rule }) => rule)).toContain('risk/high');
    const { stdout } = await policy(...asked);
    expect(stdout).toContain('match     risk/migration: require_approval (read as a floor of 70 (high risk))');
    expect(stdout).toContain('not known risk/high: ');
  });

  it('says why a patch is refused before any rule is asked', async () => {
    const file = await write('x.diff', 'no patch\n');
    const { stdout } = await policy('explain', '--patch', file, '--repo', repository.path, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'deny', refused: { code: 'invalid_input' } });
  });

  it('asks for exactly one subject', async () => {
    expect(await policy('explain')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Nothing to explain is named.'),
    });
    expect(await policy('explain', '--command', 'ls', '--path', 'a')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('--command and --path are explained one at a time.'),
    });
  });

  it('says the words of a policy as they are written, and escapes what a terminal would hide or a name passes for', async () => {
    const rule = '  - { glob: "db/**", effect: deny, reason: "Für Daten – nie.\\u202e", instead: "→ frag uns" }';
    const own = await write('own.yaml', shippedText.replace('protected_files:', `protected_files:\n${rule}`));
    const { stdout } = await policy('explain', '--path', 'db/\u0430.sql', '--policy', own);
    expect(stdout).toContain('Für Daten – nie.\\u');
    expect(stdout).toContain('→ frag uns');
    expect(stdout).toContain('deny: "db/\\u{0430}.sql"');
    expect(stdout).not.toContain('\u202e');
  });
});

describe('policy test', () => {
  const rows = [
    { id: 'm1', command: 'tofu apply', must: 'deny' },
    { id: 'm2', command: 'grep -c "tofu apply" a', must: 'allow' },
    {
      id: 'm3',
      command: 'sh ./deploy.sh',
      must: 'deny',
      layer: 'exec',
      setup: { files: { 'deploy.sh': 'kubectl apply\n' } },
    },
    { id: 'm4', kind: 'path', path_or_patch: 'Makefile', must: 'require_approval' },
    { id: 'm5', area: 'budget', attack: 'spend twice', must: 'be refused' },
  ];

  it('counts rows that come out as they must, exec rows apart', async () => {
    const { exitCode, stdout } = await policy('test', '--corpus', await write('rows.json', JSON.stringify(rows)));
    expect(exitCode).toBe(0);
    expect(stdout).toContain('commands: 2 of 2 as expected, 0 missed, 0 refused too strictly');
    expect(stdout).toContain('exec: 1 row apart: 0 refused by their text, 1 left to execution (not executed');
    expect(stdout).toContain('words: 1 row describes an attack in words');
  });

  it('prints each mismatch with what was expected, and fails', async () => {
    const wrong = [
      { ...rows[0], must: 'allow' },
      { ...rows[3], must: 'deny' },
    ];
    const file = await write('rows.json', JSON.stringify(wrong));
    const { exitCode, stdout } = await policy('test', '--corpus', file);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('MISMATCH "m1": expected allow, got deny by "blocked_commands/terraform apply"');
    expect(stdout).toContain('MISMATCH "m4": expected deny, got require_approval by "built_in_files/build-file"');
    const json = JSON.parse((await policy('test', '--corpus', file, '--json')).stdout) as object;
    expect(json).toMatchObject({
      ok: false,
      counts: [
        { missed: 0, tooStrict: 1 },
        { missed: 1, tooStrict: 0 },
      ],
    });
  });

  it('judges by the rules of files and commands alone, not by who may do how much, nor by risk', async () => {
    const free = [
      { id: 'f1', kind: 'path', path_or_patch: 'db/migrations/0042_orders.sql', must: 'allow' },
      {
        id: 'f2',
        kind: 'patch',
        path_or_patch: '--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,2 +1,1 @@\n-one\n two\n',
        must: 'allow',
      },
      { id: 'f3', command: 'npm test', must: 'allow' },
    ];
    const corpus = await write('rows.json', JSON.stringify(free));
    const strict = shippedText
      .replace('level: pr_bot', 'level: observer')
      .replace('medium: 30', 'medium: 1')
      .replace('high: 70', 'high: 2');
    const file = await write('strict.yaml', strict);
    expect(strict).toMatch(/level: observer[^]*medium: 1[^]*high: 2/);
    expect(await policy('test', '--corpus', corpus, '--policy', file)).toMatchObject({
      exitCode: 0,
      stderr: `Judged by ${file}.\n`,
    });
  });

  it('judges by the shipped policy, or by the one that is named', async () => {
    const corpus = await write('rows.json', JSON.stringify([{ id: 'n1', command: 'npm publish', must: 'deny' }]));
    const shipped = await policy('test', '--corpus', corpus);
    expect(shipped).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('policies/default.yaml') });
    const open = shippedText
      .replace('  - "npm publish"\n', '')
      .replace(/^ {6}- npm test && npm pu\n/m, '')
      .replace(/^examples:[^]*$/m, 'examples: { refused: {}, allowed: {} }\n');
    const named = await policy('test', '--corpus', corpus, '--policy', await write('open.yaml', open), '--json');
    expect(named.exitCode).toBe(1);
    expect(JSON.parse(named.stdout)).toMatchObject({
      ok: false,
      counts: expect.arrayContaining([expect.objectContaining({ missed: 1 })]),
    });
    const explained = await policy(
      'explain',
      '--command',
      'npm publish',
      '--policy',
      path.join(repository.path, 'open.yaml'),
      '--json',
    );
    expect(JSON.parse(explained.stdout)).toMatchObject({ verdict: 'allow' });
  });

  it('decides the rows that docs/policy.md shows [house:docs:examples]', async () => {
    const page = await readFile(path.join(root, 'docs/policy.md'), 'utf8');
    const rows = /^```json\n(?<rows>\[.*?)^```$/ms.exec(page)?.groups?.['rows'] ?? '';
    const { exitCode, stdout } = await policy('test', '--corpus', await write('shown.json', rows));
    expect(stdout).toContain('commands: 1 of 1 as expected');
    expect(stdout).toContain('paths: 1 of 1 as expected');
    expect(stdout).toContain('patches: 2 of 2 as expected');
    expect(exitCode).toBe(0);
  });

  it('takes any refusal for a denial, also of what is no patch, and gives each row a tree of its own', async () => {
    const patchOf = (file: string) => `--- a/${file}\n+++ b/${file}\n@@ -1,2 +1,3 @@\n one\n two\n+three\n`;
    const each = [
      { id: 'p1', kind: 'patch', path_or_patch: 'this is no patch', must: 'deny' },
      { id: 'p2', kind: 'patch', path_or_patch: patchOf('src/absent.ts'), must: 'deny' },
      {
        id: 'p3',
        kind: 'patch',
        path_or_patch: patchOf('src/own.ts'),
        setup: { content: { 'src/own.ts': 'one\ntwo\n' } },
        must: 'allow',
      },
      { id: 'p4', kind: 'patch', path_or_patch: patchOf('src/own.ts'), must: 'deny' },
      {
        id: 'p5',
        kind: 'patch',
        path_or_patch: patchOf('src/a.ts') + patchOf('src/b.ts') + patchOf('src/c.ts'),
        must: 'allow',
      },
      { id: 'p6', kind: 'patch', path_or_patch: patchOf('src/d.ts'), must: 'allow' },
      { id: 'p7', command: 'npm test "', must: 'deny' },
    ];
    const { exitCode, stdout } = await policy('test', '--corpus', await write('rows.json', JSON.stringify(each)));
    expect(stdout).toContain('patches: 6 of 6 as expected');
    expect(stdout).toContain('commands: 1 of 1 as expected');
    expect(exitCode).toBe(0);
  });

  it('runs exec rows for real with --execute, and says what was reached and stopped', async ({ skip }) => {
    const without = missing('Full isolation (bubblewrap)', (await probeIsolation()) === 'full');
    if (without !== undefined) skip(without);
    const hidden = 'verb=apply\nkubectl $verb -f x\n';
    const row = (id: string, text: string) => ({
      id,
      command: 'npx mocha',
      must: 'deny',
      layer: 'exec',
      setup: { files: { 'test/a.spec.js': `require('node:child_process').execSync(${JSON.stringify(text)});` } },
    });
    const corpus = await write('rows.json', JSON.stringify([row('x1', hidden), row('x2', 'true')]));
    const { exitCode, stdout } = await policy('test', '--corpus', corpus, '--execute');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('2 executed: 1 reached and stopped, 1 not reached');
    expect(stdout).toContain('reached and stopped: "x1" at "kubectl apply -f x"');
  });

  it.each([
    ['no row', []],
    ['nothing but words', [rows[4]]],
  ])('is not satisfied with a corpus of %s', async (_, none) => {
    const file = await write('rows.json', JSON.stringify(none));
    const { exitCode, stdout } = await policy('test', '--corpus', file);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('NOTHING DECIDED: the corpus has no row with a command, a path or a patch (policy ');
    expect(JSON.parse((await policy('test', '--corpus', file, '--json')).stdout)).toMatchObject({ ok: false });
  });

  it('refuses a corpus that it cannot read', async () => {
    expect((await policy('test', '--corpus', await write('rows.json', '[{}]'))).exitCode).toBe(3);
    expect((await policy('test', '--corpus', 'absent.json')).exitCode).toBe(3);
  });
});
