import { expect, it } from 'vitest';

import { fromArchitect, tighten } from '#policy/architect.ts';

import { shipped } from './samples.ts';

const rules = 'guardrails: { protected_files: [b] }\n';
const aliases = (count: number) => `x: &g [a]\ny: [${Array.from({ length: count }, () => '*g').join(', ')}]\n${rules}`;
const doubled = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]\n`).join('');

it.each<[string, string]>([
  ['50 aliases', aliases(50)],
  ['64 KiB', `${rules}#${'x'.repeat(65_536 - rules.length - 2)}\n`],
  ['an unknown key elsewhere', `mcp: { servers: [{ auth: x }] }\n${rules}`],
])('an .architect.yaml with %s is read, whoever gives it [gate:policy:architect-repository]', (_, text) => {
  expect(fromArchitect(text, '.architect.yaml', shipped).protected_files).toEqual(['b']);
  expect(tighten(shipped, text, '.architect.yaml').protected_files).toContain('b');
});

it.each<[string, string]>([
  ['51 aliases', aliases(51)],
  ['aliases that double nine times', `a0: &a0 [x, x]\n${doubled}${rules}`],
  ['more than 64 KiB', `${rules}#${'x'.repeat(65_536 - rules.length - 1)}\n`],
  ['a key that is there twice within a block', 'guardrails: { protected_files: [a], protected_files: [] }'],
])('an .architect.yaml with %s is refused, whoever gives it [gate:policy:architect-repository]', (_, text) => {
  const refused = '.architect.yaml has 1 problem';
  expect(() => fromArchitect(text, '.architect.yaml', shipped)).toThrow(refused);
  expect(() => tighten(shipped, text, '.architect.yaml')).toThrow(refused);
});
