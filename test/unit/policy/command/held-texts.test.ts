import { describe, expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';

import { verdictOf } from './command-lists.ts';

/** Each gives a variable, or lets `echo` say, what makes a harmless command execute something. */
const attacks = [
  'p=--pre; rg "$p" ./x a',
  'p=--pre=./x; rg $p a',
  'o=--compress-program=./x; sort "$o" a',
  'o=--ext-diff; git diff "$o"',
  'k=-K; curl "$k" x',
  'for o in -n --pre; do rg "$o" ./x a; done',
  'set -- --pre ./x; rg "$@" a',
  'set -- --pre "$x"; rg $* a',
  'set -- a --pre; rg $2 ./x a',
  'set -e -- "$x" --pre; rg ${2} ./x a',
  'o=-; curl ${o}K x',
  'o=K; curl "-$o" x',
  'curl "-$(echo K)" x',
  'o=(--pre ./x); rg "${o[@]}" a',
  'o=(--pre "$x"); rg ${o[*]} a',
  'o="--pre ./x"; rg $o a',
  'o=x; [ -t 1 ] && o=--pre; rg "$o" ./x a',
  'rg "$o" ./x a; o=--pre',
  `for o in ${Array.from({ length: 40 }, (_, n) => `f${n}`).join(' ')} --pre; do rg "$o" ./x a; done`,
  'a=x b=--pre; rg "$a" "$b" ./x',
  'export o=--pre; bash -c \'rg "$o" ./x a\'',
  "o=-exec; go test $o 'kubectl apply -f' ./...",
  'o=\'--pager=kubectl apply\'; journalctl "$o"',
  'o=\'-exec=kubectl apply -f\'; go test "$o" ./...',
  'o=\'--browser=npm\'; npm repo "$o"',
  'o=$(echo --pre); rg "$o" ./x a',
  'o="$(echo --pre)"; rg "$o" ./x a',
  'rg "$(echo --pre)" ./x a',
  'rg `echo --pre ./x` a',
  'sort "$(echo --compress-program=./x)" a',
  'npm test "$(echo --script-shell=./x)"',
  'cargo install "$(echo --git)" https://h/x',
];

const harmless = [
  'f=a.log; grep -c ERROR "$f"; tail -5 $f',
  'url=http://localhost:8080/health; curl -fsS "$url"',
  'args="-n 5 --reverse"; git log $args',
  'pat="kubectl apply"; grep -rn "$pat" docs',
  'msg="run npm publish later"; git commit -m "$msg"',
  'msg="git push"; echo "$msg"',
  'rg "$(echo pattern)" src',
  'sort "$(echo a.txt)" | uniq -c',
  'o=-r; sort "$o" a',
  'o="a --pre"; rg "$o" src',
  'for f in a.log b.log; do curl -fsS -o "$f" http://localhost/logs; done',
  'p=--pre; echo "$p" "${q}"; rg "$q" src',
];

const runs = (text: string) => {
  const { certain, invocations } = analyzeCommand(text);
  const others = invocations.filter((each) => !certain.includes(each) && each.program === 'y');
  return others.map(({ args }) => args.map((arg) => arg.text).join('|'));
};

describe('what a variable is given somewhere', () => {
  it.each(attacks)('counts in %j', (text) => {
    expect(verdictOf(text)).toBe('deny');
  });

  it.each(harmless)('is harmless in %j', (text) => {
    expect(verdictOf(text)).toBe('allow');
  });

  it.each<[string, readonly string[]]>([
    ['x=-a; x=-b; y $x', ['y|-a', 'y|-b']],
    ['x="-a b"; y $x "$x" "${x}" c$x', ['y|-a|b|-a b|-a b|c-a|b']],
    ['x=-a; y "$x"$z $x', ['y||-a']],
    ["x=-a; y 'b'$x $'c'$x \"$x\"'$x'", ['y|b-a|c-a|-a$x']],
    ['x=(-a "-b c" $z); y ${x[*]} "${x[@]}" "${x[*]}"', ['y|-a|-b|c|-a|-b|c|-a -b c']],
    ['xy=(-a "-b c"); y "${xy[@]}"', ['y|-a|-b|c']],
    ['set -- "-a b"; y z"$@" "$@"z', ['y|z-a b|-a bz']],
    ['set -a "-b" $z; y "$@" "a$@"', ['y|-a|-b|a-a -b ']],
    ['set -e -- $z -c; y $2', ['y|-c']],
    ['z -- -b; y $1 "$@"', []],
    ['y $(echo -ne a) $(echo "a\\c") $(echo $z) $(ls) $(echo a >f) $(echo a; b)', []],
    ['x=$(echo -a)$z; x=$(echo -b; c); y $x', []],
    ['y "$(echo)" $(echo a b)', ['y||a|b']],
    ['x=1; y $x', []],
    [
      `${Array.from({ length: 20 }, (_, n) => `x=-${n};`).join(' ')} y $x`,
      Array.from({ length: 16 }, (_, n) => `y|-${n}`),
    ],
    [
      `${Array.from({ length: 9 }, (_, n) => `x=-${n}; w=+${n};`).join(' ')} y $x$w`,
      Array.from({ length: 16 }, (_, n) => `y|-${Math.floor(n / 9)}+${n % 9}`),
    ],
  ])('%j is read as %j as well', (text, expected) => {
    expect(runs(text)).toEqual(expected);
  });

  it('is named by a refusal', () => {
    const { opaque } = analyzeCommand('p=--pre; rg "$p" ./x a');
    expect(opaque).toEqual([{ construct: 'a word that is not literal and may be --pre', at: 12, isSupposed: true }]);
  });
});
