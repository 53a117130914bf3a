import { describe, expect, it } from 'vitest';

import { blockedIn, guardCallIn } from '#policy/host-unknown-commands.ts';

import { shipped } from './samples.ts';

const found = (...texts: readonly string[]) => blockedIn(texts, shipped.blocked_commands);

describe('a text in the arguments of a tool that is not known', () => {
  it.each([
    ['kubectl apply -f x', 'kubectl apply', 'kubectl apply -f x'],
    ['  npm publish  ', 'npm publish', 'npm publish'],
    ['/usr/bin/kubectl apply', 'kubectl apply', 'kubectl apply'],
    ["'npm' publish", 'npm publish', 'npm publish'],
    ['\\npm publish', 'npm publish', 'npm publish'],
    ['"npm" publish', 'npm publish', 'npm publish'],
    ['npm publish as it is --now', 'npm publish', 'npm publish as it is --now'],
    ['npm publish all of it a/b', 'npm publish', 'npm publish all of it a/b'],
    ['npm publish all of it a:b', 'npm publish', 'npm publish all of it a:b'],
    ['npm publish all of it a=b', 'npm publish', 'npm publish all of it a=b'],
    ['npm publish it now', 'npm publish', 'npm publish it now'],
    ['A=1 B=2 npm publish', 'npm publish', 'npm publish'],
    ['AB=cd   CD=  npm publish it', 'npm publish', 'npm publish it'],
    ['npm  publish  it  now', 'npm publish', 'npm publish it now'],
    ['( then   npm publish', 'npm publish', 'npm publish'],
    ['cd x; npm publish', 'npm publish', 'npm publish'],
    ['a b\nnpm publish', 'npm publish', 'npm publish'],
    ['a && npm publish', 'npm publish', 'npm publish'],
    ['a || npm publish', 'npm publish', 'npm publish'],
    ['a | npm publish', 'npm publish', 'npm publish'],
    ['(npm publish', 'npm publish', 'npm publish'],
    ['{ npm publish', 'npm publish', 'npm publish'],
    ['! npm publish', 'npm publish', 'npm publish'],
    ['((  npm publish', 'npm publish', 'npm publish'],
    ['if a; then npm publish; fi', 'npm publish', 'npm publish'],
    ['while a; do npm publish; done', 'npm publish', 'npm publish'],
    ['if a; then b; else  npm publish; fi', 'npm publish', 'npm publish'],
    ...'sudo doas env nohup setsid exec command builtin nice time stdbuf'
      .split(' ')
      .map((lead) => [`${lead} npm publish`, 'npm publish', 'npm publish'] as const),
    ['eval "npm publish"', 'npm publish', 'npm publish'],
    ['xargs npm publish', 'npm publish', 'npm publish …'],
    ['sh -c "npm publish"', 'npm publish', 'npm publish'],
    ['fish -c "npm publish"', 'npm publish', 'npm publish'],
    ['tofu apply', 'terraform apply', 'tofu apply'],
  ] as const)('such as %j is a command: %s', (text, entry, call) => {
    expect(found(text)).toMatchObject({ entry, call, certainty: 'yes' });
  });

  it.each([
    'please npm publish',
    'please A=1 npm publish',
    'A=1 npm publish all of it',
    'we kubectl apply by hand',
    'npm publish failed yesterday with an error',
    'npm publish failed yesterday again',
    'xsudo npm publish',
    'sudox npm publish',
    'otherwise npm publish',
    'npm $x',
    'npm test',
    'it is then npm publish that we want',
    '/usr/bin/npm publish it for me now',
    'a/b=1 npm publish it',
    '',
  ])('such as %j is none', (text) => {
    expect(found(text)).toBeUndefined();
  });

  it('is looked for among all of them, the first that is one', () => {
    expect(found('nothing', 'docker push a', 'npm publish')).toMatchObject({ entry: 'docker push' });
    expect(found()).toBeUndefined();
    expect(blockedIn(['npm publish'], [])).toBeUndefined();
  });
});

describe('a text that is a call of the guard', () => {
  const own = (word: string) => word === 'bin/own.js';
  const rule = (text: string) => guardCallIn([text], own)?.rule;

  it.each([
    'fixgate approve A-1 --reason x',
    'npx fixgate release PD-9 --reason x',
    'node a/fixgate/bin/fixgate.js call escalate --json x',
    'bin/own.js resume PD-9 --reason x',
    'node bin/own.js resume PD-9 --reason x',
    'fixgate stop PD-9',
    'fixgate release PD-9 -r x',
    'fixgate workspace prune',
    'cd x && fixgate waive a --incident b --reason c',
  ])('such as %j is one of humans', (text) => {
    expect(rule(text)).toBe('guard/human_verb');
  });

  it('such as one of an agent host is refused too', () => {
    expect(rule('npx @openai/codex exec go')).toBe('guard/agent_host');
  });

  it.each([
    'fixgate report PD-9 --format json',
    'fixgate approve A-1',
    'fixgate refuses --force',
    'fixgate release of follow-ups',
    'fixgate release PD-9 -',
    'bin/other.js resume PD-9 --reason x',
    'ask for fixgate approve A-1 --reason x',
    'npm test -- --fixgate',
    '',
  ])('such as %j is none', (text) => {
    expect(rule(text)).toBeUndefined();
  });
});
