import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { isolations } from '#domain/remediation.ts';
import { parsePolicy } from '#policy/load.ts';
import type { Policy } from '#policy/schema.ts';
import { PolicyFile } from '#policy/schema.ts';

import { shipped } from './samples.ts';

const someOf = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });
const budgetKeys = Object.keys(shipped.budget);
const hour = fc.constantFrom('00:00', '08:00', '09:00', '17:00', '18:00', '23:59');
const named = (model: object) =>
  fc.subarray(['one', 'two']).chain((names) => fc.constant(names.map((name) => ({ name, ...model }))));

/** A value for every key of a policy that can be tightened. */
const values = {
  mode: fc.constantFrom('enforce', 'shadow'),
  protected_files: fc.subarray([
    'a',
    'b/**',
    { glob: 'a', effect: 'require_approval' },
    { glob: 'c', effect: 'allow' },
  ]),
  sensitive_files: fc.subarray(['*.key', '@secrets']),
  blocked_commands: fc.subarray(['npm publish', 'helm upgrade', 'curl']),
  blocked_commands_mode: fc.constantFrom('words', 'strict-regex'),
  file_scope: fc.constantFrom('any', 'rca_files'),
  limits: someOf({ max_files: fc.nat(5), max_lines: fc.nat(9), max_bytes: fc.nat(9), max_deleted_tests: fc.nat(2) }),
  risk: someOf({
    medium: fc.nat(100),
    high: fc.nat(100),
    business_hours: fc.record({
      days: fc.subarray(['mon', 'tue', 'sun'], { minLength: 1 }),
      from: hour,
      until: hour,
    }),
  }),
  require_plan: fc.boolean(),
  approvals: fc.constantFrom('signed', 'advisory'),
  sandbox: fc.record({ least: fc.constantFrom(...isolations) }),
  budget: someOf(Object.fromEntries(budgetKeys.map((key) => [key, fc.nat(3)]))),
  warn_at_usd: fc.nat(3),
  incidents_opened_by_agents: someOf({ daily_budget_factor: fc.nat(3), max_per_day: fc.nat(3) }),
  pull_request: someOf({ draft: fc.boolean(), labels: fc.subarray(['x', 'y']) }),
  quality_gates: named({ argv: ['make'] }),
  code_rules: named({ pattern: 'x', message: 'no', severity: 'block' }),
  hooks: fc.subarray([{ on: 'escalated', argv: ['a'] }]),
};
const fragment = someOf(values);

/** Keys that say who it is, what agents may do in it, or how it is tested. */
const outside = ['version', 'name', 'extends', 'autonomy', 'examples'];

it('every key of a policy is among those that are tried', () => {
  expect([...Object.keys(values), ...outside].toSorted()).toEqual(Object.keys(PolicyFile.shape).toSorted());
});

const least = (above: number | undefined, below: number | undefined) =>
  (above ?? Number.POSITIVE_INFINITY) <= (below ?? Number.POSITIVE_INFINITY);
const holds = (above: readonly unknown[] = [], below: readonly unknown[] = []) => {
  const known = new Set(above.map((each) => JSON.stringify(each)));
  return below.every((each) => known.has(JSON.stringify(each)));
};
const noLater = (order: readonly unknown[], above: unknown, below: unknown) =>
  order.indexOf(above) <= order.indexOf(below);
const capped = (above: object, below: object) =>
  Object.entries(below).every(
    ([key, value]) => typeof value !== 'number' || least((above as Readonly<Record<string, number>>)[key], value),
  );

const minutes = Array.from({ length: 7 * 24 }, (_, index) => index);
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** Hours of a week in which a change is not riskier for the hour. */
const calm = (hours: Policy['risk']['business_hours']) =>
  minutes.filter((at) => {
    const time = `${String(at % 24).padStart(2, '0')}:00`;
    return (
      !hours ||
      ((hours.days as string[]).includes(days[Math.floor(at / 24)] ?? '') && time >= hours.from && time < hours.until)
    );
  });

/** Keys in which a policy is looser than the one below it. */
function looserIn(above: Policy, below: Policy): readonly string[] {
  const entries = (policy: Policy, effects: readonly string[]) =>
    policy.protected_files.filter((entry) => effects.includes(typeof entry === 'string' ? 'deny' : entry.effect));
  const tight: Readonly<Record<keyof typeof values, boolean>> = {
    mode: noLater(['enforce', 'shadow'], above.mode, below.mode),
    protected_files:
      holds(entries(above, ['deny', 'require_approval']), entries(below, ['deny', 'require_approval'])) &&
      holds(entries(below, ['allow']), entries(above, ['allow'])),
    sensitive_files: holds(above.sensitive_files, below.sensitive_files),
    blocked_commands: holds(above.blocked_commands, below.blocked_commands),
    blocked_commands_mode: noLater(
      ['strict-regex', 'words', undefined],
      above.blocked_commands_mode,
      below.blocked_commands_mode,
    ),
    file_scope: noLater(['rca_files', 'any'], above.file_scope, below.file_scope),
    limits: capped(above.limits, below.limits),
    risk: capped(above.risk, below.risk) && holds(calm(below.risk.business_hours), calm(above.risk.business_hours)),
    require_plan: above.require_plan || !below.require_plan,
    approvals: noLater(['signed', 'advisory'], above.approvals, below.approvals),
    sandbox: noLater(isolations, below.sandbox.least, above.sandbox.least),
    budget: capped(above.budget, below.budget),
    warn_at_usd: least(above.warn_at_usd, below.warn_at_usd),
    incidents_opened_by_agents: capped(above.incidents_opened_by_agents, below.incidents_opened_by_agents),
    pull_request:
      (above.pull_request.draft || !below.pull_request.draft) &&
      holds(above.pull_request.labels, below.pull_request.labels),
    quality_gates: holds(above.quality_gates, below.quality_gates),
    code_rules: holds(above.code_rules, below.code_rules),
    hooks: holds(above.hooks, below.hooks),
  };
  return Object.entries(tight).flatMap(([key, isTight]) => (isTight ? [] : [key]));
}

const { digest: _digest, origins: _origins, notes: _notes, ...content } = shipped;
const whole = { ...content, examples: { refused: {}, allowed: {} } };
type Given = Readonly<Record<string, unknown>>;

/** A whole policy, whose nested keys are replaced one by one. */
function baseOf(given: Given): Given {
  const nested = Object.entries(given).map(([key, value]) => {
    const had = (whole as Given)[key];
    const isMap = typeof had === 'object' && had !== null && !Array.isArray(had);
    return [key, isMap ? { ...had, ...(value as object) } : value];
  });
  return { ...whole, ...Object.fromEntries(nested) };
}

/** In which keys the child is looser; `blamed` when it was refused, and says for which key. */
function outcomeOf(base: string, above: Given) {
  try {
    const child = parsePolicy(
      JSON.stringify({ version: 1, extends: ['base.yaml'], ...above }),
      '/p/a.yaml',
      () => base,
    );
    return { looser: looserIn(child, parsePolicy(base, '/p/base.yaml')) };
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('is looser than')) throw error;
    return { blamed: Object.keys(above).some((key) => error.message.includes(`- ${key}`)) };
  }
}

it('a policy is as tight in every key as what it extends, or is refused and says in which key it is not [gate:policy:extends]', () => {
  const outcomes: string[] = [];
  const fewKeys = fc.tuple(fragment, fc.subarray(Object.keys(values), { minLength: 1, maxLength: 3 }));
  fc.assert(
    fc.property(fragment, fewKeys, (below, [fragmentAbove, keys]) => {
      const above = Object.fromEntries(Object.entries(fragmentAbove).filter(([key]) => keys.includes(key)));
      const outcome = outcomeOf(JSON.stringify(baseOf(below)), above);
      expect([{ looser: [] }, { blamed: true }]).toContainEqual(outcome);
      outcomes.push(...Object.keys(outcome));
    }),
    { numRuns: 600 },
  );
  expect(outcomes.filter((each) => each === 'looser').length).toBeGreaterThan(50);
  expect(outcomes.filter((each) => each === 'blamed').length).toBeGreaterThan(50);
});
