import { readFileSync } from 'node:fs';
import path from 'node:path';

import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { readPlainYaml } from '#policy/plain-yaml.ts';
import { parseYaml } from '#policy/yaml.ts';

import { root } from '../../support/citations.ts';

it.each(['default', 'observer', 'pr-bot', 'auto-remediator'])(
  'reads policies/%s.yaml without the library, as the library does [hook:policy:plain]',
  (name) => {
    const text = readFileSync(path.join(root, `policies/${name}.yaml`), 'utf8');
    expect(readPlainYaml(text) ?? parseYaml(text, '1.2')).toEqual(parseYaml(text, '1.2'));
  },
);

it.each([
  'ab: 1\nab: 2',
  'ab: *x',
  'ab: &x 1',
  'ab: !!str 1',
  'ab: |\n  x',
  'ab: x\n  y',
  'ab: "x\\n"',
  "ab: 'it''s'",
  'ab: yes',
  'ab: Off',
  'ab: ~',
  'ab: null',
  'ab: 010',
  'ab: 0x1f',
  'ab: 1_000',
  'ab: 1:30',
  'ab: 2026-11-21',
  'ab: 1e3',
  'ab: -1',
  'ab: .5',
  'ab: .inf',
  'ab: { cd: 1 }',
  'ab: [a, { b: 1 }]',
  'ab: [yes]',
  'ab: a: b',
  'ab: a:',
  'ab:\n- cd: 1',
  'ab:\n  - - x',
  'ab:\n',
  'ab:\n    cd: 1\n  ef: 2',
  '---\nab: 1',
  'ab: 1\n---\ncd: 2',
  'ab: 1\n...',
  '<<: x',
  'ab: caf\u00e9',
  'ab: "x\u2028y"',
  'ab:\t1',
  'ab: 1\r\ncd: 2',
  '',
  '# nothing',
])('leaves %j to the library', (text) => {
  expect(readPlainYaml(text)).toBeUndefined();
});

const nested = (levels: number) =>
  `${Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}ab:\n`).join('')}${' '.repeat(levels)}ab: 1`;

it.each([
  'ab: 1',
  'ab: 0',
  'ab: 10.25',
  'ab: 999999999999999',
  'ab: true',
  'ab:   false   # why',
  'ab: "true"',
  'ab: x y # why',
  'ab: x#y',
  'ab: a:b',
  'ab: ""',
  String.raw`ab: 'x \ y'`,
  'ab: [a]',
  "ab: [a-b, 'c', d.e]",
  `ab: ["it's"]`,
  'ab: # why\n  cd: 1',
  'ab: # why #\n  cd: 1',
  'ab:\n- x\n-   "y"\n- 3',
  'ab:\n  - x\n\n  # why\n  - z\ncd: 1',
  'ab:\n  cd:\n    ef: 1\n  gh: 2\nij: 3',
  '- x\n- z',
  '# why\n\nab: 1\n\n# and\n',
  `${'k'.repeat(64)}: 1`,
  nested(8),
  `ab: 1\n#${'x'.repeat(65_536 - 7)}`,
])('reads %j without the library, as the library does in both versions: %#', (text) => {
  const plain = readPlainYaml(text);
  expect(plain).toBeDefined();
  expect(plain).toEqual(parseYaml(text, '1.2'));
  expect(plain).toEqual(parseYaml(text, '1.1'));
});

it.each([
  nested(9),
  `ab: 1\n#${'x'.repeat(65_536 - 6)}`,
  `${'k'.repeat(65)}: 1`,
  'ab: 1234567890123456',
  'ab: x\ty',
  'ab: x\ncd: y\r',
  '# \t\nab: x',
  'ab: x\u00a0y',
  '"ab": 1',
  'a-b: 1',
  'ab : 1',
  'ab:1',
  'ab:\n  - x\n  cd: 1',
  'ab:\n  cd: 1\n - x',
  '  ab: 1\ncd: 2',
  '- x\nab: 1',
  'ab: 1\n- x',
])('leaves %j to the library as well: %#', (text) => {
  expect(readPlainYaml(text)).toBeUndefined();
});

it('reads a list in brackets without the library, quoted or not', () => {
  expect(readPlainYaml(`ab: ["db/**", 'a, b', c-d.e] # why`)).toEqual({
    value: { ab: ['db/**', 'a, b', 'c-d.e'] },
    problems: [],
  });
});

it('needs no library for the shipped policy', () => {
  expect(readPlainYaml(readFileSync(path.join(root, 'policies/default.yaml'), 'utf8'))).toBeDefined();
});

const scalar = fc.oneof(
  fc.constantFrom(
    '1',
    '0',
    '2.50',
    'true',
    'false',
    'pr-bot',
    '"*.env*"',
    "'k8s/**'",
    '"a # b"',
    '"x" # why',
    "sh -c 'a b:c' # y",
  ),
  fc.constantFrom(
    '[a, b-c]',
    '["db/**", \'a b\', c] # d',
    '[ "a, b" ,"#", "]"]',
    '["a" "b"]',
    '["a": b]',
    "['a''b']",
    '["a", yes]',
    '["",\'"\']',
    '["a\\\\b"]',
    'yes',
    '010',
    '{ a: 1 }',
    '*x',
    '- x',
    'a: b',
    '|',
    'x\n      more',
    '"',
    '# c',
    '$X y',
    'a#b',
    '.',
    'a #b',
    'a  b',
  ),
  fc
    .array(fc.constantFrom('"', "'", 'ab', ' ', ',', '#', ':', ']', '*', '\\\\', '", "', "', '"), { maxLength: 8 })
    .map((parts) => `["${parts.join('')}"]`),
  fc.string({ unit: fc.constantFrom(...Array.from('ab1 .:#-"\'[]{},*&!|>%@`?~$/=')), maxLength: 8 }),
);
const line = fc.oneof(
  fc
    .tuple(fc.constantFrom('', '  ', '    ', ' '), fc.constantFrom('ab', 'cd', 'no', 'ef_g', 'sev4_patch'), scalar)
    .map(([indent, key, value]) => `${indent}${key}: ${value}`),
  fc.tuple(fc.constantFrom('', '  ', '    '), scalar).map(([indent, value]) => `${indent}- ${value}`),
  fc.constantFrom('', '  # note', 'ab:', '  cd:', 'ef_g: # note'),
);

/** Wild lines are seldom read at all; a list of keys often is. */
const tidy = fc
  .uniqueArray(fc.tuple(fc.constantFrom('ab', 'cd', 'no', 'ef_g', 'sev4_patch'), scalar), {
    selector: ([key]) => key,
    maxLength: 4,
  })
  .map((entries) => entries.map(([key, value]) => `${key}: ${value}`));

it('says of any text what the library says of it in both versions, or nothing [hook:policy:plain]', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(fc.array(line, { maxLength: 6 }), tidy), (lines) => {
      const text = lines.join('\n');
      const plain = readPlainYaml(text);
      if (!plain) return;
      read += 1;
      expect(plain).toEqual(parseYaml(text, '1.2'));
      expect(plain).toEqual(parseYaml(text, '1.1'));
    }),
    { numRuns: 4_000 },
  );
  expect(read).toBeGreaterThan(100);
});
