import type { Analyst, Context } from '#policy/command/analysis.ts';
import type { Handler } from '#policy/command/handler.ts';
import { deeper, joined } from '#policy/command/handler.ts';
import { awkExecutes, sedExecutes } from '#policy/command/scripts.ts';
import type { Arg } from '#policy/command/words.ts';

/** Options of otherwise harmless programs that execute something, by program; matched on each word. */
const dangerousWords: Readonly<Record<string, RegExp>> = {
  rg: /^--(?:pre|hostname-bin)(?:$|=)/,
  sort: /^--compress-prog/,
  tar: /^(?:--(?:checkpoint-action|to-command|use-compress-program|rsh-command|info-script|new-volume-script)|-[A-Za-z]*[IF]|(?=[A-Za-z]*[cxtru])[A-Za-z]*[IF][A-Za-z]*$)/,
  bsdtar: /^--use-compress-program/,
  zip: /^(?:-T+|--unzip-command)/,
  man: /^(?:-[PH]|--(?:pager|html|browser))/,
  go: /^--?(?:exec|toolexec|vettool|overlay)(?:$|=)|^-$|^\/(?:dev|proc)\//,
  cmake: /^(?:-P)?(?:-$|\/(?:dev|proc)\/)/,
  ninja: /^(?:-f)?(?:-$|\/(?:dev|proc)\/)/,
  ant: /^\/(?:dev|proc)\//,
  dc: /!/,
  cargo: /^--config(?:$|=)/,
  make: /^(?:--eval|-E|SHELL=|\.SHELLFLAGS=|MAKEFLAGS=)/,
  gmake: /^(?:--eval|-E|SHELL=)/,
  vim: /^(?:-c$|--cmd|-S|-s$|\+.|-u$)/,
  vi: /^(?:-c$|--cmd|-S|\+.)/,
  gvim: /^(?:-c$|--cmd|-S|-s$|\+.|-u$)/,
  rvim: /^(?:-c$|--cmd|-S|-s$|\+.|-u$)/,
  vimdiff: /^(?:-c$|--cmd|-S|-s$|\+.|-u$)/,
  nvim: /^(?:-c$|--cmd|-S|-l$|\+.)/,
  view: /^(?:-c$|--cmd|\+.)/,
  ex: /^(?:-c$|--cmd|\+.|-s?$)/,
  ed: /^$|^-/,
  nano: /^(?:-s|--speller)/,
  gdb: /^--?(?:ex|eval-command|iex|ix|x|command|args)/,
  lldb: /^(?:-o|-O|-s|-S|--one-line|--source)/,
  rsync: /^(?:-[A-Za-z]*e$|--rsh|--rsync-path)/,
  scp: /^(?:-S|-o)/,
  sftp: /^(?:-S|-o|-b)/,
  git: /^--(?:upload-pack|receive-pack|exec|ext-diff|extcmd|open-files-in-pager|exec-path|config-env|output|template|tree-filter|index-filter|msg-filter|smtp-server|sendmail-cmd)(?:$|=)|^ext::/,
  journalctl: /^--pager/,
  systemctl: /^edit$/,
  less: /^(?:\+.*!|-[ok])/,
  more: /^\+.*!/,
  psql: /\\!|\b(?:to|from)\s+program\b/i,
  sqlite: /\.(?:shell|system)|^-init$/,
  mysql: /\\!|system\s/,
  tcpdump: /^-[A-Za-z]*z/,
  nmap: /^--script/,
  openssl: /^-(?:engine|provider)$/,
  gradle: /^(?:-I|--init-script)/,
  mvn: /exec(?:-maven-plugin)?:|exec\.executable|antrun:/,
  curl: /^(?:-K|--config)/,
  wget: /^--(?:use-askpass|config|execute)|^-e$/,
  helm: /^--post-renderer/,
  ansible: /^-a$|^--args/,
  socat: /(?:EXEC|SYSTEM|SHELL):/i,
  nc: /^-[A-Za-z]*[ec]$/,
  ncat: /^(?:-[A-Za-z]*[ec]$|--(?:exec|sh-exec))/,
  split: /^--filter/,
  ctags: /^--options/,
  dpkg: /^--(?:pre|post)-invoke/,
  apt: /^-o/,
  'apt-get': /^-o/,
};

/** What such a program would execute when it reads this on its standard input. */
const obeysInput: Readonly<Record<string, RegExp>> = {
  ed: /!/,
  ex: /!/,
  vim: /!/,
  vi: /!/,
  dc: /!/,
  gdb: /shell|!|python|pipe/,
  sqlite: /\.(?:shell|system|load)/,
  psql: /\\!|\bprogram\b/i,
  mysql: /\\!|system/,
};

/** Editors and debuggers also refuse input that is not known; a database client may be fed a dump. */
const needsKnownInput = /^(?:ed|ex|vim|vi|dc|gdb)$/;

const refuseInput: Handler = ({ program, args, context: { stdin }, context }, analyst) => {
  const pattern = obeysInput[program];
  const executes =
    typeof stdin === 'object' ? pattern?.test(stdin.text) : stdin === 'unknown' && needsKnownInput.test(program);
  if (pattern && executes) analyst.opaque('input that can execute commands', args[0]?.at ?? 0, context);
};

const refuseWords =
  (pattern: RegExp): Handler =>
  (call, analyst) => {
    const word = call.args.find((arg, index) => index > 0 && pattern.test(arg.text));
    if (word) analyst.opaque('an option that executes its value', word.at, call.context);
    refuseInput(call, analyst);
  };

/** Keys of git's configuration that name a program, or a file that does. */
const GIT_KEY =
  /^(?:alias|include|includeif|filter|diff|merge|difftool|mergetool|credential|pager|gpg|sequence|browser|man|url|protocol|sendemail|uploadpack|remote|submodule|core\.(?:hookspath|sshcommand|editor|pager|fsmonitor|gitproxy|askpass|attributesfile|worktree)|init\.templatedir)\b/i;

const GIT_VERBS_THAT_EXECUTE: Readonly<Record<string, RegExp>> = {
  'filter-branch': /./,
  difftool: /^-x/,
  mergetool: /./,
  grep: /^-O/,
  archive: /^--(?:exec|remote)/,
  clone: /^(?:-c|--config|-u)/,
  'ls-remote': /^-u/,
  fetch: /^-u$/,
  config: GIT_KEY,
  instaweb: /./,
  'for-each-repo': /./,
  maintenance: /^(?:start|register)$/,
};

const git: Handler = (call, analyst) => {
  refuseWords(dangerousWords.git ?? /^$/)(call, analyst);
  const { args, context } = call;
  let at = 1;
  while (at < args.length && /^-./.test(args[at]?.text ?? '')) {
    const option = args[at];
    if (option && option.text.startsWith('-c'))
      analyst.opaque('configuration for git in an argument', option.at, context);
    at += /^(?:-C|-c|--git-dir|--work-tree|--namespace|--super-prefix)$/.test(option?.text ?? '') ? 2 : 1;
  }
  const verb = args[at];
  if (!verb) return;
  if (verb.kind !== 'literal') return analyst.opaque('a verb of git that is not literal', verb.at, context);
  const pattern = GIT_VERBS_THAT_EXECUTE[verb.text];
  const rest = args.slice(at + 1);
  runCommandOf(verb.text, rest, { context, analyst });
  const isQuery = verb.text === 'config' && rest.some((arg) => /^--(?:get|list|show)|^-l$|^get$|^list$/.test(arg.text));
  const word = isQuery ? undefined : rest.find((arg) => pattern?.test(arg.text));
  if (word) analyst.opaque('a call of git that executes its arguments', word.at, context);
};

interface Within {
  readonly context: Context;
  readonly analyst: Analyst;
}

/** Verbs of git with a command of their own: `bisect run` takes an argv, `rebase --exec` and `submodule foreach` shell text. */
function runCommandOf(verb: string, rest: readonly Arg[], { context, analyst }: Within): void {
  if (verb === 'rebase') return runExec(rest, { context, analyst });
  const runs = { bisect: 'run', submodule: 'foreach' }[verb];
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
    const glued = /^(?:--exec=|-x(?=.))/.exec(arg.text)?.[0];
    const text = glued ? { ...arg, text: arg.text.slice(glued.length) } : args[index + 1];
    if (text && (glued || /^(?:-[a-z]*x|--exec?)$/.test(arg.text))) analyst.shellText(text, deeper(context));
  }
}

const make: Handler = (call, analyst) => {
  refuseWords(dangerousWords.make ?? /^$/)(call, analyst);
  for (const [index, arg] of call.args.entries()) {
    const file = /^(?:-f|--file|--makefile)$/.test(arg.text) ? call.args[index + 1] : glued(arg);
    if (file && (file.kind !== 'literal' || /^(?:-$|\/dev\/|\/proc\/)/.test(file.text))) {
      analyst.opaque('a makefile that is not a plain file', file.at, call.context);
    }
  }
};

function glued(arg: Arg): Arg | undefined {
  const match = /^(?:-f|--file=|--makefile=)(?=.)/.exec(arg.text);
  return match ? { ...arg, text: arg.text.slice(match[0].length) } : undefined;
}

/** `sed` and `awk` carry a program in their first operand or in `-e`. */
const createScripted =
  (spec: {
    readonly executes: (script: string) => boolean;
    readonly options: RegExp;
    readonly values: RegExp;
  }): Handler =>
  ({ args, context }, analyst) => {
    const given: Arg[] = [];
    const operands: Arg[] = [];
    let fromFile = false;
    for (let at = 1; at < args.length; at++) {
      const arg = args[at];
      if (!arg) break;
      const inline = spec.options.exec(arg.text);
      if (inline) given.push(inline[1] ? { ...arg, text: inline[1] } : (args[++at] ?? arg));
      else if (/^(?:-[nrEsuzi]*f|--file)/.test(arg.text)) {
        fromFile = true;
        const file = /^(?:-[a-zA-Z]*f|--file)$/.test(arg.text) ? args[++at] : arg;
        if (file && /^(?:-f|--file=)?(?:-$|\/(?:dev|proc)\/)/.test(file.text))
          analyst.opaque('a script that is not a file', file.at, context);
      } else if (spec.values.test(arg.text)) at++;
      else if (!/^-./.test(arg.text)) operands.push(arg);
    }
    const scripts = given.length > 0 || fromFile ? given : operands.slice(0, 1);
    const script = scripts.find((each) => each.kind !== 'literal' || spec.executes(each.text));
    if (script) analyst.opaque('a script that can execute commands or is not literal', script.at, context);
  };

const awk = createScripted({
  executes: awkExecutes,
  options: /^(?:-e|--source=?)(.*)$/,
  values: /^(?:-F|-v|--assign|--field-separator|-i|-l)$/,
});
const sed = createScripted({
  executes: sedExecutes,
  options: /^(?:-[nrEsuz]*e|--expression=?)(.*)$/s,
  values: /^(?:-l|--line-length)$/,
});

/** Programs that are harmless but for some of their options. */
export const execOptionHandlers: readonly (readonly [string, Handler])[] = [
  ...Object.entries(dangerousWords).map(([program, pattern]) => [program, refuseWords(pattern)] as const),
  ['git', git],
  ['make', make],
  ['gmake', make],
  ...['awk', 'gawk', 'mawk', 'nawk', 'original-awk'].map((program) => [program, awk] as const),
  ...['sed', 'gsed', 'ssed'].map((program) => [program, sed] as const),
];
