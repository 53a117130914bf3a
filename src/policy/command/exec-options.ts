import { isSensitiveAssignment } from '#policy/command/environment.ts';
import type { Handler } from '#policy/command/handler.ts';
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
  ninja: /^(?:-f)?(?:-$|\/(?:dev|proc)\/)/,
  ant: /^\/(?:dev|proc)\//,
  dc: /!/,
  emacs: /^--?(?:eval|execute|f|funcall|e)(?:$|=)/,
  rake: /^-[A-Za-z]*[epE]|^--execute|^(?:-f)?\/(?:dev|proc)\//,
  irb: /^-e/,
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
  nano: /^(?:-s|--speller)/,
  gdb: /^--?(?:ex|eval-command|iex|ix|x|command|args)/,
  lldb: /^(?:-o|-O|-s|-S|--one-line|--source)/,
  rsync: /^(?:-[A-Za-z]*e$|--rsh|--rsync-path)/,
  scp: /^(?:-S|-o)/,
  sftp: /^(?:-S|-o|-b)/,
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
  ['make', make],
  ['gmake', make],
  ...['awk', 'gawk', 'mawk', 'nawk', 'original-awk'].map((program) => [program, awk] as const),
  ...['sed', 'gsed', 'ssed'].map((program) => [program, sed] as const),
];
