import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

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

const whole = parseYaml(shipped, '1.2').value as Readonly<Record<string, unknown>>;
const { sensitive_files: _sensitive, ...open } = whole;
const long = 'x'.repeat(512);
const record = (key: string) => whole[key] as Readonly<Record<string, unknown>>;
const without = (key: string, part: string) => {
  const { [part]: _left, ...rest } = record(key);
  return { [key]: rest };
};

describe('a policy of plain shape', () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['as it is shipped', whole],
    ['without sensitive files', open],
    ['with sensitive files', { ...open, sensitive_files: ['*.pem', '@lockfiles'] }],
    ['that only records', { ...whole, mode: 'shadow' }],
    ['that believes whoever approves', { ...whole, approvals: 'advisory' }],
    ['that says who approves', { ...whole, approvals: 'signed' }],
    ['with commands read as words', { ...whole, blocked_commands_mode: 'words' }],
    ['with a level of autonomy', { ...whole, autonomy: { level: 'observer' } }],
    ['with patches of small incidents', { ...whole, autonomy: { sev4_patch: true } }],
    ['with classes of files', { ...whole, protected_files: ['@lockfiles'] }],
    ['with long entries', { ...whole, protected_files: [long], blocked_commands: [long] }],
    ['with many entries', { ...whole, protected_files: Array.from({ length: 1_000 }, (_, index) => `f${index}`) }],
    [
      'that forbids all',
      { ...whole, limits: { ...record('limits'), max_files: 0 }, budget: { ...record('budget'), usd: 0 } },
    ],
  ])('is read as the full reader does: %s', (_case, value) => {
    const plain = readPlainPolicy({ value, problems: [] });
    const full = parsePolicy(JSON.stringify({ ...value, examples: { refused: {}, allowed: {} } }), 'x');

    expect(plain).toBeDefined();
    expect(full).toMatchObject({ ...plain });
    expect(plain?.autonomy).toEqual(full.autonomy);
    expect(plain?.sensitive_files).toEqual(full.sensitive_files);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['another version', { version: 2 }],
    ['a name that is no text', { name: 7 }],
    ['an unknown form of approvals', { approvals: 'none' }],
    ['autonomy that is a number', { autonomy: 5 }],
    ['autonomy that is nothing', { autonomy: null }],
    ['autonomy with an unknown key', { autonomy: { levels: 'observer' } }],
    ['an unknown level', { autonomy: { level: 'all' } }],
    ['patches of small incidents that are no truth', { autonomy: { level: 'observer', sev4_patch: 'yes' } }],
    ['sensitive files in one text', { sensitive_files: '*.pem' }],
    ['an unknown class of sensitive files', { sensitive_files: ['@lockfile'] }],
    ['an empty glob', { protected_files: ['a', ''] }],
    ['a glob that is a number', { protected_files: ['a', 1] }],
    ['a glob that is a list', { protected_files: [['a']] }],
    ['a rule of a file', { protected_files: [{ glob: 'a' }] }],
    ['a glob that is too long', { protected_files: ['a', `${long}x`] }],
    ['a list that is too long', { protected_files: Array.from({ length: 1_001 }, () => 'a') }],
    ['commands that are none', { blocked_commands: [1] }],
    ['commands that are searched as expressions', { blocked_commands_mode: 'strict-regex' }],
    ['no mode of commands', { blocked_commands_mode: null }],
    ['limits that are nothing', { limits: null }],
    ['limits with an unknown key', { limits: { ...record('limits'), max_file: 1 } }],
    ['no cap of files', without('limits', 'max_files')],
    ['no cap of lines', without('limits', 'max_lines')],
    ['half a line', { limits: { ...record('limits'), max_lines: 1.5 } }],
    ['half a file', { limits: { ...record('limits'), max_files: 1.5 } }],
    ['a number in quotes', { limits: { ...record('limits'), max_files: '1' } }],
    ['endless files', { limits: { ...record('limits'), max_files: Infinity } }],
    ['an endless budget', { budget: { ...record('budget'), usd: Infinity } }],
    ['a budget in quotes', { budget: { ...record('budget'), usd: '1' } }],
    ['a budget without calls', without('budget', 'tool_calls')],
    ['a budget of something else', { budget: { ...record('budget'), eur: 1 } }],
    ['an exception', { protected_files: ['!a'] }],
    ['no word of incidents that agents open', { incidents_opened_by_agents: undefined }],
    ['a negative factor', { incidents_opened_by_agents: { daily_budget_factor: -1 } }],
  ])('is left to the full reader with %s', (_case, change) => {
    expect(readPlainPolicy({ value: { ...whole, ...change }, problems: [] })).toBeUndefined();
  });

  it('is left to the full reader when its text has a problem', () => {
    expect(readPlainPolicy({ value: whole, problems: ['a key stands twice'] })).toBeUndefined();
  });
});

describe("a repository's own policy of plain shape", () => {
  const policies = { open, closed: { ...open, sensitive_files: ['*.key'] } };

  it.each<[keyof typeof policies, Readonly<Record<string, unknown>>]>([
    ['open', {}],
    ['open', { guardrails: { protected_files: ['db/**'] } }],
    ['open', { guardrails: { sensitive_files: ['*.pem'] } }],
    ['closed', { guardrails: { sensitive_files: ['*.pem'] } }],
    ['closed', { guardrails: { blocked_commands: ['rm -rf'] } }],
    ['open', { guardrails: { max_files_modified: 1 } }],
    ['open', { guardrails: { max_files_modified: 9_000 } }],
    ['open', { costs: { budget_usd: 0 } }],
    ['open', { costs: { budget_usd: 9_000 } }],
  ])('adds to an %s policy what it adds for the full reader: %j', (name, value) => {
    const plain = readPlainPolicy({ value: policies[name], problems: [] });
    const full = tighten(parsePolicy(JSON.stringify(policies[name]), 'x'), JSON.stringify(value), '.architect.yaml');
    const tightened = plain && tightenPlainly(plain, { value, problems: [] });

    expect(tightened).toBeDefined();
    expect(full).toMatchObject({ ...tightened });
    expect(tightened?.sensitive_files).toEqual(full.sensitive_files);
  });

  it.each<[string, unknown]>([
    ['is a text', 'guardrails'],
    ['is nothing', null],
    ['speaks of telemetry', { telemetry: {} }],
    ['has guardrails that are a number', { guardrails: 5 }],
    ['has guardrails that are nothing', { guardrails: null }],
    ['has costs that are a list', { costs: [] }],
    ['has sensitive files in one text', { guardrails: { sensitive_files: '*.pem' } }],
    ['has commands in one text', { guardrails: { blocked_commands: 'rm' } }],
    ['has half a file', { guardrails: { max_files_modified: 1.5 } }],
    ['has a negative budget', { costs: { budget_usd: -1 } }],
    ['has a budget in quotes', { costs: { budget_usd: '1' } }],
  ])('is left to the full reader when it %s', (_case, value) => {
    const plain = readPlainPolicy({ value: whole, problems: [] });

    expect(plain && tightenPlainly(plain, { value, problems: [] })).toBeUndefined();
  });

  it('is left to the full reader when its text has a problem', () => {
    const plain = readPlainPolicy({ value: whole, problems: [] });

    expect(plain && tightenPlainly(plain, { value: {}, problems: ['a key stands twice'] })).toBeUndefined();
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
