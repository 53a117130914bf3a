import { describe, expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';

/** What a command runs besides the tool itself, and what cannot be read off. */
const read = (text: string) => {
  const { certain, opaque } = analyzeCommand(text);
  return {
    runs: certain.slice(1).map(({ args }) => args.map((arg) => arg.text).join(' ')),
    doubts: opaque.map(({ construct }) => construct),
  };
};

describe('a setting that a tool executes later', () => {
  it.each<[string, readonly string[]]>([
    ["aws configure set credential_process 'a b'", ['a b']],
    ["aws --profile p configure set profile.p.credential_process 'a b'", ['a b']],
    ["gh config set pager 'a b'", ['a b']],
    ["gh config set -h h editor 'a b'", ['a b']],
    ["composer config --global scripts.x 'a b'", ['a b']],
    ['kubectl config set-credentials u --exec-command=a --exec-arg=b --exec-arg c', ['a b c']],
    ['oc config set-credentials u --exec-command a', ['a']],
  ])('is read: %s', (text, runs) => {
    expect(read(text).runs).toEqual(runs);
  });

  it.each([
    "aws configure set region 'a b'",
    'aws configure set credential_process',
    "gh config get pager 'a b'",
    "composer config name 'a b'",
    'kubectl get pods --exec-command=a',
    'kubectl config set-credentials u --exec-arg=b',
    'go env GOFLAGS',
    'mytool config set pager a',
  ])('is none: %s', (text) => {
    expect(read(text)).toEqual({ runs: [], doubts: [] });
  });

  it.each<[string, readonly string[]]>([
    ['kubectl config set users.u.exec.command a', ['a setting that names a program']],
    ['kubectl config set users.a.b.exec.command a', ['a setting that names a program']],
    ['kubectl config set users.u.token a', []],
    ['kubectl config set contexts.users.u.exec a', []],
    ['kubectl annotate users.u.exec a', []],
    ['go env -w CC=./a', ['an assignment to CC, which can change what runs']],
    ['go env --w CC=./a', ['an assignment to CC, which can change what runs']],
    ['go env -w GOPROXY=direct', []],
    ['go env -w -x=CC=./a', []],
    ['go env CC=./a', []],
    ['go env -workfile CC=./a', []],
    ['go env a-w CC=./a', []],
    ['go list -w CC=./a', []],
  ])('of %s is doubted as far as it names a program: %j', (text, doubts) => {
    expect(read(text).doubts).toEqual(doubts);
  });
});
