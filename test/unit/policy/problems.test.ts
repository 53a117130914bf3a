import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { issueWords } from '#domain/issue-words.ts';
import { describeIssues, misconfigured } from '#policy/problems.ts';

const schema = z.strictObject({
  limits: z.strictObject({ max_files: z.number().optional(), max_lines: z.number().optional() }).optional(),
  rules: z.array(z.strictObject({ name: z.string() })).default([]),
  teams: z
    .record(z.string(), z.strictObject({ size: z.number(), lead: z.string().optional() }).nullable())
    .prefault({}),
  either: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('a') })]).optional(),
});

const rule = z.strictObject({
  glob: z.string().min(1),
  effect: z.enum(['deny', 'allow']),
  reason: z.string().optional(),
});
const forms = z.strictObject({
  rules: z.array(z.union([z.string().min(1), rule.transform(({ glob }) => glob)])).default([]),
  ready: z.union([z.strictObject({ port: z.int() }), z.strictObject({ argv: z.array(z.string()).min(1) })]).optional(),
  token: z
    .union([z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })], {
      error: 'must be a reference',
    })
    .optional(),
  nested: z.union([z.string(), z.strictObject({ in: z.union([z.int(), rule]) })]).optional(),
});

const formIssuesOf = (value: unknown) => {
  const parsed = forms.safeParse(value, { error: issueWords });
  return parsed.success ? [] : describeIssues(parsed.error, forms);
};

describe('what is wrong with a value that has several forms', () => {
  it.each<[unknown, readonly string[]]>([
    [{ rules: ['a', { glob: 'b', effect: 'deny' }] }, []],
    [
      { rules: ['a', { glob: 'b', efect: 'deny' }] },
      ['rules[1].effect: is missing: one of deny, allow', 'rules[1].efect: unknown key; did you mean "effect"?'],
    ],
    [{ rules: [{ glob: 'b', effect: 'alow' }] }, ['rules[0].effect: must be one of deny, allow; did you mean allow?']],
    [{ rules: [{ glob: '', effect: 'deny' }] }, ['rules[0].glob: must not be empty']],
    [{ rules: [''] }, ['rules[0]: must not be empty']],
    [
      { rules: [{ glob: 'b', effect: 'deny', qqqqqq: 1 }] },
      ['rules[0].qqqqqq: unknown key; known keys: glob, effect, reason'],
    ],
    [
      { rules: [7, null] },
      ['rules[0]: must be a text or { glob, effect, reason }', 'rules[1]: must be a text or { glob, effect, reason }'],
    ],
    [{ ready: { port: 'x' } }, ['ready.port: must be a number']],
    [{ ready: { argv: [] } }, ['ready.argv: must not be empty']],
    [{ ready: { prt: 80 } }, ['ready.prt: unknown key; did you mean "port"?']],
    [{ ready: { port: 80, prt: 1 } }, ['ready.prt: unknown key; did you mean "port"?']],
    [{ ready: {} }, ['ready: must be { port } or { argv }']],
    [{ ready: { port: 1, argv: ['a'] } }, ['ready: must be { port } or { argv }']],
    [{ ready: 'x' }, ['ready: must be { port } or { argv }']],
    [{ token: 'text' }, ['token: must be a reference']],
    [{ token: { env: 'A', file: 'b' } }, ['token: must be a reference']],
    [{ token: { evn: 'A' } }, ['token.evn: unknown key; did you mean "env"?']],
    [{ nested: { in: { glob: 'a', effect: 'x' } } }, ['nested.in.effect: must be one of deny, allow']],
    [{ nested: { in: 'x' } }, ['nested.in: must be a number or { glob, effect, reason }']],
  ])('%j: %j [gate:policy:forms]', (value, lines) => {
    expect(formIssuesOf(value)).toEqual(lines);
  });
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
