import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { guards } from '#policy/guards/index.ts';
import { parsePolicy } from '#policy/load.ts';
import type { Policy } from '#policy/schema.ts';
import type { Verdict } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';

import { incident, patch, rules, shippedText, touching, write } from './samples.ts';

/** Loads `/p/policy.yaml` out of these files. */
function load(files: Readonly<Record<string, string>>): Policy {
  const read = (file: string) => {
    const text = files[file.replace(/^\/p\//, '')];
    if (text === undefined)
      throw new FixgateError('misconfigured', `${file} cannot be read.`, { fix: 'Name another.' });
    return text;
  };
  return parsePolicy(files['policy.yaml'] ?? '', '/p/policy.yaml', read);
}

function problemsOf(files: Readonly<Record<string, string>>): readonly string[] {
  try {
    load(files);
  } catch (error) {
    if (error instanceof FixgateError) return (error.evidence['problems'] ?? [error.message]) as string[];
    throw error;
  }
  return [];
}

const base = shippedText;
const on = (child: string) => ({ 'base.yaml': base, 'policy.yaml': `version: 1\nextends: [base.yaml]\n${child}` });

describe('a policy that extends another', () => {
  it('adds to its lists and lowers its caps, and records where it came from [gate:policy:extends]', () => {
    const policy = load(
      on(`
name: shop
protected_files: ["db/**", { glob: "docs/**", effect: require_approval }, "*.env*"]
sensitive_files: ["@secrets"]
blocked_commands: ["helm upgrade"]
file_scope: rca_files
limits: { max_files: 2 }
budget: { usd: 0.5 }
pull_request: { draft: true, labels: [shop] }
quality_gates: [{ name: lint, argv: [npm, run, lint] }]
code_rules: [{ name: no-eval, pattern: eval, message: no }]
`),
    );
    expect(policy).toMatchObject({
      name: 'shop',
      mode: 'enforce',
      file_scope: 'rca_files',
      limits: { max_files: 2, max_lines: 150 },
      budget: { usd: 0.5, tool_calls: 40 },
      pull_request: { draft: true, labels: ['hotfix', 'auto-generated', 'shop'] },
      origins: ['/p/base.yaml', '/p/policy.yaml'],
    });
    expect(policy.protected_files).toEqual([
      '*.env*',
      'config/production.*',
      'k8s/production/**',
      'Dockerfile*',
      '*.lock',
      'db/**',
      { glob: 'docs/**', effect: 'require_approval' },
    ]);
    expect(policy.blocked_commands.at(-1)).toBe('helm upgrade');
    expect(policy.quality_gates).toMatchObject([{ name: 'lint', required: true, timeout_s: 300 }]);
    expect(policy).not.toHaveProperty('extends');
  });

  it.each([
    ['mode: shadow', 'mode: "shadow" is looser than "enforce" in /p/base.yaml, which it extends'],
    ['limits: { max_files: 4 }', 'limits.max_files: 4 is looser than 3 in /p/base.yaml, which it extends'],
    [
      'limits: { max_deleted_tests: 1 }',
      'limits.max_deleted_tests: 1 is looser than 0 in /p/base.yaml, which it extends',
    ],
    ['budget: { usd: 1.5 }', 'budget.usd: 1.5 is looser than 1 in /p/base.yaml, which it extends'],
    ['approvals: advisory', 'approvals: "advisory" is looser than "signed" in /p/base.yaml, which it extends'],
    ['sandbox: { least: none }', 'sandbox.least: "none" is looser than "partial" in /p/base.yaml, which it extends'],
    [
      'incidents_opened_by_agents: { daily_budget_factor: 11 }',
      'incidents_opened_by_agents.daily_budget_factor: 11 is looser than 10 in /p/base.yaml, which it extends',
    ],
    [
      'protected_files: [{ glob: package.json, effect: allow }]',
      'protected_files[0]: {"glob":"package.json","effect":"allow"} is looser than what is built in: an opening takes a policy that extends no other, or the same entry in /p/base.yaml, which it extends',
    ],
    [
      'protected_files: [{ glob: "*.lock", effect: require_approval }]',
      'protected_files[0]: {"glob":"*.lock","effect":"require_approval"} is looser than {"glob":"*.lock","effect":"deny"} in /p/base.yaml, which it extends',
    ],
  ])('is refused when it loosens: %s [gate:policy:extends]', (child, problem) => {
    expect(problemsOf(on(child))).toEqual([problem]);
  });

  it('lists everything that it loosens at once', () => {
    expect(problemsOf(on('mode: shadow\nlimits: { max_files: 9, max_lines: 999 }'))).toHaveLength(3);
  });

  it.each([
    ['an unknown key', 'limits: { max_file: 1 }', /^limits\.max_file: unknown key; did you mean "max_files"/],
    ['a value of another type', 'protected_files: 5', /^protected_files: /],
    [
      'an unknown class',
      'protected_files: ["@lockfile"]',
      /^protected_files\[0\]: "@lockfile" is no class; did you mean "@lockfiles"\? \(a file of that name is "\[@\]lockfile"\)$/,
    ],
    [
      'a class like no other',
      'sensitive_files: ["@nothingknown"]',
      /^sensitive_files\[0\]: "@nothingknown" is no class; classes: @\w+, @\w+, .* \(a file of that name is "\[@\]nothingknown"\)$/,
    ],
    [
      'an exception',
      'protected_files: ["!conf/dev.json"]',
      /^protected_files\[0\]: "!conf\/dev\.json" is no exception here; \{ glob: "conf\/dev\.json", effect: allow \} lifts .* leave it out \(a file of that name is "\\!conf\/dev\.json"\)$/,
    ],
    [
      'an exception of sensitive files',
      'sensitive_files: ["!a"]',
      /^sensitive_files\[0\]: "!a" is no exception here; write globs/,
    ],
    [
      'a time that is no number',
      'budget: { wall_seconds: 30m }',
      /^budget\.wall_seconds: must be a whole number of seconds, such as 1800$/,
    ],
    [
      'an expression without a linear form',
      'code_rules: [{ name: a, pattern: "(a)\\\\1", message: b }]',
      /^code_rules\[0\]\.pattern: .*back-reference/,
    ],
    [
      'a name that stands twice',
      'quality_gates: [{ name: a, argv: [b] }, { name: a, argv: [c] }]',
      /^quality_gates: the name "a" stands twice$/,
    ],
    [
      'a rule whose name stands twice',
      'code_rules: [{ name: a, pattern: b, message: c }, { name: a, pattern: d, message: e }]',
      /^code_rules: the name "a" stands twice$/,
    ],
    [
      'a hook that runs what it blocks',
      'hooks: [{ on: escalated, argv: [npm, publish] }]',
      /^hooks\[0\]\.argv: "npm publish" is refused by blocked_commands\/npm publish$/,
    ],
    [
      'a gate that runs what it blocks',
      'quality_gates: [{ name: a, argv: [kubectl, apply, -f, x] }]',
      /^quality_gates\[0\]\.argv: .* is refused by blocked_commands\/kubectl apply/,
    ],
    [
      'an example of its own that fails',
      'examples: { allowed: { paths: [a.lock] } }',
      /^examples\.allowed\.paths\[0\]/,
    ],
  ])('is refused for %s', (_, child, problem) => {
    expect(problemsOf(on(child))).toEqual([expect.stringMatching(problem)]);
  });

  it('cannot extend itself, a circle, or what is not there [gate:policy:extends]', () => {
    expect(problemsOf({ 'policy.yaml': 'version: 1\nextends: [policy.yaml]' })).toEqual([
      'extends: policy.yaml extends this file in turn',
    ]);
    expect(
      problemsOf({
        'policy.yaml': 'version: 1\nextends: [a/b.yaml]',
        'a/b.yaml': 'version: 1\nextends: [../policy.yaml]',
      }),
    ).toEqual(['extends: ../policy.yaml extends this file in turn']);
    expect(problemsOf({ 'policy.yaml': 'version: 1\nextends: [none.yaml]' })).toEqual([
      'extends: /p/none.yaml: /p/none.yaml cannot be read.',
    ]);
    expect(() => parsePolicy('version: 1\nextends: [a.yaml]', 'x')).toThrow(/cannot be followed from here/);
  });

  it('may stand on five others, and not on six [gate:policy:extends]', () => {
    const chain = (length: number) => ({
      'policy.yaml': 'version: 1\nextends: [1.yaml]',
      ...Object.fromEntries(
        Array.from({ length }, (_, index) => [
          `${index + 1}.yaml`,
          index + 1 === length ? base : `version: 1\nextends: [${index + 2}.yaml]`,
        ]),
      ),
    });
    expect(load(chain(5)).origins).toHaveLength(6);
    expect(problemsOf(chain(6))).toEqual(['extends: more than 5 files deep']);
  });

  it('takes the stricter of two, an .architect.yaml among them [gate:policy:extends]', () => {
    const policy = load({
      'base.yaml': base,
      '.architect.yaml': 'guardrails: { max_files_modified: 9, max_lines_changed: 20, protected_files: ["db/**"] }',
      'policy.yaml': 'version: 1\nextends: [base.yaml, .architect.yaml]\nlimits: { max_files: 1 }',
    });
    expect(policy.limits).toMatchObject({ max_files: 1, max_lines: 20 });
    expect(policy.protected_files).toContain('db/**');
    expect(policy.origins).toEqual(['/p/base.yaml', '/p/.architect.yaml', '/p/policy.yaml']);
  });

  it('keeps an allow that all say who speak of files, and drops one that only some say', () => {
    const opened = base.replace('protected_files:', 'protected_files:\n  - { glob: Makefile, effect: allow }');
    const files = { 'open.yaml': opened, 'base.yaml': base };
    const alone = load({ ...files, 'policy.yaml': 'version: 1\nextends: [open.yaml]' });
    expect(rules(touching('Makefile'), alone)).toEqual([]);
    for (const order of ['open.yaml, base.yaml', 'base.yaml, open.yaml']) {
      const both = load({ ...files, 'policy.yaml': `version: 1\nextends: [${order}]` });
      expect(rules(touching('Makefile'), both)).toEqual(['built_in_files/build-file']);
    }
  });

  it('keeps what two files allow when both say it, among other things', () => {
    const allowing = (globs: readonly string[]) =>
      base.replace(
        'protected_files:',
        ['protected_files:', ...globs.map((glob) => `  - { glob: ${glob}, effect: allow }`)].join('\n'),
      );
    const both = load({
      'one.yaml': allowing(['Makefile', 'package.json']),
      'two.yaml': allowing(['package.json', 'Makefile']),
      'policy.yaml': 'version: 1\nextends: [one.yaml, two.yaml]',
    });
    expect(rules(touching('Makefile', 'package.json'), both)).toEqual([]);
  });

  it('may repeat what it extends word for word, which then stands there once', () => {
    const own = `
quality_gates: [{ name: lint, argv: [npm, run, lint] }]
code_rules: [{ name: no-eval, pattern: eval, message: no }]
hooks: [{ on: escalated, argv: [ring] }]
`;
    for (const below of [base, base.replace('mode: enforce', '')]) {
      const files = {
        'base.yaml': below + own,
        'policy.yaml': `version: 1\nextends: [base.yaml]\nmode: enforce${own}`,
      };
      const policy = load(files);
      expect([policy.quality_gates, policy.code_rules, policy.hooks].map((each) => each.length)).toEqual([1, 1, 1]);
    }
  });

  it('names the file that cannot be read', () => {
    const load = () => parsePolicy('version: 1\nextends: [a.yaml]', '/p/policy.yaml', () => 'version: [1\n');
    expect(load).toThrow(/^\/p\/a\.yaml has \d problems?:\n- .* at line 2/);
  });

  it('keeps what must be refused below, and may refuse what had to be allowed', () => {
    const own = 'examples: { refused: { paths: [src/a.js] }, allowed: { commands: [npm test] } }';
    for (const below of ['base.yaml', 'base.yaml, twin.yaml']) {
      const child = `version: 1\nextends: [${below}]\nprotected_files: ["src/**"]\n`;
      const files = { 'base.yaml': base, 'twin.yaml': base.replace('      - .env\n', '      - twin/.env\n') };
      const policy = load({ ...files, 'policy.yaml': child });
      expect(policy.examples.refused.paths).toContain('.env');
      expect(policy.examples.allowed).toEqual({ paths: [], commands: [] });
      const saying = load({ ...files, 'policy.yaml': child + own });
      expect(saying.examples.refused.paths).toEqual([...policy.examples.refused.paths, 'src/a.js']);
      expect(saying.examples.allowed).toEqual({ paths: [], commands: ['npm test'] });
    }
  });

  it('must be whole in the end', () => {
    expect(problemsOf({ 'policy.yaml': 'version: 1\nextends: [a.yaml]', 'a.yaml': 'version: 1' })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^name: /), expect.stringMatching(/^budget: /)]),
    );
  });
});

const globs = fc.constantFrom(
  'src/**',
  '*.sql',
  'db/**',
  'package.json',
  'Makefile',
  '@lockfiles',
  '@infra',
  'a',
  '.env',
);
const entry = fc.oneof(globs, fc.record({ glob: globs, effect: fc.constantFrom('deny', 'require_approval', 'allow') }));
const someOf = <T>(model: Readonly<Record<string, fc.Arbitrary<T>>>) => fc.record(model, { requiredKeys: [] });
const fragment = someOf<unknown>({
  mode: fc.constantFrom('enforce', 'shadow'),
  protected_files: fc.array(entry, { maxLength: 4 }),
  sensitive_files: fc.array(globs, { maxLength: 2 }),
  blocked_commands: fc.subarray(['helm upgrade', 'npm publish', 'curl']),
  file_scope: fc.constantFrom('any', 'rca_files'),
  limits: someOf({ max_files: fc.nat(4), max_lines: fc.nat(20), max_bytes: fc.nat(40), max_deleted_tests: fc.nat(2) }),
  code_rules: fc.subarray([
    { name: 'x', pattern: 'x', message: 'no x' },
    { name: 'y', pattern: 'y', message: 'no y', severity: 'warn' },
  ]),
});
const paths = fc.uniqueArray(
  fc.constantFrom(
    'src/a.js',
    'db/1.sql',
    'package.json',
    'Makefile',
    'go.sum',
    'main.tf',
    'a/b',
    '.env',
    '.npmrc',
    'test/a.js',
  ),
  { minLength: 1, maxLength: 4 },
);

it('whatever a child says, it allows nothing that what it extends denies [gate:policy:extends]', () => {
  const strict = { deny: 2, require_approval: 1, allow: 0 } satisfies Record<Verdict['effect'], number>;
  const bare = JSON.stringify({ ...parsePolicyText(), examples: { refused: {}, allowed: {} } });
  let merged = 0;
  fc.assert(
    fc.property(fc.tuple(fragment, fragment), paths, fc.nat(30), fc.nat(3), ([below, above], touched, size, lost) => {
      const files = {
        'base.yaml': JSON.stringify({
          ...JSON.parse(bare),
          ...below,
          limits: { ...JSON.parse(bare).limits, ...(below['limits'] as object) },
        }),
        'policy.yaml': JSON.stringify({ version: 1, extends: ['base.yaml'], ...above }),
      };
      const parent = parsePolicy(files['base.yaml'], '/p/base.yaml');
      let child: Policy;
      try {
        child = load(files);
      } catch (error) {
        if (error instanceof FixgateError) return;
        throw error;
      }
      merged += 1;
      const writes = touched.map((path) =>
        write(path, { after: { mode: '100644', content: Buffer.from('xy'.repeat(size)) }, added: size }),
      );
      const lostTests = Array.from({ length: lost }, String);
      const action = patch({
        writes,
        touched: touched.map((path) => ({ path, bytes: size, lostTests })),
        rcaFiles: ['src/a.js'],
      });
      const of = (policy: Policy) => {
        const verdict = judge(guards, action, { ...policy, mode: 'enforce' }, incident);
        return {
          effect: verdict.effect,
          rules: verdict.effect === 'allow' ? [] : verdict.findings.map(({ rule }) => rule),
        };
      };
      expect(strict[of(child).effect]).toBeGreaterThanOrEqual(strict[of(parent).effect]);
      expect(of(child).rules).toEqual(expect.arrayContaining(of(parent).rules));
      expect([parent.mode, 'enforce']).toContain(child.mode);
    }),
    { numRuns: 300 },
  );
  expect(merged).toBeGreaterThan(20);
});

function parsePolicyText(): object {
  const { digest: _digest, origins: _origins, notes: _notes, ...content } = parsePolicy(shippedText, 'base');
  return content;
}
