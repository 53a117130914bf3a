import { expect, it } from 'vitest';

import type { Finding } from '#policy/verdict.ts';
import { judge } from '#policy/verdict.ts';

import { incident, patch, shipped } from './samples.ts';

const finding = (rule: string, effect: Finding['effect']): Finding => ({
  rule,
  effect,
  reason: '',
  fix: '',
  evidence: {},
});
const deny = finding('a', 'deny');
const ask = finding('b', 'require_approval');

it.each<[string, readonly (readonly Finding[])[], string, readonly string[]]>([
  ['no guard', [], 'allow', []],
  ['guards that say nothing', [[], []], 'allow', []],
  ['a question', [[ask]], 'require_approval', ['b']],
  ['a denial', [[deny]], 'deny', ['a']],
  ['a question and a denial', [[ask], [deny]], 'deny', ['a', 'b']],
  [
    'several of each',
    [
      [ask, deny],
      [finding('c', 'require_approval'), finding('d', 'deny')],
    ],
    'deny',
    ['a', 'd', 'b', 'c'],
  ],
])('%s: the strictest finding decides, and denials come first', (_, said, effect, rules) => {
  const verdict = judge(
    said.map((findings) => () => findings),
    patch(),
    shipped,
    incident,
  );
  expect(verdict.effect).toBe(effect);
  expect(verdict.effect === 'allow' ? [] : verdict.findings.map(({ rule }) => rule)).toEqual(rules);
});
