import type { Analyst } from '#policy/command/analysis.ts';
import { plainSsh, viewer } from '#policy/command/environment.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import {
  deeper,
  doubtWord,
  EXECUTES_VALUE,
  joined,
  optionValues,
  refuseWord,
  textAt,
  wordsBefore,
} from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { isOption } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';
import { isLiteral, mayBeMany } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';

/** Options of any verb that name a program, a file that does, or a file to write. */
const EXECUTES =
  /^--(?:upload-pack|receive-pack|exec|ext-diff|extcmd|open-files-in-pager|exec-path|config-env|output|tree-filter|index-filter|msg-filter|env-filter|commit-filter|smtp-server|sendmail-cmd|access-hook|httpd|\w+-callback|to-cmd|cc-cmd|header-cmd|authors-prog)(?:$|=)|^ext::/;

/** Keys of git's configuration that name a program, or a file that does. */
const RUNS =
  /^(?:(?:alias|include|includeif|filter|difftool|mergetool|credential|pager|sequence|browser|man|url|sendemail|uploadpack|receive|hook|guitool|instaweb|interactive|trailer|web|help|extensions)\.|gc\.recentobjectshook|imap\.tunnel|diff\.(?:external|tool|guitool)|diff\..*\.(?:textconv|command)|merge\.(?:tool|guitool)|merge\..*\.driver|gpg\..*(?:program|command)|remote\..*\.(?:uploadpack|receivepack|vcs|url|pushurl|proxy)|submodule\..*\.(?:update|url)|protocol\.|core\.(?:hookspath|sshcommand|editor|pager|fsmonitor|gitproxy|askpass|attributesfile|worktree|alternaterefscommand)|init\.templatedir|tar\..*\.command|http\..*|ssh\.)/i;

/** Keys that `-c` may set: names, colours and the way things are listed. */
const HARMLESS =
  /^(?:(?:user|author|committer)\.(?:name|email|useconfigonly)|(?:color|advice|column|status|pack|index|feature|versionsort|rerere|i18n|gc(?!\.recentobjectshook)|stash)\.[\w.-]+|core\.(?:quotepath|autocrlf|abbrev|eol|safecrlf|filemode|ignorecase|longpaths|precomposeunicode|compression|bigfilethreshold|commentchar|untrackedcache|preloadindex|checkstat|symlinks|excludesfile|sharedrepository|logallrefupdates|sparsecheckout|splitindex)|log\.(?:date|decorate|follow|abbrevcommit)|diff\.(?:renames|renamelimit|algorithm|context|noprefix|mnemonicprefix|colormoved|submodule|ignoresubmodules)|merge\.(?:conflictstyle|ff|renames|renamelimit|stat|log)|pull\.\w+|push\.\w+|fetch\.\w+|rebase\.(?:autosquash|autostash|updaterefs|stat)|commit\.(?:gpgsign|verbose|status|cleanup)|tag\.(?:gpgsign|sort)|branch\.(?:sort|autosetuprebase|autosetupmerge)|init\.defaultbranch|safe\.directory|submodule\.(?:recurse|fetchjobs)|http\.(?:https?:\/\/[\w./:-]+\.)?(?:postbuffer|lowspeedlimit|lowspeedtime|version|extraheader|useragent|sslverify)|grep\.(?:linenumber|patterntype|column|fullname)|protocol\.file\.allow)(?:=|$)/i;

/** Of keys that name a program: those that start none but what shows, and no hook. */
const HARMLESS_PROGRAM = new RegExp(
  `^(?:(?:core\\.(?:pager|editor)|pager\\.[\\w-]+|sequence\\.editor)=${viewer.source.slice(1)}|` +
    'credential\\.helper=(?:cache|store)?$|(?:core\\.sshcommand|diff\\.external)=$|core\\.(?:hookspath=/dev/null|fsmonitor=(?:true|false)?)$|gpg\\.format=\\w+$)',
  'i',
);

/** Verbs that execute what they are given, or all but some of it. */
const VERBS: Readonly<Record<string, RegExp>> = {
  'filter-branch': /./,
  mergetool: /^(?!--tool-help)./,
  'remote-ext': /./,
  'merge-index': /./,
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
const testExec: NamedOptions = { long: 'exec', letters: 'x' };
/** Options whose value is shell text, by verb; two of them are of git-branchless. */
const TEXT_OPTIONS: Readonly<Record<string, NamedOptions>> = {
  rebase: { long: 'exec', letters: 'x', values: 'sXCS' },
  test: testExec,
  branchless: testExec,
};

/** What git executes: commands of its verbs, and programs that its options and settings name. */
export const git: Handler = (call, analyst) => {
  const { words, context } = call;
  const at = verbAt(words);
  const verb = words[at];
  const takesText = Object.hasOwn(TEXT_OPTIONS, verb?.text ?? '');
  const executes = (text: string) => EXECUTES.test(text) && !(takesText && /^--exec(?:=|$)/.test(text));
  refuseWord(call, analyst, { what: EXECUTES_VALUE, when: ({ text }) => executes(text) });
  checkSettings({ words: words.slice(0, at), context }, analyst, globalConfig);
  const unclear = words.slice(0, at).find(hidesOption);
  if (unclear) return analyst.opaque('an option of git that is not literal', unclear.at, context);
  if (!verb) return;
  if (verb.kind !== 'literal') return analyst.opaque('a verb of git that is not literal', verb.at, context);
  const inner = { words: words.slice(at + 1), context };
  runCommandOf(verb.text, inner, analyst);
  if (verb.text === 'clone') checkSettings(inner, analyst, cloneConfig);
  const isQuery = queriesConfig(inner.words);
  const renames = inner.words.some(({ text }) => /^(?:--ren|rename-section$)/.test(text));
  const options = ownValue(OPTIONS, verb.text) ?? {};
  refuseWord(inner, analyst, {
    what: 'a call of git that executes its arguments',
    when: ({ text, kind }) =>
      verb.text === 'config'
        ? !isQuery && (RUNS.test(text) || (kind !== 'literal' && text === '') || (renames && !KEEPS_SECTION.test(text)))
        : ownValue(VERBS, verb.text)?.test(text) || namedOption(text, options),
  });
};

type Inner = Pick<Call, 'words' | 'context'>;

/** Where the verb stands. */
export function verbAt(words: readonly Arg[]): number {
  let at = 0;
  while (isOption(textAt(words, at)))
    at += /^(?:-C|-c|--git-dir|--work-tree|--namespace|--super-prefix|--attr-source)$/.test(textAt(words, at)) ? 2 : 1;
  return at;
}

/** True where the run alone tells which option stands before the verb, such as `--exec-path`: `git --"$x"`, `git -C $dir`. */
function hidesOption(word: Arg): boolean {
  return mayBeMany(word) || (word.kind === 'one' && isOption(word.text) && !word.text.includes('='));
}

function startsNothing({ text, kind }: Arg): boolean {
  if (kind !== 'literal') return false;
  return HARMLESS_PROGRAM.test(text) || plainSsh.test(text.replace(/^core\.sshcommand=/i, ''));
}

/** `-c key=value`: only keys that are known to start nothing. */
function checkSettings({ words, context }: Inner, analyst: Analyst, options: NamedOptions): void {
  for (const { value, at } of optionValues(words, options))
    if (!HARMLESS.test(value.text) && !startsNothing(value))
      doubtWord('configuration for git in an argument', { ...value, at }, { context, analyst });
}

/** Options of `git config` with a value, which may look like another option. */
const configValues: NamedOptions = { long: 'file blob type default comment value url', letters: 'ft' };

/** `git config` without a new value. */
function queriesConfig(all: readonly Arg[]): boolean {
  const values = new Set(optionValues(all, configValues).map(({ value }) => value));
  const words = all.filter((word) => !values.has(word));
  // Behind the first operand an option is a value.
  const has = (option: RegExp) =>
    wordsBefore(words, ({ text }) => !isOption(text)).some(({ text }) => option.test(text));
  const [verb, ...more] = words.filter(({ text }) => !isOption(text));
  // Of an operand too many, one may be an option that takes the question back.
  if (has(/^--no-/) || (more.length > 1 && !isLiteral(words))) return false;
  // A list has no operands.
  if (has(/^--(?:get|unset|remove-section)/) || (!verb && has(/^(?:--list|-z?lz?$)/))) return true;
  return isLiteral(words) && (more.length === 0 || /^(?:get|list|unset)$/.test(verb?.text ?? ''));
}

/** A section by a name under which no program is named; settings of any other may come to mean something else. */
const KEEPS_SECTION = /^(?:-|rename-section$|branch\.)/;

/** Words that make a verb execute the words behind it. */
const RUN_WORDS: Readonly<Record<string, string>> = {
  bisect: 'run',
  submodule: 'foreach',
  'submodule--helper': 'foreach',
};

/** Verbs of git with a command of their own: `bisect run` takes an argv, `rebase --exec` and `submodule foreach` shell text. */
function runCommandOf(verb: string, { words, context }: Inner, analyst: Analyst): void {
  for (const { value } of optionValues(words, ownValue(TEXT_OPTIONS, verb) ?? {}))
    analyst.shellText(value, deeper(context));
  const behind = words.findIndex(({ text }) => text === ownValue(RUN_WORDS, verb)) + 1;
  if (behind === 0) return;
  const rest = words.slice(behind);
  const command = rest.filter(({ text }) => !/^--(?:recursive|quiet)$/.test(text));
  if (verb === 'bisect') analyst.argv(command, deeper(context));
  else analyst.shellText(joined(command), deeper(context));
}
