import { describe, expect, it } from 'vitest';

import { analyzeCommand } from '#policy/command/analyze.ts';

const doubts = (text: string, mayBeZsh: boolean) =>
  analyzeCommand(text, { mayBeZsh }).opaque.map(({ construct }) => construct);

const VARIABLE = 'a variable, whose value may hold a command';

/** Each executes the `path[$(command)]` in the file `f`, where zsh reads it. */
const evaluatedByZsh = [
  'x=$(cat f); exit $x',
  'x=$(cat f); exit "$x"',
  'x=$(cat f); exit x',
  'exit $(cat f)',
  'x=$(cat f) y=$x; exit $y',
  'x=$(cat f); for y in x; do exit $y; done',
  'for x in $(cat f); do exit $x; done',
  'read x < f; exit $x',
  'f() { x=$(cat f); return $x; }; f',
  'f() { return $1; }; f "$(cat f)"',
  'set -- $(cat f); exit $1',
  'x=$(cat f); builtin exit $x',
  'x=$(cat f); shift $x',
  'x=$(cat f); while true; do continue $x; break; done',
  'x=$(cat f); break $x',
  'x=$(cat f); logout $x',
  'x=$(cat f); bye $x',
  'x=$(cat f); repeat $x true',
  'x=$(cat f); [ -t $x ]',
  'x=$(cat f); test -t "$x"',
  'x=$(cat f); [[ -t $x ]]',
  'x=$(cat f); printf %d $x',
  'x=$(cat f); printf -- %5.2f "$x"',
  'x=$(cat f); printf -v y %x "$x"',
  'x=$(cat f); printf \'%s %d\\n\' a "$x"',
  "x=$(cat f); printf '%s %d\\n' a $x b 1",
  'x=$(cat f); printf \'%*d\' "$x" 1',
  'x=$(cat f); printf \'%.*d\' "$x" 1',
  'x=$(cat f); printf \'%2$d\' a "$x"',
  'x=$(cat f); printf "$y" "$x"',
  'x=$(cat f); print -f %d "$x"',
  'x=$(cat f); echo $y[$x]',
  'x=$(cat f); echo "$y[x]"',
  'x=$(cat f); echo "$y[${x}]"',
  'x=$(cat f); echo $y[1][$x]',
  'x=$(cat f); echo $@[$x] $*[$x]',
  'x=$(cat f); echo $#path[$x]',
  'x=$(cat f); echo $=path[$x]',
  'x=$(cat f); echo $?[$x]',
  'echo "$1[$2]"',
  'echo "$path[$(cat f)]"',
  'x=$(cat f); y=$z[$x]',
  'x=$(cat f); cat < $y[$x]',
  'x=$(cat f); cat <<< "$y[$x]"',
  'x=$(cat f); cat <<END\n$y[$x]\nEND',
  'x=$(cat f); print -rn -- *([$x])',
  'x=$(cat f); print -rn -- *(.om[$x])',
  'exit $y',
  'x=1; x=$(cat f); exit $x',
  'x=$(cat f); printf \'%*s\' "$x" a',
  'x=$(cat f); printf \'%% %d\' "$x"',
  "x=$(cat f); printf '%s %d\\n' $x",
  'x=$(cat f); printf \'%s %d\\n\' $(seq 3) 1 "$x"',
  'x=$(cat f); echo $y[$x$z]',
  'x=$(cat f); echo $y[a][x]',
];

const harmless = [
  'npm test; rc=$?; echo done; exit $rc',
  'rc=0; npm test || rc=$?; exit "$rc"',
  'make test; rc=$?; last=$rc; exit ${last:-1}',
  'a | b; exit ${PIPESTATUS[0]}',
  'make test; exit $status',
  'n=$(grep -c x f); exit $n',
  'f() { local rc=$?; echo failed; return $rc; }; f',
  'export RC=$?; exit $RC',
  'shift 2; shift',
  'exit 1',
  '[ -t 1 ] && echo terminal',
  'x=$(cat f); printf "%s\\n" "$x"',
  'x=$(cat f); printf "%-20s %5.1f%%\\n" "$x" 12.5',
  'for i in $(seq 1 5); do printf \'try %d\\n\' "$i"; done',
  "for i in 1 2 3; do printf 'try %d\\n' $i; done",
  'n=$(wc -l < f); printf \'%d lines\\n\' "$n"',
  'x=$(cat f); printf "%d\\n" 0x1f',
  'i=1; echo $a[$i] $a[i] $a[-1] $a[1,3] "$a[@]"',
  'grep -E "$pattern[[:space:]]" f',
  'ls "$dir"[a-z]* $dir[0-9]',
  "x=$(cat f); jq '.a[$x]' g; awk '{ print $a[$x] }' g",
  'x=$(cat f); echo "\\$y[$x]"',
  "x=$(cat f); cat <<'END'\n$y[$x]\nEND",
  'x=$(cat f); echo "[$x]" a[$x]',
  'shopt -s extglob; ls !(*.md) *([0-9]).log',
  'n=0; n=$n; exit $n',
  'm=1 n=2; m=$n; n=$m; exit $n',
  'make test; exit 1$?',
  'i=1; exit $((i + 1))0',
  'list=$(cat f); exit ${#list}',
  'printf',
  'x=$(cat f); printf \'%d%% %s\' 1 "$x"',
  'x=$(cat f); printf \'%s %d\\n\' "$x" $(wc -l < f)',
  'i=1; echo "$y[$((i + 1))]"',
  "x=$(cat f); echo $'$y[$x]'",
];

/** Bash expands the name of the file behind `>&` twice. */
const expandedByBash = ['x=$(cat f); echo hi >&$x', 'read x < f; echo hi >&"$x"', 'echo hi >&$1'];

describe('words that a shell evaluates', () => {
  it.each(evaluatedByZsh)('are refused where the shell may be zsh: %j', (text) => {
    expect(doubts(text, true)).toContain(VARIABLE);
    expect(doubts(text, false)).not.toContain(VARIABLE);
  });

  it.each(harmless)('are none, or numbers, in %j', (text) => {
    expect(doubts(text, true)).toEqual([]);
  });

  it.each(expandedByBash)('are refused in every shell: %j', (text) => {
    expect(doubts(text, false)).toEqual([VARIABLE]);
  });

  it.each(['exec {fd}>log; echo hi >&$fd', 'fd=3; echo hi >&$fd', 'coproc cat; echo hi >&${COPROC[1]}'])(
    'are numbers of open files in %j',
    (text) => {
      expect(doubts(text, false)).toEqual([]);
    },
  );

  it.each<[string, boolean]>([
    ['zsh -c \'exit $1\' _ "$(cat f)"', true],
    ["x=$(cat f) zsh -c 'exit $x'", true],
    ['ksh -c \'shift $1\' _ "$(cat f)"', true],
    ['bash -c \'exit $1\' _ "$(cat f)"', false],
    ["sh -c 'x=$(cat f); exit $x'", false],
  ])('depend on the shell of a nested text: %j', (text, isRefused) => {
    for (const mayBeZsh of [true, false]) expect(doubts(text, mayBeZsh).includes(VARIABLE)).toBe(isRefused);
  });

  it('are refused in every shell once a command was seen in the value of a variable', () => {
    expect(doubts("x='path[$(kubectl apply -f k)]'; exit $y", false)).toEqual([VARIABLE]);
    expect(doubts("x='path[$(kubectl apply -f k)]'; exit $(cat f)", false)).toEqual([VARIABLE]);
    expect(doubts("x='path[$(kubectl apply -f k)]'; exit 1", false)).toEqual([]);
  });

  it('may be those of a builtin that a module of zsh brings', () => {
    expect(doubts('zmodload zsh/system; sysseek $x', true)).toEqual(['a module of zsh']);
    expect(doubts('zmodload', true)).toEqual([]);
  });
});
