import { describe, expect, it } from 'vitest';

import { judgeCommand } from '#policy/host-shell.ts';

import { shipped } from '../samples.ts';
import { verdictOf } from './command-lists.ts';

const objections = (command: string) => judgeCommand(command, {}, shipped).findings;

/** Arithmetic on what is a number whatever happens. */
const harmless = [
  'make & pid=$!; wait $pid; rc=$?; (( rc == 0 )) && echo ok',
  'make & pid=$!; wait "$pid"; rc=$?; [[ $rc -eq 0 ]] || exit $rc',
  'a & p=$!; b & q=$!; wait -n "$p" "$q"; rc=$?; [[ $rc -eq 0 ]]',
  'make & wait $!; rc=$?; (( rc == 0 ))',
  'make & p=$!; n=0; wait -fn "$p" 12345; echo $((n + 1))',
  'count=${#a[@]}; echo "${a[${count}-1]} ${a[$count-1]} ${s:count+1:2}"',
  'n=0; echo "${s:${n}:2} ${s:(n+1)*2}"',
  'x=10; let x=5; echo $((x > 5 ? 1 : 0))',
  '[[ $(wc -l < out.txt) -gt 10 ]] && echo long',
  '[[ $(grep -c FAIL out.txt) -eq 0 ]] && echo ok',
  'if [[ $(kubectl get pods --no-headers | grep -c Running) -lt 3 ]]; then echo few; fi',
  'errs=$(grep -c ERROR app.log || true); if [[ $errs -gt 10 ]]; then echo "$errs"; fi',
  'errs=$(grep -c ERROR app.log || echo 0); (( errs > 10 ))',
  'for f in src/*.ts; do n=$(wc -l < "$f"); if [[ $n -gt 300 ]]; then echo "$f: $n"; fi; done',
  'total=0; for f in *.log; do n=$(wc -l < "$f"); total=$((total + n)); done; echo "$total"',
  'n=$(wc -l < f | tr -d " "); echo $((n + 1))',
  "n=$(cat a.txt | wc -l | tr -d '[:space:]'); echo $((n + 1))",
  'size=$(stat -c %s app.log); if (( size > 1000000 )); then echo big; fi',
  'sum=0; for f in *.bin; do s=$(stat -c %s "$f"); sum=$((sum + s)); done; echo "$sum"',
  'echo "$(( $(date +%s) - $(stat -c %Y app.log) )) seconds old"',
  's=$(date +%s%N); make; e=$(date +%s%N); echo "$(( (e - s) / 1000000 )) ms"',
  'pct=$(( 100 * $(grep -c PASS out.txt) / $(wc -l < out.txt) )); echo "$pct"',
  'start=$SECONDS; make all; echo "took $((SECONDS - start)) seconds"',
  'end=$((SECONDS+30)); while [[ $SECONDS -lt $end ]]; do sleep 1; done',
  'while getopts vn: opt; do echo "$opt"; done; shift $((OPTIND - 1))',
  // A trap changes what it names.
  'trap \'rm -rf "$tmp"\' EXIT; n=0; for f in *; do n=$((n+1)); done; [[ $n -gt 1 ]]',
  'cleanup() { rm -rf "$tmp"; }; trap cleanup EXIT INT TERM; npm test; rc=$?; [[ $rc -eq 0 ]]',
  'trap \'rc=$?; echo "$rc"; exit $rc\' EXIT; npm test; rc=$?; (( rc == 0 ))',
  'trap - EXIT; trap; trap -p; n=0; echo $((n))',
  'trap \'rm -rf "$tmp"\' EXIT; ns=shop; kubectl -n $ns get pods',
  'failed=(); if (( ${#failed[@]} > 0 )); then exit 1; fi',
  'arr=(a b c); for ((i=0; i<${#arr[@]}; i++)); do echo "$i ${arr[$i]} ${arr[i]}"; done',
  '(( $# < 1 )) && exit 2; (( $? == 0 ))',
  'for f in *.ts; do printf \'%6d %s\\n\' "$(wc -l < "$f")" "$f"; done',
];

/** The same where a file, a name or an option may be behind the number, which is then evaluated. */
const attacks = [
  // What is printed is evaluated, with the commands in it.
  'echo $(( $(cat f) + 1 ))',
  '(( $(cat f) > 0 ))',
  'echo $(( `cat f` ))',
  'for ((i = $(cat f); i < 3; i++)); do :; done',
  'echo $(( $(wc -l f) ))',
  'echo $(( $(wc -l < f; cat g) ))',
  'echo $(( $(wc -l < f && cat g) ))',
  'echo $(( $(wc -l < f || cat g) ))',
  'echo $(( $(wc -l f < g) ))',
  'n=$(wc -l < f |& cat); echo $((n))',
  'n=$(cat f | tr -d " "); echo $((n))',
  'n=$(cat f | wc -l | tr a b | cat g); echo $((n))',
  'n=$(cat f | wc -l g | tr -d " "); echo $((n))',
  'n=$(tr -d " " < f); echo $((n))',
  '[[ $(cat f) -gt 1 ]]',
  '[[ $(wc -l f) -gt 1 ]]',
  'f() { :; }; [[ $(grep -c x "$f") -gt 1 ]]',
  // `-r` counts in every file, and says its name.
  'n=$(grep -c x "$f"); echo $((n))',
  'n=$(grep -c x f || cat g); echo $((n))',
  'n=$(grep -c x f || echo "$x"); echo $((n))',
  // Without quotes it may be a format and a file.
  'n=$(stat -c %s $f); echo $((n))',
  'n=$(stat -c %n f); echo $((n))',
  'n=$(stat -c %s "$f" "$g"); echo $((n))',
  'stat() { cat f; }; n=$(stat -c %s g); echo $((n))',
  "tr() { cat f; }; n=$(cat f | wc -l | tr -d ' '); echo $((n))",
  // What is waited for may be an option that names a variable.
  'f() { local n=0; g; echo $((n)); }; g() { wait $x; }; x=-pn; f',
  'n=0; wait $p; echo $((n))',
  'p=5; p=-pn; n=0; wait $p; echo $((n))',
  'n=0; p=$!; wait -p n $p; echo $((n))',
  'n=0; p=$!; wait -pn $p; echo $((n))',
  'n=0; p=$!; wait "-p$p"; echo $((n))',
  'n=0; p=$!; wait -npn $p; echo $((n))',
  'n2=0; p=$!; wait -pn2 $p; echo $((n2))',
  'n=0; wait -n$x; echo $((n))',
  'n=0; p=$!; wait $p $q; echo $((n))',
  'wait() { read n < f; }; n=0; p=$!; wait $p; echo $((n))',
  "trap 'n=$x' DEBUG; n=0; echo $((n))",
  "trap -- '-x; n=$x' DEBUG; n=0; echo $((n))",
  "trap 'read n < f' DEBUG; n=0; echo $((n))",
  "trap 'unset n' DEBUG; n=0; echo $((n))",
  'trap "eval \\$x" DEBUG; n=0; echo $((n))',
  'trap "$x" DEBUG; n=0; echo $((n))',
  "trap 'wait $p' DEBUG; n=0; p=$!; echo $((n))",
  'trap "trap \'read n < f\' DEBUG" EXIT; n=0; echo $((n))',
  'trap . DEBUG; n=0; echo $((n))',
  "builtin trap 'n=$x' DEBUG; n=0; echo $((n))",
  'f() { n=$x; }; trap f DEBUG; n=0; echo $((n))',
  "trap 'ns=apply' DEBUG; ns=get; kubectl $ns -f x",
  "trap -- '-x; ns=apply' DEBUG; ns=get; kubectl $ns -f x",
  "trap 'ns=$x' DEBUG; ns=get; kubectl $ns -f x",
  "trap 'read ns < f' DEBUG; ns=get; kubectl $ns -f x",
  "trap 'for ns in apply; do :; done' DEBUG; ns=get; kubectl $ns -f x",
  "trap 'unset ns' DEBUG; ns=get; kubectl $ns apply -f x",
  'trap -- \'-x; read v <<< "$x"\' DEBUG; for v in all; do make "$v"; done',
  // Numbers of the shell that are made something else.
  "unset SECONDS; SECONDS='a[$(npm publish)]'; echo $((SECONDS))",
  'unset SECONDS; SECONDS=$(cat f); s=$SECONDS; echo $((s))',
  'unset OPTIND; read OPTIND < f; shift $((OPTIND - 1))',
  'unset OPTIND; echo $((OPTIND))',
  'f() { local OPTIND; read OPTIND < g; echo $((OPTIND)); }; f',
  'unset SECONDS; for SECONDS in $(cat f); do s=$SECONDS; echo $((s)); done',
  'unset SECONDS; mapfile SECONDS < f; s=$SECONDS; echo $((s))',
  'unset SECONDS; printf -v SECONDS %s "$(cat f)"; s=$SECONDS; echo $((s))',
  "unset SECONDS; declare -n SECONDS=x; x='a[$(npm publish)]'; s=$SECONDS; echo $((s))",
  "unset SECONDS; nameref SECONDS=x; x='a[$(npm publish)]'; s=$SECONDS; echo $((s))",
  'unset SECONDS; . ./lib; s=$SECONDS; echo $((s))',
  's=$SECONDSX; echo $((s))',
  's=${SECONDS:-$x}; echo $((s))',
  // What does not set it, so that it is what the environment brings.
  'local n=5; echo $((n))',
  'export --help n=5; echo $((n))',
  'false && n=5; echo $((n))',
  'for n; do echo $((n)); done',
  'for n in 1 $x; do echo $((n)); done',
  // Behind a number, or before one, something else may stand.
  'echo "${a[n+1]}"',
  'n=0; echo "${a[x+n]}"',
  'n=0; echo "${s:$(n)+1}"',
  'n=0; echo "${s:n+$(n)}"',
  'f() { echo "${s:${1}+1:2}"; }',
  'f() { echo "${s:${10}+1:2}"; }',
  // What the environment brings.
  '(( ${PIPESTATUS[0]} == 0 ))',
  '(( EPOCHSECONDS > 0 ))',
  '(( COLUMNS > 0 ))',
  'i=0; let i=x; echo $((i))',
  'i=0; let "$x"; echo $((i))',
];

describe('a number that the text tells [gate:commands:unknown-words]', () => {
  it.each(harmless)('is one: %s', (command) => {
    expect(verdictOf(command)).toBe('allow');
    expect(objections(command)).toEqual([]);
  });

  it.each(attacks)('is not believed to be one: %s', (command) => {
    expect(verdictOf(command)).toBe('deny');
    expect(objections(command)).not.toEqual([]);
  });
});
