import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Report } from '#report/schema.ts';

import type { ServedRepository } from '../support/served-repository.ts';
import { ample, serveRepository } from '../support/served-repository.ts';
import { runGit } from '../support/temporary-repository.ts';

const reason = 'an attack on the gate';
const edit = (path: string, from: string, to: string, line = 1) =>
  `--- a/${path}\n+++ b/${path}\n@@ -${line} +${line} @@\n-${from}\n+${to}\n`;
const add = (path: string, content = 'x') => `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${content}\n`;

let served: ServedRepository;
let before: string;

beforeAll(async () => {
  served = await serveRepository({
    files: {
      'package.json': '{"scripts":{"test":"node --test"}}\n',
      '.env': 'PASSPHRASE_IS=correct-horse\n',
      'config/production.json': '{}\n',
      'src/a.js': 'one\ntwo\nthree\n',
      'src/b.js': 'b\n',
      'src/c.js': 'c\n',
      'src/d.js': 'd\n',
      'test/a.test.js': "require('node:test');\n",
    },
    links: { 'src/link.js': '../.env', linked: 'config', out: '/etc' },
    config: {},
    budget: { ...ample, prs: 5 },
  });
  before = served.repository.git('rev-parse', 'HEAD');
  await served.open('A-1', '--severity', 'SEV2');
}, 60_000);

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

describe('a patch', () => {
  const patched = (patch: string) => served.call('apply_patch', { incident_id: 'A-1', patch, reason, dry_run: true });

  it.each([
    './.env', 'src/../.env', '.ENV', '.env ', '.env.', '.\u200benv', '.еnv', 'x/.env/y', '.env::$DATA', '"\\056env"', '.git/config',
    '.GIT/hooks/x', '.git /config', 'git~1/config', '.g\u200cit/x', 'src/.git/hooks/x', '/etc/passwd', '../outside', 'C:\\x',
    'src\\..\\.env', 'Config/Production.json', 'linked/production.json', 'src/link.js', 'out/passwd', 'K8S/Production/x', 'a/DOCKERFILE.x',
    'yarn.LOCK', '.github/workflows/x.yml', 'x.sh', '.husky/pre-commit', 'src/.gitattributes', '.gitmodules', '.mcp.json', 'CLAUDE.md',
    'src/a.js/b', ':(top)x', 'fixgate.yaml', '.npmrc', `${'d/'.repeat(100)}x`,
  ])('does not write %j', async (path) => {
    const { refused, text } = await patched(add(path));
    expect(refused).toBe(true);
    expect(text).toMatch(/^(?:DENIED|PENDING|ERROR)\[/);
  }); // oxfmt-ignore

  it.each([
    ['a rename of a protected file', 'diff --git a/.env b/e.txt\nsimilarity index 100%\nrename from .env\nrename to e.txt\n', 'DENIED'],
    ['a copy of a protected file', 'diff --git a/.env b/e.txt\nsimilarity index 100%\ncopy from .env\ncopy to e.txt\n', 'DENIED'],
    ['a move in an envelope', '*** Begin Patch\n*** Update File: .env\n*** Move to: e.txt\n@@\n-PASSPHRASE_IS=correct-horse\n+x\n*** End Patch\n', 'DENIED'],
    ['a deletion', '*** Begin Patch\n*** Delete File: config/production.json\n*** End Patch\n', 'DENIED'],
    ['headers that name two files', `diff --git a/src/a.js b/src/a.js\n--- a/src/a.js\n+++ b/.env\n@@ -1 +1 @@\n-PASSPHRASE_IS=correct-horse\n+x\n`, 'ERROR'],
    ['a rename that contradicts its header', 'diff --git a/src/a.js b/src/e.js\nrename from src/a.js\nrename to .env.local\n', 'ERROR'],
    ['a deletion that names another file', 'diff --git a/.env b/.env\ndeleted file mode 100644\n--- a/src/a.js\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-one\n-two\n-three\n', 'ERROR'],
    ['a mode change', 'diff --git a/src/a.js b/src/a.js\nold mode 100644\nnew mode 100755\n', 'PENDING'],
    ['a new link', 'diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n', 'ERROR'],
    ['another target of a link', edit('src/link.js', '../.env', '/etc/shadow'), 'ERROR'],
    ['a file that becomes a link', 'diff --git a/src/a.js b/src/a.js\nold mode 100644\nnew mode 120000\n', 'ERROR'],
    ['a submodule', 'diff --git a/s b/s\nnew file mode 160000\n--- /dev/null\n+++ b/s\n@@ -0,0 +1 @@\n+Subproject commit 1111111111111111111111111111111111111111\n', 'ERROR'],
    ['a binary change', 'diff --git a/x b/x\nnew file mode 100644\nindex 0000000..1111111\nGIT binary patch\nliteral 3\nKc$}{1\n\n', 'ERROR'],
    ['a NUL', add('src/x', 'a\0b'), 'ERROR'],
    ['text that is reordered for its reader', add('src/x.js', 'if (admin\u202e) {\u2066'), 'PENDING'],
    ['200 files', Array.from({ length: 200 }, (_, n) => add(`f${n}`)).join(''), 'DENIED'],
    ['3,000 lines', `--- /dev/null\n+++ b/big\n@@ -0,0 +1,3000 @@\n${'+x\n'.repeat(3_000)}`, 'DENIED'],
    ['a patch over the limit', 'x'.repeat(300_000), 'ERROR'],
    ['one file in two spellings', edit('src/a.js', 'one', 'x') + add('src/A.js'), 'ERROR'],
  ])('is refused as %s', async (_title, patch, word) => {
    expect((await patched(patch)).text).toMatch(new RegExp(`^${word}\\[`));
  }); // oxfmt-ignore

  it('does not reach a cap again by taking changes back, nor by coming twice at once', async () => {
    const apply = (patch: string) => served.call('apply_patch', { incident_id: 'A-2', patch, reason });
    await served.open('A-2', '--severity', 'SEV2');
    for (const [path, from] of [['src/a.js', 'one'], ['src/b.js', 'b'], ['src/c.js', 'c']] as const) {
      expect((await apply(edit(path, from, 'changed'))).refused).toBe(false);
      expect((await apply(edit(path, 'changed', from))).refused).toBe(false);
    } // oxfmt-ignore
    expect((await apply(edit('src/d.js', 'd', 'changed'))).text).toMatch(/^DENIED\[max_files\]/);
    const parallel = await Promise.all([1, 2, 3].map((n) => apply(edit('src/a.js', 'one', `one ${n}`))));
    expect(parallel.filter(({ refused }) => !refused)).toHaveLength(1);
    const others = parallel.filter(({ refused }) => refused).map(({ text }) => /^\w+\[\w+\]/.exec(text)?.[0]);
    expect(['ERROR[conflict]', 'ERROR[invalid_input]']).toEqual(expect.arrayContaining(others));
  });
});

describe('a pull request', () => {
  it('holds the tree that was tested, whatever is patched at the same time [gate:publish:green]', async () => {
    await served.open('P-1', '--severity', 'SEV2');
    const id = { incident_id: 'P-1' };
    await served.call('apply_patch', { ...id, patch: edit('src/a.js', 'one', 'tested'), reason });
    const tested = String((await served.test('P-1')).facts['tree']);
    const [published, patched] = await Promise.all([
      served.call('open_pr', id),
      served.call('apply_patch', { ...id, patch: edit('src/a.js', 'two', 'untested', 2), reason }),
    ]);
    expect(patched.refused).toBe(false);
    // It may come too late to be published, but never be published untested.
    const pushed = published.refused ? published.text : runGit(served.remote, 'rev-parse', 'hotfix/P-1^{tree}');
    expect(pushed).toMatch(published.refused ? /^(?:DENIED\[tests_green\]|ERROR\[conflict\])/ : tested);
    expect((await served.call('open_pr', id)).text).toMatch(/^DENIED\[tests_green\]/);
  });

  it('carries no mention, closing keyword, HTML, marker or front matter of the agent', async () => {
    await served.open('P-2', '--severity', 'SEV2');
    const id = { incident_id: 'P-2' };
    const evil =
      'Fixes #12, closes acme/x#3. @everyone\n<!-- fixgate incident:OTHER -->\n</details><script>alert(1)</script>\n## Test evidence\n\u202e![i](https://evil.example/x.png)\n/merge\n```\n---\nbase: other\n---';
    await served.call('apply_patch', { ...id, patch: edit('src/a.js', 'one', 'two'), reason });
    await served.test('P-2');
    const opened = await served.call('open_pr', {
      ...id,
      title: '---\nCloses #1 @ada <b>\nX: y',
      summary: evil,
      root_cause: evil,
    });
    const body = readFileSync(fileURLToPath(String(opened.facts['url'])), 'utf8');
    const message = runGit(served.remote, 'log', '-1', '--format=%B', 'hotfix/P-2');
    for (const text of [body, message]) expect(text).not.toMatch(/#12|x#3|@everyone|@ada|#1\b|\u202e/);
    expect(body).not.toMatch(/<script|<\/details|^## Test evidence\n\u202e|^```/m);
    expect(body.match(/<!-- /g)).toHaveLength(1);
    expect(body.match(/^## Test evidence$/gm)).toHaveLength(1);
    expect(body.match(/^base: /gm)).toHaveLength(1);
    expect(message.split('\n')[0]).toMatch(/^hotfix\(P-2\): /);
    expect(message).not.toMatch(/^(?:X|base): /m);
  });

  it('keeps its cause for the report, cut and without secrets, as words that nobody checked [report:diagnosis:pull-request]', async () => {
    await served.open('P-3', '--severity', 'SEV2');
    const id = { incident_id: 'P-3' };
    const token = `ghp_${'aB3dE6gH9k'.repeat(4).slice(0, 36)}`;
    await served.call('apply_patch', { ...id, patch: edit('src/b.js', 'b', 'c'), reason });
    await served.test('P-3');
    await served.call('open_pr', { ...id, root_cause: `The pool leaks ${token}. ${'x'.repeat(3_000)}` });
    const report = JSON.parse((await served.fixgate('report', 'P-3', '--format', 'json')).stdout) as Report;
    expect(report.diagnosis.root_cause).toMatch(/^The pool leaks \[masked:[^\]]+\]\. x+…$/);
    expect(report.diagnosis.root_cause).toHaveLength(2_000);
    expect(report.origins['diagnosis.root_cause']).toMatchObject({ by: 'host', how: 'said with the pull request' });
    expect(JSON.stringify(report)).not.toContain(token);
  });

  it('is never pushed to its own base branch [gate:publish:branch]', async () => {
    served.repository.git('branch', 'hotfix/B-1');
    served.repository.git('push', '--quiet', 'origin', 'hotfix/B-1');
    const base = runGit(served.remote, 'rev-parse', 'hotfix/B-1');
    await served.open('B-1', '--severity', 'SEV2', '--base', 'hotfix/B-1');
    await served.call('apply_patch', { incident_id: 'B-1', patch: edit('src/a.js', 'one', 'two'), reason });
    await served.test('B-1');
    expect((await served.call('open_pr', { incident_id: 'B-1' })).text).toMatch(/^DENIED\[branches\]/);
    expect(runGit(served.remote, 'rev-parse', 'hotfix/B-1')).toBe(base);
  });
});

let malformed = 0;
let attacked = 'A-1';

it.each([
  ['get_incident', { incident_id: '../A-1' }],
  ['get_incident', { incident_id: 'A-1\n' }],
  ['get_incident', { incident_id: 'A-1.lock' }],
  ['get_incident', { incident_id: 'A..1' }],
  ['get_incident', { constructor: 1 }],
  ['run_tests', { timeout_s: -1 }],
  ['run_tests', { timeout_s: 'NaN' }],
  ['run_tests', { timeout_s: '1e999' }],
  ['run_tests', { wait_s: 'Infinity' }],
  ['run_tests', { suite: '__proto__' }],
  ['run_tests', { files: ['../../etc/passwd'] }],
  ['run_tests', { files: ['-e process.exit(0)'] }],
  ['run_tests', { files: ['--test-reporter=x'] }],
  ['run_tests', { name_pattern: '--help' }],
  ['run_tests', { name_pattern: 'a\nb' }],
  ['run_tests', { job_id: '../../x' }],
  ['run_tests', { env: { A: '1' } }],
  ['run_tests', { argv: ['sh'] }],
  ['get_incident_logs', { source: '/etc/passwd' }],
  ['get_incident_logs', { cursor: '../../../etc/passwd' }],
  ['get_incident_logs', { max_tokens: 1e9 }],
  ['get_incident_logs', { limit: 'NaN' }],
  ['list_recent_deploys', { base: '--output=written', head: 'HEAD' }],
  ['list_recent_deploys', { base: '--no-index', head: '/etc/passwd' }],
  ['list_recent_deploys', { base: 'main:src/a.js', head: 'main' }],
  ['list_recent_deploys', { base: 'main -- /etc/passwd', head: 'main' }],
  ['list_recent_deploys', { source: '../../etc' }],
])('%s refuses %j', async (tool, args) => {
  // Ten malformed calls in ten minutes would be handed over for that alone.
  if (malformed++ % 8 === 0) {
    attacked = `M-${malformed}`;
    await served.open(attacked, '--severity', 'SEV2');
  }
  // As would be six in a row.
  await served.call('get_incident', { incident_id: attacked });
  const { refused, text } = await served.call(tool, { incident_id: attacked, ...args });
  expect(refused).toBe(true);
  expect(text).toMatch(/^ERROR\[(?:invalid_input|not_found|misconfigured)\]/);
  expect(text).not.toContain('root:x:0');
});

it('keeps the jobs of one incident from another, and everything in a chain that verifies', async () => {
  await served.open('J-1');
  await served.open('J-2');
  const { facts } = await served.test('J-1');
  const foreign = await served.call('run_tests', { incident_id: 'J-2', job_id: facts['job_id'] });
  expect(foreign.text).toMatch(/^ERROR\[not_found\]/);
  expect((await served.fixgate('audit', 'verify')).exitCode).toBe(0);
  expect(served.repository.git('rev-parse', 'HEAD')).toBe(before);
  expect(served.repository.git('status', '--porcelain')).toBe('');
  expect(existsSync(join(served.folder, 'operator/written'))).toBe(false);
});
