import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { architectFragment, isArchitect } from '#policy/architect-fragment.ts';
import { parseCorpus } from '#policy/corpus.ts';
import { exampleChange, exampleRun } from '#policy/examples.ts';
import { explain, readingOf } from '#policy/explain.ts';
import { readLayers } from '#policy/extends.ts';
import { compileFnmatch, fnmatch } from '#policy/fnmatch.ts';

import { patch, shipped } from './samples.ts';

const errorOf = (act: () => unknown): FixgateError => {
  try {
    act();
  } catch (error) {
    if (error instanceof FixgateError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe("architect's own matching", () => {
  it.each<[string, string, boolean]>([
    ['', '', true],
    ['', 'a', false],
    ['a', '', false],
    ['*', '', true],
    ['**', 'a/b', true],
    ['a*', 'a/b/c', true],
    ['*c', 'a/b/c', true],
    ['a*c', 'a/b/c', true],
    ['a*c', 'a/b/cd', false],
    ['a*b*c', 'axbybzc', true],
    ['a*b*c', 'axcyb', false],
    ['a**c', 'abc', true],
    ['?', 'a', true],
    ['?', '', false],
    ['?', 'ab', false],
    ['a?c', 'a/c', true],
    ['*?', 'a', true],
    ['[ab]', 'a', true],
    ['[ab]', 'b', true],
    ['[ab]', 'c', false],
    ['[ab]', 'ab', false],
    ['[!ab]', 'c', true],
    ['[!ab]', 'a', false],
    ['[a-c]', 'b', true],
    ['[a-c]', 'c', true],
    ['[a-c]', 'd', false],
    ['[a-c]', '-', false],
    ['[a-ce]', 'e', true],
    ['[a-ce]', 'd', false],
    ['[xa-c]', 'x', true],
    ['[a-]', '-', true],
    ['[a-]', 'a', true],
    ['[a-]', 'b', false],
    ['[-a]', '-', true],
    ['[]]', ']', true],
    ['[]a]', 'a', true],
    ['[!]]', ']', false],
    ['[!]]', 'a', true],
    ['[]', '[]', true],
    ['[a', '[a', true],
    ['[!', '[!', true],
    ['x[ab]y', 'xay', true],
    ['x[ab]y', 'xaby', false],
    ['[ab]*[cd]', 'axxd', true],
    ['*[ab]', 'xxb', true],
    ['*[ab]c', 'xxbbc', true],
    ['a.b', 'axb', false],
    ['a+b', 'a+b', true],
  ])('of %j on %j: %s', (pattern, text, matches) => {
    expect(fnmatch(text, compileFnmatch(pattern))).toBe(matches);
  });
});

describe('an explanation', () => {
  const policy = {
    ...shipped,
    blocked_commands: ['npm publish', 'kubectl (apply|delete)', 'deploy.sh'],
    sensitive_files: ['@secrets'],
    code_rules: [{ name: 'no-eval', pattern: 'eval', message: 'no', severity: 'block' as const }],
  };

  it('lists every rule of a command with the way that it is read', () => {
    expect(
      explain('command', exampleRun('npm publish'), { policy }).rules.map(({ findings, ...rest }) => [
        rest,
        findings.length,
      ]),
    ).toEqual([
      [{ rule: 'blocked_commands/npm publish', reading: 'words' }, 1],
      [{ rule: 'blocked_commands/kubectl (apply|delete)', reading: 'a regular expression' }, 0],
      [{ rule: 'blocked_commands/deploy.sh', reading: 'words' }, 0],
      [{ rule: 'command_not_analysable' }, 0],
    ]);
  });

  it('lists the rules of names for a path, and more for a patch', () => {
    const names = explain('path', exampleChange(['a']), {
      policy: { ...policy, sensitive_files: undefined },
    });
    const rulesOf = ({ rules }: ReturnType<typeof explain>) => rules.map(({ rule }) => rule);
    const ofPath = rulesOf(explain('path', exampleChange(['a']), { policy }));
    const ofPatch = rulesOf(explain('patch', patch(), { policy }));
    expect(ofPath.slice(0, 3)).toEqual(['path_canonical', 'path_links', 'protected_files/*.env*']);
    expect(rulesOf(names)).toEqual(ofPath.filter((rule) => rule !== 'sensitive_files/@secrets'));
    expect(ofPatch).toEqual([
      ...ofPath,
      'file_scope',
      'file_modes/symlink',
      'file_modes/submodule',
      'file_modes/type_change',
      'file_modes/binary',
      'file_modes/hidden_characters',
      'file_modes/executable_bit',
      'max_files',
      'max_lines',
      'max_bytes',
      'max_deleted_tests',
      'code_rules/no-eval',
      'secrets_in_patch',
    ]);
    expect(ofPath).toContain('built_in_files/git');
    expect(ofPath.at(-1)).toBe('built_in_files/agent-instructions');
  });

  it('has the strictest verdict, with what only the repository shows', () => {
    const known = { rule: 'x', effect: 'require_approval' as const, reason: '', fix: '', evidence: {} };
    expect(explain('path', exampleChange(['a']), { policy }).verdict).toBe('allow');
    expect(explain('path', exampleChange(['a']), { policy, known: [known] }).verdict).toBe('require_approval');
    expect(explain('path', exampleChange(['.env']), { policy, known: [known] }).verdict).toBe('deny');
    expect(explain('path', exampleChange(['a']), { policy, known: [known] }).rules.at(-1)).toEqual({
      rule: 'x',
      findings: [known],
    });
  });

  it.each([
    ['make deploy', 'words of a parsed command'],
    ['npm view', 'words of a parsed command, with the equivalents in pnpm, yarn, bun'],
    ['terraform plan', 'words of a parsed command, with the equivalents in tofu, terragrunt'],
    ['deploy.sh', 'words of a parsed command, and a regular expression because of the dot'],
    ['a (b|c)', 'a regular expression, searched in the text and in each call'],
  ])('reads %j as %s', (entry, reading) => {
    expect(readingOf(entry)).toBe(reading);
  });
});

describe('files that are extended together', () => {
  const ours = (text = '') => (isArchitect(text) ? text : `version: 1\n${text}`);
  const layers = (files: Readonly<Record<string, string>>) =>
    readLayers(ours(files['top']), '/p/top', (file) => ours(files[file.replace('/p/', '')]));
  const top = 'extends: [one, two]\n';
  const allow = '{ glob: Makefile, effect: allow }';

  it.each<[string, string, string, unknown]>([
    [
      'an opening of both holds',
      `protected_files: [${allow}]`,
      `protected_files: [${allow}]`,
      [{ glob: 'Makefile', effect: 'allow' }],
    ],
    [
      'an opening of one holds where the other is silent',
      `protected_files: [${allow}]`,
      'name: two',
      [{ glob: 'Makefile', effect: 'allow' }],
    ],
    [
      'an opening of one falls where the other names other files',
      `protected_files: [${allow}]`,
      'protected_files: [a]',
      ['a'],
    ],
    [
      'an opening falls beside another opening',
      `protected_files: [${allow}]`,
      'protected_files: [{ glob: x, effect: allow }]',
      [],
    ],
    [
      'an opening falls beside a denial of the same',
      `protected_files: [${allow}, b]`,
      'protected_files: [Makefile]',
      ['b', 'Makefile'],
    ],
    ['nothing is invented', 'name: one', 'name: two', undefined],
  ])('%s', (_, one, two, files) => {
    expect(layers({ top, one, two }).content['protected_files']).toEqual(files);
  });

  it('keep what must be refused, drop what must be allowed, and name each file once', () => {
    const rows = (path: string) =>
      `examples: { refused: { paths: [${path}], commands: [] }, allowed: { paths: [${path}x], commands: [] } }`;
    const merged = layers({
      top,
      one: `extends: [zero]\n${rows('a')}`,
      two: `extends: [zero]\n${rows('b')}`,
      zero: 'name: zero',
    });
    expect(merged.content['examples']).toEqual({
      refused: { paths: ['a', 'b'], commands: [] },
      allowed: { paths: [], commands: [] },
    });
    expect(merged.origins).toEqual(['/p/zero', '/p/one', '/p/two', '/p/top']);
    expect(layers({ top, one: rows('a'), two: 'name: two' }).content['examples']).toMatchObject({
      refused: { paths: ['a'] },
    });
    expect(layers({ top, one: 'name: one', two: rows('b') }).content['examples']).toMatchObject({
      refused: { paths: ['b'] },
    });
  });

  it('bring the notes of both', () => {
    const architect = 'guardrails: {}\ntelemetry: { enabled: true }\n';
    const { notes } = layers({ top, one: architect, two: architect });
    expect(notes.length).toBe(2 * layers({ top: 'extends: [one]', one: architect }).notes.length);
    expect(notes.length).toBeGreaterThan(0);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['itself', { top: 'extends: [top]' }, 'extends: top extends this file in turn'],
    ['each other', { top: 'extends: [one]', one: 'extends: [top]' }, 'extends: top extends this file in turn'],
    [
      'more than five',
      {
        top: 'extends: [a]',
        a: 'extends: [b]',
        b: 'extends: [c]',
        c: 'extends: [d]',
        d: 'extends: [e]',
        e: 'extends: [f]',
      },
      'extends: more than 5 files deep',
    ],
  ])('may not be %s', (_, files, problem) => {
    expect(layers(files).problems.map(({ line }) => line)).toEqual([problem]);
  });

  it('may be five deep, and need a reader', () => {
    const files = {
      top: 'extends: [a]',
      a: 'extends: [b]',
      b: 'extends: [c]',
      c: 'extends: [d]',
      d: 'extends: [e]',
      e: 'name: e',
    };
    expect(layers(files).origins).toHaveLength(6);
    expect(readLayers('version: 1\nextends: [a]', '/p/top', undefined).problems).toEqual([
      { origin: '/p/top', line: 'extends: files cannot be followed from here' },
    ]);
    expect(readLayers('', '/p/top', undefined)).toMatchObject({
      content: {},
      origins: ['/p/top'],
      notes: [],
      problems: [{ origin: '/p/top', line: 'version: is missing: 1' }],
    });
    expect(readLayers('version: 1\nextends: []\nname: a', '/p/top', undefined)).toMatchObject({
      content: { version: 1, name: 'a' },
      origins: ['/p/top'],
      notes: [],
      problems: [],
    });
  });
});

describe("architect's form", () => {
  it.each<[string, boolean]>([
    ['telemetry: { enabled: true }', true],
    ['costs: {}', true],
    ['null', false],
    ['7', false],
    ['text', false],
    ['', false],
    ['telemetry: {}\nversion: 1', false],
  ])('is seen in %j: %s', (text, seen) => {
    expect(isArchitect(text)).toBe(seen);
  });

  const contentOf = (text: string) => architectFragment(text, 'a.yaml').content;

  it.each<[string, string]>([
    ['Unit Tests', 'unit-tests'],
    ['  --Ünit (x)  ', 'nit-x-'],
    ['a_b.c-d', 'a_b.c-d'],
    ['...', 'architect-1'],
    ['???', 'architect-1'],
    ['x'.repeat(60), 'x'.repeat(40)],
  ])('takes the name %j for a gate as %j', (name, taken) => {
    const gate = { name, command: 'npm test' };
    expect(contentOf(JSON.stringify({ guardrails: { quality_gates: [gate] } }))['quality_gates']).toEqual([
      { name: taken, argv: ['npm', 'test'], timeout_s: 60, required: true },
    ]);
  });

  it('keeps what a gate says of its time and need, and cuts what it shows', () => {
    const gate = { name: 'a', command: 'npm test', timeout: 5, required: false };
    expect(contentOf(JSON.stringify({ guardrails: { quality_gates: [gate] } }))['quality_gates']).toEqual([
      { name: 'a', argv: ['npm', 'test'], timeout_s: 5, required: false },
    ]);
    const long = { name: 'a', command: `a | ${'b'.repeat(300)}` };
    const { evidence } = errorOf(() => contentOf(JSON.stringify({ guardrails: { quality_gates: [long] } })));
    expect(evidence['problems']).toEqual([
      `guardrails.quality_gates[0].command: "a | ${'b'.repeat(196)}" needs a shell; write one plain command, or put it into a script of the repository`,
    ]);
  });

  it('keeps what a rule of code says, and refuses one without a linear form', () => {
    const rule = (more: object) =>
      JSON.stringify({ guardrails: { code_rules: [{ pattern: 'a', message: 'no', ...more }] } });
    expect(contentOf(rule({}))['code_rules']).toEqual([
      { name: 'architect-1', pattern: 'a', message: 'no', severity: 'warn' },
    ]);
    expect(contentOf(rule({ message: '' }))['code_rules']).toMatchObject([{ message: 'it is not wanted here' }]);
    expect(contentOf(rule({ message: 'x'.repeat(600) }))['code_rules']).toMatchObject([{ message: 'x'.repeat(500) }]);
    expect(errorOf(() => contentOf(rule({ pattern: '(?!a)' }))).evidence['problems']).toEqual([
      expect.stringMatching(
        /^guardrails\.code_rules\[0\]\.pattern: the regular expression cannot be used: look-around/,
      ),
    ]);
  });

  it('takes a class for the name of a file', () => {
    expect(contentOf('guardrails: { protected_files: ["@secrets", "a"] }')).toEqual({
      protected_files: ['[@]secrets', 'a'],
    });
    expect(contentOf('guardrails: {}')).toEqual({});
  });
});

describe('a corpus that cannot be read', () => {
  it.each([
    ['{}', 'it is no list of rows'],
    ['[null]', '[0]: a row needs command, path_or_patch or attack'],
    [
      '[7, {"id": "a"}]',
      '[0]: a row needs command, path_or_patch or attack\n- [1]: a row needs command, path_or_patch or attack; must: is missing',
    ],
  ])('%s says why', (text, why) => {
    const error = errorOf(() => parseCorpus(text, 'rows.json'));
    expect(error.message).toBe(`The corpus rows.json cannot be read:\n- ${why}`);
    expect(error).toMatchObject({
      code: 'invalid_input',
      fix: 'Name a JSON file with rows of commands, paths or patches.',
    });
  });

  it('names every problem of a row, and fifty rows at most', () => {
    const { message } = errorOf(() => parseCorpus('[{"command": "a", "id": 7, "must": "x"}]', 'rows.json'));
    expect(message).toMatch(/\n- \[0\]: id: .*; must: /);
    const many = errorOf(() => parseCorpus(JSON.stringify(Array.from({ length: 60 }, () => 7)), 'rows.json')).message;
    expect(many.split('\n')).toHaveLength(51);
    expect(errorOf(() => parseCorpus('[', 'rows.json')).message).toMatch(/cannot be read:\n- ./);
  });
});
