import { describe, expect, it } from 'vitest';

import type { TouchedFile } from '#domain/remediation.ts';
import { addedLines, onAddedLines } from '#policy/added-lines.ts';
import { codeWarnings } from '#policy/guards/code-rules.ts';
import type { Policy } from '#policy/schema.ts';

import { findings, patch, publishing, rules, shipped, write } from '../samples.ts';

const changing = (before: string | undefined, after: string, path = 'src/a.js') =>
  patch({
    writes: [
      write(path, {
        after: { mode: '100644', content: Buffer.from(after) },
        ...(before !== undefined && { before: { mode: '100644', oid: 'b', content: Buffer.from(before) } }),
      }),
    ],
  });

// Written in two pieces, so that nobody takes this file for a leak.
const secret = (prefix: string, rest: string) => prefix + rest;
const random = 'q7Zx2LmN9vRt4KpW8sYd3HfJ6bGc5TaE1uQo';
const pem = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA7bq3rW9xYc0Zt4KpW8sYd3HfJ6bGc5TaE1uQoVn\n'.repeat(3)}-----END RSA PRIVATE KEY-----`;

describe('added lines', () => {
  it.each([
    ['a\nb', 'a\nc\nb', [{ line: 2, text: 'c' }]],
    ['a\nb', 'b\na', []],
    ['a', 'a\na', [{ line: 2, text: 'a' }]],
    ['', 'x', [{ line: 1, text: 'x' }]],
  ])('of %j and %j', (before, after, expected) => {
    expect(addedLines(changing(before, after).writes[0] ?? write('x'))).toEqual(expected);
  });

  it('are all lines when the old content is not known, and none when the file goes', () => {
    expect(addedLines(write('a')).map(({ text }) => text)).toEqual(['text', '']);
    const { after: _after, ...deletion } = write('a');
    expect(addedLines(deletion)).toEqual([]);
  });
});

describe('added lines of a file that changes in the middle', () => {
  it.each<[string, string, readonly { line: number; text: string }[]]>([
    ['one\ntwo\nthree\n', 'one\n2\nthree\n', [{ line: 2, text: '2' }]],
    ['one\ntwo\nthree\n', 'one\ntwo\nthree\nfour\n', [{ line: 4, text: 'four' }]],
    ['one\ntwo\n', 'zero\none\ntwo\n', [{ line: 1, text: 'zero' }]],
    [
      'one\ntwo\nthree\nfour\n',
      'one\nx\nthree\ny\n',
      [
        { line: 2, text: 'x' },
        { line: 4, text: 'y' },
      ],
    ],
    ['\na\nb\n', '\nb\na\nc\n', [{ line: 4, text: 'c' }]],
    ['a\nx\nb\n', 'a\nx\nx\nb\n', [{ line: 3, text: 'x' }]],
  ])('of %j and %j', (before, after, expected) => {
    expect(addedLines(changing(before, after).writes[0] ?? write('x'))).toEqual(expected);
  });
});

describe('spans on added lines', () => {
  const text = '\none\ntwo\n\nfive';
  const span = (start: number, end: number, kind = 'k') => ({ start, end, kind });
  const linesOf = (spans: readonly ReturnType<typeof span>[], ...added: number[]) =>
    onAddedLines(spans, { path: 'p', text, first: () => 1, added: new Set(added.map((line) => line - 1)) }).map(
      ({ line, kind }) => `${line}${kind}`,
    );

  it.each<[number, number, number, readonly string[]]>([
    [0, 1, 1, ['1k']],
    [1, 4, 2, ['2k']],
    [1, 5, 3, []],
    [1, 6, 3, ['3k']],
    [4, 5, 2, ['2k']],
    [5, 8, 3, ['3k']],
    [5, 8, 2, []],
    [9, 9, 4, ['4k']],
    [10, 14, 5, ['5k']],
    [13, 14, 5, ['5k']],
    [1, 14, 5, ['5k']],
    [0, 14, 1, ['1k']],
  ])('from %i to %i and line %i: %j', (start, end, line, expected) => {
    expect(linesOf([span(start, end)], line)).toEqual(expected);
  });

  it('are told once each, by their first added line, in the order of lines', () => {
    expect(linesOf([span(10, 14, 'b'), span(1, 8, 'a')], 3, 2, 5)).toEqual(['2a', '5b']);
    expect(linesOf([], 1)).toEqual([]);
  });
});

describe('a secret in the added lines', () => {
  it.each([
    ['github-token', secret('ghp', `_${random}`)],
    ['gitlab-token', secret('glpat', `-${random}`)],
    ['aws-key-id', secret('AKIA', 'Q7ZX2LMN9VRT4KPW')],
    ['slack-token', secret('xoxb', '-2837465019-2837465019-q7Zx2LmN9vRt4KpW')],
    ['slack-webhook', secret('https://hooks.slack.com', '/services/T7ZX2LMN9/B4KPW8SYD/q7Zx2LmN9vRt4KpW8sYd3HfJ')],
    ['stripe-key', secret('sk', `_live_${random.slice(0, 24)}`)],
    ['google-key', secret('AIza', 'Sy7Zx2LmN9vRt4KpW8sYd3HfJ6bGc5TaE1u')],
    ['npm-token', secret('npm', `_${random}`)],
    ['api-key', secret('sk', `-proj-${random}`)],
    ['jwt', secret('eyJ', 'hbGciOiJIUzI1NiJ9.eyJzdWIiOiJxN1p4MkxtTiJ9.q7Zx2LmN9vRt4KpW8sYd3HfJ')],
    ['private-key', pem],
  ])('is refused: %s, by path, line and kind and never by its value [gate:policy:secrets-in-patch]', (kind, value) => {
    const [finding, ...more] = findings(changing('const a = 1;\n', `const a = 1;\nconst key = '${value}';\n`));
    expect(finding).toMatchObject({
      rule: 'secrets_in_patch',
      effect: 'deny',
      evidence: { path: 'src/a.js', line: 2, kind },
    });
    expect(more).toEqual([]);
    expect(JSON.stringify(finding)).not.toContain(value.slice(8, 24));
  });

  it('is told by its true line in a large file, wherever the change is', () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `line ${index}`);
    for (const at of [0, 1, 150, 199, 200, 201, 1_500, 2_799, 2_998, 2_999]) {
      const after = lines.with(at, `key = '${secret('ghp', `_${random}`)}'`);
      expect(findings(changing(lines.join('\n'), after.join('\n')))).toMatchObject([{ evidence: { line: at + 1 } }]);
    }
    const both = lines.with(3, `a = '${secret('ghp', `_${random}`)}'`).with(2_990, secret('AKIA', 'Q7ZX2LMN9VRT4KPW'));
    const found = findings(changing(lines.join('\n'), both.join('\n')));
    expect(found.map(({ evidence }) => evidence?.['line'])).toEqual([4, 2_991]);
  });

  it('is refused when only a line inside of a private key is new', () => {
    const key = pem.split('\n');
    const file = ['a', 'b', ...key, 'c'].join('\n');
    const before = ['a', 'b', ...key.with(2, 'old'), 'c'].join('\n');
    expect(findings(changing(before, file))).toMatchObject([{ evidence: { line: 5, kind: 'private-key' } }]);
  });

  it.each([
    ['an example of documentation', secret('AKIA', 'IOSFODNN7EXAMPLE')],
    ['a placeholder', secret('ghp', `_${'x'.repeat(36)}`)],
    ['a counted-out placeholder', secret('npm', '_abcdefghijklmnopqrstuvwxyz0123456789')],
    ['a header alone', "if (text.startsWith('-----BEGIN PRIVATE KEY-----'))"],
    ['an empty key', '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----'],
    ['a hash', 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    ['a UUID', '123e4567-e89b-12d3-a456-426614174000'],
    ['a name that begins alike', 'sk-button-primary-large-with-icon'],
    ['a password in words', "password: 'correct horse battery staple'"],
    ['an integrity of a lockfile', 'sha512-q7Zx2LmN9vRt4KpW8sYd3HfJ6bGc5TaE1uQoq7Zx2LmN9vRt4KpW8sYd3HfJ=='],
  ])('is not seen in %s', (_, text) => {
    expect(rules(changing('', `const a = "${text}";\n`))).toEqual([]);
  });

  it('is no matter where it was before, or where it leaves', () => {
    const line = `const key = '${secret('ghp', `_${random}`)}';`;
    expect(rules(changing(`${line}\nb\n`, `b2\n${line}\n`))).toEqual([]);
    expect(rules(changing(`${line}\nb\n`, 'b\n'))).toEqual([]);
  });

  it('is seen when its last part is added to what was there', () => {
    const [head = '', ...rest] = pem.split('\n');
    expect(rules(changing(`${head}\n`, [head, ...rest].join('\n')))).toEqual(['secrets_in_patch']);
  });
});

describe('a secret that another scan found', () => {
  const found = (line: number, kind = 'entropy', path = 'src/a.js') => ({ path, line, kind });
  const told = (...secrets: ReturnType<typeof found>[]) =>
    findings({ ...changing('', 'a\n'), secrets }).map(({ evidence }) => [evidence['line'], evidence['kind']]);

  it('is refused in the file that it is in, in the order of lines', () => {
    expect(told(found(9), found(2))).toEqual([
      [2, 'entropy'],
      [9, 'entropy'],
    ]);
    expect(told(found(2, 'entropy', 'src/b.js'))).toEqual([]);
    expect(told()).toEqual([]);
  });

  it('is told once a line, by its shape where that is known, and five times a file', () => {
    const line = `const key = '${secret('ghp', `_${random}`)}';`;
    const [finding, ...more] = findings({ ...changing('', line), secrets: [found(1)] });
    expect(finding?.evidence).toMatchObject({ line: 1, kind: 'github-token' });
    expect(more).toEqual([]);
    expect(told(...[6, 5, 4, 3, 2, 1].map((each) => found(each)))).toEqual(
      [1, 2, 3, 4, 5].map((each) => [each, 'entropy']),
    );
  });

  it('is not looked for in a file that goes', () => {
    const { after: _after, ...deletion } = write('src/a.js');
    expect(rules(patch({ writes: [deletion] }))).toEqual([]);
  });
});

describe('code rules', () => {
  const policy: Policy = {
    ...shipped,
    code_rules: [
      { name: 'no-eval', pattern: String.raw`\beval\(`, message: 'eval executes text.', severity: 'block' },
      { name: 'no-log', pattern: String.raw`console\.log`, message: 'Use the logger.', severity: 'warn' },
    ],
  };

  it('refuse what an added line must not hold [gate:policy:code-rules]', () => {
    const [finding] = findings(changing('a\n', 'a\nEVAL(x)\n'), policy);
    expect(finding).toMatchObject({
      rule: 'code_rules/no-eval',
      effect: 'deny',
      reason: 'Line 2 of "src/a.js" holds what the rule "no-eval" forbids: eval executes text.',
      evidence: { path: 'src/a.js', line: 2 },
    });
  });

  it.each([
    [String.raw`\beval\(`, String.raw`/\beval\(/`],
    [String.raw`"\\n"`, String.raw`/"\\n"/`],
    ['a\nb\u202e', String.raw`/a\nb\u202e/`],
  ])('name the expression %j as it is written', (pattern, shown) => {
    const rule = { name: 'own', pattern, message: 'No.', severity: 'block' } as const;
    const long = 'x'.repeat(2_001);
    const [finding] = findings(changing('', long), { ...policy, code_rules: [rule] });
    expect(finding?.fix).toContain(`, without what ${shown} matches.`);
  });

  it('refuse a line that is too long to be searched', () => {
    expect(rules(changing('', 'x'.repeat(2_001)), policy)).toEqual(['code_rules/no-eval']);
    expect(rules(changing('', 'x'.repeat(2_000)), policy)).toEqual([]);
  });

  it('look at added lines alone', () => {
    expect(rules(changing('eval(x)\n', 'eval(x)\nb\n'), policy)).toEqual([]);
  });

  it('only warn where they say so [gate:policy:code-rules]', () => {
    const action = changing('', 'console.log(1)\n');
    expect(rules(action, policy)).toEqual([]);
    expect(codeWarnings(action, policy)).toEqual([
      { rule: 'code_rules/no-log', says: 'line 1 of "src/a.js": Use the logger.' },
    ]);
  });
});

describe('caps on everything ever touched', () => {
  const file = (path: string, bytes: number, ...lostTests: string[]): TouchedFile => ({ path, bytes, lostTests });
  const capped: Policy = { ...shipped, limits: { ...shipped.limits, max_bytes: 100, max_deleted_tests: 1 } };

  it.each<[string, readonly TouchedFile[], readonly string[]]>([
    ['at the cap of bytes', [file('a', 60), file('b', 40)], []],
    ['over the cap of bytes', [file('a', 60), file('b', 41)], ['max_bytes']],
    ['at the cap of tests', [file('a', 1, 'x')], []],
    ['over the cap of tests', [file('a', 1, 'x'), file('b', 1, 'y')], ['max_deleted_tests']],
    ['over both', [file('a', 200, 'x', 'y')], ['max_bytes', 'max_deleted_tests']],
  ])('%s [gate:policy:caps]', (_, touched, expected) => {
    expect(rules(patch({ touched }), capped)).toEqual(expected);
    expect(rules(publishing({ touched }), capped)).toEqual(expected);
  });

  it('hold nothing where the policy is silent', () => {
    const { max_bytes: _bytes, max_deleted_tests: _tests, ...limits } = shipped.limits;
    expect(rules(patch({ touched: [file('a', 1e9, 'x')] }), { ...shipped, limits })).toEqual([]);
  });

  it('let no test go under the shipped policy, and name those that would', () => {
    const [finding] = findings(patch({ touched: [file('test/a.js', 1, 'drains the queue')] }));
    expect(finding?.rule).toBe('max_deleted_tests');
    expect(finding?.reason).toContain('"drains the queue" of "test/a.js"');
  });
});

describe('a push that starts workflows', () => {
  it('needs a human for each of them [gate:policy:triggers]', () => {
    const triggers = [{ path: '.github/workflows/deploy.yml', holds: ['secrets', 'job deploy'] }];
    expect(findings(publishing({ triggers }))).toMatchObject([
      {
        rule: 'branches/triggers_workflow',
        effect: 'require_approval',
        evidence: { path: '.github/workflows/deploy.yml' },
      },
    ]);
    expect(rules(publishing())).toEqual([]);
  });
});
