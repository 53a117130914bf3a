import { expect, it } from 'vitest';
import { z } from 'zod';

import { ConfigFile } from '#config/schema.ts';
import { PolicyFile } from '#policy/schema.ts';

const UNIT = /(?:^|_)(?:s|ms|seconds|minutes|hours|days|usd|bytes|mib|per_day)(?:_|$)/;

/** Numbers that count what they are named after, or have no unit at all. */
const counts = [
  'version',
  ...['max_files', 'max_lines', 'max_deleted_tests'].map((key) => `limits.${key}`),
  ...['medium', 'high'].map((key) => `risk.${key}`),
  ...['tool_calls', 'patch_attempts', 'test_runs', 'prs'].map((key) => `budget.${key}`),
  'incidents_opened_by_agents.daily_budget_factor',
  'suites.*.services.*.ready.port',
  ...['processes', 'open_files'].map((key) => `suites.*.limits.${key}`),
];

type Schema = z.core.JSONSchema.BaseSchema;

/** Paths of everything in a schema that is a number. */
function numbersIn(schema: Schema, at: readonly string[] = []): readonly string[] {
  const { properties = {}, items, additionalProperties, anyOf = [] } = schema;
  const below = (inner: unknown, ...more: readonly string[]) =>
    typeof inner === 'object' && inner !== null ? numbersIn(inner as Schema, [...at, ...more]) : [];
  return [
    ...(schema.type === 'number' || schema.type === 'integer' || typeof schema.const === 'number'
      ? [at.join('.')]
      : []),
    ...Object.entries(properties).flatMap(([key, inner]) => below(inner, key)),
    ...below(items, '[]'),
    ...below(additionalProperties, '*'),
    ...anyOf.flatMap((inner) => below(inner)),
  ];
}

it.each([
  ['a policy', PolicyFile, 15],
  ['a configuration', ConfigFile, 8],
])('numbers of %s say their unit in their name, or count what they are named after', (_what, file, atLeast) => {
  const numbers = [...new Set(numbersIn(z.toJSONSchema(file, { io: 'input' })))];
  expect(numbers.length).toBeGreaterThanOrEqual(atLeast);
  expect(numbers.filter((name) => !UNIT.test(name.split('.').at(-1) ?? '') && !counts.includes(name))).toEqual([]);
});
