import { expect, it } from 'vitest';

import type { PatchAction, PublishAction, TestAction } from '#domain/action.ts';
import type { GitMode, FileWrite, TouchedFile } from '#domain/remediation.ts';
import { requirePlan } from '#policy/guards/require-plan.ts';
import type { Policy } from '#policy/schema.ts';

import { findings, incident, patch, publishing, running, shipped, touching, write } from '../unit/policy/samples.ts';

type Judged = PatchAction | TestAction | PublishAction;
type Case = readonly [what: string, action: Judged, policy?: Policy];

const many = (count: number, name = 'src/f') => Array.from({ length: count }, (_, index) => `${name}${index}.js`);
const withFiles = (...entries: Policy['protected_files']): Policy => ({ ...shipped, protected_files: entries });
const entry = (mode: GitMode) => ({ mode, oid: 'c'.repeat(40) });
const file = (mode: GitMode, content = 'x') => ({ mode, content: Buffer.from(content) });

/** A patch of one file in two states; what is left out was or will be absent. */
function turning(before: GitMode | undefined, after: FileWrite['after']): PatchAction {
  const change = { path: 'src/x', added: 1, removed: 0 };
  return patch({ writes: [{ ...change, ...(before && { before: entry(before) }), ...(after && { after }) }] });
}

const adding = (text: string) =>
  patch({
    writes: [
      write('src/a.js', {
        before: { mode: '100644', oid: 'b', content: Buffer.from('one\n') },
        after: { mode: '100644', content: Buffer.from(`one\n${text}\n`) },
      }),
    ],
  });

// Written in two pieces, so that nobody takes this file for a leak.
const token = ['ghp', 'q7Zx2LmN9vRt4KpW8sYd3HfJ6bGc5TaE1uQo'].join('_');

const roomy: Policy = { ...shipped, limits: { max_files: 300, max_lines: 1_000, max_deleted_tests: 0 } };
const fresh = (path: string) => {
  const { before: _before, ...rest } = write(path);
  return rest;
};
const touched = (path: string, bytes: number, ...lostTests: string[]): TouchedFile => ({ path, bytes, lostTests });
const net = (count: number, added = 1) =>
  many(count).map((path) => ({ path, change: 'modify' as const, added, removed: 1 }));

const cases: Readonly<Record<string, readonly Case[]>> = {
  path_canonical: [['a path in another spelling', touching('src//a.js'), withFiles()]],
  protected_files: [
    ['the only file', touching('.env')],
    ['one of several files', touching('.env', 'src/a.js', 'src/b.js'), roomy],
    ['one of very many files', touching('.env', ...many(60)), roomy],
    ['a copy out of it', patch({ reads: ['.env'] })],
    [
      'with reason and instead',
      touching('db/a.sql'),
      withFiles({ glob: 'db/**', effect: 'deny', reason: 'Nobody can roll it back.', instead: 'ask the data team' }),
    ],
    [
      'that a human may open',
      touching('db/a.sql', 'src/a.js'),
      withFiles({ glob: 'db/**', effect: 'require_approval', reason: 'It is read by others.', instead: 'use a view' }),
    ],
    [
      'that a human may open, without a reason',
      patch({ writes: [], reads: ['db/a.sql'] }),
      withFiles({ glob: 'db/**', effect: 'require_approval' }),
    ],
  ],
  sensitive_files: [['a covered file', touching('secrets/a'), { ...withFiles(), sensitive_files: ['secrets/**'] }]],
  built_in_files: [
    ['what no policy opens', touching('.git/config')],
    ['a copy of it', patch({ writes: [], reads: ['.git/config'] })],
    ['what a human may agree to', touching('package.json')],
    ['a copy of what may be read', patch({ reads: ['package.json'] })],
    ['a file both read and written', patch({ writes: [write('.git/config')], reads: ['.git/config'] })],
    [
      'what is published',
      publishing({ netChanges: [{ path: '.git/config', change: 'modify', added: 1, removed: 0 }] }),
    ],
  ],
  file_scope: [
    ['nothing is named', touching('src/a.js'), { ...shipped, file_scope: 'rca_files' }],
    ['other files are named', patch({ rcaFiles: ['src/q.js'] }), { ...shipped, file_scope: 'rca_files' }],
    [
      'very many files on both sides',
      patch({ rcaFiles: many(60, 'lib/n'), writes: many(60).map((path) => write(path)) }),
      { ...roomy, file_scope: 'rca_files' },
    ],
    [
      'a new test is free',
      patch({ rcaFiles: [], writes: [fresh('test/a.test.js')] }),
      { ...shipped, file_scope: 'rca_files' },
    ],
    ['a pull request is not asked', publishing(), { ...shipped, file_scope: 'rca_files' }],
  ],
  file_modes: [
    ['a submodule', turning(undefined, file('160000'))],
    ['a symbolic link', turning('100644', file('120000'))],
    ['a link that becomes a file', turning('120000', file('100644'))],
    ['binary content', turning('100644', file('100644', 'a\0b'))],
    ['a file that becomes executable', turning('100644', file('100755'))],
    ['a new executable file', turning(undefined, file('100755'))],
    ['a file that is no longer executable', turning('100755', file('100644'))],
    ['a submodule that goes away', turning('160000', undefined)],
    ['reordered text', turning('100644', file('100644', 'a\u202eb'))],
    ['a tag', turning('100644', file('100644', 'a\u{e0041}b'))],
    ['a terminal command', turning('100644', file('100644', '\u001b[2J'))],
  ],
  max_files: [
    ['of one patch', touching('a.js', 'b.js', 'c.js', 'd.js')],
    ['with earlier patches', patch({ writes: [write('d.js')], everTouched: ['a.js', 'b.js', 'c.js', 'd.js'] })],
    [
      'with very many',
      patch({ writes: many(120).map((path) => write(path)), everTouched: many(120, 'old/f') }),
      { ...roomy, limits: { max_files: 100, max_lines: 1_000 } },
    ],
    ['of a pull request', publishing({ netChanges: net(4) })],
    ['of nothing but tests', running('npm test'), { ...shipped, limits: { max_files: 0, max_lines: 0 } }],
  ],
  max_lines: [
    ['of a patch', patch({ netChanges: [{ path: 'a.js', change: 'modify', added: 150, removed: 3 }] })],
    [
      'of a pull request over many files',
      publishing({ netChanges: net(120, 9) }),
      { ...shipped, limits: { max_files: 200, max_lines: 150 } },
    ],
  ],
  max_bytes: [
    [
      'of two files',
      patch({ touched: [touched('a', 60), touched('b', 70)] }),
      { ...shipped, limits: { ...shipped.limits, max_bytes: 100 } },
    ],
    [
      'of very many files',
      patch({ touched: many(12).map((path, index) => touched(path, (index * 7) % 12)) }),
      { ...shipped, limits: { ...shipped.limits, max_bytes: 10 } },
    ],
  ],
  max_deleted_tests: [
    ['one', patch({ touched: [touched('test/a.js', 1, 'drains the queue')] })],
    [
      'five',
      patch({ touched: [touched('test/a.js', 1, ...many(3, 'case ')), touched('test/b.js', 1, ...many(2, 'case '))] }),
    ],
    ['six', patch({ touched: [touched('test/a.js', 1, ...many(6, 'case '))] })],
    ['very many', publishing({ touched: [touched('test/a.js', 1, ...many(60, 'case '))] })],
  ],
  code_rules: [
    [
      'a match',
      adding('eval(x)'),
      {
        ...shipped,
        code_rules: [
          { name: 'no-eval', pattern: String.raw`\beval\(`, message: 'eval executes text.', severity: 'block' },
        ],
      },
    ],
  ],
  secrets_in_patch: [['a token by its shape', adding(`const key = '${token}';`)]],
  blocked_commands: [
    [
      'with something harmless instead',
      running('terraform apply'),
      { ...shipped, blocked_commands: ['terraform apply'] },
    ],
    ['without', running('npm test && npm publish'), { ...shipped, blocked_commands: ['npm publish'] }],
    ['very long', running(`npm publish ${'a'.repeat(2_000)}`), { ...shipped, blocked_commands: ['npm publish'] }],
  ],
  command_not_analysable: [
    ['a text that is not literal', running('sh -c "$CMD"')],
    ['words that are not literal', running('npm $VERB'), { ...shipped, blocked_commands: ['npm publish'] }],
    ['a list of words', running(['npm', 'test'], ['sh', '-c', '$CMD'])],
  ],
  sandbox_least: [
    ['full', running('npm test'), { ...shipped, sandbox: { least: 'full' } }],
    ['partial where there is none', runningIn('none'), { ...shipped, sandbox: { least: 'partial' } }],
    ['full where there is partial', runningIn('partial'), { ...shipped, sandbox: { least: 'full' } }],
  ],
  branches: [
    ['another branch', publishing({ branch: 'feature' })],
    ['the base branch of the incident', publishing({ branch: 'main', baseBranch: 'dev' })],
    ['the base branch of the push', publishing({ branch: 'DEV', baseBranch: 'dev' })],
    ['the base branch by its full name', publishing({ branch: 'refs/heads/main' })],
    ['the base branch of a remote', publishing({ branch: 'refs/remotes/origin/Main' })],
    ['a branch that ends like the base branch', publishing({ branch: 'x/refs/heads/main' })],
    ['a branch below the name of a remote', publishing({ branch: 'refs/remotes/main' })],
  ],
  triggers_workflow: [
    ['one', publishing({ triggers: [{ path: '.github/workflows/deploy.yml', holds: ['secrets', 'job deploy'] }] })],
    ['with much in it', publishing({ triggers: [{ path: '.github/workflows/deploy.yml', holds: many(7, 'job ') }] })],
  ],
  tests_green: [
    [
      'suites that are not green',
      publishing({
        verification: [
          { suite: 'unit', green: true, state: 'green' },
          { suite: 'api', green: false, state: 'not_run' },
          { suite: 'web', green: false, state: 'fail' },
        ],
      }),
    ],
    ['no suite at all', publishing({ verification: [] })],
    [
      'failures that were there before',
      publishing({ verification: [{ suite: 'unit', green: false, state: 'fail_preexisting_only' }] }),
    ],
    ['no change', publishing({ netChanges: [] })],
  ],
};

function runningIn(isolation: 'none' | 'partial'): TestAction {
  const action = running('npm test');
  const { sandbox } = action.plan;
  return { ...action, plan: { ...action.plan, ...(sandbox && { sandbox: { ...sandbox, isolation } }) } };
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

it.each(Object.entries(cases))(
  'what %s tells an agent is as it is committed [tools:refusals:snapshot]',
  async (name, rows) => {
    const told = Object.fromEntries(rows.map(([what, action, policy]) => [what, findings(action, policy)]));
    await expect(json(told)).toMatchFileSnapshot(`snapshots/refusals/${name}.json`);
  },
);

const diagnosis = 'diagnosis: The pool leaks, as its size in the logs shows.';
const change = 'change: Close the connection after each job.';
const rollback = 'rollback: Revert the commit, nothing is migrated.';
const allParts = ['diagnosis', 'change', 'rollback'];

it.each<[string, string | undefined, readonly string[]]>([
  ['no plan', undefined, allParts],
  ['an empty plan', ' \n', allParts],
  ['a plan of one word', 'x', allParts],
  ['any words', 'Close the connection; revert the commit.', allParts],
  ['every part', [diagnosis, change, rollback].join('\n'), []],
  ['every part in another order and case', [rollback, diagnosis, change].join('\r\n').toUpperCase(), []],
  [
    'every part in a list',
    [diagnosis, change, rollback].map((part) => `- **${part.replace(':', '**:')}`).join('\n'),
    [],
  ],
  ['every part with words between', `Steps:\n${diagnosis}\n\nThen\n  ${change}\n${rollback}`, []],
  [
    'words of a language without spaces',
    'diagnosis: 接続が閉じられていない\nchange: 接続を毎回閉じる\nrollback: コミットを元に戻す',
    [],
  ],
  ['no way back', [diagnosis, change].join('\n'), ['rollback']],
  ['no diagnosis', [change, rollback].join('\n'), ['diagnosis']],
  ['parts in one line', [diagnosis, change, rollback].join(' '), ['change', 'rollback']],
  ['parts of too few words', 'diagnosis: leak\nchange: fix it\nrollback: revert revert revert', allParts],
  ['the form without words', 'diagnosis: …\nchange: …\nrollback: …', allParts],
  ['a part beneath its name', `diagnosis:\nThe pool leaks in the worker.\n${change}\n${rollback}`, ['diagnosis']],
  [
    'names of parts within words',
    `my diagnosis: one two three\nexchange: one two three\n${rollback}`,
    ['diagnosis', 'change'],
  ],
])('require_plan asks of a patch with %s for %j [gate:policy:plan-parts]', (_, plan, parts) => {
  const action = patch(plan === undefined ? {} : { plan });
  const asked = (of: typeof incident) =>
    requirePlan(action, { ...shipped, require_plan: true }, of).flatMap(({ evidence }) => evidence['parts']);
  expect(asked(incident)).toEqual(parts);
  expect(asked({ ...incident, rca: { text: ' ' } })).toEqual(parts);
  // A root-cause analysis is a diagnosis that somebody made.
  expect(asked({ ...incident, rca: { text: 'The pool leaks.' } })).toEqual(
    parts.filter((part) => part !== 'diagnosis'),
  );
  expect(requirePlan(action, shipped, incident)).toEqual([]);
});

it.each<[string, Judged, readonly string[]]>([
  ['a patch without a plan', patch(), ['plan']],
  ['a pull request without a root cause', publishing({ rootCause: ' \n' }), ['root_cause']],
  ['a pull request with a root cause', publishing({ rootCause: 'The pool leaks.' }), []],
  ['a test run', running('npm test'), []],
])('require_plan asks of %s: %j', async (_, action, missing) => {
  const found = requirePlan(action, { ...shipped, require_plan: true }, incident);
  expect(found.map(({ evidence }) => evidence['missing'])).toEqual(missing);
  expect(requirePlan(action, shipped, incident)).toEqual([]);
});

it('what require_plan tells an agent of an incident with a root-cause analysis is as it is committed', async () => {
  const known = { ...incident, rca: { text: 'The pool leaks.' } };
  const found = requirePlan(patch({ plan: change }), { ...shipped, require_plan: true }, known);
  await expect(json(found)).toMatchFileSnapshot('snapshots/refusals/require_plan-known-cause.json');
});

it.each([patch(), publishing()])('what require_plan tells an agent is as it is committed: $kind', async (action) => {
  const found = requirePlan(action, { ...shipped, require_plan: true }, incident);
  await expect(json(found)).toMatchFileSnapshot(`snapshots/refusals/require_plan-${action.kind}.json`);
});
