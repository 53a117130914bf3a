import { expect, it } from 'vitest';

import { isWaivable, waivableRules } from '#policy/waivers.ts';

import { shipped } from './samples.ts';

const policy = {
  ...shipped,
  protected_files: ['config/**', { glob: 'docs/*', effect: 'require_approval' as const }],
  sensitive_files: ['*.pem'],
  code_rules: [{ name: 'no-eval', pattern: 'eval', message: 'No.', severity: 'block' as const }],
};

it('a rule can be waived where the policy has it', () => {
  const rules = waivableRules(policy);
  expect(rules.filter(isWaivable)).toEqual(rules);
  expect(rules.slice(0, 4)).toEqual([
    'protected_files/config/**',
    'protected_files/docs/*',
    'sensitive_files/*.pem',
    'code_rules/no-eval',
  ]);
  expect(rules).toContain('tests_green/preexisting');
  expect(rules).not.toContain('protected_files/foo');
});
