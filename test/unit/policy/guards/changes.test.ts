import { describe, expect, it } from 'vitest';

import { findings, incident, patch, publishing, rules, shipped, touching, write } from '../samples.ts';

describe('file modes', () => {
  const file = (mode: '100644' | '100755' | '120000' | '160000', content = 'x') => ({
    mode,
    content: Buffer.from(content),
  });
  const entry = (mode: '100644' | '100755' | '120000' | '160000') => ({ mode, oid: 'c'.repeat(40) });

  it.each([
    ['a new symbolic link', undefined, file('120000'), ['symlink', 'deny']],
    ['a symbolic link with another target', entry('120000'), file('120000'), ['symlink', 'deny']],
    ['a file that becomes a link', entry('100644'), file('120000'), ['symlink', 'deny']],
    ['a link that becomes a file', entry('120000'), file('100644'), ['type_change', 'deny']],
    ['a new submodule', undefined, file('160000'), ['submodule', 'deny']],
    ['a submodule that goes away', entry('160000'), undefined, ['submodule', 'deny']],
    ['binary content', entry('100644'), file('100644', 'a\0b'), ['binary', 'deny']],
    ['text that is reordered', entry('100644'), file('100644', 'a\u202eb'), ['hidden_characters', 'require_approval']],
    ['text in tags', undefined, file('100644', 'a\u{e0041}b'), ['hidden_characters', 'require_approval']],
    ['commands of a terminal', undefined, file('100644', '\u001b[2J'), ['hidden_characters', 'require_approval']],
    ['a file that becomes executable', entry('100644'), file('100755'), ['executable_bit', 'require_approval']],
    ['a file that is no longer executable', entry('100755'), file('100644'), ['executable_bit', 'require_approval']],
    ['a new executable file', undefined, file('100755'), ['executable_bit', 'require_approval']],
  ] as const)('object to %s [gate:files:modes]', (_, before, after, [what, effect]) => {
    const found = findings(
      patch({ writes: [{ path: 'src/x', ...(before && { before }), ...(after && { after }), added: 1, removed: 0 }] }),
    );
    expect(found).toEqual([expect.objectContaining({ rule: `file_modes/${what}`, effect })]);
  });

  it('allow to delete a symbolic link, to add a file and to edit an executable one', () => {
    const writes = [
      { path: 'link', before: entry('120000'), added: 0, removed: 1 },
      { path: 'src/new.js', after: file('100644'), added: 1, removed: 0 },
      { path: 'bin/run', before: entry('100755'), after: file('100755'), added: 1, removed: 1 },
    ];
    expect(rules(patch({ writes }))).toEqual([]);
  });
});

describe('change caps', () => {
  it('allow exactly the cap', () => {
    expect(rules(touching('a.js', 'b.js', 'c.js'))).toEqual([]);
  });

  it('count files of earlier patches and name them [gate:caps:files]', () => {
    const found = findings(patch({ writes: [write('d.js')], everTouched: ['a.js', 'b.js', 'c.js', 'd.js'] }));
    expect(found).toEqual([expect.objectContaining({ rule: 'max_files', effect: 'deny' })]);
    expect(found[0]?.evidence).toMatchObject({
      count: 4,
      cap: 3,
      touched_by_earlier_patches: ['a.js', 'b.js', 'c.js'],
    });
    expect(found[0]?.reason).toContain('"a.js", "b.js" and "c.js" from earlier patches count');
  });

  it('count a path that is written now even when it is missing from the touched ones', () => {
    expect(rules(patch({ writes: ['a', 'b', 'c', 'd'].map((path) => write(path)), everTouched: [] }))).toEqual([
      'max_files',
    ]);
  });

  it('count added and removed lines of the net diff, not of the patch [gate:caps:lines]', () => {
    const net = (added: number) => [{ path: 'a.js', change: 'modify' as const, added, removed: 75 }];
    expect(rules(patch({ writes: [write('a.js', { added: 900 })], netChanges: net(75) }))).toEqual([]);
    expect(findings(patch({ netChanges: net(76) }))).toEqual([
      expect.objectContaining({ rule: 'max_lines', evidence: expect.objectContaining({ lines: 151, cap: 150 }) }),
    ]);
  });

  it('make a policy with no files read-only', () => {
    expect(rules(touching('a.js'), { ...shipped, limits: { max_files: 0, max_lines: 150 } })).toEqual(['max_files']);
  });
});

describe('publishing', () => {
  it('is allowed from the own branch with green suites', () => {
    expect(rules(publishing())).toEqual([]);
  });

  it.each(['hotfix/INC-8', 'hotfix/INC-7/x', 'feature', 'refs/heads/hotfix/INC-7'])(
    'refuses the branch %j',
    (branch) => {
      expect(rules(publishing({ branch }))).toEqual(['branches']);
    },
  );

  it('refuses the base branch, even one that is named like the hotfix [gate:publish:branch]', () => {
    expect(rules(publishing({ branch: 'main' }))).toEqual(['branches']);
    expect(findings(publishing({ baseBranch: `hotfix/${incident.id}` }))[0]?.reason).toContain('never pushed');
  });

  it('lists every suite and what to call next when one is not green [gate:publish:green, tools:refusals:all-findings]', () => {
    const found = findings(
      publishing({
        verification: [
          { suite: 'unit', green: true, state: 'green' },
          { suite: 'api', green: false, state: 'not_run' },
          { suite: 'web', green: false, state: 'fail' },
        ],
      }),
    );
    expect(found).toEqual([expect.objectContaining({ rule: 'tests_green', effect: 'deny' })]);
    expect(found[0]?.evidence.suites).toHaveLength(3);
    expect(found[0]?.fix).toContain('"api" and "web"');
    expect(found[0]?.fix).toContain('scope affected or all');
  });

  it.each([
    [['fail_preexisting_only', 'fail_preexisting_only'], 'tests_green/preexisting'],
    [['fail_preexisting_only', 'fail'], 'tests_green'],
    [['flaky'], 'tests_green'],
    [['not_run'], 'tests_green'],
  ] as const)('with suites in state %j breaks the rule %s [tests:base:waiver]', (states, rule) => {
    const verification = states.map((state, index) => ({ suite: `s${index}`, green: false, state }));
    expect(rules(publishing({ verification }))).toEqual([rule]);
  });

  it('is refused when only tests that it edits itself have become green, with a way forward [gate:publish:edited-test]', () => {
    const [found, ...more] = findings(publishing({ editedProof: ['adds', 'subtracts'] }));
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      rule: 'tests_green/edited_test',
      effect: 'deny',
      evidence: { tests: ['adds', 'subtracts'] },
    });
    expect(found?.reason).toContain('"adds" and "subtracts"');
    for (const way of ['Put these tests back', 'new test first', 'fixgate waive tests_green/edited_test'])
      expect(found?.fix).toContain(way);
  });

  it('needs a required suite and a change [gate:publish:green]', () => {
    expect(rules(publishing({ verification: [], netChanges: [] }))).toEqual(['nothing_to_publish', 'tests_green']);
  });
});
