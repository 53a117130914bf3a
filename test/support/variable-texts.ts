import * as fc from 'fast-check';

const name = fc.constantFrom('x', 'x', 'x', 'y');
const value = fc.constantFrom('get', 'get', 'get', 'apply', 'ns', 'logs');

const use = fc
  .tuple(name, name)
  .map(([a, b]) => [
    `kubectl $${a} -f z`,
    `kubectl "$${a}" z`,
    `kubectl -n $${a} apply`,
    `kubectl -n $${a} get`,
    `kubectl \${${a}} $${b}`,
    `kubectl $${a} apply`,
  ]);

const setting = fc
  .tuple(name, name, value)
  .map(([a, b, to]) => [
    ...Array.from({ length: 8 }, () => `${a}=${to}`),
    `export ${a}=${to}`,
    `unset ${a}`,
    `unset -v ${a}`,
    `read -r ${a} <<< ${to}`,
    `${a}=`,
    `${a}+=apply`,
    `${a}=$${b}`,
    `${a}=(${to} b)`,
    `${a}[0]=${to}`,
    `${a}=$(echo ${to})`,
    `${a}=$(git rev-parse ${to} 2>/dev/null)`,
    `${a}=$(date +${to})`,
    `${a}=${to} true`,
    `printf -v ${a} %s ${to}`,
    `printf -v${a} %s ${to}`,
    `mapfile -t ${a} <<< ${to}`,
    `getopts a ${a} -a`,
    `declare ${a}=${to}`,
    `declare -l ${a}`,
    `declare -n ${a}=${b}`,
    `readonly ${a}=${to}`,
    `((${a}++))`,
    `let ${a}=5`,
    `coproc ${a} { :; }`,
    `f() { ${a}=${to}; }; f`,
    `f() { local ${a}=${to}; kubectl $${a} -f z; }; f`,
    `eval '${a}=${to}'`,
    `builtin eval 'true;${a}=${to}'`,
    `trap '${a}=${to}' DEBUG`,
  ]);

const oneOf = (texts: fc.Arbitrary<readonly string[]>) => texts.chain((each) => fc.constantFrom(...each));

/** Statements that set variables where they may not be reached, may fail, or end with a subshell. */
const statement: fc.Arbitrary<string> = fc
  .tuple(oneOf(setting), oneOf(setting), oneOf(use), name, value)
  .chain(([set, other, call, a, to]) =>
    fc.constantFrom(
      `${set}; ${call}`,
      `${set}; ${other}; ${call}`,
      `${set} && ${call}`,
      `${set} && ${other} && ${call}`,
      `if false; then ${set}; fi; ${call}`,
      `if true; then ${set}; ${call}; fi`,
      `false && ${set}; ${call}`,
      `true || ${set}; ${call}`,
      `(${set}); ${call}`,
      `{ ${set}; }; ${call}`,
      `${set} | cat; ${call}`,
      `${set} & wait; ${call}`,
      `! ${set}; ${call}`,
      `case b in a) ${set};; esac; ${call}`,
      `for ${a} in ${to} get; do ${set}; ${call}; done`,
      `for ${a} in ${to} get; do ${call}; done; ${call}`,
      `for ${a} in; do :; done; ${call}`,
      `for ${a} in $(date +${to}) get; do ${call}; done`,
      `while :; do ${set}; ${call}; break; done`,
      `select ${a} in ${to}; do break; done <<< 7; ${call}`,
      `g() { ${call}; }; ${set}; g`,
    ),
  );

/** Texts in which variables of plain words, and others, end as words of a call that may be blocked. */
export const variableTexts: fc.Arbitrary<string> = fc
  .array(statement, { minLength: 1, maxLength: 2 })
  .map((statements) => ['x=get; y=ns', ...statements].join('\n'));
