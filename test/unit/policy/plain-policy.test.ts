import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { CONFIG_KEYS } from '#cli/hook/policy.ts';
import { ConfigFile } from '#config/schema.ts';
import { tighten } from '#policy/architect.ts';
import { parsePolicy } from '#policy/load.ts';
import { POLICY_KEYS, readPlainPolicy, tightenPlainly } from '#policy/plain-policy.ts';
import { PolicyFile } from '#policy/schema.ts';
import { parseYaml } from '#policy/yaml.ts';

import { root } from '../../support/citations.ts';

const shipped = readFileSync(path.join(root, 'policies/default.yaml'), 'utf8');

it('knows every key of a policy but extends, and every key of a configuration', () => {
  expect(
    Object.keys(PolicyFile.shape)
      .filter((key) => key !== 'extends')
      .toSorted(),
  ).toEqual([...POLICY_KEYS].toSorted());
  expect(Object.keys(ConfigFile.shape).toSorted()).toEqual([...CONFIG_KEYS].toSorted());
});

it('reads the shipped policy as the full reader does', () => {
  expect(parsePolicy(shipped, 'x')).toMatchObject({ ...readPlainPolicy(parseYaml(shipped, '1.2')) });
});

it('tightens as the full reader does', () => {
  const repository = [
    'guardrails:',
    '  protected_files: [db/**]',
    '  sensitive_files: ["*.pem"]',
    '  blocked_commands: [rm -rf]',
    '  max_files_modified: 2',
    'costs: { budget_usd: 0.5 }',
  ].join('\n');
  const plain = readPlainPolicy(parseYaml(shipped, '1.2'));
  const whole = tighten(parsePolicy(shipped, 'x'), repository, '.architect.yaml');

  expect(plain && tightenPlainly(plain, parseYaml(repository, '1.1'))).toEqual({
    ...plain,
    protected_files: whole.protected_files,
    sensitive_files: whole.sensitive_files,
    blocked_commands: whole.blocked_commands,
    limits: { ...plain?.limits, max_files: 2 },
    budget: { ...plain?.budget, usd: 0.5 },
  });
});

it.each([
  ['a key with a typing error', (text: string) => text.replace('protected_files:', 'protected_file:')],
  ['an unknown key', (text: string) => `${text}\nsensitive_file: ["*.pem"]\n`],
  ['something to extend', (text: string) => `${text}\nextends: [base.yaml]\n`],
  [
    'a list that is none',
    (text: string) => text.replace(/protected_files:\n(?: .*\n)+/, 'protected_files: "*.env*"\n'),
  ],
  ['an unknown class', (text: string) => text.replace('"*.env*"', '"@lockfile"')],
  ['an expression that cannot be used', (text: string) => text.replace('"kubectl apply"', '"(?=x)"')],
  ['a negative cap', (text: string) => text.replace('max_files: 3', 'max_files: -1')],
  ['a budget that is not a number', (text: string) => text.replace('usd: 1.00', 'usd: .nan')],
  ['an unknown mode', (text: string) => text.replace('mode: enforce', 'mode: off')],
  ['an unknown level of autonomy', (text: string) => `${text}\nautonomy: { level: all }\n`],
  ['no YAML', () => '{'],
])('leaves %s to the full reader', (_case, change) => {
  const text = change(shipped);

  expect(text).not.toBe(shipped);
  expect(readPlainPolicy(parseYaml(text, '1.2'))).toBeUndefined();
});

it.each([
  'guardrails: { protected_file: [a] }',
  'guardrails: { protected_files: a }',
  'guardrails: { max_files_modified: -1 }',
  'costs: { budget: 1 }',
  '[]',
  '{',
])('leaves a repository policy of another shape to the full reader: %s', (text) => {
  const plain = readPlainPolicy(parseYaml(shipped, '1.2'));

  expect(plain && tightenPlainly(plain, parseYaml(text, '1.1'))).toBeUndefined();
});
