import { describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import { toCaps, toDailyCaps } from '#policy/caps.ts';
import { parseOperatorPolicy, parsePolicy } from '#policy/load.ts';

import { shipped, shippedText } from './samples.ts';

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof FixgateError && error.code === 'misconfigured') return error.evidence.problems as string[];
    throw error;
  }
  return [];
}

const problems = (text: string) => problemsOf(() => parsePolicy(text, 'policy.yaml'));

describe('the shipped policy', () => {
  it('holds the values that the README promises [gate:policy:default]', () => {
    expect(shipped).toMatchObject({
      name: 'pr-bot',
      mode: 'enforce',
      protected_files: ['*.env*', 'config/production.*', 'k8s/production/**', 'Dockerfile*', '*.lock'],
      blocked_commands: ['kubectl apply', 'docker push', 'npm publish', 'terraform apply'],
      limits: { max_files: 3, max_lines: 150 },
      pull_request: { draft: false, labels: ['hotfix', 'auto-generated'] },
    });
    expect(toCaps(shipped, undefined)).toMatchObject({ usd: 1_000_000, tool_calls: 40, prs: 1 });
    expect(toDailyCaps(shipped, toCaps(shipped, 0.5))).toMatchObject({ usd: 5_000_000, prs: 10 });
  });

  it('has a digest that depends on what it says, not on where it lies or how it is written', () => {
    expect(shipped.digest).toMatch(/^sha256:[\da-f]{64}$/);
    expect(parsePolicy(`# another comment\n${shippedText}`, 'elsewhere.yaml').digest).toBe(shipped.digest);
    expect(parsePolicy(shippedText.replace('max_files: 3', 'max_files: 2'), 'x').digest).not.toBe(shipped.digest);
  });
});

describe('a broken policy', () => {
  it('lists every problem at once, with its path and the nearest known key [gate:policy:strict]', () => {
    const text = shippedText
      .replace('mode: enforce', 'mode: warn')
      .replace('max_files: 3', 'max_file: 3')
      .replace('tool_calls: 40', 'tool_calls: -1')
      .replace('protected_files:', 'protected_flies:');
    const found = problems(text);
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^mode: must be one of enforce, shadow/),
        'limits.max_file: unknown key; did you mean "max_files"?',
        expect.stringMatching(/^limits\.max_files: /),
        expect.stringMatching(/^budget\.tool_calls: /),
        'protected_flies: unknown key; did you mean "protected_files"?',
      ]),
    );
  });

  it.each([
    ['a key that is there twice', `${shippedText}\nmode: shadow\n`, /unique/],
    ['NaN dollars', shippedText.replace('usd: 1.00', 'usd: .nan'), /^budget\.usd: /],
    ['infinite dollars', shippedText.replace('usd: 1.00', 'usd: .inf'), /^budget\.usd: /],
    ['a 1.1 boolean', shippedText.replace('draft: false', 'draft: off'), /^pull_request\.draft: /],
    ['more than 64 KiB', `${shippedText}#${'x'.repeat(65_536)}`, /at most 65536/],
    ['no mapping', '- a\n', /^\(top level\): /],
    ['an alias bomb', `a: &a [1,1]\nb: &b [${'*a,'.repeat(40)}]\nc: [${'*b,'.repeat(40)}]\n`, /alias/i],
    ['broken YAML', 'version: [1\n', /./],
    [
      'a regular expression with look-around',
      shippedText.replace('"docker push"', '"docker (?!pull)"'),
      /^blocked_commands\[1\]: .*look-around/,
    ],
  ])('is refused for %s', (_, text, message) => {
    expect(problems(text)).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });

  it.each<[string, readonly string[]]>([
    [
      '{ glob: "db/**", efect: deny }',
      [
        'protected_files[0].effect: is missing: one of deny, require_approval, allow',
        'protected_files[0].efect: unknown key; did you mean "effect"?',
      ],
    ],
    [
      '{ glob: "db/**", effect: deny, why: x }',
      [expect.stringMatching(/^protected_files\[0\]\.why: unknown key; known keys: glob, effect, reason, instead/)],
    ],
    ['7', [expect.stringMatching(/^protected_files\[0\]: must be a text or \{ glob, effect, /)]],
  ])('tells of a rule by the form that it has: %s [gate:policy:forms]', (entry, lines) => {
    expect(problems(shippedText.replace('protected_files:', `protected_files:\n  - ${entry}`))).toEqual(lines);
  });

  it('does not load when its own examples fail, and names each of them [gate:policy:examples]', () => {
    const text = shippedText
      .replace('      - services/billing/.env.local', '      - src/fine.js')
      .replace('      - npm test && npm pu', '      - npm test')
      .replace('      - src/orders/queue.js', '      - k8s/production/Dockerfile')
      .replace('      - kubectl -n apply get pods', '      - kubectl -n live apply');
    expect(problems(text)).toEqual([
      'examples.refused.paths[1]: "src/fine.js" is allowed',
      'examples.refused.commands[2]: "npm test" is allowed',
      'examples.allowed.paths[0]: "k8s/production/Dockerfile" is refused by protected_files/k8s/production/**, protected_files/Dockerfile*',
      'examples.allowed.commands[2]: "kubectl -n live apply" is refused by blocked_commands/kubectl apply',
    ]);
  });
});

describe("the operator's policy", () => {
  it('may be a file of ours or an .architect.yaml', () => {
    expect(parseOperatorPolicy(shippedText, 'p.yaml', { shipped }).origins).toEqual(['p.yaml']);
    const architect = parseOperatorPolicy('guardrails: { max_files_modified: 2 }', '.architect.yaml', { shipped });
    expect(architect.limits.max_files).toBe(2);
  });
});
