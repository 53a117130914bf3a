import { expect, it } from 'vitest';

import { MAX_POLICY_BYTES, parseYaml } from '#policy/yaml.ts';

it.each<['1.1' | '1.2', unknown]>([
  ['1.1', { a: false, b: { x: 1 }, c: { x: 1, z: 8 } }],
  ['1.2', { a: 'off', b: { x: 1 }, c: { '<<': { x: 1 }, z: 10 } }],
])('reads words, numbers and merged keys as YAML %s does', (version, value) => {
  const text = 'a: off\nb: &b { x: 1 }\nc:\n  <<: *b\n  z: 010\n';
  expect(parseYaml(text, version)).toEqual({ value, problems: [] });
});

it('reads a text of the greatest size and no longer one', () => {
  const text = (bytes: number) => `a: 1\n#${'x'.repeat(bytes - 6)}`;
  expect(parseYaml(text(MAX_POLICY_BYTES), '1.2')).toEqual({ value: { a: 1 }, problems: [] });
  expect(parseYaml(text(MAX_POLICY_BYTES + 1), '1.2')).toEqual({
    value: undefined,
    problems: ['the file has 65537 bytes; at most 65536 are read'],
  });
});

it('says where a problem is, and shows the line', () => {
  const { value, problems } = parseYaml('a: 1\nb: 2\na: 3\n', '1.2');
  expect(value).toBeUndefined();
  expect(problems).toEqual([expect.stringMatching(/^Map keys must be unique at line 3, column 1:[^]*\na: 3\n\^$/)]);
});

it('takes a warning for a problem', () => {
  expect(parseYaml('a: !unknown 1\n', '1.2')).toEqual({
    value: undefined,
    problems: [expect.stringContaining('!unknown')],
  });
});
