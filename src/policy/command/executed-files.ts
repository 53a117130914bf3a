import type { Invocation } from '#policy/command/analysis.ts';
import { verbAt } from '#policy/command/git.ts';
import { optionValues, textAt } from '#policy/command/handler.ts';
import { interpreterTable } from '#policy/command/interpreter-table.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { shells } from '#policy/command/shells.ts';
import { filesOfTmux } from '#policy/command/tmux.ts';
import type { Arg } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';

const SHELLS = new Set(shells);
const READS_SCRIPT = new Set([...shells, 'source', '.']);

/** Options by which ansible executes no task. */
const LOOKS_AT_PLAYS = /^--(?:syntax-check|list-(?:hosts|tasks|tags))$/;

const LOADS: Readonly<Record<string, NamedOptions>> = {
  node: { long: 'require import loader experimental-loader', letters: 'r', values: 'eCp' },
  ruby: { letters: 'r', values: 'eICEFKW' },
  python: { letters: 'm', values: 'cWX' },
};

/** How the file is called of which an option says the name. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  node: [''],
  ruby: ['', '.rb'],
  python: ['', '.py', '/__main__.py', '/__init__.py'],
};

/** What interpreters add to the name of their script. */
const ADDED: Readonly<Record<string, RegExp>> = {
  node: /(?:(?:^|\/)index)?\.(?:[cm]?js|node)$/,
  python: /(?:^|\/)__main__\.py$/,
};

/** The name by which an interpreter also finds a file: `x` of x.js and x/index.js, `.` of index.js. */
export function shortName(program: string, file: string): string {
  const added = ownValue(ADDED, program);
  return added?.test(file) ? file.replace(added, '') || '.' : file;
}

/** The words that a shell, an interpreter, tmux, `make -f` or `go run` may take as its script. */
export function scriptsOf({ program, args }: Invocation): readonly Arg[] {
  const words = args.slice(1);
  if (/^[gb]?make$/.test(program))
    return optionValues(words, { long: 'file makefile', letters: 'f', values: 'CIjlOoW' }).map(({ value }) => value);
  if (program === 'go') return textAt(words, 0) === 'run' ? words.filter(({ text }) => text.endsWith('.go')) : [];
  if (program === 'ansible-playbook' && !words.some(({ text }) => LOOKS_AT_PLAYS.test(text)))
    return words.filter(({ text }) => /\.ya?ml$/.test(text));
  if (program === 'tmux') return filesOfTmux(words);
  if (program === 'at') return optionValues(words, { letters: 'f', values: 'qt' }).map(({ value }) => value);
  const values = READS_SCRIPT.has(program) ? '' : ownValue(interpreterTable, program)?.values;
  if (!READS_SCRIPT.has(program) && !ownValue(interpreterTable, program)) return [];
  const { starts } = positionals(words, { table: optionTable(values) });
  // To a shell a plus begins an option as well.
  const operands = words.filter(({ text }, at) => starts.includes(at) && text !== '-');
  return READS_SCRIPT.has(program)
    ? [...operands, ...operandBehind(words)]
    : [...operands, ...loadedBy(program, words)];
}

/** `node -r ./x`, and the file of `python3 -m a.b`; the name as it is comes first. */
function loadedBy(program: string, words: readonly Arg[]): readonly Arg[] {
  const options = ownValue(LOADS, program);
  const named = options ? optionValues(words, options).map(({ value }) => value) : [];
  const ends = ownValue(ENDS, program) ?? [];
  return named.flatMap((value) => {
    const name = program === 'python' ? value.text.replaceAll('.', '/') : value.text;
    return ends.map((end) => ({ ...value, text: name + end }));
  });
}

/** `sh +e FILE` */
function operandBehind(words: readonly Arg[]): readonly Arg[] {
  const at = words.findIndex(({ text }) => /^\+\w/.test(text));
  return at < 0 ? [] : words.slice(at + 1, at + 2);
}

/** True for a shell or an interpreter that takes its code from standard input. */
export function readsCode({ program, args }: Invocation): boolean {
  const words = args.slice(1);
  const operands = words.filter(({ text }) => !isOption(text)).length;
  if (STARTS_SHELL.test(program)) return operands <= (/^(?:chroot|setarch|newgrp|su)$/.test(program) ? 1 : 0);
  if (program === 'ssh') return operands === 1;
  if (!SHELLS.has(program) && !ownValue(interpreterTable, program)) return false;
  if (SHELLS.has(program) && words.some(({ text }) => /^-[A-Za-z]*s/.test(text))) return true;
  return words.every(({ text }) => isOption(text) && !/^-[A-Za-z]*c/.test(text)) || textAt(words, 0) === '-';
}

/** Programs that start a shell where they are told nothing else. */
const STARTS_SHELL =
  /^(?:npx|script|newgrp|chroot|unshare|nsenter|setarch|x86_64|i386|linux32|linux64|su|nix-shell|batch)$/;

const npmSettings = /(?:^|\/)\.npmrc$/;
const MANIFEST = /(?:^|\/)package\.json$/;
const HOOK = /(?:^|\/)\.git\/hooks(?:\/|$)/;
/** Verbs of git that start no hook. */
const LOOKS = /^(?:status|log|diff|show|config|rev-parse|ls-files|blame|remote|help|version|add)?$/;
const RUNS = /^(?:run|run-script|rum|urn|test|t|tst|start|stop|restart|exec|x)$/;
const INSTALLS =
  /^(?:install|i|ci|add|remove|init|audit|view|info|why|list|ls|outdated|up|update|pack|publish|version|pkg|config)$/;

interface ByItself {
  readonly files: RegExp;
  /** Only with such a word, or only without. */
  readonly when?: RegExp;
  readonly unless?: RegExp;
}

/** Files that programs execute without being told their names. */
const byItself: Readonly<Record<string, ByItself>> = {
  make: { files: /(?:^|\/)(?:GNUm|M|m)akefile$/ },
  gmake: { files: /(?:^|\/)(?:GNUm|M|m)akefile$/ },
  just: { files: /(?:^|\/)\.?justfile$/i },
  task: { files: /(?:^|\/)taskfile(?:\.dist)?\.ya?ml$/i },
  rake: { files: /(?:^|\/)rakefile(?:\.rb)?$/i },
  npm: { files: npmSettings, when: RUNS },
  pnpm: { files: npmSettings, unless: INSTALLS },
  yarn: { files: npmSettings, unless: INSTALLS },
  bun: { files: npmSettings, when: RUNS },
  cargo: { files: /(?:^|\/)build\.rs$/, when: /^(?:b|build|t|test|r|run|c|check|bench|clippy|nextest)$/ },
  pytest: { files: /(?:^|\/)conftest\.py$/ },
  jest: { files: /(?:^|\/)jest\.config\.\w+$/ },
  eslint: { files: /(?:^|\/)(?:eslint\.config\.\w+|\.eslintrc(?:\.[cm]?js)?)$/ },
  direnv: { files: /(?:^|\/)\.envrc$/, when: /^exec$/ },
  zsh: { files: /(?:^|\/)\.zshenv$/ },
  vitest: { files: /(?:^|\/)vite(?:st)?\.config\.\w+$/ },
};
const startUp: ByItself = {
  files: /(?:^|\/)\.(?:bashrc|bash_profile|bash_login|bash_aliases|profile|zshrc|zshenv|zprofile|zlogin)$/,
};
/** Options of a shell that is to read them. */
const STARTS_UP = /^(?:-[a-z]*[il][a-z]*|--login)$/;

/** `pytest` of `python3 -m pytest`. */
function moduleOf({ program, args }: Invocation): string | undefined {
  return program === 'python' ? loadedBy(program, args.slice(1))[0]?.text : undefined;
}

/** Which files a call executes without being told their names; undefined for none. */
export function executedByItself({ program, args }: Invocation): RegExp | undefined {
  if (program === 'git') return LOOKS.test(textAt(args, verbAt(args.slice(1)) + 1)) ? undefined : HOOK;
  const has = (word: RegExp) => args.slice(1).some(({ text }) => word.test(text));
  const isStarted = SHELLS.has(program) && has(STARTS_UP);
  const spec = isStarted ? startUp : ownValue(byItself, moduleOf({ program, args }) ?? program);
  if (!spec || (spec.when && !has(spec.when)) || (spec.unless && has(spec.unless))) return undefined;
  return spec.files;
}

/** True for a call that executes the scripts of `package.json`, which tools edit in ordinary work. */
export function runsManifest({ program, args }: Invocation, name: string): boolean {
  const has = (word: RegExp) => args.slice(1).some(({ text }) => word.test(text));
  if (!MANIFEST.test(name)) return false;
  return /^(?:npm|bun)$/.test(program) ? has(RUNS) : /^(?:pnpm|yarn)$/.test(program) && !has(INSTALLS);
}
