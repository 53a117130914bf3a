import * as fc from 'fast-check';

/** Shell text that was put together, and the argv at its heart. */
export interface Composed {
  readonly text: string;
  readonly core: readonly string[];
}

/** Blocked calls in the ways that their tools accept. */
const attacks: readonly (readonly string[])[] = [
  ['kubectl', 'apply', '-f', 'x'],
  ['kubectl', '-n', 'live', 'apply', '-k', '.'],
  ['kubectl', '--context=live', 'apply'],
  ['kubectl', '-f', 'x', 'apply'],
  ['docker', 'push', 'registry/a:1'],
  ['docker', '-H', 'tcp://h:1', 'image', 'push', 'a'],
  ['docker', 'compose', '-f', 'c.yml', 'push'],
  ['docker', 'buildx', 'build', '--push', '.'],
  ['npm', 'publish'],
  ['npm', '--tag', 'next', 'pu'],
  ['npm', '-w', 'a', 'publi', '--dry-run'],
  ['terraform', 'apply', '-auto-approve'],
  ['terraform', '-chdir=live', 'destroy'],
  ['podman', 'push', 'a'],
  ['tofu', 'apply'],
  ['yarn', 'npm', 'publish'],
  ['pnpm', '-r', 'publish'],
  ['oc', '-n', 'a', 'apply'],
  ['k3s', 'kubectl', 'apply'],
  ['skopeo', 'copy', 'a', 'docker://b/c'],
  ['crane', 'push', 'a', 'b'],
  ['corepack', 'npm', 'publish'],
  ['npx', 'npm', 'publish'],
  ['terragrunt', 'run-all', 'apply'],
  ['uv', 'run', 'npm', 'publish'],
  ['poetry', 'run', 'kubectl', 'apply'],
  ['bundle', 'exec', 'docker', 'push', 'a'],
  ['cmake', '-E', 'env', 'npm', 'publish'],
  ['fd', '-x', 'npm', 'publish'],
  ['ssh-agent', 'npm', 'publish'],
];

/** Calls that no rule is about, with the blocked words as mere text wherever text may stand. */
const harmless: readonly (readonly string[])[] = [
  ['echo', 'kubectl apply'],
  ['echo', 'docker', 'push'],
  ['grep', '-c', 'kubectl apply', 'README.md'],
  ['grep', '-e', 'npm publish', 'README.md'],
  ['kubectl', '-n', 'apply', 'get', 'pods'],
  ['kubectl', 'get', 'deploy', 'apply'],
  ['kubectl', 'logs', 'apply', '--tail=5'],
  ['docker', 'build', '-t', 'push', '.'],
  ['docker', 'logs', 'push'],
  ['docker', 'image', 'ls', 'push'],
  ['npm', 'test'],
  ['npm', 'run', 'publish-check'],
  ['npm', '--prefix', 'publish', 'test'],
  ['npm', 'test', '--', '-t', 'docker push'],
  ['terraform', 'plan', '-out', 'apply'],
  ['terraform', '-chdir=apply', 'validate'],
  ['podman', 'ps'],
  ['yarn', 'test', 'publish.test.ts'],
  ['pnpm', '--filter', 'publish', 'test'],
  ['printf', '%s', 'terraform apply'],
  ['test', '-n', 'kubectl apply'],
  ['true', 'docker push'],
  ['git', 'log', '--grep', 'npm publish'],
  ['cat', 'README.md'],
  ['command', '-v', 'kubectl'],
];

/** Harmless calls, and after a `@` words that are mere data there, so that it does not matter that only the run tells what they are. */
const withData: readonly (readonly string[])[] = [
  ['cat', '@README.md'],
  ['grep', '-c', '@kubectl apply', '@README.md'],
  ['echo', '@npm', '@publish'],
  ['git', 'checkout', '@main'],
  ['git', 'log', '--grep', '@docker push'],
  ['git', 'commit', '-m', '@kubectl apply'],
  ['npm', 'test', '--', '@publish'],
  ['npm', '--prefix', '@publish', 'test'],
  ['kubectl', '-n', '@apply', 'get', 'pods'],
  ['kubectl', 'get', 'deploy', '@apply'],
  ['kubectl', 'logs', '@apply', '--tail=5'],
  ['docker', 'logs', '@push'],
  ['docker', 'ps', '--filter', '@push'],
  ['docker', 'run', '--rm', '@node:22', 'npm', 'test'],
  ['uv', 'run', 'pytest', '@publish'],
  ['fd', '-e', '@js', '.'],
  ['rm', '@README.md'],
];

const dataSpellings: readonly ((word: string) => string)[] = [
  (word) => `"$(echo ${single(word)})"`,
  (word) => `"$(printf %s ${single(word)})"`,
  (word) => `"\${UNSET:-${word}}"`,
];

const single = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const double = (text: string) => `"${text.replace(/[\\"$`]/g, '\\$&')}"`;
const plain = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : single(word));
const hex = (text: string) =>
  text
    .split('')
    .map((each) => `\\x${each.charCodeAt(0).toString(16)}`)
    .join('');
const octal = (text: string) =>
  text
    .split('')
    .map((each) => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`)
    .join('');
const middle = (text: string) => Math.ceil(text.length / 2);
const halves = (text: string) => [text.slice(0, middle(text)), text.slice(middle(text))] as const;

/** Spellings of one word that the shell reads as that word. */
const literalSpellings: readonly ((word: string) => string)[] = [
  plain,
  plain,
  plain,
  single,
  double,
  (word) => halves(word).map(single).join(''),
  (word) => `${single(halves(word)[0])}${double(halves(word)[1])}`,
  (word) => `''${plain(word)}`,
  (word) => `${plain(word)}""`,
  (word) =>
    word
      .split('')
      .map((each) => (/[\w.-]/.test(each) ? `\\${each}` : single(each)))
      .join(''),
  (word) => `$'${hex(word)}'`,
  (word) => `$'${octal(word)}'`,
  (word) => `$${double(word)}`,
  (word) => `${plain(halves(word)[0])}\\\n${plain(halves(word)[1])}`,
  (word) => (/^\w\w+$/.test(word) ? `'${word.slice(0, 1)}'\\${word.slice(1)}` : plain(word)),
];

/** Spellings that only become the word when they are expanded. */
const expandingSpellings: readonly ((word: string) => string)[] = [
  (word) => `$(echo ${single(word)})`,
  (word) => `\`echo ${single(word)}\``,
  (word) => `"$(printf %s ${single(word)})"`,
  (word) => `\${UNSET:-${plain(word)}}`,
  (word) => `\${UNSET-${plain(word)}}`,
  (word) => `\${HOME:+${plain(word)}}`,
  (word) => `{${plain(word)},}`,
  (word) => `${plain(halves(word)[0])}$(:)${plain(halves(word)[1])}`,
  (word) => `${plain(halves(word)[0])}$UNSET${plain(halves(word)[1])}`,
];

/** Programs that execute the words behind them. */
const prefixes: readonly string[] = [
  'env',
  'env A=1',
  'env -u X --',
  'nice',
  'nice -n 5',
  'timeout 2',
  'timeout -k 1 -s TERM 2',
  'nohup',
  'stdbuf -oL',
  'setsid -w',
  'command',
  'command -p --',
  'time',
  'exec',
  'exec -a innocent',
  'sudo -u root',
  'doas',
  'ionice -c 3',
  'flock lock',
  'X=1',
  'X=1 Y=2',
  '>out',
  '2>&1 >/dev/null',
  'xargs -a /dev/null',
  'find . -maxdepth 0 -exec',
  'builtin command',
  'sudo env B=2 nice',
  'chrt -o 0',
  'setarch x86_64',
];

type Wrap = (text: string, tag: string) => string;

/** Shell text around shell text that executes it. */
const wraps: readonly Wrap[] = [
  (text) => `sh -c ${single(text)}`,
  (text) => `bash -c ${double(text)}`,
  (text) => `bash -euo pipefail -c ${single(text)} arg`,
  (text) => `dash -c ${single(text)}`,
  (text) => `eval ${single(text)}`,
  (text) => `eval ${double(text)}`,
  (text) => `( ${text}\n)`,
  (text) => `{ ${text}\n}`,
  (text) => `true && ${text}`,
  (text) => `false || ${text}`,
  (text) => `: ; ${text}`,
  (text) => `echo a\n${text}`,
  (text) => `# kubectl get\n${text}`,
  (text) => `if true; then ${text}\nfi`,
  (text) => `if ! false; then :; ${text}\nelse :; fi`,
  (text) => `for i in 1; do ${text}\ndone`,
  (text) => `while :; do ${text}\nbreak; done`,
  (text) => `case a in (a) ${text}\n;; esac`,
  (text, tag) => `f${tag}() { ${text}\n}; f${tag}`,
  (text, tag) => `bash <<'${tag}'\n${text}\n${tag}`,
  (text) => `bash <<< ${single(text)}`,
  (text) => `bash -s <<< ${double(text)}`,
  (text) => `env A=1 bash -c ${single(text)}`,
  (text) => `timeout 2 sh -c ${single(text)}`,
  (text, tag) => `echo x | xargs -I${tag} sh -c ${single(text)}`,
  (text) => `find . -maxdepth 0 -exec sh -c ${single(text)} \\;`,
  (text) => `trap ${single(text)} EXIT`,
  (text) => `coproc { ${text}\n}; wait`,
  (text) => `true | { ${text}\n}`,
  (text) => `{ ${text}\n} | cat`,
  (text) => `! { ${text}\n}`,
  (text) => `time { ${text}\n}`,
  (text) => `flock lock -c ${single(text)}`,
  (text) => `script -qec ${single(text)} /dev/null`,
];

/** Shell text that executes other text where a value is expected. */
const substitutions: readonly Wrap[] = [
  (text) => `echo "$( ${text}\n)"`,
  (text) => `X=$( ${text}\n)`,
  (text) => `cat <( ${text}\n)`,
  (text) => `[[ -n $( ${text}\n) ]]`,
  (text) => `[ -n "$( ${text}\n)" ]`,
  (text) => `echo "\${UNSET:-$( ${text}\n)}"`,
  (text, tag) => `cat <<${tag}\n$( ${text}\n)\n${tag}`,
  (text) => `cat <<< "$( ${text}\n)"`,
  (text) => `echo a > >( ${text}\n)`,
  (text) => `case "$( ${text}\n)" in x) ;; esac`,
  (text) => `for i in $( ${text}\n); do :; done`,
  (text) => `export X="$( ${text}\n)"`,
  (text) => `: "$(( $( ${text}\n) + 0 ))"`,
];

/** Wraps through which a harmless text stays one that can be read off. */
const harmlessWraps = wraps.slice(0, 31).filter((_, index) => index !== 17);

const spelled = (words: readonly string[], spellings: readonly ((word: string) => string)[]) =>
  fc
    .tuple(...words.map((word) => fc.constantFrom(...spellings).map((spell) => spell(word))))
    .map((each) => each.join(' '));

const wrapped = (inner: fc.Arbitrary<string>, by: readonly Wrap[], maxLength: number) =>
  fc
    .tuple(inner, fc.array(fc.constantFrom(...by), { maxLength }))
    .map(([text, chosen]) => chosen.reduce((each, wrap, index) => wrap(each, `E${index}F`), text));

/** What stands before a call; `find` needs its end mark. */
function prefixed(prefix: string | null, text: string): string {
  if (prefix === null) return text;
  return `${prefix} ${text}${prefix.startsWith('find') ? ' \\;' : ''}`;
}

const withoutMark = (word: string) => word.replace(/^@/, '');

/** The words of a harmless call, those that are mere data in a way that only the run tells. */
const spelledData = (words: readonly string[]) =>
  fc
    .tuple(
      ...words.map((word) =>
        fc
          .constantFrom(...(word.startsWith('@') ? dataSpellings : literalSpellings))
          .map((spell) => spell(withoutMark(word))),
      ),
    )
    .map((each) => each.join(' '));

/** Words of a call of which one only becomes what it is when it is expanded. */
const spelledWithOne = (words: readonly string[]) =>
  fc
    .tuple(fc.nat({ max: words.length - 1 }), fc.constantFrom(...expandingSpellings))
    .map(([hidden, spell]) => words.map((word, index) => (index === hidden ? spell(word) : plain(word))).join(' '));

/** Texts that are meant to execute a blocked call; whether one does is for the oracle to say. */
export const attackTexts: fc.Arbitrary<Composed> = fc.constantFrom(...attacks).chain((core) => {
  const words = fc.oneof(
    { weight: 4, arbitrary: spelled(core, literalSpellings) },
    { weight: 1, arbitrary: spelled(core, [...literalSpellings, ...expandingSpellings]) },
    { weight: 2, arbitrary: spelledWithOne(core) },
  );
  const call = fc.tuple(fc.option(fc.constantFrom(...prefixes)), words).map(([prefix, text]) => prefixed(prefix, text));
  return wrapped(call, [...wraps, ...substitutions], 3).map((text) => ({ text, core }));
});

/** Texts that execute nothing that is blocked. */
export const harmlessTexts: fc.Arbitrary<Composed> = fc.constantFrom(...harmless, ...withData).chain((marked) => {
  const core = marked.map(withoutMark);
  const usable = prefixes.filter((prefix) => !prefix.startsWith('xargs') || core[0] === 'echo' || core[0] === 'cat');
  const builtin = core[0] === 'command';
  const call = fc
    .tuple(fc.option(fc.constantFrom(...usable)), spelledData(marked))
    .map(([prefix, text]) => prefixed(builtin ? null : prefix, text));
  return wrapped(call, harmlessWraps, 2).map((text) => ({ text, core }));
});

const calls = ['kubectl apply', 'docker push a', 'npm publish', 'kubectl', 'apply'];
const tokens =
  'echo true sh -c eval \'kubectl apply\' "docker push" "$(kubectl $( ) ` ; & && || | { } ( ) ! if then fi for do done in while case esac <<<' +
  ' < > $X X=kubectl X=apply $X "$X" ${X} env time -n -f -- x \\ "" \'\' xargs command exec bash [[ ]] # = + * {a,b} $((1)) function f () f';

/** Random tokens, some of which make a call that is executed. */
export const tokenSoups: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom(...calls) },
        { weight: 3, arbitrary: fc.constantFrom(...tokens.split(' ')) },
      ),
      fc.constantFrom(' ', ' ', ' ', ' ', '', '\n'),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.map(([token, space]) => token + space).join(''));
