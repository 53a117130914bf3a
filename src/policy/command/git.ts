import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { Handler } from '#policy/command/handler.ts';
import { deeper, joined } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import type { Arg } from '#policy/command/words.ts';
import { isLiteral } from '#policy/command/words.ts';

/** Options of any verb that name a program, a file that does, or a file to write. */
const EXECUTES =
  /^--(?:upload-pack|receive-pack|exec|ext-diff|extcmd|open-files-in-pager|exec-path|config-env|output|tree-filter|index-filter|msg-filter|env-filter|commit-filter|smtp-server|sendmail-cmd|access-hook|httpd|to-cmd|cc-cmd|header-cmd)(?:$|=)|^ext::/;

/** Keys of git's configuration that name a program, or a file that does. */
const RUNS =
  /^(?:(?:alias|include|includeif|filter|difftool|mergetool|credential|pager|sequence|browser|man|url|sendemail|uploadpack|receive|hook|guitool|instaweb|interactive|trailer|web|help|extensions)\.|diff\.(?:external|tool|guitool)|diff\..*\.(?:textconv|command)|merge\.(?:tool|guitool)|merge\..*\.driver|gpg\..*(?:program|command)|remote\..*\.(?:uploadpack|receivepack|vcs|url|pushurl|proxy)|submodule\..*\.(?:update|url)|protocol\.|core\.(?:hookspath|sshcommand|editor|pager|fsmonitor|gitproxy|askpass|attributesfile|worktree|alternaterefscommand)|init\.templatedir|tar\..*\.command|http\..*|ssh\.)/i;

/** Keys that `-c` may set: names, colours and the way things are listed. */
const HARMLESS =
  /^(?:(?:user|author|committer)\.(?:name|email|useconfigonly)|(?:color|advice|column|status|pack|index|feature|versionsort|rerere|i18n|gc|stash)\.[\w.-]+|core\.(?:quotepath|autocrlf|abbrev|eol|safecrlf|filemode|ignorecase|longpaths|precomposeunicode|compression|bigfilethreshold|commentchar|untrackedcache|preloadindex|checkstat)|log\.(?:date|decorate|follow|abbrevcommit)|diff\.(?:renames|renamelimit|algorithm|context|noprefix|mnemonicprefix|colormoved|submodule|ignoresubmodules)|merge\.(?:conflictstyle|ff|renames|renamelimit|stat|log)|pull\.\w+|push\.\w+|fetch\.\w+|rebase\.(?:autosquash|autostash|updaterefs|stat)|commit\.(?:gpgsign|verbose|status|cleanup)|tag\.(?:gpgsign|sort)|branch\.(?:sort|autosetuprebase|autosetupmerge)|init\.defaultbranch|safe\.directory|submodule\.(?:recurse|fetchjobs)|http\.(?:postbuffer|lowspeedlimit|lowspeedtime|version)|grep\.(?:linenumber|patterntype|column|fullname)|protocol\.file\.allow)(?:=|$)/i;

/** Verbs that execute what they are given, or all but some of it. */
const VERBS: Readonly<Record<string, RegExp>> = {
  'filter-branch': /./,
  mergetool: /^(?!--tool-help)./,
  'remote-ext': /./,
  fetch: /^-u$/,
  instaweb: /./,
  'web--browse': /./,
  'for-each-repo': /./,
  maintenance: /^(?:start|register)$/,
};

/** Options by which a verb executes something, which git takes abbreviated and bundled. */
const OPTIONS: Readonly<Record<string, NamedOptions>> = {
  difftool: { long: 'extcmd ext-diff output', letters: 'x', values: 'tUlSGO' },
  grep: { long: 'open-files-in-pager', letters: 'O', values: 'efABCm' },
  archive: { long: 'exec remote output' },
  clone: { long: 'upload-pack template', letters: 'u', values: 'objc' },
  init: { long: 'template' },
  'ls-remote': { long: 'upload-pack exec', letters: 'u', values: 'o' },
  fetch: { long: 'upload-pack' },
  'fetch-pack': { long: 'upload-pack exec' },
  pull: { long: 'upload-pack' },
  push: { long: 'receive-pack exec' },
  'send-pack': { long: 'receive-pack exec' },
  'send-email': {
    long: 'smtp-server sendmail-cmd to-cmd cc-cmd header-cmd',
    itself: 'to cc',
  },
  ...Object.fromEntries(
    ['diff', 'log', 'show', 'format-patch', 'whatchanged', 'stash'].map((verb) => [verb, { long: 'ext-diff' }]),
  ),
};

const cloneConfig: NamedOptions = { long: 'config', letters: 'c', values: 'obju' };
const globalConfig: NamedOptions = { letters: 'c' };
const rebaseExec: NamedOptions = { long: 'exec', letters: 'x', values: 'sXCS' };

/** What git executes: commands of its verbs, and programs that its options and settings name. */
export const git: Handler = (call, analyst) => {
  const { args, context } = call;
  const at = verbAt(args, { context, analyst });
  const verb = args[at];
  const option = args.find((arg, index) => index > 0 && EXECUTES.test(arg.text));
  if (option && !(verb?.text === 'rebase' && /^--exec(?:=|$)/.test(option.text)))
    analyst.opaque('an option that executes its value', option.at, context);
  if (!verb) return;
  if (verb.kind !== 'literal') return analyst.opaque('a verb of git that is not literal', verb.at, context);
  const rest = args.slice(at + 1);
  runCommandOf(verb.text, rest, { context, analyst });
  if (verb.text === 'clone') checkSettings(rest, cloneConfig, { context, analyst });
  const word = verb.text === 'config' ? dangerousSetting(rest) : executingWord(verb.text, rest);
  if (word) analyst.opaque('a call of git that executes its arguments', word.at, context);
};

function executingWord(verb: string, rest: readonly Arg[]): Arg | undefined {
  const pattern = VERBS[verb];
  const options = OPTIONS[verb] ?? {};
  return rest.find(({ text }) => pattern?.test(text) || namedOption(text, options));
}

interface Within {
  readonly context: Context;
  readonly analyst: Analyst;
}

/** Where the verb stands; settings before it are checked. */
function verbAt(args: readonly Arg[], within: Within): number {
  let at = 1;
  while (at < args.length && /^-./.test(args[at]?.text ?? ''))
    at += /^(?:-C|-c|--git-dir|--work-tree|--namespace|--super-prefix)$/.test(args[at]?.text ?? '') ? 2 : 1;
  checkSettings(args.slice(0, at), globalConfig, within);
  return at;
}

/** `-c key=value`: only keys that are known to start nothing. */
function checkSettings(args: readonly Arg[], options: NamedOptions, { context, analyst }: Within): void {
  for (const [index, arg] of args.entries()) {
    const found = namedOption(arg.text, options);
    if (!found) continue;
    const setting = valueOf(found, arg, args[index + 1]);
    if (!setting || !HARMLESS.test(setting.text))
      analyst.opaque('configuration for git in an argument', arg.at, context);
  }
}

/** What `git config` would write: a key that runs something, or one that is not known. */
function dangerousSetting(rest: readonly Arg[]): Arg | undefined {
  return isQuery(rest)
    ? undefined
    : rest.find((arg) => RUNS.test(arg.text) || (arg.kind !== 'literal' && arg.text === ''));
}

/** `git config` without a new value. */
function isQuery(rest: readonly Arg[]): boolean {
  if (rest.some((arg) => /^--(?:get|list|unset|remove-section)|^-l$/.test(arg.text))) return true;
  const operands = rest.filter((arg) => !arg.text.startsWith('-'));
  return isLiteral(rest) && (operands.length === 1 || /^(?:get|list|unset)$/.test(operands[0]?.text ?? ''));
}

/** Verbs of git with a command of their own: `bisect run` takes an argv, `rebase --exec` and `submodule foreach` shell text. */
function runCommandOf(verb: string, rest: readonly Arg[], { context, analyst }: Within): void {
  if (verb === 'rebase') return runExec(rest, { context, analyst });
  const runs = { bisect: 'run', submodule: 'foreach', 'submodule--helper': 'foreach' }[verb];
  const at = rest.findIndex(({ text }) => text === runs);
  if (runs === undefined || at < 0) return;
  const words = rest.slice(at + 1);
  const command = words.slice(
    Math.max(
      0,
      words.findIndex(({ text }) => !/^--(?:recursive|quiet)$/.test(text)),
    ),
  );
  analyst.argv(command, deeper(context, { stdin: 'none' }));
  if (verb === 'submodule' && command.length > 0)
    analyst.shellText(joined(command), deeper(context, { stdin: 'none' }));
}

function runExec(args: readonly Arg[], { context, analyst }: Within): void {
  for (const [index, arg] of args.entries()) {
    const found = namedOption(arg.text, rebaseExec);
    const text = found && valueOf(found, arg, args[index + 1]);
    if (text) analyst.shellText(text, deeper(context));
  }
}
