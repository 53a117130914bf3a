import { describe, expect, it } from 'vitest';

import { createStubJudge } from '#cli/stub-judge.ts';

const shipped = createStubJudge(['kubectl apply', 'docker push', 'npm publish', 'terraform apply']);

describe('the judge of stubs', () => {
  it.each([
    ['kubectl', 'kubectl'],
    ['kubectl.1.30', 'kubectl'],
    ['KUBECTL.exe', 'kubectl'],
    ['npm-cli.js', 'npm'],
    ['podman', 'podman'],
    ['tofu', 'tofu'],
    ['pnpm', 'pnpm'],
    ['node', undefined],
    ['git', undefined],
    ['kubectl-notes', undefined],
  ])('is concerned with %s as %s', (file, program) => {
    expect(shipped.concerns(file)).toBe(program);
  });

  it('takes the programs of a regular expression from its words', () => {
    const judge = createStubJudge(['^(helm|flux)\\s+upgrade']);
    expect([judge.concerns('helm'), judge.concerns('flux'), judge.concerns('bash')]).toEqual([
      'helm',
      'flux',
      undefined,
    ]);
    expect(judge.findBlocked(['helm', 'upgrade', 'x'])).toMatchObject({ entry: '^(helm|flux)\\s+upgrade' });
    expect(judge.findBlocked(['helm', 'list'])).toBeUndefined();
    expect(judge.findBlocked(['helm', 'upgrade', 'x'.repeat(10_000)])).toBeDefined();
  });

  it.each([
    [['kubectl', 'get', 'pods'], undefined],
    [['kubectl', '-n', 'x', 'apply'], 'kubectl apply'],
    [['npm', 'pu'], 'npm publish'],
    [['npm', 'exec', '--', 'kubectl', 'apply'], 'kubectl apply'],
    [['yarn', 'npm', 'publish'], 'npm publish'],
    [['kubectl', 'x'.repeat(300_000)], 'command_not_analysable'],
  ])('finds in %j what is blocked: %s', (argv, entry) => {
    expect(shipped.findBlocked(argv)?.entry).toBe(entry);
  });

  it('lets package managers through without a question where nothing is blocked behind their first word', () => {
    expect(shipped.harmlessFirst('npm')).toEqual(expect.arrayContaining(['test', 'run']));
    expect(createStubJudge(['npm run']).harmlessFirst('npm')).not.toContain('run');
    expect(createStubJudge(['npm test']).harmlessFirst('npm')).not.toContain('t');
    expect(createStubJudge(['np[a-z] run']).harmlessFirst('npm')).toEqual([]);
  });
});

it('takes no first word for harmless behind which a blocked call may stand', () => {
  const judge = createStubJudge(['kubectl apply', 'cargo publish', 'npm run deploy', 'npm publish']);
  expect(judge.harmlessFirst('kubectl')).toEqual([]);
  expect(judge.harmlessFirst('cargo')).toEqual([]);
  expect(judge.harmlessFirst('npm')).not.toContain('run');
  // The same by another name.
  expect(judge.harmlessFirst('npm')).not.toContain('run-script');
  // `npm --version --no-version publish` publishes.
  expect(judge.harmlessFirst('npm').filter((first) => first.startsWith('-'))).toEqual([]);
  expect(judge.harmlessFirst('npm')).toContain('test');
});
