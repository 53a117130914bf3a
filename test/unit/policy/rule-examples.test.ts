import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { parsePolicy } from '#policy/load.ts';
import { parsePolicyLayers } from '#policy/parse-policy.ts';
import type { Policy } from '#policy/schema.ts';

import { shippedText } from './samples.ts';

const bare = shippedText.replace(/^examples:[^]*/m, 'examples: { refused: {}, allowed: {} }\n');

function load(files: Readonly<Record<string, string>>): Policy {
  return parsePolicy(files['policy.yaml'] ?? '', '/p/policy.yaml', (file) => files[file.replace(/^\/p\//, '')] ?? '');
}

function problemsOf(files: Readonly<Record<string, string>>): readonly string[] {
  try {
    load(files);
  } catch (error) {
    if (error instanceof FixgateError) return error.evidence['problems'] as readonly string[];
    throw error;
  }
  return [];
}

const on = (child: string) => ({ 'base.yaml': bare, 'policy.yaml': `version: 1\nextends: [base.yaml]\n${child}` });
const below = (base: string, child: string) => ({
  'base.yaml': `version: 1\nextends: [shipped.yaml]\n${base}`,
  'shipped.yaml': bare,
  'policy.yaml': `version: 1\nextends: [base.yaml]\n${child}`,
});

describe('examples of a rule', () => {
  it.each<[string, readonly string[]]>([
    ['protected_files: [{ glob: "db/**", effect: deny, examples: { refused: [db/a.sql], allowed: [src/db.js] } }]', []],
    [
      'protected_files: [{ glob: "db/**", effect: require_approval, examples: { refused: [db/a.sql], allowed: [.env] } }]',
      [],
    ],
    ['protected_files: [{ glob: "@migrations", effect: deny, examples: { refused: [migrations/1.sql] } }]', []],
    ['sensitive_files: [{ glob: "*.pem", examples: { refused: [a/b.pem], allowed: [a.pem.md, .env] } }]', []],
    [
      'blocked_commands: [{ command: helm upgrade, examples: { refused: [helm -n x upgrade y], allowed: [helm list, npm publish] } }]',
      [],
    ],
    [
      'code_rules: [{ name: no-eval, pattern: "\\\\beval\\\\(", message: no, examples: { refused: ["a = eval(b)"], allowed: ["evaluate(b)"] } }]',
      [],
    ],
    [
      'code_rules: [{ name: log, pattern: console, message: no, severity: warn, examples: { refused: [console.log(a)], allowed: [log(a)] } }]',
      [],
    ],
    ['protected_files: [{ glob: "db/**", effect: deny, examples: {} }]', []],
    [
      'protected_files: [{ glob: "db/**", effect: deny, examples: { refused: [db/a.sql, src/a.js, .env] } }]',
      [
        'protected_files[0].examples.refused[1]: "src/a.js" is not refused by protected_files/db/**; no other rule objects',
        'protected_files[0].examples.refused[2]: ".env" is not refused by protected_files/db/**; what objects is protected_files/*.env*',
      ],
    ],
    [
      'protected_files: [{ glob: "db/**", effect: deny, examples: { refused: [k8s/production/.env] } }]',
      [
        'protected_files[0].examples.refused[0]: "k8s/production/.env" is not refused by protected_files/db/**; what objects is protected_files/*.env*, protected_files/k8s/production/**',
      ],
    ],
    [
      'protected_files: [{ glob: "db/**", effect: deny }, { glob: "db/**", effect: require_approval, examples: { refused: [db/a] } }]',
      [],
    ],
    [
      'protected_files: [doc, { glob: "db/**", effect: require_approval, examples: { refused: [k8s/production/a], allowed: [DB/A.sql] } }]',
      [
        'protected_files[1].examples.refused[0]: "k8s/production/a" needs no approval by protected_files/db/**; what objects is protected_files/k8s/production/**',
        'protected_files[1].examples.allowed[0]: "DB/A.sql" needs approval by protected_files/db/**',
      ],
    ],
    [
      'sensitive_files: [{ glob: "*.pem", examples: { refused: [a.key], allowed: [a.pem] } }]',
      [
        'sensitive_files[0].examples.refused[0]: "a.key" is not refused by sensitive_files/*.pem; no other rule objects',
        'sensitive_files[0].examples.allowed[0]: "a.pem" is refused by sensitive_files/*.pem',
      ],
    ],
    [
      'blocked_commands: [{ command: helm upgrade, examples: { refused: [npm pu, "sh -c $x"], allowed: [helm upgrade a] } }]',
      [
        'blocked_commands[0].examples.refused[0]: "npm pu" is not refused by blocked_commands/helm upgrade; what objects is blocked_commands/npm publish',
        'blocked_commands[0].examples.refused[1]: "sh -c $x" is not refused by blocked_commands/helm upgrade; what objects is command_not_analysable',
        'blocked_commands[0].examples.allowed[0]: "helm upgrade a" is refused by blocked_commands/helm upgrade',
      ],
    ],
    [
      'code_rules: [{ name: a, pattern: aa, message: no }, { name: b, pattern: bb, message: no, severity: warn, examples: { refused: [aa], allowed: ["x\\nbb"] } }]',
      [
        'code_rules[1].examples.refused[0]: "aa" is not warned of by code_rules/b; what objects is code_rules/a',
        'code_rules[1].examples.allowed[0]: "x\\nbb" is warned of by code_rules/b',
      ],
    ],
  ])('hold for this rule, or the policy does not load: %s [gate:policy:rule-examples]', (child, problems) => {
    expect(problemsOf(on(child))).toEqual(problems);
  });

  it('of an allow are files that it names, and none that it refuses [gate:policy:rule-examples]', () => {
    const entry = '{ glob: make/*, effect: allow, examples: { refused: [x], allowed: [make/Makefile, Make/x] } }';
    expect(problemsOf({ 'policy.yaml': bare.replace('protected_files:', `protected_files:\n  - ${entry}`) })).toEqual([
      'protected_files[0].examples.refused[0]: "x" is not refused by protected_files/make/*, whose effect is allow',
      'protected_files[0].examples.allowed[1]: "Make/x" is not allowed by protected_files/make/*, which names other files',
    ]);
  });

  it('are no part of the rule: not of its verdict, its digest, nor of what may be judged without them', () => {
    const plain = load(
      on('protected_files: [{ glob: a, effect: deny }]\nblocked_commands: [helm upgrade]\nsensitive_files: [b]'),
    );
    const child = `
protected_files: [{ glob: a, effect: deny, examples: { refused: [a] } }]
blocked_commands: [{ command: helm upgrade, examples: { refused: [helm upgrade] } }]
sensitive_files: [{ glob: b, examples: { refused: [b] } }]`;
    const { ruleExamples, ...policy } = load(on(child));
    expect(policy).toEqual(plain);
    expect(ruleExamples).toHaveLength(3);
    const wrong = on('protected_files: [{ glob: a, effect: deny, examples: { refused: [b] } }]')['policy.yaml'];
    expect(parsePolicyLayers(wrong, '/p/policy.yaml', () => bare).content.protected_files).toContainEqual({
      glob: 'a',
      effect: 'deny',
    });
  });

  it('are strict, and what is wrong with them hides nothing [gate:policy:rule-examples]', () => {
    const child = `
protected_files:
  - { glob: a, effect: deny, examples: { refusd: [a] } }
  - { glob: b, effect: deny, examples: { refused: [c] } }
sensitive_files: [{ glob: c, exmples: {} }, { glob: "@secret", examples: { refused: [.env] } }]
blocked_commands: [{ comand: helm }, { command: "(", examples: { refused: [a] } }]`;
    expect(problemsOf(on(child))).toEqual([
      'protected_files[0].examples.refusd: unknown key; did you mean "refused"?',
      'sensitive_files[0].exmples: unknown key; did you mean "examples"?',
      'blocked_commands[0].command: is missing',
      'blocked_commands[0].comand: unknown key; did you mean "command"?',
      expect.stringMatching(/^blocked_commands\[1\]: the regular expression cannot be used/),
      expect.stringMatching(/^sensitive_files\[1\]: "@secret" is no class/),
      'protected_files[1].examples.refused[0]: "c" is not refused by protected_files/b; no other rule objects',
    ]);
  });
});

describe('examples of a rule below', () => {
  const rule = (examples: string) => `{ glob: "db/**", effect: deny${examples} }`;

  it('stay when the rule is written again, with other examples or none [gate:policy:rule-examples]', () => {
    for (const again of [rule(''), '"db/**"', rule(', examples: { refused: [db/b] }')]) {
      const policy = load(
        below(`protected_files: [${rule(', examples: { refused: [db/a] }')}]`, `protected_files: [${again}]`),
      );
      expect(policy.protected_files.filter((each) => JSON.stringify(each).includes('db/**'))).toHaveLength(1);
      expect(policy.ruleExamples?.map(({ row }) => row)).toContain('db/a');
    }
    const code = (examples: string) => `code_rules: [{ name: a, pattern: b, message: c${examples} }]`;
    const both = load(below(code(', examples: { refused: [b] }'), code('')));
    expect(both.code_rules).toHaveLength(1);
    expect(both.ruleExamples).toHaveLength(1);
  });

  it('cannot be dropped, and are told where they stand [gate:policy:rule-examples]', () => {
    const base = `protected_files: [${rule(', examples: { refused: [a], allowed: [db/a] }')}]`;
    expect(problemsOf(below(base, 'protected_files: ["db/**"]'))).toEqual([
      'protected_files[0].examples.refused[0]: "a" is not refused by protected_files/db/**; no other rule objects',
      'protected_files[0].examples.allowed[0]: "db/a" is refused by protected_files/db/**',
    ]);
    expect(problemsOf(below(base, 'mode: shadow'))[1]).toMatch(/^\/p\/base\.yaml: protected_files\[0\]\.examples/);
  });

  it('hold where another file makes the rule stricter [gate:policy:rule-examples]', () => {
    const base =
      'protected_files: [{ glob: "db/**", effect: require_approval, examples: { refused: [db/a], allowed: [a] } }]';
    expect(problemsOf(below(base, 'protected_files: [{ glob: "db/**", effect: deny }]'))).toEqual([]);
  });

  it('loosen nothing: a rule that does is refused, and nothing is told of its examples [gate:policy:rule-examples]', () => {
    const weaker = 'protected_files: [{ glob: "*.lock", effect: require_approval, examples: { refused: [a.lock] } }]';
    expect(problemsOf(on(weaker))).toEqual([expect.stringMatching(/^protected_files\[0\]: .* is looser than /)]);
  });

  it('hold once for a file that two others extend', () => {
    const files = {
      'shipped.yaml': bare,
      'zero.yaml': `version: 1\nextends: [shipped.yaml]\nprotected_files: [${rule(', examples: { refused: [db/a] }')}]`,
      'one.yaml': 'version: 1\nextends: [zero.yaml]',
      'policy.yaml': 'version: 1\nextends: [one.yaml, zero.yaml]',
    };
    expect(load(files).ruleExamples).toHaveLength(1);
  });

  it('are not judged by a way of reading commands that is left out', () => {
    const child =
      'blocked_commands_mode: strict\nblocked_commands: [{ command: helm upgrade, examples: { refused: [echo helm upgrade] } }]';
    expect(problemsOf(on(child))).toEqual([expect.stringMatching(/^blocked_commands_mode: /)]);
    expect(problemsOf(on(child.replace('strict\n', 'strict-regex\n')))).toEqual([]);
    const others = `blocked_commands_mode: strict
blocked_commands: [{ command: helm upgrade, examples: { allowed: [helm upgrade a] } }]
protected_files: [{ glob: "db/**", effect: deny, examples: { refused: [a] } }]`;
    expect(problemsOf(on(others))).toEqual([
      expect.stringMatching(/^blocked_commands_mode: /),
      expect.stringMatching(/^protected_files\[0\]\.examples\.refused\[0\]: "a" is not refused/),
      expect.stringMatching(/^blocked_commands\[0\]\.examples\.allowed\[0\]: "helm upgrade a" is refused/),
    ]);
  });

  it('are judged whatever else is left out [gate:policy:rule-examples]', () => {
    const child = 'mode: shadw\nblocked_commands: [{ command: helm upgrade, examples: { refused: [helm list] } }]';
    expect(problemsOf(on(child))).toEqual([
      expect.stringMatching(/^mode: /),
      expect.stringMatching(/^blocked_commands\[0\]\.examples\.refused\[0\]: "helm list" is not refused/),
    ]);
  });
});
