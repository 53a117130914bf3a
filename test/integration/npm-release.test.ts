import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';
import { expect, it } from 'vitest';

import { serveRepository } from '../support/served-repository.ts';
import { runGit, temporaryFolder } from '../support/temporary-repository.ts';

type Files = Readonly<Record<string, string>>;

/** A package at two consecutive releases: the later one's tests come with the earlier one's source. */
interface Release {
  readonly before: Files;
  readonly after: Files;
  readonly tests: Files;
  readonly installed?: Files;
  readonly red: Readonly<Record<string, unknown>>;
  readonly green: Readonly<Record<string, unknown>>;
  /** What is said of the tests that failed before and pass now. */
  readonly fixed: Readonly<Record<string, unknown>>;
}

const mended = (test: string) => ({ fixed_count: 1, names: [expect.stringContaining(test)] });
const unnamed = (reason: string) => ({ fixed_count: 0, names: [], reason: expect.stringContaining(reason) });

const manifest = (fields: Readonly<Record<string, unknown>>) =>
  `${JSON.stringify({ name: 'parse-flags', version: '1.2.5', ...fields }, null, 2)}\n`;

const parser = (guard: string) => `'use strict';

module.exports = function parse(args) {
  const flags = {};
  for (const arg of args) {
    const [name, value = true] = arg.replace(/^--/, '').split('=');
${guard}    flags[name] = value;
  }
  return flags;
};
`;
const vulnerable = parser('');
const guarded = parser("    if (name === '__proto__' || name === 'constructor') continue;\n");
const windows = (text: string) => text.replaceAll('\n', '\r\n');

const nodeTests = (module: string) => `'use strict';
const assert = require('node:assert/strict');
const { test } = require('node:test');
const parse = require('${module}');

test('reads flags', () => assert.equal(parse(['--a=1']).a, '1'));
test('ignores names that reach the prototype', () => {
  assert.equal(Object.hasOwn(parse(['--constructor=1']), 'constructor'), false);
});
`;

const plainTests = (module: string) => `const assert = require('assert');
const parse = require('${module}');
assert.equal(parse(['--a=1']).a, '1');
assert.equal(Object.hasOwn(parse(['--constructor=1']), 'constructor'), false);
`;

/** Runs files of \`it()\` and hands what they did to a reporter, as mocha does. */
const mochaLike = `#!/usr/bin/env node
const { EventEmitter } = require('events');
const { readdirSync } = require('fs');
const { resolve } = require('path');
const runner = new EventEmitter();
let failures = 0;
const value = (name) => process.argv.find((arg) => arg.startsWith(name))?.slice(name.length);
const Reporter = require(value('--reporter='));
new Reporter(runner, { reporterOptions: { output: value('--reporter-options=output=') } });
let group = '';
global.describe = (name, body) => { group = name; body(); };
global.it = (name, body) => {
  const test = { fullTitle: () => group + ' ' + name };
  try { body(); runner.emit('pass', test); } catch (err) { failures += 1; runner.emit('fail', test, err); }
};
for (const file of readdirSync('test')) require(resolve('test', file));
runner.emit('end');
process.exitCode = failures;
`;

const releases: Readonly<Record<string, Release>> = {
  'node:test behind no script at all': {
    before: { 'package.json': manifest({}), 'index.js': vulnerable },
    after: { 'index.js': guarded },
    tests: { 'test/index.test.js': nodeTests('..') },
    red: { verdict: 'fail', counts: { total: 2, passed: 1, failed: 1, skipped: 0 } },
    green: { verdict: 'pass', counts: { total: 2, passed: 2, failed: 0, skipped: 0 } },
    fixed: mended('ignores names'),
  },
  'node:test in a script, over CRLF sources with a lockfile and dependencies': {
    before: {
      'package.json': manifest({ scripts: { test: 'node --test' }, dependencies: { 'flag-names': '1.0.0' } }),
      'package-lock.json': '{"lockfileVersion":3}\n',
      '.gitignore': 'node_modules\n',
      'lib/index.js': windows(vulnerable.replace("'use strict';", "'use strict';\nrequire('flag-names');")),
    },
    after: { 'lib/index.js': windows(guarded.replace("'use strict';", "'use strict';\nrequire('flag-names');")) },
    tests: { 'test/index.test.js': nodeTests('../lib') },
    installed: { 'node_modules/flag-names/index.js': '', 'node_modules/flag-names/package.json': '{}' },
    red: { verdict: 'fail', counts: { total: 2, passed: 1, failed: 1, skipped: 0 } },
    green: { verdict: 'pass' },
    fixed: mended('ignores names'),
  },
  'a runner like mocha behind a build and a nested script': {
    before: {
      'package.json': manifest({
        scripts: { build: 'node build.js', unit: 'mocha', test: 'npm run build && mocha' },
        devDependencies: { mocha: '*' },
      }),
      '.gitignore': 'node_modules\ndist\n',
      'build.js':
        "const fs = require('fs');\nfs.mkdirSync('dist', { recursive: true });\nfs.copyFileSync('src/index.js', 'dist/index.js');\n",
      'src/index.js': vulnerable,
    },
    after: { 'src/index.js': guarded },
    tests: {
      'test/index.js': `const assert = require('assert');\nconst parse = require('../dist');\ndescribe('parse', () => {
  it('reads flags', () => assert.equal(parse(['--a=1']).a, '1'));
  it('guards', () => assert.equal(Object.hasOwn(parse(['--constructor=1']), 'constructor'), false));\n});\n`,
    },
    installed: { 'node_modules/mocha/package.json': '{}', 'node_modules/.bin/mocha': mochaLike },
    red: { verdict: 'fail', counts: { total: 2, passed: 1, failed: 1, skipped: 0 } },
    green: { verdict: 'pass', counts: { total: 2, passed: 2, failed: 0, skipped: 0 } },
    fixed: mended('guards'),
  },
  'a plain script that prints nothing, behind a hook': {
    before: {
      'package.json': manifest({ scripts: { pretest: 'node lint.js', test: 'node test/basic.js' } }),
      'lint.js': '',
      'index.js': vulnerable,
    },
    after: { 'index.js': guarded },
    tests: { 'test/basic.js': plainTests('..') },
    red: { verdict: 'fail' },
    green: { verdict: 'pass', summary: expect.stringContaining('judged by its exit code') },
    fixed: unnamed('named no failing test'),
  },
  'a workspace of a monorepo': {
    before: {
      'package.json': manifest({
        private: true,
        workspaces: ['packages/*'],
        scripts: { test: 'npm test --workspaces' },
      }),
      'packages/parser/package.json': manifest({ scripts: { test: 'node --test' } }),
      'packages/parser/index.js': vulnerable,
      'packages/other/package.json': manifest({ name: 'other', scripts: { test: 'node test.js' } }),
      'packages/other/test.js': '',
    },
    after: { 'packages/parser/index.js': guarded },
    tests: { 'packages/parser/test/index.test.js': nodeTests('..') },
    red: { verdict: 'fail' },
    green: { verdict: 'pass' },
    fixed: unnamed('names no test that passed'),
  },
};

it.each(Object.entries(releases))(
  'the source hunks of the next release of a package with %s lead from red to a pull request',
  async (_title, release) => {
    const { before, after, tests, installed = {} } = release;
    await using served = await serveRepository({ files: { ...before, ...tests }, installed });
    await served.open('INC-1', '--severity', 'SEV2');

    const red = await served.test('INC-1');
    expect(red.facts).toMatchObject(release.red);
    const patch = await diffOf(before, after);
    const applied = await served.call('apply_patch', { incident_id: 'INC-1', patch, reason: 'the next release' });
    expect(applied.text).toMatch(/^OK/);
    expect((await served.call('open_pr', { incident_id: 'INC-1' })).text).toMatch(/^DENIED\[tests_green\]/);
    const green = await served.test('INC-1');
    expect(green.facts).toMatchObject(release.green);
    expect(green.facts['base']).toMatchObject({ verdict: 'fail' });
    expect({ ...(green.facts['base'] as object), names: green.facts['fixed'] }).toMatchObject(release.fixed);
    const opened = await served.call('open_pr', { incident_id: 'INC-1' });

    expect(opened.text).toMatch(/^OK/);
    expect(served.branches()).toEqual(['hotfix/INC-1', 'main']);
    for (const [path, content] of Object.entries(after)) {
      expect(runGit(served.remote, 'show', `hotfix/INC-1:${path}`)).toBe(content.replace(/\n$/, ''));
    }
    const changed = runGit(served.remote, 'diff', '--name-only', 'main', 'hotfix/INC-1').split('\n');
    expect(changed).toEqual(Object.keys(after));
    const page = readFileSync(fileURLToPath(String(opened.facts['url'])), 'utf8');
    expect(page).toContain('✅ pass');
    expect(page).toContain('**Before and after**');
    expect(page).not.toContain('--test-reporter');
  },
);

it('runs the tests with the Node.js that the server runs on [workspace:tests:detected]', async () => {
  const script = `console.log('# pass 1\\n# tests 1\\nversion ' + process.version); process.exit(process.version === '${process.version}' ? 0 : 1);`;
  await using served = await serveRepository({
    files: { 'package.json': manifest({ scripts: { test: 'node t.js' } }), 't.js': script },
  });
  await served.open('INC-1');
  expect((await served.test('INC-1')).facts).toMatchObject({ verdict: 'pass' });
});

it('says that a step before the tests failed, as linters without their configuration do', async () => {
  const scripts = { lint: 'node lint.js', test: 'npm run lint && node --test test/a.test.js' };
  await using served = await serveRepository({
    files: {
      'package.json': manifest({ scripts }),
      'lint.js': 'process.exit(2)',
      'test/a.test.js': nodeTests('..'),
      'index.js': guarded,
    },
  });
  await served.open('INC-1');
  const answer = await served.test('INC-1');
  expect(answer.facts).toMatchObject({ verdict: 'fail' });
  expect(answer.text).toContain('a step before the tests may have failed');
});

/** What `git diff --no-index` prints for the two releases side by side. */
async function diffOf(before: Files, after: Files): Promise<string> {
  await using folder = await temporaryFolder();
  for (const [name, files] of [
    ['a', before],
    ['b', { ...before, ...after }],
  ] as const) {
    for (const [path, content] of Object.entries(files)) {
      const file = join(folder.path, name, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }
  const args = ['diff', '--no-index', '--no-prefix', 'a', 'b'];
  return `${(await execa('git', args, { cwd: folder.path, reject: false })).stdout}\n`;
}
