import { describe, expect, it } from 'vitest';

import type { RiskFloor } from '#domain/risk.ts';
import { exampleChange, exampleRun } from '#policy/examples.ts';
import { explain, readingOf } from '#policy/explain.ts';
import { scoreRisk } from '#policy/risk.ts';

import { patch, shipped, write } from './samples.ts';

describe('an explanation', () => {
  it('lists every rule of commands in the order of the policy, with match or no match', () => {
    const { verdict, rules } = explain('command', exampleRun('docker push a && kubectl $V'), { policy: shipped });
    expect(verdict).toBe('deny');
    expect(rules.map(({ rule, findings }) => [rule, findings.length])).toEqual([
      ['blocked_commands/kubectl apply', 0],
      ['blocked_commands/docker push', 1],
      ['blocked_commands/npm publish', 0],
      ['blocked_commands/terraform apply', 0],
      ['command_not_analysable', 1],
    ]);
  });

  it('speaks of the command, which is no suite that could be called instead', () => {
    const { rules } = explain('command', exampleRun('docker push a && kubectl $V'), { policy: shipped });
    const findings = rules.flatMap((each) => each.findings);
    expect(findings.map(({ reason }) => reason)).toEqual([
      'The command would execute "docker push a", which is blocked: "docker push".',
      expect.stringMatching(/^What the command executes cannot be read off: /),
    ]);
    expect(findings.map(({ fix }) => fix)).toEqual([
      'Work without it, or have a human replace the call by docker build; do not rewrite the command to get round the rule.',
      'Write the command with literal program names and arguments.',
    ]);
  });

  it('lists every rule of paths, built-in ones included', () => {
    const { verdict, rules } = explain('path', exampleChange(['package.json']), { policy: shipped });
    expect(verdict).toBe('require_approval');
    expect(rules.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['path_canonical', 'path_links', 'protected_files/*.env*', 'built_in_files/git']),
    );
    expect(rules.filter(({ findings }) => findings.length > 0).map(({ rule }) => rule)).toEqual([
      'built_in_files/package-manifest',
    ]);
  });

  it('says what a rule that only warns says, and lets it pass', () => {
    const warns = { name: 'todo', pattern: 'TODO', message: 'no TODO', severity: 'warn' } as const;
    const policy = { ...shipped, code_rules: [warns, { ...warns, name: 'fixme', pattern: 'FIXME' }] };
    const { verdict, rules } = explain('patch', exampleChange(['src/a.js'], '// TODO later\n'), { policy });
    expect(verdict).toBe('allow');
    expect(rules.find(({ rule }) => rule === 'code_rules/todo')).toEqual({
      rule: 'code_rules/todo',
      findings: [],
      says: 'Warning: line 1 of "src/a.js": no TODO',
    });
    expect(rules.find(({ rule }) => rule === 'code_rules/fixme')?.says).toBeUndefined();
  });

  it('shows what an entry allows, and what would have asked otherwise', () => {
    const entries = ['Makefile', 'src/*.ts', 'docs/**'].map((glob) => ({ glob, effect: 'allow' as const }));
    const policy = { ...shipped, protected_files: entries };
    const { verdict, rules } = explain('patch', exampleChange(['Makefile', 'src/a.ts']), { policy });
    expect(verdict).toBe('allow');
    expect(rules.filter(({ says }) => says)).toEqual([
      {
        rule: 'protected_files/Makefile',
        findings: [],
        says: 'Allows "Makefile", for which built_in_files/build-file would ask a human',
      },
      { rule: 'protected_files/src/*.ts', findings: [], says: 'Allows "src/a.ts"' },
    ]);
  });

  it('tells what floors of risk set for the pull request, and asks for those that are high', () => {
    const hit = (floor: RiskFloor, why: string) => ({ floor, why });
    const floors = [
      ...Array.from({ length: 6 }, (_, at) => hit('dependency_manifest', `go.mod ${at}`)),
      hit('test_weakening', 'a.test.js'),
    ];
    const action = exampleChange(['src/a.js']);
    const risk = scoreRisk({ at: 0, files: action.netChanges, floors }, shipped);
    const { verdict, rules } = explain('patch', action, { policy: shipped, risk });
    const of = (floor: string) => rules.filter(({ rule }) => rule === `risk/${floor}`);

    expect(verdict).toBe('require_approval');
    expect(of('dependency_manifest')).toEqual([
      {
        rule: 'risk/dependency_manifest',
        reading: 'a floor of 40 (medium risk)',
        findings: [],
        says: 'For the pull request it sets a floor of 40 (medium risk): "go.mod 0", "go.mod 1", "go.mod 2", "go.mod 3", "go.mod 4".',
      },
    ]);
    expect(of('test_weakening')).toEqual([
      { rule: 'risk/test_weakening', reading: 'a floor of 70 (high risk)', findings: [expect.anything()] },
    ]);
    expect(of('migration')).toEqual([{ rule: 'risk/migration', reading: 'a floor of 70 (high risk)', findings: [] }]);
    expect(explain('patch', action, { policy: shipped }).rules.some(({ rule }) => rule.startsWith('risk/'))).toBe(
      false,
    );
  });

  it('asks modes and caps about patches only', () => {
    const action = patch({ writes: ['a', 'b', 'c', 'd'].map((name) => write(`src/${name}.ts`)) });
    const { verdict, rules } = explain('patch', action, { policy: shipped });
    expect(verdict).toBe('deny');
    expect(rules.find(({ rule }) => rule === 'max_files')?.findings).toHaveLength(1);
    expect(explain('path', action, { policy: shipped }).verdict).toBe('allow');
  });

  it('takes in what only the repository shows', () => {
    const known = [{ rule: 'path_links', effect: 'deny' as const, reason: '', fix: '', evidence: {} }];
    const { verdict, rules } = explain('path', exampleChange(['src/a.ts']), { policy: shipped, known });
    expect(verdict).toBe('deny');
    expect(rules.find(({ rule }) => rule === 'path_links')?.findings).toEqual(known);
    expect(new Set(rules.map(({ rule }) => rule)).size).toBe(rules.length);
  });
});

describe('an entry of blocked_commands is read', () => {
  it.each([
    ['kubectl apply', /^words of a parsed command, with the equivalents in oc(?:, (?!kubectl,)[\w.-]+)*$/],
    ['make deploy', /^words of a parsed command$/],
    ['kubectl (apply|delete)', /^a regular expression, searched in the text and in each call$/],
    ['deploy.sh', /^words of a parsed command, and a regular expression because of the dot$/],
  ])('%j as %s', (entry, reading) => {
    expect(readingOf(entry)).toMatch(reading);
  });

  it('as words and as an expression, where the mode says so', () => {
    const reading = 'words of a parsed command, and a regular expression because of blocked_commands_mode';
    expect(readingOf('make deploy', 'strict-regex')).toBe(reading);
  });
});
