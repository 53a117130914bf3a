import { describe, expect, it } from 'vitest';

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
