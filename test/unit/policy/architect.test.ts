import { describe, expect, it } from 'vitest';

import { fromArchitect, isArchitect, tighten } from '#policy/architect.ts';
import { parsePolicy } from '#policy/load.ts';

import { findings, rules, running, shipped, shippedText, touching } from './samples.ts';

const sample = `
llm: { model: some/model, api_key_env: KEY }
mcp:
  servers:
    - { name: metrics, url: "http://bridge:8082/mcp", auth: { type: bearer, token_env: T } }
guardrails:
  max_files_modified: 5
  max_lines_changed: "80"
  max_commands_executed: 010
  protected_files: ["migrations/**"]
  sensitive_files: ["*.pem"]
  blocked_commands: ["helm upgrade", "git\\\\s+push"]
costs:
  budget_usd: 2.50
telemetry: { enabled: true, exporter: otlp, endpoint: "http://collector:4317" }
`;

describe('an .architect.yaml', () => {
  it.each([
    ['guardrails: {}', true],
    ['costs: { budget_usd: 1 }\nllm: {}', true],
    ['version: 1\nguardrails: {}', false],
    ['llm: {}', false],
    ['- guardrails', false],
  ])('is recognised: %j is %s', (text, expected) => {
    expect(isArchitect(text)).toBe(expected);
  });

  it.each([
    [
      'an unknown key',
      'guardrails: { protected_file: [a] }',
      /^guardrails\.protected_file: unknown key; did you mean "protected_files"\?$/,
    ],
    ['a negative cap', 'guardrails: { max_files_modified: -1 }', /^guardrails\.max_files_modified: /],
    ['NaN dollars', 'costs: { budget_usd: .nan }', /^costs\.budget_usd: /],
    ['a key that is there twice', 'costs: { budget_usd: 1 }\ncosts: { budget_usd: 9 }', /unique/],
    [
      'an expression without a linear form',
      'guardrails: { blocked_commands: ["(a)\\\\1"] }',
      /^guardrails\.blocked_commands\[\d\]: .*back-reference/,
    ],
    ['a broken exporter', 'telemetry: { exporter: jaeger }', /^telemetry\.exporter: /],
  ])('is refused for %s', (_, text, message) => {
    const error = expect.objectContaining({
      code: 'misconfigured',
      evidence: expect.objectContaining({
        problems: [expect.stringMatching(message)],
      }),
    });
    expect(() => fromArchitect(text, '.architect.yaml', shipped)).toThrow(error);
    expect(() => tighten(shipped, text, '.architect.yaml')).toThrow(error);
  });
});

describe('given by the operator', () => {
  const given = () => fromArchitect(sample, 'ops/.architect.yaml', shipped);

  it('replaces lists and caps, and keeps the shipped values where it is silent [gate:policy:architect-operator]', () => {
    const policy = given();
    expect(policy).toMatchObject({
      protected_files: ['migrations/**'],
      blocked_commands: ['helm upgrade', 'git\\s+push'],
      limits: { max_files: 5, max_lines: 80 },
      budget: { ...shipped.budget, usd: 2.5, test_runs: 8 },
      mode: 'enforce',
      origins: ['policies/default.yaml', 'ops/.architect.yaml'],
    });
    expect(policy.digest).not.toBe(shipped.digest);
  });

  it('is enforced with its own rules [gate:policy:architect-operator]', () => {
    const policy = given();
    expect(rules(touching('migrations/0042.sql', 'certs/live.pem', '.env'), policy)).toEqual([
      'protected_files/migrations/**',
      'sensitive_files/*.pem',
    ]);
    expect(rules(running('helm -n a upgrade x y'), policy)).toEqual(['blocked_commands/helm upgrade']);
    expect(findings(running('git  push origin'), policy)[0]?.rule).toBe('blocked_commands/git\\s+push');
    expect(rules(running('kubectl apply -f x'), policy)).toEqual([]);
  });

  it('says what it does not enforce', () => {
    const text = `
guardrails:
  enabled: off
  protected_files: [a]
  quality_gates: [{ name: lint, command: npm run lint }]
  code_rules: [{ pattern: "eval\\\\(", message: no eval, severity: block }]
costs: { enabled: no, warn_at_usd: 0.75 }
telemetry: { enabled: yes }
`;
    expect(fromArchitect(text, 'a.yaml', shipped).notes).toEqual([
      'a.yaml: guardrails.enabled: false: the rules beside it hold all the same',
      'a.yaml: costs.enabled: false: the budget holds all the same',
    ]);
  });

  it('holds where it is switched off, by its rules and its budget', () => {
    const off =
      'guardrails: { enabled: false, protected_files: [a], max_files_modified: 1 }\ncosts: { enabled: false, budget_usd: 0.1 }';
    for (const policy of [fromArchitect(off, 'a.yaml', shipped), tighten(shipped, off, 'a.yaml')]) {
      expect(rules(touching('a'), policy)).toEqual(['protected_files/a']);
      expect(policy).toMatchObject({ limits: { max_files: 1 }, budget: { usd: 0.1 } });
    }
  });

  it.each([
    ['guardrails: { enabled: false }', []],
    ['guardrails: { enabled: false, protected_files: ~ }', []],
    ['guardrails: { enabled: true, protected_files: [a] }', []],
    ['guardrails: { enabled: false, max_files_modified: 1 }', [/^a\.yaml: guardrails\.enabled: false: the rules/]],
    [
      'guardrails: { enabled: false, require_test_after_edit: false }',
      [/^a\.yaml: guardrails\.require_test_after_edit/],
    ],
    ['guardrails: { require_test_after_edit: true }', []],
    ['costs: { enabled: true, budget_usd: 1 }', []],
    ['costs: { prices_file: prices.json }', []],
    ['telemetry: { enabled: true }', []],
    ['telemetry: { enabled: false, exporter: otlp }', []],
    ['mcp: { servers: [{ name: fixgate, command: npx }] }', [/^a\.yaml: mcp\.servers: architect starts them/]],
    ['mcp: { servers: [] }', []],
    ['mcp: { servers: 7, x: y }', []],
    ['mcp: 7', []],
  ])('says of %j no more than %j', (text, notes) => {
    expect(fromArchitect(text, 'a.yaml', shipped).notes).toEqual(notes.map((note) => expect.stringMatching(note)));
  });

  it('warns from the dollars on that it names, or that the operator names when those are fewer [gate:budget:warned]', () => {
    const text = 'costs: { warn_at_usd: 0.5 }';
    expect(fromArchitect(text, 'a.yaml', shipped).warn_at_usd).toBe(0.5);
    expect(tighten(shipped, text, 'a.yaml').warn_at_usd).toBe(0.5);
    expect(tighten({ ...shipped, warn_at_usd: 0.2 }, text, 'a.yaml').warn_at_usd).toBe(0.2);
  });

  it.each<[string, number]>([
    ['7', 7],
    ['"7"', 7],
    ['" +7 "', 7],
    ['"7.25"', 7.25],
    ['"007"', 7],
  ])('reads %s as a number of dollars, as architect does', (text, usd) => {
    expect(fromArchitect(`costs: { budget_usd: ${text} }`, 'a.yaml', shipped).budget.usd).toBe(usd);
  });

  it.each(['""', '"7 8"', '"7."', '".7"', '"x7"', '"7x"', 'true', '[7]', '"-7"'])(
    'does not take %s for a number of dollars',
    (text) => {
      expect(() => fromArchitect(`costs: { budget_usd: ${text} }`, 'a.yaml', shipped)).toThrow(/costs\.budget_usd: /);
    },
  );

  it('keeps the shipped value where it says that there is none', () => {
    const policy = fromArchitect(
      'guardrails: { protected_files: ~, max_files_modified: ~ }\ncosts: ~',
      'a.yaml',
      shipped,
    );
    expect(policy.protected_files).toEqual(shipped.protected_files);
    expect([policy.limits, policy.budget]).toEqual([shipped.limits, shipped.budget]);
  });

  it('turns gates and rules of code into our own [gate:policy:architect-gates]', () => {
    const text = `
guardrails:
  quality_gates:
    - { name: "Type check!", command: "npx tsc --noEmit -p 'my config.json'", timeout: "90" }
    - { name: lint, command: npm run lint, required: false }
  code_rules:
    - { pattern: "console\\\\.log", message: use the logger }
    - { pattern: "eval\\\\(", message: no eval, severity: block }
`;
    expect(fromArchitect(text, 'a.yaml', shipped)).toMatchObject({
      quality_gates: [
        {
          name: 'type-check-',
          argv: ['npx', 'tsc', '--noEmit', '-p', 'my config.json'],
          timeout_s: 90,
          required: true,
        },
        { name: 'lint', argv: ['npm', 'run', 'lint'], timeout_s: 60, required: false },
      ],
      code_rules: [
        { name: 'architect-1', pattern: 'console\\.log', severity: 'warn' },
        { name: 'architect-2', pattern: 'eval\\(', severity: 'block' },
      ],
    });
  });

  it.each([
    'npm run lint && npm test',
    'npm run lint | tee out',
    'echo $HOME',
    'CI=1 npm test',
    'npm test > log',
    'a &',
    '',
  ])('refuses a gate that needs a shell: %j [gate:policy:architect-gates]', (command) => {
    const text = `guardrails: { quality_gates: [{ name: lint, command: ${JSON.stringify(command)} }] }`;
    expect(() => tighten(shipped, text, '.architect.yaml')).toThrow(/quality_gates\[0\]\.command: .*needs a shell/);
  });

  it('means a file where it writes what is a class of ours', () => {
    const text = 'guardrails: { protected_files: ["@secrets"] }';
    const policy = fromArchitect(text, 'a.yaml', shipped);
    expect(rules(touching('@secrets'), policy)).toEqual(['protected_files/[@]secrets']);
    expect(rules(touching('id_rsa'), policy)).toEqual([]);
  });

  it('reads merge keys', () => {
    const text = 'base: &base { max_files_modified: 1 }\nguardrails: { <<: *base, max_lines_changed: 9 }';
    expect(fromArchitect(text, 'a.yaml', shipped).limits).toMatchObject({ max_files: 1, max_lines: 9 });
  });
});

describe('found in the repository', () => {
  it('lengthens lists and lowers caps [gate:policy:architect-repository]', () => {
    const policy = tighten(shipped, sample, '.architect.yaml');
    expect(policy).toMatchObject({
      protected_files: [...shipped.protected_files, 'migrations/**'],
      sensitive_files: ['*.pem'],
      blocked_commands: [...shipped.blocked_commands, 'helm upgrade', 'git\\s+push'],
      limits: { max_files: 3, max_lines: 80 },
      budget: shipped.budget,
    });
  });

  it.each([
    'guardrails: { protected_files: [], blocked_commands: [], max_files_modified: 99 }',
    'costs: { budget_usd: 50, enabled: false }',
    'llm: {}',
    '',
  ])('cannot loosen anything: %j [gate:policy:architect-repository]', (text) => {
    const {
      digest: _digest,
      origins: _origins,
      notes: _notes,
      examples: _examples,
      ...tightened
    } = tighten(shipped, text, '.architect.yaml');
    expect(shipped).toMatchObject(tightened);
  });
});

describe('prices and telemetry of an .architect.yaml', () => {
  const text = 'costs: { prices_file: p.json }\ntelemetry: { enabled: true, exporter: json-file, trace_file: t.json }';
  const named = { file: 'p.json', origin: 'a.yaml' };
  const told = { enabled: true, exporter: 'json-file', trace_file: 't.json', origin: 'a.yaml' };
  const given = () => fromArchitect(text, 'a.yaml', shipped);

  it('are those of the operator, and no part of the digest [gate:budget:prices] [gate:policy:architect-telemetry]', () => {
    expect(given()).toMatchObject({ pricesFiles: [named], telemetry: told, notes: [] });
    expect(given().digest).toBe(fromArchitect('costs: {}', 'a.yaml', shipped).digest);
  });

  it.each([
    'costs: { prices_file: ~ }',
    'telemetry: { enabled: false, exporter: otlp }',
    'telemetry: { exporter: otlp }',
  ])('are none where %j says none', (none) => {
    const policy = fromArchitect(none, 'a.yaml', shipped);
    expect(Object.keys(policy)).not.toEqual(expect.arrayContaining(['pricesFiles']));
    expect(policy.telemetry).toBeUndefined();
    expect(tighten(shipped, none, 'b.yaml').notes).toEqual([]);
  });

  it('of a repository add prices and send no spans, which is told once [gate:budget:prices] [gate:policy:architect-telemetry]', () => {
    const prices = [{ m: { input_per_million: 1, output_per_million: 1 } }];
    const tightened = tighten({ ...given(), prices }, text.replace('t.json', 'u.json'), 'b.yaml');
    expect(tightened).toMatchObject({
      prices,
      telemetry: told,
      pricesFiles: [named, { file: 'p.json', origin: 'b.yaml' }],
    });
    expect(tightened.notes).toEqual([
      "b.yaml: telemetry: only the operator's own policy file says where spans go; nothing is read",
    ]);
    expect(tighten(shipped, text, 'b.yaml')).toMatchObject({ pricesFiles: [{ file: 'p.json', origin: 'b.yaml' }] });
    expect(tighten(shipped, text, 'b.yaml').telemetry).toBeUndefined();
  });

  it('of files that are extended add up, and send no spans', () => {
    const files: Readonly<Record<string, string>> = {
      '/p/a.yaml': text,
      '/p/b.yaml': 'costs: { prices_file: q.json }',
    };
    const top = shippedText.replace(/^version: 1$/m, 'version: 1\nextends: [a.yaml, b.yaml]');
    const policy = parsePolicy(top, '/p/top.yaml', (file) => files[file] ?? '');
    expect(policy.pricesFiles).toEqual([
      { file: 'p.json', origin: '/p/a.yaml' },
      { file: 'q.json', origin: '/p/b.yaml' },
    ]);
    expect(policy.telemetry).toBeUndefined();
    expect(policy.notes).toEqual([expect.stringMatching(/^\/p\/a\.yaml: telemetry: only the operator/)]);
  });
});
