import path from 'node:path';

import type { Analyst } from '#policy/command/analysis.ts';
import { consoleTable } from '#policy/command/consoles.ts';
import type { Call, Handler, OptionValue } from '#policy/command/handler.ts';
import { deeper, opaqueCode, optionValues, textAt, wordsBehind } from '#policy/command/handler.ts';
import type { InterpreterSpec } from '#policy/command/interpreter-table.ts';
import { interpreterTable, NOTHING, perlSpec } from '#policy/command/interpreter-table.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import type { OptionTable } from '#policy/command/options.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { onlyPrints } from '#policy/command/plain-call.ts';
import { programName } from '#policy/command/program-name.ts';
import { isPerlFilter } from '#policy/command/scripts.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import { guessCode } from '#policy/command/started-texts.ts';
import { unknownProgram } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { isFileName, isLiteral, isUnknown, literal } from '#policy/command/words.ts';

/** Scripts that are package managers under another name. */
const MANAGERS = new Set(['npm', 'npx', 'pnpm', 'yarn', 'corepack', 'lerna']);

/** Scripts of frameworks that take code in turn. */
const CONSOLES = new Set(Object.keys(consoleTable));

/** Files that stand for standard input or other open files, and URLs that carry code. */
const CODE_AS_FILE = /^(?:-$|\/dev\/(?:std(?:in|out|err)|fd\/)|\/proc\/)/;
/** Addresses that carry code, in every spelling; one of a site is also the value of many settings. */
const CODE_URL = /(?:^|=)(?:data|php|phar|glob|expect|blob|jsr|compress\.\w+|zip|ssh2\.\w+):|^https?:/i;
const isCodeUrl = (text: string) => CODE_URL.test(text.replaceAll(/[\s\0-\x20]+/g, ''));

const pythonModule: NamedOptions = { letters: 'm', values: 'cWX' };

/** Modules that read Python from their standard input or their arguments. */
const CODE_MODULES = /^(?:timeit|code|asyncio|imaplib|ipython|idlelib|idlelib\.idle|ptpython|bpython|xonsh)$/i;
/** Modules to which their standard input is data. */
const READS_DATA =
  /^(?:json(?:\.tool)?|base64|gzip|quopri|tokenize|ast|dis|html|pprint|pip|venv|build|unittest|pytest|mypy|black|ruff|flake8|isort|pylint|http\.server|yamllint|sqlparse|csvkit|pygments)$/i;
/** Modules that run a script, or with `-m` another module. */
const RUNS_MODULES = /^(?:cprofile|profile|pdb|ipdb|trace|coverage|debugpy|kernprof|line_profiler)$/i;
/** A module by its file in the library. */
const LIBRARY = /\/(?:lib\w*|Lib)\/(?:(?:python|pypy)[\d.]*\/)?(\w+)\.pyc?$/;

/** Modules that read commands of their own. */
const DEBUGS = /^(?:i?pdb|pudb)$/;
/** Modules that start what they are given, by their names; others read most of their words as data. */
const LAUNCHES = /^pip$|(?:^|\.)(?:run|launch\w*|torchrun|watchmedo|fabric|invoke|honcho|exec\w*)$/i;

/** `python -m twine upload` calls a program by another name; some modules take code. */
function runModule({ words, head, context }: Call, analyst: Analyst, found: ModuleOption): void {
  const { value: module } = found;
  const name = module.text;
  const isRead = (word: Arg) => isUnknown(word) || isOption(word.text) || CODE_AS_FILE.test(word.text);
  const rest = wordsBehind(words, found);
  const refuse = (what: string, at: number) => opaqueCode(what, at, { context, analyst });
  if (module.kind !== 'literal') return refuse('a module that is not literal', module.at);
  const code = DEBUGS.test(name) ? rest.find(({ text }) => /^(?:-c|--command)/.test(text)) : undefined;
  if (code) return refuse('code in an argument', code.at);
  if (CODE_MODULES.test(name) && rest.length > 0) return refuse('code in an argument', module.at);
  if (stdinArg(context, module.at) && (DEBUGS.test(name) || (!READS_DATA.test(name) && rest.every(isRead))))
    return refuse('code on the standard input of an interpreter', module.at);
  const asModule = (inner: readonly Arg[]) => analyst.argv([head, literal('-m', module.at), ...inner], deeper(context));
  if (name === 'runpy' && rest.length > 0) return asModule(rest);
  const isModule = ({ text }: Arg) => /^(?:-\w*m|--mod)/.test(text);
  if (RUNS_MODULES.test(name) && rest.some(isModule)) {
    for (const [at, word] of rest.entries()) {
      if (!isModule(word)) continue;
      const named = word.text.replace(/^(?:-\w*?m|--mod\w*=?)/, '');
      if (named !== '') asModule([literal(named, module.at), ...rest.slice(at + 1)]);
      // The letters before it may take it for their value.
      if (/m$|^--mod\w*$/.test(word.text)) asModule(rest.slice(at + 1));
    }
    return;
  }
  const script = RUNS_MODULES.test(name) ? rest.findIndex(({ text }) => LIBRARY.test(path.posix.normalize(text))) : -1;
  if (script >= 0) analyst.argv([head, ...rest.slice(script)], deeper(context));
  // Node.js comes as a package of Python, too.
  const program = { ...module, text: name.replace(/^nodejs\./, '') };
  analyst.argv([program, ...rest], deeper(context, { speculative: context.speculative || !LAUNCHES.test(name) }));
}

type ModuleOption = Pick<OptionValue, 'value' | 'index'>;

/** Options under which most interpreters read on behind their script. */
const GOES_ON = /^(?:-i|--interactive)$/;
/** An option with an open file as its value. */
const OPENS = /^-[\w-]+=?(?:\/dev\/(?:stdin|fd\/)|\/proc\/)/;

/** `-Bc CODE`, `-W0e CODE`: a letter for code that is no part of another letter's value. */
function holdsCode(text: string, { code, values }: NonNullable<InterpreterSpec['letters']>): boolean {
  if (!/^-\w/.test(text)) return false;
  for (const letter of text.slice(1)) {
    if (code.includes(letter)) return true;
    if (values.includes(letter) || !/\w/.test(letter)) return false;
  }
  return false;
}

/** What is wrong with a word before the script: an option, or the script itself. */
function problemOf({ text }: Arg, { code, letters, sets }: InterpreterSpec): string | undefined {
  if (code.test(text) || (letters && holdsCode(text, letters))) return 'code in an argument';
  if (OPENS.test(text)) return 'code that is not a file';
  if (isOption(text) && sets?.test(text)) return 'a setting that may load code';
  if (isCodeUrl(text)) return 'code in a URL';
  return !isOption(text) && CODE_AS_FILE.test(text) ? 'a script that is not a file' : undefined;
}

/** What is wrong with the value of an option. */
function problemOfValue(value: Arg, option: string, { sets, loads: loading }: InterpreterSpec): string | undefined {
  const loads = loading?.test(option) === true;
  if (
    sets &&
    /^(?:-[a-z]*d|--define)$/i.test(option) &&
    (sets.test(value.text) || (value.kind !== 'literal' && !value.text.includes('=')))
  )
    return 'a setting that may load code';
  if (loads && value.kind !== 'literal' && !isFileName(value)) return 'a script or options that are not literal';
  if (isCodeUrl(value.text) || /=https?:/i.test(value.text)) return 'code in a URL';
  return CODE_AS_FILE.test(value.text) ? 'code that is not a file' : undefined;
}

function isOpen({ text, kind }: Arg, { open, code }: InterpreterSpec): boolean {
  return kind === 'one' && open?.test(text) === true && !code.test(text);
}

/** The package whose file a script is, or the tool that a package installs. */
const PACKAGE_FILE = /(?:^|\/)node_modules\/(?:\.bin\/)?((?:@[\w.-]+\/)?[\w.-]+)(?:\/(?!.*\/node_modules\/)|$)/;

/** Runs `node node_modules/lerna/cli.js publish` as the program that the package brings. */
function runPackageFile([script, ...words]: readonly Arg[], { context }: Call, analyst: Analyst): void {
  const name = PACKAGE_FILE.exec(script?.text ?? '')?.[1];
  if (script && name !== undefined)
    analyst.argv([{ ...script, text: name }, ...words], deeper(context, { speculative: true }));
}

/** Runs a module of Python's library by its file, and else what a package brings. */
function runScript(words: readonly Arg[], call: Call, analyst: Analyst, { module }: InterpreterSpec): void {
  const [script, ...rest] = words;
  const name = module ? LIBRARY.exec(path.posix.normalize(script?.text ?? ''))?.[1] : undefined;
  if (script && name !== undefined)
    analyst.argv([call.head, literal('-m', script.at), { ...script, text: name }, ...rest], deeper(call.context));
  runPackageFile(words, call, analyst);
}

/** A script that is known as a program of its own. */
function isProgram({ text }: Arg): boolean {
  const name = programName(text);
  return (MANAGERS.has(name) && text.includes('/')) || CONSOLES.has(name);
}

/** What its options bring wherever they stand: commands, and code. */
function readEverywhere({ words, context }: Call, analyst: Analyst, { text, behind }: InterpreterSpec): void {
  for (const { value } of text ? optionValues(words, text) : []) analyst.shellText(value, deeper(context));
  const code = behind && optionValues(words, behind.options).find(({ value }) => !isOneWord(value, behind.plain));
  if (code) opaqueCode('code in an argument', code.at, { context, analyst });
}

function isOneWord({ text, kind }: Arg, plain: RegExp | undefined): boolean {
  return kind === 'literal' && plain?.test(text) === true;
}

/** True for a long option that is not known, and for letters of which the last one takes a value. */
function mayTakeNext(option: string, { flags }: InterpreterSpec, values: OptionTable['values']): boolean {
  if (option.startsWith('--')) return !option.includes('=') && !flags?.test(option);
  return /^-[A-Za-z]{2,}$/.test(option) && values.has(`-${option.at(-1)}`);
}

/** Refuses code in words or on standard input; a script file is left to the sandbox. */
const createInterpreter = (spec: InterpreterSpec): Handler => {
  const { values } = optionTable(spec.values);
  const behindVerb: InterpreterSpec = { ...spec, code: NOTHING };
  return (call, analyst) => {
    const { words, head, context } = call;
    if (spec.plain && onlyPrints(call, analyst, spec.plain)) return;
    readEverywhere(call, analyst, spec);
    // Of which word the script is, options decide that are not all known.
    guessCode(words, context, analyst);
    const refuse = (what: string, at: number) => opaqueCode(what, at, { context, analyst });
    const taken = new Set<Arg | undefined>();
    let doubtful = false;
    let verb: Arg | undefined;
    for (const [index, word] of words.entries()) {
      if (taken.has(word)) continue;
      if (isFileName(word) && !stdinArg(context, word.at)) return;
      if (isOpen(word, spec)) continue;
      if (word.kind !== 'literal') return refuse('a script or options that are not literal', word.at);
      if (isOption(word.text) && (spec.goesOn ?? GOES_ON).test(word.text) && stdinArg(context, word.at))
        return refuse('code on the standard input of an interpreter', word.at);
      const module = spec.module && namedOption(word.text, pythonModule);
      const value = module ? valueOf(module, word, words[index + 1]) : undefined;
      if (value) return runModule(call, analyst, { value, index });
      if (spec.executes?.test(word.text))
        return analyst.argv(words.slice(index + 1), deeper(context, { speculative: true }));
      const next = values.has(word.text) ? words[index + 1] : undefined;
      const behind = next ?? (mayTakeNext(word.text, spec, values) ? words[index + 1] : undefined);
      taken.add(next);
      const problem =
        problemOf(word, verb && !isOption(word.text) ? behindVerb : spec) ??
        (behind && problemOfValue(behind, word.text, spec));
      if (problem) return refuse(problem, word.at);
      if (!verb && spec.verbs?.test(word.text)) verb = word;
      // An empty name is that of no script.
      else if (word.text === '') continue;
      else if (isOption(word.text)) doubtful = !next && mayTakeNext(word.text, spec, values);
      else if (isProgram(word)) return analyst.argv(words.slice(index), deeper(context));
      else if (!doubtful) return runScript(words.slice(index), call, analyst, spec);
      else doubtful = false;
    }
    if ((!verb || spec.consoles?.test(verb.text)) && stdinArg(context, head.at))
      refuse('code on the standard input of an interpreter', head.at);
  };
};

const denoTable = optionTable(
  '-c --config --import-map --env-file --lock --cert --location --seed --v8-flags -L --log-level --reporter --filter --ext --minimum-dependency-age',
  '-A --allow-all -q --quiet -r --reload --no-check --no-lock --unstable --cached-only --watch --inspect --inspect-brk --no-prompt -N -R -W -E -S',
);

/** Deno runs files, URLs and packages of npm. */
const deno: Handler = ({ words, head, context }, analyst) => {
  const refuse = (what: string, at: number) => opaqueCode(what, at, { context, analyst });
  const own = positionals(words, { table: denoTable });
  const [at = words.length] = own.starts;
  const verb = textAt(words, at);
  // Without a verb it evaluates what it reads, line by line.
  if (own.starts.length === 0 && !words.some(({ text }) => /^(?:-[hV]|--(?:help|version))$/.test(text)))
    if (stdinArg(context, head.at)) refuse('code on the standard input of an interpreter', head.at);
  const isTask = verb === 'task' && words.some(({ text }) => /^--eval(?:=|$)/.test(text));
  if (isTask || /^(?:eval|repl)$/.test(verb)) return refuse('code in an argument', head.at);
  const fetched = /^(?:install|i)$/.test(verb)
    ? words.find(({ text }) => /^(?:https?|git|file):/.test(text))
    : undefined;
  if (fetched) analyst.opaque('a package from an unknown source', fetched.at, context);
  const takesScript = /^(?:run|serve|test|bench|x|watch)$/.test(verb);
  const { starts, unknownAt } = takesScript ? positionals(words, { table: denoTable, from: at + 1 }) : own;
  for (const start of starts) {
    const text = textAt(words, start);
    const [script, ...rest] = words.slice(start);
    if (script && script.kind !== 'literal' && !isFileName(script))
      refuse('a script or options that are not literal', script.at);
    if (script && (CODE_AS_FILE.test(text) || isCodeUrl(text))) refuse('a script that is not a file', script.at);
    if (script && (text.startsWith('npm:') || verb === 'x'))
      analyst.argv([{ ...script, text: text.replace(/^\w+:/, '') }, ...rest], deeper(context));
  }
  if (unknownAt !== undefined) refuse('a script or options that are not literal', unknownAt);
};

const railsTable = optionTable('-e --environment', '-h --help -w --skip-executor');

/** `rails runner CODE`: a file's name ends in `.rb`, everything else is code. */
const rails: Handler = ({ words, head, context }, analyst) => {
  const refuse = (what: string, at: number) => opaqueCode(what, at, { context, analyst });
  const verb = words.findIndex(({ text }) => !isOption(text));
  const name = textAt(words, verb);
  if (stdinArg(context, head.at) && /^(?:c|console|r|runner|db|dbconsole)$/.test(name))
    return refuse('code on the standard input of an interpreter', head.at);
  if (!/^(?:r|runner)$/.test(name)) return;
  const { starts, unknownAt } = positionals(words, { table: railsTable, from: verb + 1 });
  const [script] = starts.map((start) => words[start]);
  const at = unknownAt ?? (script && !/^(?!\/dev\/)[\w./-]+\.rb$/.test(script.text) ? script.at : undefined);
  if (at !== undefined) refuse('code in an argument', at);
};

const runPerl = createInterpreter(perlSpec);

/** Options of a perl filter: what a line is, and where it is put; behind `i` nothing but a dot and the ending of a copy. */
const PERL_LINES = /^-(?=.)(?:(?:00?|0777)?[lanpw]*(?:i(?:\.\w+)?)?|F(?:[:,;|=]|\\t))$/;

/** `perl -ne 'print if /a/' FILE`, `perl -pi -e 's/a/b/' FILE`; a file's name must be plain, since perl executes one such as `command |`. */
const perl: Handler = (call, analyst) => {
  const start = call.words.findIndex(({ text }) => !PERL_LINES.test(text));
  const [option, program, ...files] = start < 0 ? [] : call.words.slice(start);
  const options = call.words.slice(0, start + 1);
  const isFilter =
    /^-(?:00?|0777)?[lanpw]*e$/.test(option?.text ?? '') &&
    options.some(({ text }) => /^-[0lanw7]*[np]/.test(text)) &&
    program &&
    isLiteral(call.words) &&
    isPerlFilter(program.text) &&
    files.every(({ text }) => /^[\w./][\w./-]*$/.test(text));
  if (isFilter) return;
  runPerl(call, analyst);
  // A program of the system, whose first line may name another interpreter, which perl starts then.
  const script = call.words.findIndex(({ text }) => !isOption(text));
  const searches = call.words.slice(0, Math.max(0, script)).some(({ text }) => /^-[aclnpstTuUvwWX0-9]*S/.test(text));
  if (script >= 0 && (searches || /(?:^|\/)(?:s?bin|shims)\//.test(textAt(call.words, script))))
    analyst.argv(call.words.slice(script), deeper(call.context));
};

const runJava = createInterpreter(interpreterTable['java'] ?? perlSpec);

/** What a program of Java does with its words is not known either. */
const java: Handler = (call, analyst) => {
  runJava(call, analyst);
  unknownProgram(call, analyst);
};

/** Interpreters of programming languages. */
export const interpreterHandlers: readonly (readonly [string, Handler])[] = Object.entries(interpreterTable)
  .map(([program, spec]) => [program, createInterpreter(spec)] as const)
  .concat([
    ['deno', deno],
    ['rails', rails],
    ['perl', perl],
    ['java', java],
  ]);
