import type { Word } from 'unbash';
import { parse } from 'unbash';
import { describe, expect, it } from 'vitest';

import { PLAIN, SHELLS_OWN } from '#policy/command/constants.ts';
import { listedBy, wordListsOf } from '#policy/command/word-lists.ts';
import { judgeCommand } from '#policy/host-shell.ts';

import { shipped } from '../samples.ts';
import { verdictOf } from './command-lists.ts';

const objections = (command: string) => judgeCommand(command, {}, shipped).findings;

const harmless = [
  'cmds=(lint test build); for c in "${cmds[@]}"; do npm run $c; done',
  'cmds=(lint test build); for c in "${cmds[@]}"; do npm run "$c" || exit 1; done',
  'targets=(lint unit integration); for t in "${targets[@]}"; do make "$t" || exit 1; done',
  'hosts=(web1 web2); for h in "${hosts[@]}"; do ssh "$h" uptime; done',
  'hosts=(web1 web2); hosts+=(web3); for h in ${hosts[@]} web4; do ssh $h uptime; done',
  'trap \'rm -rf "$tmp"\' EXIT; hosts=(web1 web2); for h in "${hosts[@]}"; do ssh "$h" uptime; done',
  'verbs=(get describe)\nfor v in "${verbs[@]}"; do kubectl "$v" pods; done',
];

const attacks = [
  'verbs=(get apply); for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); verbs+=(apply); for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs+=(get); for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get "$x"); for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get -n); for v in "${verbs[@]}"; do kubectl $v apply -f x; done',
  'verbs=(get *); for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=("get" "apply -f x"); for v in "${verbs[@]}"; do kubectl $v; done',
  'verbs=(); for v in "${verbs[@]}"; do kubectl $v apply -f x; done; v=apply; kubectl $v -f x',
  'verbs=([0]=apply get); for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); verbs[1]=apply; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); verbs=apply; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); verbs+=apply; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); ((verbs[0]=1)); for v in "${verbs[@]}"; do kubectl $v apply -f x; done',
  'verbs=(get); read -a verbs < f; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); read "verbs[0]" < f; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); mapfile -t verbs < f; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); printf -v "verbs[0]" apply; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); unset verbs; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); for verbs in apply; do :; done; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); f() { verbs=($x); }; f; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); f() { local verbs; for v in "${verbs[@]}"; do kubectl $v -f x; done; }; f',
  'verbs=(get); eval "$x"; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); trap \'verbs=($x)\' DEBUG; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); trap \'read -a verbs < f\' DEBUG; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); declare -n verbs=x; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); typeset -u verbs; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get); set -A verbs $x; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'if false; then verbs=(get); fi; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'false && verbs=(get); for v in "${verbs[@]}"; do kubectl $v -f x; done',
  '(verbs=(get)); for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'verbs=(get) true; for v in "${verbs[@]}"; do kubectl $v -f x; done',
  'for v in "${verbs[@]}"; do kubectl $v -f x; done; verbs=(get)',
  'verbs=(get); for v in "${verbs[@]/get/apply}"; do kubectl $v -f x; done',
  'verbs=(get); for v in "${verbs[@]}$x"; do kubectl $v -f x; done',
  'verbs=(get); for v in "${verbs[@]}" $x; do kubectl $v -f x; done',
  'verbs=(get); for v in "${!verbs[@]}"; do kubectl $v apply -f x; done',
  // Of zsh these are other lists.
  'commands=(get); for v in "${commands[@]}"; do kubectl $v -f x; done',
  'mapfile=(get); for v in "${mapfile[@]}"; do kubectl $v -f x; done',
  'path=(get); for v in "${path[@]}"; do kubectl $v -f x; done',
  'argv=(get); for v in "${argv[@]}"; do kubectl $v -f x; done',
  'cmds=(kubectl); for c in "${cmds[@]}"; do env $c apply -f x; done',
];

describe('the words of an array [gate:commands:unknown-words]', () => {
  it.each(harmless)('are what the text gives it: %s', (command) => {
    expect(verdictOf(command)).toBe('allow');
    expect(objections(command)).toEqual([]);
  });

  it.each(attacks)('are not believed to be harmless: %s', (command) => {
    expect(verdictOf(command)).toBe('deny');
    expect(objections(command)).not.toEqual([]);
  });
});

describe('the lists of a text', () => {
  const known = (text: string) => {
    const script = parse(text);
    const lists = wordListsOf(script, { plain: PLAIN, own: SHELLS_OWN });
    const word = { text: '"${a[@]}"', pos: text.length } as Word;
    return listedBy(word, lists);
  };

  it.each<[string, readonly string[] | undefined]>([
    ['a=(b c)', ['b', 'c']],
    ['a=(b); a=(c); a+=(d)', ['b', 'c', 'd']],
    ['a=(b); z=(x *); z=1', ['b']],
    ['a=(b); (a=(c))', ['b', 'c']],
    ['a=b', undefined],
    ['a=()', undefined],
    ['a+=(b)', undefined],
    ['a=(b) x', undefined],
    ['a=(b $x)', undefined],
    ['a=(b*)', undefined],
    ['a=(b); a[0]=c', undefined],
    ['a=(b); a[1]=(c)', undefined],
    ['a=(b); a=c', undefined],
    ['a=(b); for a in c; do :; done', undefined],
    ['a=(b); exec {a[0]}<f', undefined],
    ['a=(b); declare -u z', undefined],
    ['a=(b); read -a a', undefined],
    ["a=(b); trap 'a=(c)' EXIT", ['b', 'c']],
    ["a=(b); trap 'a=c' EXIT", undefined],
    ['(a=(b))', undefined],
    ['for a in b; do :; done', undefined],
  ])('hold in %j what it gives them: %j', (text, expected) => {
    expect(known(text)).toEqual(expected);
  });

  it.each(['"${a[@]}"x', 'x"${a[@]}"', '"${a[*]}"', '"${b[@]}"', '${a[0]}', '"${a[@]}'])(
    'say nothing of %s',
    (text) => {
      const lists = wordListsOf(parse('a=(b)'), { plain: PLAIN, own: SHELLS_OWN });
      expect(listedBy({ text, pos: 5 } as Word, lists)).toBeUndefined();
      expect(listedBy({ text: '${a[@]}', pos: 5 } as Word, lists)).toEqual(['b']);
      expect(listedBy({ text: '${a[@]}', pos: 6 } as Word, lists)).toBeUndefined();
    },
  );
});
