import { plainSsh, viewer } from '#policy/command/environment.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';

/** Commands of database clients that start a program or hand it their output. */
const PSQL =
  /\\!|\\\w+\s*\|\s*\S|\\\w+[^\n]*`|\\setenv|\b(?:to|from)\s+program\b|^(?:-[oL]|--(?:o\w*|lo[\w-]*)=)?\|\s*\S|(?:^(?:--execute=)?|[;\n])\s*\\\||^(?:-[A-Za-z]*f|--file=)?\/(?:dev\/fd|proc)\//i;
const MYSQL =
  /\\[!P]|(?:^(?:--\w+=|-[A-Za-z]*e)?|[;\n])\s*(?:system|pager)\s|^--pager|(?:^|[;\n])\s*(?:source|\\\.)\s+\/(?:dev|proc)\//;
const SQLITE =
  /\.(?:she?l?l?|sys?t?e?m?|load|excel)\b|(?:^|\n)\s*\.\w+\s(?:.*["'\s])?\|\s*["']?[\w./~]|\b(?:edit|load_extension)\s*\(|^--?init(?:$|=)/i;
/** What a script of the shell of MongoDB, which is one of Node.js, needs to start a program. */
const MONGO =
  /(?<!-)\b(?:require|import|process|constructor|globalThis|eval|Function|load|run|runProgram|runNonMongoProgram|startMongoProgram|rawMongoProgram)\b|\[\s*["'`]/;
/** Variables that make executes where it sets or expands them; `:!…!` and `:sh` are of BSD. */
const MAKE =
  /^\.SHELLFLAGS[:+?]*=|^[^=\s]*!=|^[^=]*=[^]*\$[({]\s*(?:shell|eval|guile|load)\b|\$[({][^\s:]*:(?:[^]*:)?(?:!|sh\s*[:)}])/;
/** Macros that run a command or code, and files of them. */
const RPM = /%\(|%\{(?:lua|expand|load|uncompress)\b|^--(?:pipe|load|macros)(?:$|=)|^(?:-D|--define=)?__\w+\s+\S+\s/;

/** What starts a program, or opens what one prints or reads. */
const LFTP = /(?:^|[\s;&(])!|\bshell\s|\bsource\s+-e|connect-program/;
const LATEX = /\\(?:write|openin|openout|ShellEscape|directlua|input\s*[{"]*\|)/;

/** Of further clients: what their consoles hand to a shell. */
const HIVE = /(?:^|[;\n])\s*!/;
const BEELINE = /(?:^|[;\n])\s*!\s*(?:sh|run|script)\b/;
const SNOWSQL = /(?:^|[;\n])\s*!\s*(?:system|source|load|edit)\b/;
const IMPALA = /(?:^|[;\n])\s*(?:!|shell\s)/;
const SQLCMD = /(?:^|\n)\s*:?!!|^(?:-i)?\/(?:dev\/fd|proc)\//;
const sqlConsoles: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(
    ['psql', 'pgcli', 'usql', 'cockroach', 'vsql', 'gsql', 'ysqlsh', 'nzsql'].map((program) => [program, PSQL]),
  ),
  sqlite: SQLITE,
  duckdb: SQLITE,
  ...Object.fromEntries(['mysql', 'mariadb', 'mycli', 'litecli'].map((program) => [program, MYSQL])),
  hive: HIVE,
  'spark-sql': HIVE,
  beeline: BEELINE,
  snowsql: SNOWSQL,
  'impala-shell': IMPALA,
  'isql-fb': IMPALA,
  ...Object.fromEntries(['sqlcmd', 'osql', 'isql'].map((program) => [program, SQLCMD])),
};
/** Standard input and other open files, where a file of code is expected. */
const OPEN_FILE = /^(?:-$|(?:-[A-Za-z]|--[\w-]+=)?@?\/(?:dev\/(?!null$)|proc\/))/;
/** Programs that execute what such a file says. */
export const takesFile =
  'zig odin dart logrotate honcho foreman overmind hivemind supervisord supercronic fcrontab puma ctest sqlplus erb jupyter'.split(
    ' ',
  );

/** Options of otherwise harmless programs that execute something, by program; matched on each word. */
export const dangerousWords: Readonly<Record<string, RegExp>> = {
  rg: /^--(?:pre|hostname-bin)(?:$|=)/,
  tar: /^(?:-[A-Za-z]*[IF]|(?=[A-Za-z]*[cxtru])[A-Za-z]*[IF][A-Za-z]*$)/,
  zip: /^-[A-Za-z]*TT/,
  go: /^--?(?:exec|toolexec|vettool|overlay)(?:$|=)|^-$|^\/(?:dev\/(?!null$)|proc\/)|-ext(?:ld|ar)[ =]|-extldflags.*(?:-wrapper|-fplugin|-B ?\S|-fuse-ld=\S*\/)/,
  ninja: /^(?:-f)?(?:-$|\/(?:dev|proc)\/)|^(?:-t)?msvc$/,
  ant: /^\/(?:dev|proc)\//,
  dc: /!/,
  schtasks: /^[-/]tr$/i,
  'lint-staged': /^(?:-c|--config=)?(?:-$|\/(?:dev|proc)\/)/,
  lftp: LFTP,
  darcs: /^--(?:external-merge|diff-command|sendmail-command|prehook|posthook|remote-darcs)/,
  mongosh: MONGO,
  mongo: MONGO,
  emacsclient: /^-(?:[A-Za-z]*e$|-?e(?:$|v))/,
  kak: /^-[eE]$/,
  rpm: RPM,
  ...Object.fromEntries(
    ['rpmbuild', 'rpmspec', 'rpmdb', 'rpmkeys', 'rpmsign', 'rpmquery', 'rpmverify'].map((program) => [program, RPM]),
  ),
  mutt: /\|\s*$/,
  neomutt: /\|\s*$/,
  emacs: /^--?(?:e|ev|eva|eval|exe[cute]*|f|fu[ncal]*)(?:$|=)|^\/(?:dev|proc)\/(?!null$)/,
  rake: /^-[A-Za-z]*[epE]|^--ex|^(?:-f|--rakef\w*=)?\/(?:dev|proc)\//,
  sbt: /(?:^|[;~+]|onFailure)\s*!|(?:^|[;~+=]|onFailure)\s*eval\b|sys\.process|\.!|-XX:On\w*Error=/,
  make: MAKE,
  gmake: MAKE,
  vim: /^(?:-[A-Za-z]*c|--cmd|--remote-(?:send|expr)|-S|-s$|\+(?!\d+$|\/[\w .:-]*$).|-u$)/,
  vi: /^(?:-[A-Za-z]*c|--cmd|-S|\+(?!\d+$|\/[\w .:-]*$).)/,
  gvim: /^(?:-[A-Za-z]*c|--cmd|--remote-(?:send|expr)|-S|-s$|\+(?!\d+$|\/[\w .:-]*$).|-u$)/,
  rvim: /^(?:-[A-Za-z]*c|--cmd|-S|-s$|\+(?!\d+$|\/[\w .:-]*$).|-u$)/,
  vimdiff: /^(?:-[A-Za-z]*c|--cmd|-S|-s$|\+(?!\d+$|\/[\w .:-]*$).|-u$)/,
  nvim: /^(?:-[A-Za-z]*c|--cmd|--remote-(?:send|expr)|-S|-[sl]$|term:\/\/|\+(?!\d+$|\/[\w .:-]*$).)/,
  view: /^(?:-[A-Za-z]*c|--cmd|\+(?!\d+$|\/[\w .:-]*$).)/,
  rview: /^(?:-[A-Za-z]*c|--cmd|\+(?!\d+$|\/[\w .:-]*$).)/,
  ex: /^(?:-[A-Za-z]*c|--cmd|\+(?!\d+$|\/[\w .:-]*$).|-s?$)/,
  ed: /^$|^[-!]/,
  journalctl: /^--pager/,
  less: /^(?:\+.*!|\+(?![/?]).*[|#]|-[ok]|--lesskey)/,
  more: /^\+.*!/,
  ...sqlConsoles,
  mlr: /\b(?:system|exec|os_type)\s*\(|(?<!\|)\|\s*["$]|^--prepipex?(?:$|=)/,
  ...Object.fromEntries(['busctl', 'dbus-send', 'gdbus'].map((program) => [program, /unixexec:/])),
  rtorrent: /^(?:-o)?(?:[\w.]*,)?execute[\w.]*=/,
  ...Object.fromEntries(takesFile.map((program) => [program, OPEN_FILE])),
  v: /^(?:-e|-)$|^\/(?:dev|proc)\//,
  ...Object.fromEntries(['groff', 'troff', 'nroff', 'pic'].map((program) => [program, /^-[abcegiklpstzCEGNRSVXZ]*U/])),
  tcpdump: /^-[A-Za-z]*z/,
  nmap: /^--script/,
  openssl: /^-(?:engine|provider|provider-path|pre|post)$|^SO_PATH:/,
  gradle: /^(?:-I|--init-script)|-XX:On\w*Error=/,
  mvn: /exec(?:-maven-plugin)?:|exec\.executable|antrun:|groovy(?:-maven-plugin)?:|gmavenplus|^-Dfrontend\.\w+\.arguments=/,
  helm: /^--post-renderer/,
  socat: /(?:EXEC|SYSTEM|SHELL):/i,
  nc: /^-[A-Za-z]*[ec]/,
  ncat: /^-[A-Za-z]*[ec]/,
  ctags: /^--options/,
  dpkg: /^--(?:(?:pre|post)-invoke|status-logger)/,
  debsign: /^-p(?!gpg2?$)./,
  'dpkg-buildpackage': /^-[rRp](?!(?:fakeroot|sudo|debian\/rules|gpg2?)$)./,
  prove: /^-(?:[A-Za-z]*e|-e)/,
  hg: /^(?:-e$|(?:alias|hooks|extensions|merge-tools|extdiff)\.)/,
  puppet: /^(?:-e|--execute)/,
  'chef-apply': /^(?:-e|--execute|-s$|--stdin)/,
  ...Object.fromEntries(['salt', 'salt-call', 'salt-ssh'].map((program) => [program, /^(?:cmd|cmdmod)\.|^--raw|^-r$/])),
  ...Object.fromEntries(
    ['gcc', 'g++', 'cc', 'c++', 'c89', 'c99', 'gfortran', 'cpp'].map((program) => [program, /^--?wrapper/]),
  ),
  ...Object.fromEntries(
    ['tex', 'pdftex', 'latex', 'pdflatex', 'xetex', 'xelatex', 'luatex', 'lualatex'].map((program) => [program, LATEX]),
  ),
  m4: /syscmd|^-$|^\/(?:dev|proc)\//,
  jj: /^--config(?:-toml|-file)?(?:$|=.*(?:pager|editor|command|program|tool|alias))/,
  exiftool:
    /^(?!-)(?:[^]*\W)?(?:system|exec|qx|eval|require|readpipe|syscall|open)\b|^(?!-)[^]*(?:`|&\s*[{$]|->)|\$\{[^}]*;/is,
  latexmk: /^--?(?:e$|(?:pdf|xe|lua)?latex=(?!(?:pdf|xe|lua)?latex(?: -[\w=-]+)*(?: %[A-Z])*$))/,
  openvpn:
    /^--(?:up|down|route-up|route-pre-down|ipchange|tls-verify|auth-user-pass-verify|client-connect|client-disconnect|learn-address|plugin)$/,
  smbclient: /(?:^(?:-[A-Za-z]*c|--command=)?|;)\s*!/,
  sqlmap: /^--(?:eval|alert)(?:$|=)/,
  gimp: /^(?:-b$|--batch(?:$|=))/,
  'ssh-keygen': /^-[lqevyB]*[Dw]/,
  ...Object.fromEntries(
    ['mail', 'mailx'].map((program) => [program, /^--exe|^-[EY]|^-X?[!|]|^(?:-S)?(?:sendmail|mta)=/]),
  ),
  'scala-cli': /^(?:-e|--(?:execute-(?:scala-)?script|(?:scala|java|markdown|script)-snippet))(?:$|=)/,
  nim: /^--eval[:=]|^-$|^\/(?:dev|proc)\//i,
  wolframscript: /^-(?:c|code)$/,
  tcc: /^-$/,
  kotlinc: /^-(?:e|expression)$/,
  javac: /^-J-XX:On\w*=/,
};

/** Options that execute their value, of programs that take them abbreviated or bundled. */
export const executingOptions: Readonly<Record<string, NamedOptions>> = {
  sort: { long: 'compress-program' },
  tar: {
    long: 'checkpoint-action to-command use-compress-program rsh-command rmt-command info-script new-volume-script',
    itself: 'checkpoint',
  },
  bsdtar: { long: 'use-compress-program' },
  split: { long: 'filter' },
  gsplit: { long: 'filter' },
  install: { long: 'strip-program', itself: 'strip' },
  zip: { long: 'unzip-command' },
  man: { long: 'pager html browser config-file', letters: 'PHC', values: 'RLmMSserpET' },
  mutt: { letters: 'e', values: 'aAbcCDfFHimQs' },
  neomutt: { letters: 'e', values: 'aAbBcCDfFHilmQs' },
  ...Object.fromEntries(
    ['make', 'gmake'].map((program) => [program, { long: 'eval', letters: 'E', values: 'CfIjlOoW' }]),
  ),
  ...Object.fromEntries(
    ['mail', 'mailx', 's-nail'].map((program) => [program, { letters: 'X', values: 'AabcCfFLMmqrSsTu' }]),
  ),
  nano: { long: 'speller', letters: 's', values: 'CJQTXYor' },
  rsync: { long: 'rsh rsync-path', letters: 'e', values: 'fBTM' },
  scp: { letters: 'So', values: 'cDFiJlPX' },
  sftp: { letters: 'SobD', values: 'BcFiJlPRsX' },
  curl: { long: 'config', letters: 'K', values: 'AbcCdDeEFhHmoPQrtTuUwxXyYz' },
  wget: { long: 'use-askpass config execute', letters: 'e', values: 'oaiBtOTwQPUARDIXl' },
  ncat: { long: 'exec sh-exec lua-exec' },
  apt: { long: 'option config-file', letters: 'oc', values: 'ta' },
  ...Object.fromEntries(
    ['apt-get', 'aptitude'].map((program) => [program, { long: 'option config-file', letters: 'oc', values: 'ta' }]),
  ),
  hg: { long: 'config ssh remotecmd command tool' },
  emacsclient: { long: 'alternate-editor', letters: 'a', values: 'eFPsfTc' },
  logrotate: { long: 'mail', letters: 'm', values: 'sl' },
  dialog: { long: 'prgbox' },
  borg: { long: 'tar-filter' },
  meson: { long: 'wrapper', itself: 'wrap-mode' },
  aria2c: {
    long: 'on-download-complete on-download-error on-download-pause on-download-start on-download-stop on-bt-download-complete',
  },
  enscript: { long: 'filter', letters: 'I', values: 'abcCdDeEfFhiJKLmMNnopPqrRsStTuUvWwXz' },
  perlbug: { letters: 'e', values: 'afFrsbCcnpt' },
  ag: { long: 'pager' },
  ack: { long: 'pager' },
  svn: { long: 'config-option editor-cmd diff-cmd diff3-cmd', itself: 'diff' },
  ...Object.fromEntries(
    ['yt-dlp', 'youtube-dl'].map((program) => [
      program,
      {
        long: 'exec exec-before-download netrc-cmd downloader external-downloader downloader-args use-postprocessor',
        itself: 'download',
      },
    ]),
  ),
};

const COMPRESSOR = /^(?:gzip|pigz|bzip2|pbzip2|lbzip2|xz|pixz|zstd|zstdmt|lz4|lzop|brotli)(?: --?[\w=]+)*$/;
const COMPRESSES_PART = new RegExp(`${COMPRESSOR.source.slice(0, -1)} *> *"?\\$FILE(?:\\.\\w+)*"?$`);

/** Options of them whose value may start a program that does nothing but what the option is for. */
export const plainPrograms: Readonly<Record<string, { readonly options: NamedOptions; readonly value: RegExp }>> = {
  tar: { options: { long: 'use-compress-program', letters: 'I', values: 'fbCXTgKNHVLF' }, value: COMPRESSOR },
  bsdtar: { options: { long: 'use-compress-program' }, value: COMPRESSOR },
  sort: { options: { long: 'compress-program' }, value: COMPRESSOR },
  borg: { options: { long: 'tar-filter' }, value: COMPRESSOR },
  emacsclient: { options: { long: 'alternate-editor', letters: 'a' }, value: /^(?:emacs|vi|vim|nvim|nano)?$/ },
  split: { options: { long: 'filter' }, value: COMPRESSES_PART },
  meson: { options: { long: 'wrapper', itself: 'wrap-mode' }, value: /^valgrind(?: --?[\w=-]+)*$/ },
  hg: { options: { long: 'tool' }, value: /^[\w:.-]+$/ },
  rsync: { options: { long: 'rsh', letters: 'e', values: 'fBTM' }, value: plainSsh },
  man: { options: { long: 'pager', letters: 'P', values: 'CRLmMSserpET' }, value: viewer },
  ag: { options: { long: 'pager' }, value: viewer },
  ack: { options: { long: 'pager' }, value: viewer },
};

/** Options that execute something behind one verb alone. */
export const executingBehind: Readonly<Record<string, readonly { readonly verb: RegExp; readonly option: RegExp }[]>> =
  {
    hg: [
      { verb: /^bis/, option: /^-[A-Za-z]*c/ },
      { verb: /^extd/, option: /^(?:-[A-Za-z]*p|--p)/ },
      { verb: /^histe/, option: /^(?:--commands=)?(?:-$|\/(?:dev|proc)\/)/ },
    ],
    gem: [{ verb: /^op/, option: /^(?:-e|--ed)/ }],
    mlr: [{ verb: /^(?:tee|split)$/, option: /^-p$/ }],
    knife: [{ verb: /^exec$/, option: /^(?:-E|--exec)/ }],
  };

/** Programs with such options of which nothing else is known: their words are tried as commands, too. */
export const littleKnown = (
  'watchman-make meson jj aria2c exiftool latexmk openvpn sqlmap gimp scala-cli nim wolframscript knife mlr busctl dbus-send gdbus rtorrent v lftp darcs puppet borg dialog ' +
  'groff troff nroff pic dpkg-buildpackage enscript perlbug hive spark-sql beeline snowsql impala-shell sqlcmd osql isql vsql gsql ysqlsh nzsql litecli rpmquery rpmverify'
)
  .split(' ')
  .concat(takesFile);

/** What such a program would execute when it reads this on its standard input. */
export const obeysInput: Readonly<Record<string, RegExp>> = {
  ed: /!/,
  ...Object.fromEntries(
    ['ex', 'vi', 'vim', 'gvim', 'rvim', 'nvim', 'vimdiff', 'view', 'rview'].map((program) => [
      program,
      /!|\b(?:system\w*|term_start|job_start)\(/,
    ]),
  ),
  dc: /!/,
  ...Object.fromEntries(['bc', 'sftp', 'telnet', 'smbclient'].map((program) => [program, /^\s*!/m])),
  ftp: /^\s*!|\s"?\|\w/m,
  ...Object.fromEntries(['sqlplus', 'sql'].map((program) => [program, /^\s*(?:!|\$|ho(?:st?)?\b)/im])),
  lftp: LFTP,
  kak: /%sh|\b(?:nop|eval)/,
  erb: /<%/,
  ...Object.fromEntries(
    ['tex', 'pdftex', 'latex', 'pdflatex', 'xetex', 'xelatex', 'luatex', 'lualatex'].map((program) => [program, LATEX]),
  ),
  m4: /syscmd|indir|builtin|defn|patsubst|translit|format|substr/,
  ...sqlConsoles,
  ...Object.fromEntries(['mail', 'mailx', 's-nail'].map((program) => [program, /^~[!|<:]/m])),
};
