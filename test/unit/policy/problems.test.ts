import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { describeIssues, misconfigured } from '#policy/problems.ts';

const schema = z.strictObject({
  limits: z.strictObject({ max_files: z.number().optional(), max_lines: z.number().optional() }).optional(),
  rules: z.array(z.strictObject({ name: z.string() })).default([]),
  teams: z
    .record(z.string(), z.strictObject({ size: z.number(), lead: z.string().optional() }).nullable())
    .prefault({}),
  either: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('a') })]).optional(),
});

const issuesOf = (value: unknown) => {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : describeIssues(parsed.error, schema);
};

describe('what is wrong with a file', () => {
  it.each<[unknown, readonly string[]]>([
    [{}, []],
    [{ limit: {} }, ['limit: unknown key; did you mean "limits"?']],
    [{ qqqqqq: 1 }, ['qqqqqq: unknown key; known keys: limits, rules, teams, either']],
    [
      { limits: { max_file: 1, max_line: 2 } },
      [
        'limits.max_file: unknown key; did you mean "max_files"?',
        'limits.max_line: unknown key; did you mean "max_lines"?',
      ],
    ],
    [{ rules: [{ name: 'a' }, { name: 'b', nam: 'c' }] }, ['rules[1].nam: unknown key; did you mean "name"?']],
    [{ teams: { red: { size: 1, colour: 'x' } } }, ['teams.red.colour: unknown key; known keys: size, lead']],
  ])('%j: %j', (value, lines) => {
    expect(issuesOf(value)).toEqual(lines);
  });

  it.each<[unknown, string]>([
    ['text', '(top level): '],
    [{ limits: { max_files: 'x' } }, 'limits.max_files: '],
    [{ rules: [{ name: 'a' }, 7] }, 'rules[1]: '],
    [{ either: { kind: 'a', other: 1 } }, 'either.other: unknown key'],
  ])('%j is told at %j', (value, place) => {
    expect(issuesOf(value).map((line) => line.slice(0, place.length))).toEqual([place]);
  });
});

it.each([
  [['a: is no b'], 'x.yaml has 1 problem:\n- a: is no b'],
  [['a', 'b'], 'x.yaml has 2 problems:\n- a\n- b'],
])('tells the operator of %j at once', (problems, message) => {
  const cause = new Error('why');
  const error = misconfigured('x.yaml', problems, cause);

  expect(error).toMatchObject({
    code: 'misconfigured',
    message,
    fix: 'Correct x.yaml and start again.',
    evidence: { origin: 'x.yaml', problems },
    cause,
  });
});
