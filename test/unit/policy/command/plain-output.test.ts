import { parse } from 'unbash';
import { describe, expect, it } from 'vitest';

import { plainWordsOf, saysNumber } from '#policy/command/plain-output.ts';

const says = (command: string) => plainWordsOf(parse(command).commands[0]?.command);

describe('what a command prints', () => {
  it.each(['git branch --show-current', 'git describe --tags', 'git rev-parse --abbrev-ref HEAD'])(
    'is a name, which may begin like an option: %s',
    (command) => {
      expect(says(command)).toBe('name');
    },
  );

  it.each([
    'git rev-parse HEAD',
    'git rev-parse --short HEAD 2>/dev/null',
    '2>/dev/null git rev-parse HEAD',
    'git merge-base main HEAD',
    'git rev-parse HEAD^{commit}',
    'git rev-parse HEAD^2',
    'git log -1 --format=%h',
    'git log --format=%h -n 1 main',
    'git log --max-count=1 --format=%h',
    'git write-tree',
    'docker build -q .',
    "date '+%Y-%m-%d'",
    'date -u +%s',
    'uname -m',
    'id -un',
    'nproc',
  ])('is one plain word: %s', (command) => {
    expect(says(command)).toBe('one');
  });

  it.each([
    'git rev-parse HEAD main',
    'git rev-parse main..dev',
    'git rev-parse main...dev',
    'git rev-parse HEAD^@',
    'git rev-parse HEAD^-',
    'git log --format=%h',
    'git log -1 -2 --format=%h',
    'git log -n 2 --format=%h -1',
    'git log --format=%h --max-count=1 -n3',
    'git hash-object a b',
    'docker ps -q',
    'docker compose ps -q db',
    'kubectl get pods -o name',
    'go list ./...',
    'seq 3',
    'uname -m -s',
    'id -u -g',
    'docker ps -q | head -1',
    'docker ps -q | sort -u | head -n 2',
    'docker ps -q | grep -v x',
    'docker ps -q 2>/dev/null | head -1 2>/dev/null',
  ])('is any number of them: %s', (command) => {
    expect(says(command)).toBe('many');
  });

  it.each([
    'cat f',
    'docker ps',
    'git log -1',
    'git rev-parse --not x',
    'git rev-parse "$x"',
    'git rev-parse x"$y"',
    'docker ps -q$x',
    'docker"$x" ps -q',
    '>f git rev-parse x',
    'git branch --show-current | head -1',
    'git describe --tags | sort -u',
    'docker ps -q | head -1"$x"',
    'git rev-parse x "$y" z',
    'A=1 git rev-parse x',
    'A=1',
    '>f',
    'toString',
    'x git rev-parse',
    'git',
    'seq',
    '{ docker ps -q; }',
    'docker ps -q && docker ps -q',
    'git rev-parse x > f',
    'git rev-parse x > /dev/null',
    'git rev-parse x 2> f',
    'git rev-parse x 2>&1',
    'git rev-parse x 2>>/dev/null',
    'git rev-parse x 3>/dev/null',
    'git rev-parse x {a}>/dev/null',
    'git rev-parse x 2>/dev/null > f',
    'git rev-parse x <<< y',
    'docker ps -q |& head -1',
    'docker ps -q | head -1 |& head -1',
    'docker ps -q | sed x',
    'docker ps -q | sed x | head -1',
    'docker ps -q | head -1 | sed x',
    'docker ps -q | head f',
    'docker ps -q | sort -o f',
    'docker ps -q | uniq -c',
    'docker ps -q | grep -h . x',
    'docker ps -q | toString',
    'docker ps -q | "$x"',
    'cat f | head -1',
  ])('may be anything: %s', (command) => {
    expect(says(command)).toBeUndefined();
  });
});

const counts = (word: string) => {
  const command = parse(`echo ${word}`).commands[0]?.command;
  const [given] = command?.type === 'Command' ? command.args : [];
  return given?.type === 'Word' && saysNumber(given);
};

describe('a word', () => {
  it.each([
    '$(cat f | wc -l)',
    '"$(cat f | wc -l)"',
    '$(cat f | sort | grep -cv x)',
    '$(cat f | grep -c error)',
    '$(grep -c x f)',
    '$(grep -cvi x f)',
    '$(cat f |& sort | wc -l)',
  ])('is a number: %s', (word) => {
    expect(counts(word)).toBe(true);
  });

  it.each([
    'a',
    '""',
    '$x',
    '$()',
    '$(< f)',
    '$(cat f | wc -l)a',
    '"$(cat f | wc -l) a"',
    '"a$(cat f | wc -l)"',
    '$(cat f | wc -l; cat g)',
    '$(wc -l | cat f)',
    '$(cat f |& wc -l)',
    '$(cat f | x wc -l)',
    '$(cat f | wc -l f)',
    '$(cat f | grep -c -r x)',
    '$(cat f | grep -co x)',
    '$(cat f | wc -l > g)',
    '$(wc -l)',
    '$(wc -l && wc -l)',
    '$(grep -c x a b)',
    '$(grep -c x f"$y")',
    '$(cat f | wc -l"$x")',
    '$(cat f | A=1 wc -l)',
    '$(grep -cr x f)',
    '$(x grep -c x f)',
    '$(cat f || wc -l)',
  ])('may be anything: %s', (word) => {
    expect(counts(word)).toBe(false);
  });
});
