import { isSensitiveAssignment } from '#policy/command/environment.ts';
import type { Handler } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import { awkExecutes, sedExecutes } from '#policy/command/scripts.ts';
import type { Arg } from '#policy/command/words.ts';
import { isFileName } from '#policy/command/words.ts';

/** Matches no word. */
const NOTHING = /(?!)/;

/** Options of otherwise harmless programs that execute something, by program; matched on each word. */
const dangerousWords: Readonly<Record<string, RegExp>> = {
  rg: /^--(?:pre|hostname-bin)(?:$|=)/,
  tar: /^(?:-[A-Za-z]*[IF]|(?=[A-Za-z]*[cxtru])[A-Za-z]*[IF][A-Za-z]*$)/,
  zip: /^-(?:T|[A-Za-z]*TT)/,
  go: /^--?(?:exec|toolexec|vettool|overlay)(?:$|=)|^-$|^\/(?:dev|proc)\//,
  ninja: /^(?:-f)?(?:-$|\/(?:dev|proc)\/)/,
  ant: /^\/(?:dev|proc)\//,
  dc: /!/,
  emacs: /^--?(?:eval|execute|f|funcall|e)(?:$|=)/,
  rake: /^-[A-Za-z]*[epE]|^--execute|^(?:-f)?\/(?:dev|proc)\//,
  sbt: /^;?\s*(?:!|eval\b)/,
  make: /^(?:--eval|-E|SHELL=|\.SHELLFLAGS=|MAKEFLAGS=)/,
  gmake: /^(?:--eval|-E|SHELL=)/,
  vim: /^(?:-[A-Za-z]*c$|--cmd|-S|-s$|\+(?!\d+$).|-u$)/,
  vi: /^(?:-[A-Za-z]*c$|--cmd|-S|\+(?!\d+$).)/,
  gvim: /^(?:-[A-Za-z]*c$|--cmd|-S|-s$|\+(?!\d+$).|-u$)/,
  rvim: /^(?:-[A-Za-z]*c$|--cmd|-S|-s$|\+(?!\d+$).|-u$)/,
  vimdiff: /^(?:-[A-Za-z]*c$|--cmd|-S|-s$|\+(?!\d+$).|-u$)/,
  nvim: /^(?:-[A-Za-z]*c$|--cmd|-S|-l$|\+(?!\d+$).)/,
  view: /^(?:-[A-Za-z]*c$|--cmd|\+(?!\d+$).)/,
  ex: /^(?:-[A-Za-z]*c$|--cmd|\+(?!\d+$).|-s?$)/,
  ed: /^$|^-/,
  gdb: /^--?(?:ex|ev|iex|ix|init-|x|comm|args)/,
  lldb: /^(?:-o|-O|-s|-S|--one-line|--source)/,
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
  helm: /^--post-renderer/,
  ansible: /^-a$|^--args/,
  socat: /(?:EXEC|SYSTEM|SHELL):/i,
  nc: /^-[A-Za-z]*[ec]$/,
  ncat: /^-[A-Za-z]*[ec]$/,
  ctags: /^--options/,
  dpkg: /^--(?:pre|post)-invoke/,
  hg: /^(?:-e$|(?:alias|hooks|extensions|merge-tools|extdiff)\.)/,
  puppet: /^(?:-e|--execute)/,
  'chef-apply': /^(?:-e|--execute|-s$|--stdin)/,
  ...Object.fromEntries(['salt', 'salt-call', 'salt-ssh'].map((program) => [program, /^(?:cmd|cmdmod)\.|^--raw/])),
  ...Object.fromEntries(['gcc', 'g++', 'cc', 'c++', 'gfortran', 'cpp'].map((program) => [program, /^--?wrapper/])),
  m4: /syscmd|^-$|^\/(?:dev|proc)\//,
  bc: NOTHING,
};

/** Options that execute their value, of programs that take them abbreviated or bundled. */
const executingOptions: Readonly<Record<string, NamedOptions>> = {
  sort: { long: 'compress-program' },
  tar: {
    long: 'checkpoint-action to-command use-compress-program rsh-command info-script new-volume-script',
    itself: 'checkpoint',
  },
  bsdtar: { long: 'use-compress-program' },
  split: { long: 'filter' },
  install: { long: 'strip-program', itself: 'strip' },
  zip: { long: 'unzip-command' },
  man: { long: 'pager html browser', letters: 'PH', values: 'CRLmMSserpET' },
  nano: { long: 'speller', letters: 's', values: 'CJQTXYor' },
  rsync: { long: 'rsh rsync-path', letters: 'e', values: 'fBTM' },
  scp: { letters: 'So', values: 'cDFiJlPX' },
  sftp: { letters: 'Sob', values: 'BcDFiJlPRsX' },
  curl: { long: 'config', letters: 'K', values: 'AbcCdDeEFhHmoPQrtTuUwxXyYz' },
  wget: { long: 'use-askpass config execute', letters: 'e', values: 'oaiBtOTwQPUARDIXl' },
  ncat: { long: 'exec sh-exec lua-exec' },
  apt: { letters: 'oc', values: 'ta' },
  'apt-get': { letters: 'oc', values: 'ta' },
  hg: { long: 'config ssh remotecmd command' },
  svn: { long: 'config-option editor-cmd diff-cmd diff3-cmd', itself: 'diff' },
  ...Object.fromEntries(
    ['yt-dlp', 'youtube-dl'].map((program) => [
      program,
      {
        long: 'exec exec-before-download netrc-cmd downloader external-downloader downloader-args',
        itself: 'download',
      },
    ]),
  ),
};

/** What such a program would execute when it reads this on its standard input. */
const obeysInput: Readonly<Record<string, RegExp>> = {
  ed: /!/,
  ex: /!/,
  vim: /!/,
  vi: /!/,
  dc: /!/,
  bc: /^\s*!/m,
  m4: /syscmd|indir|builtin|defn|patsubst|translit|format|substr/,
  gdb: /shell|!|python|pipe/,
  sqlite: /\.(?:shell|system|load)/,
  psql: /\\!|\bprogram\b/i,
  mysql: /\\!|system/,
};

/** Editors and debuggers also refuse input that is not known; a database client may be fed a dump. */
const needsKnownInput = /^(?:ed|ex|vim|vi|dc|gdb|m4)$/;

const refuseInput: Handler = ({ program, args, context: { stdin }, context }, analyst) => {
  const pattern = obeysInput[program];
  const executes =
    typeof stdin === 'object' ? pattern?.test(stdin.text) : stdin === 'unknown' && needsKnownInput.test(program);
  if (pattern && executes) analyst.opaque('input that can execute commands', args[0]?.at ?? 0, context);
};

const refuseWords =
  (pattern: RegExp): Handler =>
  (call, analyst) => {
    const options = executingOptions[call.program] ?? {};
    const word = call.args.find(
      (arg, index) => index > 0 && (pattern.test(arg.text) || namedOption(arg.text, options)),
    );
    if (word) analyst.opaque('an option that executes its value', word.at, call.context);
    refuseInput(call, analyst);
  };

const make: Handler = (call, analyst) => {
  refuseWords(dangerousWords.make ?? /^$/)(call, analyst);
  for (const [index, arg] of call.args.entries()) {
    const [, name, value = ''] = /^(\w+)[:+?]?=(.*)$/s.exec(arg.text) ?? [];
    if (name && index > 0 && isSensitiveAssignment(name, { ...arg, text: value }))
      analyst.opaque(`an assignment to ${name}, which can change what runs`, arg.at, call.context);
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
    /** Options with the program itself. */
    readonly inline: NamedOptions;
    /** Options with a file that holds it. */
    readonly file: NamedOptions;
    readonly values: RegExp;
  }): Handler =>
  ({ args, context }, analyst) => {
    const given: Arg[] = [];
    const operands: Arg[] = [];
    let fromFile = false;
    for (let at = 1; at < args.length; at++) {
      const arg = args[at];
      if (!arg) break;
      const inline = namedOption(arg.text, spec.inline);
      const named = inline ? undefined : namedOption(arg.text, spec.file);
      const found = inline ?? named;
      const value = found && (valueOf(found, arg, args[at + 1]) ?? arg);
      if (value && value === args[at + 1]) at++;
      if (inline && value) given.push(value);
      else if (value) {
        fromFile = true;
        if (!isProgramFile(value)) analyst.opaque('a script that is not a file', value.at, context);
      } else if (spec.values.test(arg.text)) at++;
      else if (!/^-./.test(arg.text)) operands.push(arg);
    }
    const scripts = given.length > 0 || fromFile ? given : operands.slice(0, 1);
    const script = scripts.find((each) => each.kind !== 'literal' || spec.executes(each.text));
    if (script) analyst.opaque('a script that can execute commands or is not literal', script.at, context);
  };

/** Neither standard input nor another open file, such as that of `<(…)`. */
function isProgramFile(file: Arg): boolean {
  return file.kind === 'literal' ? !/^(?:-$|\/(?:dev|proc)\/)/.test(file.text) : isFileName(file);
}

const awk = createScripted({
  executes: awkExecutes,
  inline: { long: 'source', letters: 'e', values: 'FvfiElLDop' },
  file: { long: 'file exec', letters: 'fE', values: 'FveilLDop' },
  values: /^(?:-F|-v|--assign|--field-separator|-i|-l)$/,
});
const sed = createScripted({
  executes: sedExecutes,
  inline: { long: 'expression', letters: 'e', values: 'fliI' },
  file: { long: 'file', letters: 'f', values: 'eliI' },
  values: /^(?:-l|--line-length)$/,
});

/** A macro file may start commands; one that is not a plain file cannot be looked at by anyone. */
const m4: Handler = (call, analyst) => {
  refuseWords(dangerousWords['m4'] ?? NOTHING)(call, analyst);
  const file = call.args.find((arg, index) => index > 0 && arg.kind !== 'literal' && !isFileName(arg));
  if (file) analyst.opaque('a script that is not a file', file.at, call.context);
};

/** Programs that are harmless but for some of their options. */
export const execOptionHandlers: readonly (readonly [string, Handler])[] = [
  ...Object.keys({ ...executingOptions, ...dangerousWords }).map(
    (program) => [program, refuseWords(dangerousWords[program] ?? NOTHING)] as const,
  ),
  ['make', make],
  ['m4', m4],
  ['gmake', make],
  ...['awk', 'gawk', 'mawk', 'nawk', 'original-awk'].map((program) => [program, awk] as const),
  ...['sed', 'gsed', 'ssed'].map((program) => [program, sed] as const),
];
