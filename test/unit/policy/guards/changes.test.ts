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

  const hiddenIn = (before: string | undefined, after: string) =>
    findings(
      patch({
        writes: [
          {
            path: 'src/x',
            ...(before !== undefined && { before: { ...entry('100644'), content: Buffer.from(before) } }),
            after: file('100644', after),
            added: 1,
            removed: 0,
          },
        ],
      }),
    ).map(({ rule, evidence }) => [rule, evidence['character']]);

  it.each([
    ['U+3164', 'a\u3164b'],
    ['U+115F', 'a\u115Fb'],
    ['U+1160', 'a\u1160b'],
    ['U+FFA0', 'a\uFFA0b'],
    ['U+2800', 'a\u2800b'],
    ['U+E0100', 'a\u{E0100}b'],
    ['U+FE0F', 'x\uFE0F'],
    ['U+FE0F', '1\uFE0F'],
    ['U+FE0F', '\u{1F600}\uFE0F\uFE0F'],
    ['U+180B', 'a\u180Bb'],
    ['U+200B', 'a\u200Bb'],
    ['U+2060', 'a\u2060b'],
    ['U+2062', 'a\u2062b'],
    ['U+061C', 'a\u061Cb'],
    ['U+200E', 'a\u200Eb'],
    ['U+200C', 'a\u200Cb'],
    ['U+200C', '\u0645\u200C'],
    ['U+200D', 'a\u200Db'],
    ['U+200D', '\u{1F468}\u200D'],
    ['U+200D', '\u{1F468}\u200D\u200D\u{1F469}'],
    ['U+00AD', 'a\u00ADb'],
    ['U+FEFF', 'a\uFEFFb'],
    ['U+FEFF', 'a\n\uFEFFb'],
    ['U+FEFF', '\uFEFF\uFEFFa'],
    ['U+009B', 'a\u009B2J'],
    ['U+0085', 'a // \u0085b'],
    ['U+2028', 'a // \u2028b'],
    ['U+2029', 'a // \u2029b'],
    ['U+000D', 'rm -rf x\rls'],
    ['U+0008', 'a\bb'],
    ['U+007F', 'a\u007Fb'],
    ['U+FFF9', 'a\uFFF9b'],
    ['U+E001', 'a\uE001b'],
    ['U+1D173', 'a\u{1D173}b'],
  ])('ask a human about %s in %j [gate:files:modes]', (name, text) => {
    expect(hiddenIn(undefined, `ok\n${text}\n`)).toEqual([['file_modes/hidden_characters', name]]);
  });

  it.each([
    ['a byte order mark at the start', '\uFEFFa\n'],
    ['lines that end with a carriage return', 'a\r\n\u00FC\r\n'],
    ['a page that begins', 'a\n\f\nb\n\f# \u00FC\n'],
    ['emoji', '\u2764\uFE0F \u{1F600} \u26A0\uFE0E \u00A9\uFE0F 1\uFE0F\u20E3 \u{1F1E9}\u{1F1EA}\n'],
    ['emoji of several', '\u{1F468}\u{1F3FD}\u200D\u{1F4BB} \u{1F3F3}\uFE0F\u200D\u{1F308} \u{1F9D1}\u200D\u{1F9B0}\n'],
    ['Persian', '\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645\n'],
    ['Hindi', '\u0930\u094D\u200D\u092F \u0915\u094D\u200C\u0937\n'],
    ['Bengali', '\u09B0\u200D\u09CD\u09AF\u09BE\u09AC\n'],
    ['Sinhala', '\u0DC1\u0DCA\u200D\u0DBB\u0DD3\n'],
    ['Hangul', '\uD55C\uAD6D\uC5B4 \u1112\u1161\u11AB\n'],
    ['wide and hard spaces', 'a\u00A0b\u3000c\u202Fd\n'],
    ['signs of Braille', '\u280B\u2819\n'],
  ])('allow %s', (_, text) => {
    expect(hiddenIn(undefined, text)).toEqual([]);
  });

  it('ask about added lines alone', () => {
    expect(hiddenIn('a\u200Bb\nc\n', 'a\u200Bb\nd\n')).toEqual([]);
    expect(hiddenIn('a\u200Bb\nc\n', 'a\u200Bb\nc\u200B\n')).toEqual([['file_modes/hidden_characters', 'U+200B']]);
    expect(hiddenIn('\uFEFFa\n', '\uFEFFb\n')).toEqual([]);
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

  it.each([
    ['fail', 'Mend what fails with apply_patch, then call run_tests'],
    ['not_run', 'Call run_tests'],
    ['fail_preexisting_only', 'Mend these failures too'],
  ] as const)('is told in state %s what to do first', (state, way) => {
    const [found] = findings(publishing({ verification: [{ suite: 'unit', green: false, state }] }));
    expect(found?.fix.startsWith(way)).toBe(true);
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
