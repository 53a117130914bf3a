import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { issueWords } from '#domain/issue-words.ts';
import { fromArchitect } from '#policy/architect.ts';
import { parsePolicy } from '#policy/load.ts';
import { parsePolicyLayers } from '#policy/parse-policy.ts';
import { describeIssues } from '#policy/problems.ts';
import { PolicyFile } from '#policy/schema.ts';
import { parseYaml } from '#policy/yaml.ts';

import { shipped, shippedText } from './samples.ts';

/** What is told of `/p/policy.yaml`, and of which file. */
function told(
  files: Readonly<Record<string, string>>,
  parse: (...given: Parameters<typeof parsePolicy>) => unknown = parsePolicy,
) {
  const read = (file: string) => {
    const text = files[file.replace(/^\/p\//, '')];
    if (text === undefined)
      throw new FixgateError('misconfigured', `${file} cannot be read.`, { fix: 'Name another.' });
    return text;
  };
  try {
    parse(files['policy.yaml'] ?? '', '/p/policy.yaml', read);
  } catch (error) {
    if (error instanceof FixgateError)
      return { origin: error.evidence['origin'], problems: error.evidence['problems'] as readonly string[] };
    throw error;
  }
  return { origin: undefined, problems: [] };
}

const problems = (text: string) => told({ 'policy.yaml': text }).problems;
const on = (child: string, base = shippedText) =>
  told({ 'base.yaml': base, 'policy.yaml': `version: 1\nextends: [base.yaml]\n${child}` }).problems;

const noClass = (glob: string) => expect.stringContaining(`"${glob}" is no class; did you mean "${glob}s"?`) as string;

describe('every problem is told at once, with one stage of checks not hiding the next', () => {
  it('in one entry: a wrong value hides none of the others [gate:policy:stages]', () => {
    const rule = '{ name: a, pattern: "(?<=x)y", message: m, severity: blok }';
    const found = problems(`${shippedText}\ncode_rules: [${rule}, { name: a, pattern: b, message: m }]\n`);
    expect(found).toEqual(
      expect.arrayContaining([
        'code_rules[0].severity: must be one of block, warn; did you mean block?',
        expect.stringMatching(/^code_rules\[0\]\.pattern: the regular expression cannot be used: /),
        'code_rules: the name "a" stands twice',
      ]),
    );
    expect(found).toHaveLength(3);
  });

  it('in a whole policy: shape, classes, expressions, names, hooks and examples [gate:policy:stages]', () => {
    const text = shippedText
      .replace('mode: enforce', 'mode: shadw\nsensitive_files: ["@secret", 7, "@migration"]')
      .replace('"docker push"', '"docker (?!pull)"')
      .replace('      - src/orders/queue.js', '      - k8s/production/a.yaml');
    const more = `
code_rules: [{ name: a, pattern: "(", message: b }, { name: c, patern: d, message: e }]
quality_gates: [{ name: a, argv: [kubectl, apply] }, { name: a, argv: [] }, { name: b, argv: [npm, publish] }]
hooks: [{ on: escalate, argv: [a] }, { on: escalated, argv: [npm, publish] }]
`;
    const found = problems(text + more);
    const expected = [
      'mode: must be one of enforce, shadow; did you mean shadow?',
      expect.stringMatching(/^sensitive_files\[1\]: must be a text or /),
      'code_rules[1].pattern: is missing',
      'code_rules[1].patern: unknown key; did you mean "pattern"?',
      'quality_gates[1].argv: must not be empty',
      expect.stringMatching(/^hooks\[0\]\.on: must be one of /),
      expect.stringMatching(/^blocked_commands\[1\]: the regular expression cannot be used/),
      noClass('@secret'),
      noClass('@migration'),
      expect.stringMatching(/^code_rules\[0\]\.pattern: the regular expression cannot be used/),
      'quality_gates[0].argv: "kubectl apply" is refused by blocked_commands/kubectl apply',
      'quality_gates[2].argv: "npm publish" is refused by blocked_commands/npm publish',
      'hooks[1].argv: "npm publish" is refused by blocked_commands/npm publish',
      'examples.allowed.paths[0]: "k8s/production/a.yaml" is refused by protected_files/k8s/production/**',
    ];
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(found).toHaveLength(expected.length);
    expect(found.find((line) => line.includes('@migration'))).toMatch(/^sensitive_files\[2\]: /);
  });

  it.each<[string, readonly string[]]>([
    [
      'mode: shadw\nsensitive_files: ["@secret"]',
      ['mode: must be one of enforce, shadow; did you mean shadow?', noClass('@secret')],
    ],
    [
      'limits: { max_files: 99, max_file: 3 }\nbudget: { usd: 50 }',
      [
        'limits.max_file: unknown key; did you mean "max_files"?',
        'limits.max_files: 99 is looser than 3 in /p/base.yaml, which it extends',
        'budget.usd: 50 is looser than 1 in /p/base.yaml, which it extends',
      ],
    ],
    [
      'protected_files: [{ glob: a }, { glob: "*.lock", effect: allow }, "@lockfile"]\nexamples: { allowed: { paths: [7, .env] } }',
      [
        expect.stringMatching(/^protected_files\[0\]\.effect: is missing/),
        expect.stringMatching(/^examples\.allowed\.paths\[0\]: must be a text/),
        expect.stringMatching(/^protected_files\[2\]: "@lockfile" is no class/),
        expect.stringMatching(/^protected_files\[1\]: .*"effect":"allow"} is looser than/),
        'examples.allowed.paths[1]: ".env" is refused by protected_files/*.env*',
      ],
    ],
  ])('in one on top of another: %s [gate:policy:stages]', (child, lines) => {
    expect(on(child)).toEqual(lines);
  });

  it('without its examples, too, for a process that lives for one call [gate:policy:stages]', () => {
    const child = 'mode: shadw\nlimits: { max_files: 99 }\nblocked_commands: ["a(?=b)"]';
    const files = { 'base.yaml': shippedText, 'policy.yaml': `version: 1\nextends: [base.yaml]\n${child}` };
    expect(told(files, parsePolicyLayers).problems).toHaveLength(3);
  });

  it('of each file that has some, by its name [gate:policy:stages]', () => {
    const base = shippedText.replace('max_lines: 150', 'max_line: 150').replace('"docker push"', '"docker (?!pull)"');
    const files = {
      'one.yaml': base,
      'two.yaml': 'version: 1\nextends: [one.yaml]\nmode: shadw',
      'policy.yaml': 'version: 1\nextends: [one.yaml, two.yaml, three.yaml, .architect.yaml]\nlimits: { max_files: 9 }',
      '.architect.yaml': 'guardrails: { max_files_modified: x, code_rules: [{ pattern: "(", message: a }] }',
    };
    const { origin, problems: lines } = told(files);
    expect(origin).toBe('/p/policy.yaml');
    expect(lines).toEqual([
      '/p/one.yaml: limits.max_line: unknown key; did you mean "max_lines"?',
      expect.stringMatching(/^\/p\/one\.yaml: blocked_commands\[1\]: the regular expression cannot be used/),
      '/p/two.yaml: mode: must be one of enforce, shadow; did you mean shadow?',
      'extends: /p/three.yaml: /p/three.yaml cannot be read.',
      '/p/.architect.yaml: guardrails.max_files_modified: must be a number',
      expect.stringMatching(/^\/p\/\.architect\.yaml: guardrails\.code_rules\[0\]\.pattern: the regular expression/),
    ]);
  });

  it("in an operator's .architect.yaml [gate:policy:stages]", () => {
    const text = `guardrails:
  max_files_modified: -1
  blocked_commands: [7, "docker (?!pull)"]
  quality_gates: [{ name: a }, { name: b, command: "a | b" }, { name: c, command: "npm test", timout: 1 }]
`;
    const act = () => fromArchitect(text, 'a.yaml', shipped);
    expect(act).toThrow(FixgateError);
    expect(act).toThrow(/has 6 problems/);
    expect(act).toThrow(/guardrails\.quality_gates\[1\]\.command: "a \| b" needs a shell/);
    expect(act).toThrow(/guardrails\.blocked_commands\[1\]: the regular expression/);
  });
});

describe('what only follows from a part that is left out is not told', () => {
  it.each<[string, (text: string) => string, readonly string[]]>([
    [
      'that a value is missing which is only wrong',
      (text) => text.replace('max_files: 3', 'max_files: three').replace('draft: false', 'draft: 0'),
      ['limits.max_files: must be a number', 'pull_request.draft: must be true or false'],
    ],
    [
      'that the rest of a mapping is not enough without what is wrong in it',
      (text) =>
        text
          .replace(/least: \w+/, 'least: fully')
          .replace(/medium: \d+/, 'medium: 10\n  business_hours: { days: [mon], from: 9, until: "17:00" }'),
      ['risk.business_hours.from: must be a text', expect.stringMatching(/^sandbox\.least: must be one of /)],
    ],
    [
      'that a path is allowed which a rule left out may refuse',
      (text) => text.replace('- "*.env*"', '- { glob: "*.env*", efect: deny, effect: deny }'),
      ['protected_files[0].efect: unknown key; did you mean "effect"?'],
    ],
    [
      'that a path is allowed by files under a misspelled key',
      (text) => text.replace('protected_files:', 'sensitve_files:').concat('\nprotected_files: []\n'),
      ['sensitve_files: unknown key; did you mean "sensitive_files"?'],
    ],
    [
      'that a command is allowed which an entry left out may block',
      (text) => text.replace('"npm publish"', '"npm publish("'),
      [expect.stringMatching(/^blocked_commands\[\d\]: /)],
    ],
    [
      'that a command is allowed which is only searched in the text',
      (text) =>
        text
          .replace('blocked_commands:', 'blocked_commands_mode: strict\nblocked_commands:')
          .replace('- npm test && npm pu', '- grep "npm publish" a'),
      [expect.stringMatching(/^blocked_commands_mode: must be one of words, strict-regex/)],
    ],
    [
      'that a path needs approval which a rule left out may allow',
      (text) =>
        text
          .replace('protected_files:', 'protected_files:\n  - { glob: Makefile, effect: alow }')
          .replace('- src/orders/queue.js', '- Makefile'),
      [expect.stringMatching(/^protected_files\[0\]\.effect: must be one of /)],
    ],
  ])('%s [gate:policy:stages]', (_, change, lines) => {
    expect(change(shippedText)).not.toBe(shippedText);
    expect(problems(change(shippedText))).toEqual(lines);
  });

  it.each<[string, (base: string) => string, string, readonly string[]]>([
    [
      'that a value is looser than one that is left out below',
      (base) => base.replace('max_files: 3', 'max_files: many').replace('mode: enforce', 'mode: shade'),
      'mode: shadow\nlimits: { max_files: 9, max_lines: 999 }',
      [
        'limits.max_lines: 999 is looser than 150 in /p/base.yaml, which it extends',
        '/p/base.yaml: mode: must be one of enforce, shadow; did you mean shadow?',
        '/p/base.yaml: limits.max_files: must be a number',
      ],
    ],
    [
      'that a value is looser than the default of a misspelled key below',
      (base) => `${base}\nsandbx: { least: none }\n`,
      'sandbox: { least: none }',
      ['sandbx: unknown key; did you mean "sandbox"?'],
    ],
    [
      'that an allow opens what one that is left out below may open',
      (base) => base.replace('protected_files:', 'protected_files:\n  - { glob: Makefile, effect: alow }'),
      'protected_files: [{ glob: Makefile, effect: allow }]',
      [expect.stringMatching(/^protected_files\[0\]\.effect: must be one of /)],
    ],
    [
      'anything of what a file that cannot be read may say',
      () => 'version: [1\n',
      'limits: { max_files: 9 }\nmode: shadow',
      [expect.stringMatching(/line 2/)],
    ],
  ])('%s [gate:policy:stages]', (_, below, child, lines) => {
    expect(on(child, below(shippedText))).toEqual(lines);
  });

  it('and defaults of a file with problems hold all the same [gate:policy:stages]', () => {
    const base = shippedText.replace('max_files: 3', 'max_files: many');
    expect(on('approvals: advisory', base)).toEqual([
      'approvals: "advisory" is looser than "signed" in /p/base.yaml, which it extends',
      '/p/base.yaml: limits.max_files: must be a number',
    ]);
  });
});

it('an example or hook that does not hold is told where its own file says it [gate:policy:stages]', () => {
  const base = `${shippedText}\nhooks: [{ on: escalated, argv: [a] }]\n`;
  const child = `hooks: [{ on: escalate, argv: [b] }, { on: escalated, argv: [npm, publish] }]
examples: { refused: { paths: [.env, src/ok.js] } }`;
  expect(on(child, base).slice(1)).toEqual([
    'examples.refused.paths[1]: "src/ok.js" is allowed',
    'hooks[1].argv: "npm publish" is refused by blocked_commands/npm publish',
  ]);
});

const junk = fc.constantFrom<unknown>(
  null,
  -1,
  7,
  'x',
  '@secret',
  '(',
  [],
  [7],
  ['@x'],
  {},
  { least: 'x' },
  { glob: 'a' },
);
const placesIn = (value: unknown): readonly (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => [[key], ...placesIn(each).map((rest) => [key, ...rest])])
    : [];

function changed(value: unknown, [key, ...rest]: readonly string[], given: unknown): unknown {
  if (key === undefined) return given;
  if (typeof value !== 'object' || value === null) return value;
  const inner = changed((value as Record<string, unknown>)[key], rest, given);
  if (Array.isArray(value)) return value.map((each: unknown, index) => (String(index) === key ? inner : each));
  const { [key]: _had, ...others } = value as Record<string, unknown>;
  return inner === undefined ? others : { ...others, [key]: inner };
}

it('whatever is wrong, each issue of the shape is told, once, and nothing else is thrown [gate:policy:stages]', () => {
  const whole = {
    ...(parseYaml(shippedText, '1.2').value as object),
    code_rules: [{ name: 'a', pattern: 'b', message: 'c', examples: { refused: ['b'], allowed: [] } }],
    quality_gates: [{ name: 'a', argv: ['b'] }],
    hooks: [{ on: 'escalated', argv: ['b'] }],
    sensitive_files: [{ glob: 'a', examples: { refused: ['a'] } }],
  };
  const change = fc.tuple(fc.constantFrom(...placesIn(whole)), fc.oneof(junk, fc.constant(undefined)));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      const text = JSON.stringify(
        changes.reduce<unknown>((file, [place, given]) => changed(file, place, given), whole),
      );
      const value: unknown = JSON.parse(text);
      const lines = problems(text);
      const { error } = PolicyFile.safeParse(value, { error: issueWords });
      const expected = error ? describeIssues(error, PolicyFile) : [];
      expect(lines).toEqual(expect.arrayContaining([...expected]));
      expect(new Set(lines).size).toBe(lines.length);
      const files = { 'base.yaml': text, 'policy.yaml': 'version: 1\nextends: [base.yaml]' };
      expect(() => told(files)).not.toThrow();
    }),
    { numRuns: 150 },
  );
});
