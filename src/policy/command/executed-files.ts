import type { Invocation } from '#policy/command/analysis.ts';
import { verbAt } from '#policy/command/git.ts';
import { optionValues, textAt } from '#policy/command/handler.ts';
import { interpreterTable } from '#policy/command/interpreter-table.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { shells } from '#policy/command/shells.ts';
import { filesOfTmux } from '#policy/command/tmux.ts';
import type { Arg } from '#policy/command/words.ts';
import { wrapperTable } from '#policy/command/wrapper-table.ts';
import { ownValue } from '#policy/own-value.ts';

const SHELLS = new Set(shells);
const READS_SCRIPT = new Set([...shells, 'source', '.']);

/** Options by which ansible executes no task. */
const LOOKS_AT_PLAYS = /^--(?:syntax-check|list-(?:hosts|tasks|tags))$/;

const pythonModule: NamedOptions = { letters: 'm', values: 'cWX' };
/** Options by which interpreters load a file besides or instead of their script. */
const LOADS: Readonly<Record<string, NamedOptions>> = {
  node: { long: 'require import loader experimental-loader', letters: 'r', values: 'eCp' },
  ruby: { letters: 'r', values: 'eICEFKW' },
  python: pythonModule,
  php: { letters: 'f', values: 'dczBRFES' },
};

/** What interpreters add to a name to find a file, behind such an option and elsewhere. */
const LOADED: Readonly<Record<string, readonly string[]>> = {
  node: ['', '.js', '.cjs', '.mjs', '/index.js'],
  ruby: ['', '.rb'],
  php: [''],
};
const ADDED: Readonly<Record<string, readonly string[]>> = {
  node: ['.js', '.cjs', '.mjs', '/index.js'],
  python: ['/__main__.py'],
};

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
  if (/^(?:deno|bun)$/.test(program) && textAt(words, 0) === 'run')
    return words.slice(1).filter(({ text }) => !isOption(text));
  const values = READS_SCRIPT.has(program) ? '' : ownValue(interpreterTable, program)?.values;
  if (!READS_SCRIPT.has(program) && !ownValue(interpreterTable, program)) return [];
  const { starts } = positionals(words, { table: optionTable(values) });
  // To a shell a plus begins an option as well.
  const operands = words.filter(({ text }, at) => starts.includes(at) && text !== '-');
  return READS_SCRIPT.has(program)
    ? [...operands, ...operandBehind(words)]
    : [...operands, ...completed(operands.filter(isWritten), ownValue(ADDED, program)), ...loadedBy(program, words)];
}

const isWritten = ({ kind }: Arg) => kind === 'literal';

/** `node -r ./x`, and the files of `python3 -m a.b`. */
function loadedBy(program: string, words: readonly Arg[]): readonly Arg[] {
  const options = ownValue(LOADS, program);
  const named = options ? optionValues(words, options).map(({ value }) => value) : [];
  return program === 'python' ? named.flatMap(modulesOf) : completed(named, ownValue(LOADED, program));
}

/** A module with the packages that it lies in, each of which is executed first. */
function modulesOf(value: Arg): readonly Arg[] {
  const parts = value.text.split('.');
  const folders = parts.map((_, at) => ({ ...value, text: parts.slice(0, at + 1).join('/') }));
  return completed(folders, ['.py', '/__init__.py', '/__main__.py']);
}

function completed(words: readonly Arg[], endings: readonly string[] = []): readonly Arg[] {
  return words.flatMap((word) => endings.map((end) => ({ ...word, text: word.text.replace(/\/+$/, '') + end })));
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
  if (program === 'at') return true;
  if (program === 'ssh') return positionals(words, { table: sshTable }).starts.includes(words.length - 1);
  if (!SHELLS.has(program) && !ownValue(interpreterTable, program)) return false;
  if (SHELLS.has(program) && words.some(({ text }) => /^-[A-Za-z]*s/.test(text))) return true;
  return words.every(({ text }) => isOption(text) && !/^-[A-Za-z]*c/.test(text)) || textAt(words, 0) === '-';
}

const sshTable = optionTable(wrapperTable['ssh']?.values);

/** Programs that start a shell where they are told nothing else. */
const STARTS_SHELL =
  /^(?:npx|script|newgrp|chroot|unshare|nsenter|setarch|x86_64|i386|linux32|linux64|su|nix-shell|batch)$/;

const npmSettings = /(?:^|\/)\.npmrc$/;
const MANIFEST = /(?:^|\/)package\.json$/;
/** Hooks of git, also where many repositories keep them among their files. */
const HOOK = /(?:^|\/)\.(?:git\/hooks|husky|githooks)(?:\/|$)/;
/** Hooks that also start where nothing is committed: `git status` writes the index anew. */
const HOOK_OF_LOOKS =
  /(?:^|\/)\.(?:git\/hooks|husky|githooks)\/(?:post-index-change|reference-transaction|fsmonitor-watchman)$/;
/** Verbs of git that start no other hook. */
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
  'py.test': { files: /(?:^|\/)conftest\.py$/ },
  pytest: { files: /(?:^|\/)conftest\.py$/ },
  jest: { files: /(?:^|\/)jest\.config\.\w+$/ },
  eslint: { files: /(?:^|\/)(?:eslint\.config\.\w+|\.eslintrc\.[cm]?js)$/ },
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
  return program === 'python' ? optionValues(args.slice(1), pythonModule)[0]?.value.text : undefined;
}

/** Which files a call executes without being told their names; undefined for none. */
export function executedByItself({ program, args }: Invocation): RegExp | undefined {
  if (program === 'git') return LOOKS.test(textAt(args, verbAt(args.slice(1)) + 1)) ? HOOK_OF_LOOKS : HOOK;
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
  if (program === 'node') return has(/^--run(?:=|$)/);
  return /^(?:npm|bun)$/.test(program) ? has(RUNS) : /^(?:pnpm|yarn)$/.test(program) && !has(INSTALLS);
}
