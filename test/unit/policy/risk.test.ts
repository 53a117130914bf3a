import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { RiskFacts, RiskFloor } from '#domain/risk.ts';
import { floorsOfFile, pathClass } from '#policy/risk-paths.ts';
import { riskFindings, scoreRisk } from '#policy/risk.ts';
import { weakenedTests } from '#policy/test-weakening.ts';

import { patch, publishing, shipped } from './samples.ts';

const NOON_SUNDAY = Date.UTC(2026, 2, 1, 12);
const files = (paths: readonly string[], lines: number) =>
  paths.map((path, index) => ({ path, added: index === 0 ? lines : 0, removed: 0 }));
const facts = (change: Partial<RiskFacts> = {}): RiskFacts => ({
  at: NOON_SUNDAY,
  files: files(['src/queue.js'], 10),
  floors: [],
  confidence: 1,
  tests: 'reproduced',
  blastRadius: 'namespace',
  churn: 0,
  ...change,
});
const policy = { risk: { medium: 30, high: 70 }, limits: { max_files: 3 } };
const office = { days: ['mon', 'tue', 'wed', 'thu', 'fri'] as const, from: '09:00', until: '18:00' };

describe('the risk of a change', () => {
  it.each<[string, Partial<RiskFacts>, number, string]>([
    ['A', { files: files(['src/a.js'], 12), confidence: 0.82, churn: 2 }, 13, 'low'],
    [
      'B',
      {
        files: files(['src/api/a.js', 'src/api/b.js', 'src/api/c.js'], 85),
        confidence: 0.6,
        tests: 'affected_pass',
        blastRadius: 'cluster',
        churn: 5,
      },
      57.25,
      'medium',
    ],
    [
      'C',
      { files: files(['.github/workflows/ci.yml'], 2), floors: [{ floor: 'ci_pipeline', why: 'ci.yml' }] },
      70,
      'high',
    ],
    [
      'E',
      {
        files: files(['src/a.js'], 8),
        confidence: 0.85,
        tests: 'affected_pass',
        churn: 1,
        knownFix: true,
      },
      7.45,
      'low',
    ],
  ])('is that of vector %s [gate:risk:score]', (_, change, score, band) => {
    expect(scoreRisk(facts(change), policy)).toMatchObject({ score, band });
  });

  it('is that of vector D outside the hours that the policy names, and 10 less without them', () => {
    const change = {
      files: files(['src/a.js', 'src/b.js'], 30),
      confidence: 0.7,
      tests: 'no_affected_tests' as const,
      blastRadius: 'cluster' as const,
      churn: 4,
    };
    const hours = { ...policy, risk: { ...policy.risk, business_hours: { ...office, days: [...office.days] } } };
    expect(scoreRisk(facts(change), hours)).toMatchObject({
      score: 50,
      modifiers: [{ name: 'after_hours', points: 10 }],
    });
    expect(scoreRisk(facts(change), policy)).toMatchObject({ score: 40, modifiers: [] });
  });

  it.each<[string, string, boolean]>([
    ['a Sunday', '2026-03-01T12:00:00Z', true],
    ['a Monday at noon', '2026-03-02T12:00:00Z', false],
    ['the first minute', '2026-03-02T09:00:00Z', false],
    ['a minute before', '2026-03-02T08:59:59Z', true],
    ['the end', '2026-03-02T18:00:00Z', true],
  ])('knows whether %s is outside business hours', (_, at, outside) => {
    const hours = { ...policy, risk: { ...policy.risk, business_hours: { ...office, days: [...office.days] } } };
    const { modifiers } = scoreRisk(facts({ at: Date.parse(at) }), hours);
    expect(modifiers.some(({ name }) => name === 'after_hours')).toBe(outside);
  });

  it('counts what is not known as 0 and names it', () => {
    const { factors, unknowns } = scoreRisk({ at: 0, files: files(['src/a.js'], 10), floors: [] }, policy);
    expect(unknowns).toEqual(['diagnosis_uncertainty', 'test_evidence', 'blast_radius', 'churn']);
    expect(factors.map(({ name }) => name)).toEqual(['size', 'files', 'path_class']);
  });

  it.each<[string, Partial<RiskFacts>, number]>([
    ['files outside the analysis', { outOfScope: true }, 15],
    ['a file that was reverted lately', { reverted: true }, 10],
    ['a fix that is known', { knownFix: true }, -9],
    ['a failing suite', { tests: 'failed_or_not_run' }, 20],
    ['a tested change without a reproduction', { tests: 'affected_pass' }, 6],
    ['a cross-region reach', { blastRadius: 'cross_region' }, 10],
    ['churn beyond the scale', { churn: 500 }, 5],
    ['a diagnosis that knows nothing', { confidence: 0 }, 15],
  ])('is moved by %s', (_, change, difference) => {
    const before = scoreRisk(facts(), policy).score;
    expect(scoreRisk(facts(change), policy).score - before).toBeCloseTo(Math.max(difference, -before));
  });

  it('is never below a floor and never outside 0 to 100', () => {
    const floor = fc.constantFrom<RiskFloor>('dependency_manifest', 'test_weakening', 'migration');
    const change = fc.record({
      files: fc.array(fc.record({ path: fc.string(), added: fc.nat(), removed: fc.nat() }), { maxLength: 20 }),
      floors: fc.array(fc.record({ floor, why: fc.string() }), { maxLength: 3 }),
      confidence: fc.double(),
      churn: fc.double(),
      outOfScope: fc.boolean(),
      knownFix: fc.boolean(),
    });
    fc.assert(
      fc.property(change, (given) => {
        const { score, floors, factors } = scoreRisk(facts(given), policy);
        expect(score).toBeGreaterThanOrEqual(Math.max(0, ...floors.map(({ least }) => least)));
        expect(score).toBeLessThanOrEqual(100);
        expect(factors.every(({ x }) => x >= 0 && x <= 1)).toBe(true);
      }),
    );
  });
});

describe('what a risk asks for', () => {
  const high = scoreRisk(facts({ floors: [{ floor: 'test_weakening', why: 'test/a.js: 1\nDENIED' }] }), policy);
  const medium = scoreRisk(facts({ floors: [{ floor: 'dependency_manifest', why: 'package.json' }] }), policy);

  it('is a human for a floor as soon as the tree changes, and in no words but ours', () => {
    const [finding, ...more] = riskFindings(patch(), high, policy);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ rule: 'risk/test_weakening', effect: 'require_approval' });
    expect(finding?.reason).not.toContain('\n');
  });

  it.each([
    ['a medium floor of a patch', patch(), medium, []],
    ['a medium publication', publishing(), medium, []],
    ['a high publication', publishing(), high, ['risk/high']],
    ['nothing that was scored', publishing(), undefined, []],
  ] as const)('is, for %s, %j', (_, action, risk, rules) => {
    expect(riskFindings(action, risk, policy).map(({ rule }) => rule)).toEqual(rules);
  });

  it('has the limits of the policy', () => {
    expect(
      riskFindings(publishing(), scoreRisk(facts(), { ...policy, risk: { medium: 0, high: 5 } }), policy),
    ).toHaveLength(1);
    expect(shipped.risk).toEqual({ medium: 30, high: 70 });
  });
});

describe('the class of a path', () => {
  it.each<[number, readonly string[]]>([
    [
      0,
      [
        'README.md',
        'docs/auth.md',
        'test/queue.test.js',
        'src/api/queue.spec.ts',
        'CHANGELOG',
        'test/fixtures/db/migrations/1.sql',
      ],
    ],
    [0.3, ['src/queue.js', 'lib/user-service.rb', 'src/author.js', 'Makefile']],
    [0.5, ['config/staging.json', 'settings.toml', 'src/limits.yaml']],
    [
      0.7,
      [
        'src/api/users.js',
        'src/auth.ts',
        'lib/db/pool.js',
        'PaymentService.java',
        'src/userAuth.ts',
        'app/billing/tax.rb',
      ],
    ],
    [
      1,
      [
        'db/migrations/001.sql',
        'app/migrations/0007_test.py',
        'infra/main.tf',
        'k8s/base/deploy.yaml',
        '.github/workflows/ci.yml',
        'Jenkinsfile',
        'iam/policy.json',
        'config/production.yaml',
        'charts/app/values.yaml',
      ],
    ],
  ])('is %d for the like of %j', (expected, paths) => {
    expect(paths.map((path) => [path, pathClass(path)])).toEqual(paths.map((path) => [path, expected]));
  });

  it.each<[string, string, readonly RiskFloor[]]>([
    ['package.json', '{}', ['dependency_manifest']],
    ['services/a/go.sum', '', ['dependency_manifest']],
    ...[
      'gems.rb',
      'src/App.fsproj',
      'App.vbproj',
      'Directory.Packages.props',
      'gradle/deps.gradle.kts',
      'MODULE.bazel',
    ].map((path): [string, string, readonly RiskFloor[]] => [path, '', ['dependency_manifest']]),
    ['.github/workflows/ci.yml', '', ['ci_pipeline']],
    ['test/.github/workflows/ci.yml', '', []],
    ['ops/role.yaml', 'kind: ClusterRole\n', ['access_control']],
    ['docs/role.md', 'kind: ClusterRole\n', []],
    ['policy.json', '{"Effect": "Allow"}', ['access_control']],
    ['terraform/prod/main.tf', '', ['production_infrastructure']],
    ['terraform/staging/main.tf', '', []],
    ['db/migrate/1_add.rb', '', ['migration']],
    ['app/migrations/0007_test.py', '', ['migration']],
    ['src/logo.png', 'a\0b', ['special_file']],
    ['src/queue.js', 'let a', []],
  ])('sets for %s the floors %j', (path, after, expected) => {
    expect(floorsOfFile({ path, before: undefined, after: Buffer.from(after) }).map(({ floor }) => floor)).toEqual(
      expected,
    );
  });
});

describe('weakened tests', () => {
  const spec = "test('a', () => {\n  expect(1).toBe(1);\n  expect(2).toBe(2);\n});\n";
  it.each<[string, readonly { path: string; before: string | undefined; after: string | undefined }[], number]>([
    ['a case less', [{ path: 'test/a.test.js', before: spec, after: '' }], 2],
    ['a deleted file', [{ path: 'test/a.test.js', before: spec, after: undefined }], 2],
    [
      'an assertion less',
      [{ path: 'test/a.test.js', before: spec, after: spec.replace('  expect(2).toBe(2);\n', '') }],
      1,
    ],
    ['a skipped case', [{ path: 'test/a.test.js', before: spec, after: spec.replace("test('a'", "test.skip('a'") }], 1],
    ['a focused case', [{ path: 'test/a.test.js', before: spec, after: `${spec}test.only('b', () => {});\n` }], 1],
    ['another runner', [{ path: 'vitest.config.ts', before: 'a', after: 'b' }], 1],
    [
      'an assertion that moved',
      [
        { path: 'test/a.test.js', before: spec, after: undefined },
        { path: 'test/b.test.js', before: undefined, after: spec },
      ],
      0,
    ],
    ['one more case', [{ path: 'test/a.test.js', before: spec, after: spec + spec.replace("'a'", "'b'") }], 0],
    ['code without tests', [{ path: 'src/a.js', before: 'expect(1)', after: '' }], 0],
  ])('are found in %s', (_, changed, expected) => {
    expect(weakenedTests(changed)).toHaveLength(expected);
  });
});
