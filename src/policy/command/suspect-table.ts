import { ANY_PROGRAM } from '#policy/command/analysis.ts';
import { takesFile } from '#policy/command/exec-option-table.ts';
import { SAYS } from '#policy/command/shown-options.ts';

/** Words by which programs execute something, and what tells where a word that is not literal cannot be one of them. */
export interface SuspectSpec {
  /** Separated by spaces; each of them, read where it stands, makes the call one that is refused or that runs what follows. */
  readonly words: string;
  /** Options whose next word is their value. */
  readonly values?: RegExp;
  /** Only the values of these options can be such a word: a connection string is none. */
  readonly onlyBehind?: RegExp;
  /** Options bundled without a dash in the first word, whose last takes the next word. */
  readonly firstTakesValue?: RegExp;
  /** Words that may stand before a verb; behind any other word no verb is read. */
  readonly verbsBehind?: RegExp;
  /** A word that is not literal is taken for what it nearly always is, an address, a name or a pattern, and for no option that executes by itself. */
  readonly operandsOnly?: true;
  /** A `--` does not end the options. */
  readonly ignoresEnd?: true;
}

const each = (programs: string, spec: SuspectSpec): Readonly<Record<string, SuspectSpec>> =>
  Object.fromEntries(programs.split(' ').map((program) => [program, spec]));

const NODE_SOURCE = 'git+https://h/x';
const PYTHON_SOURCE = 'git+https://h/x';
const archive =
  /^-[A-Za-z]*[fCTXbg]$|^--(?:file|directory|exclude|files-from|exclude-from|owner|group|mode|transform|strip-components)$/;
/** Of clients of clouds: most options take a value. */
const setting =
  /^(?!--(?:quiet|debug|verbose|only-show-errors|interactive|tunnel-through-iap|internal-ip|plain|dry-run|no-[\w-]+)$)--?[a-zA-Z][\w-]*$/;
const request =
  /^-[A-Za-z]*[oHdXuAebcFTmwrxyYzEQtPU]$|^--(?:output|header|data(?:-\w+)?|request|user|user-agent|referer|cookie|cookie-jar|form|json|url|max-time|connect-timeout|retry|retry-delay|write-out|proxy|cacert|cert|key|resolve|range|oauth2-bearer|upload-file|output-dir|interface)$/;
const search =
  /^-[A-Za-z]*[efgtTABCmjMrdE]$|^--(?:regexp|file|glob|iglob|type|type-not|after-context|before-context|context|max-count|max-depth|threads|replace|sort|color|encoding|max-filesize)$/;

/** Programs of which some words execute what follows, or what they bring; wrappers and options that execute their value are added to these. */
export const suspectTable: Readonly<Record<string, SuspectSpec>> = {
  // A program that is not known, which seems to execute what follows.
  [ANY_PROGRAM]: { words: 'run exec --command', values: SAYS },
  // Runners, and what they take as code or as a command.
  cmake: {
    words: '-E env time chdir -P -',
    values: /^-(?:S|B|G|D|T|A|C)$|^--(?:build|install|target|config|preset|prefix|component|parallel)$/,
  },
  ...each('cargo cargo-watch', {
    operandsOnly: true,
    words: 'watch -s -- with install eval script --config=x --git=x',
    values: /^(?:-p|-F|-j|--(?:package|features|test|bin|example|bench|target|target-dir|manifest-path|profile|jobs))$/,
  }),
  go: {
    operandsOnly: true,
    words: 'run tool -exec=x --exec=x',
    verbsBehind: /(?!)/,
    values: /^-(?:run|bench|o|tags|timeout|count|mod|C|coverprofile|p|skip|ldflags|gcflags)$/,
  },
  gotestsum: {
    operandsOnly: true,
    words: '--raw-command --post-run-command=x',
    values: /^(?:-f|--(?:format|packages))$/,
  },
  ...each('bazel bazelisk', { words: '--run_under=…' }),
  ...each('just task go-task', { words: '- --shell=x', values: /^(?:-d|--(?:dir|working-directory|set))$/ }),
  ...each('lerna nx', { words: 'exec' }),
  // Package managers.
  ...each('npm cnpm pnpm yarn yarnpkg bun', {
    operandsOnly: true,
    words: `exec x dlx run env workspace workspaces foreach explore set set-version scripts alias import install add init create config --script-shell=x --editor=x --git=x --browser=x --package=${NODE_SOURCE} -p script-shell yarnPath editor -e - ${NODE_SOURCE}`,
    values: /^-t$|^--(?:testNamePattern|grep|test-name-pattern)$/,
  }),
  ...each('npx bunx pnpx pnx', { words: `-c --call=… --package=${NODE_SOURCE} --script-shell=x ${NODE_SOURCE}` }),
  ...each('uv uvx pipx pip', {
    words: `run install add - https://h/x.py --with=${PYTHON_SOURCE} --from=${PYTHON_SOURCE} --spec=${PYTHON_SOURCE} ${PYTHON_SOURCE}`,
    values:
      /^--(?:python|index-url|extra-index-url|index|default-index|project|directory|env-file|target|prefix|cache-dir|group|extra)$/,
  }),
  nix: { words: 'run -c --command github:x/y' },
  'nix-shell': { words: 'github:x/y' },
  ...each('nvm n', { words: 'run exec' }),
  // Consoles and interpreters.
  ...each('artisan manage.py django-admin', { words: 'tinker --execute=x shell -c --command=x' }),
  flask: { words: 'shell' },
  wp: { words: 'shell eval' },
  drush: { words: 'php php:eval' },
  mix: { words: 'run eval cmd do + -e --eval' },
  ...each('python ipython', { words: '-m -c' }),
  bpftrace: { words: '-c --cmd' },
  deno: { words: 'task eval run install https://h/x --eval=x' },
  rails: { words: 'runner console' },
  // Wrappers with a reading of their own.
  ...each('su runuser', { words: '-c -c… --command=… -u - --', ignoresEnd: true }),
  capsh: { words: '--' },
  tmux: {
    words: 'new-session send-keys if-shell set-hook source-file load-buffer setenv -f -C /dev/stdin ; #(x) -c',
    values: /^-[FLfnpSstTxy]$/,
  },
  screen: { words: 'stuff exec' },
  tfenv: { words: 'exec' },
  flux: { words: 'bulksubmit', verbsBehind: /(?!)/ },
  flatpak: { words: 'run --command=…' },
  'ssh-copy-id': { words: 'ProxyCommand', onlyBehind: /^-o$/ },
  ...each('ssh autossh', {
    words: '-F -I -oProxyCommand=x ProxyCommand',
    values: /^-[BbcDEeIiJLlMmOpQRSWw]$/,
  }),
  'systemd-run': { words: '-pExecStartPre=x ExecStartPre=x' },
  fzf: { words: '--bind=enter:execute(x) enter:execute(x)' },
  tox: { words: '-xtestenv.commands=x testenv.commands=x', values: /^-(?:e|c)$/ },
  hash: { words: '-p' },
  enable: { words: '-f' },
  complete: { words: '-C' },
  bind: { words: '-x' },
  ...each('mapfile readarray', { words: '-C a[$x]', values: /^-[A-Za-z]*[dnOsucC]$/ }),
  // Programs that run a command for what they find.
  ...each('find gfind', { words: '-exec -ok', ignoresEnd: true }),
  ...each('fd fdfind', {
    words: '-x -x… --exec=…',
    values: /^-[etdjEcSo]$|^--(?:extension|type|max-depth|exclude)$/,
  }),
  // Builtins that evaluate the names of variables.
  read: { words: 'a[$x]', values: /^-[A-Za-z]*[dinNptu]$/ },
  ...each('unset getopts', { words: 'a[$x]' }),
  printf: { words: 'a[$x]', onlyBehind: /^-v$/ },
  wait: { words: 'a[$x]', onlyBehind: /^-p$/ },
  // Containers and machines elsewhere.
  ...each('docker podman nerdctl finch docker-compose podman-compose ctr crictl buildah apptainer singularity', {
    words: 'run exec create ssh --entrypoint --entrypoint=…',
    values:
      /^-[aehlmpuvwc]$|^--(?:env|volume|name|network|user|workdir|publish|mount|label|env-file|hostname|platform|memory|cpus|filter|format|tail|since|until)$/,
    verbsBehind: /^(?:compose|container|image|pod|builder|buildx|alpha|tasks?|containers|machine)$/,
  }),
  ...each('kubectl oc', { words: 'exec run debug --image=… --', verbsBehind: /^alpha$/ }),
  ...each('k3s k0s microk8s minikube microk8s.kubectl', { words: 'kubectl ssh exec run --' }),
  gcloud: {
    words: 'ssh run -- --command --args --command=… --args=…',
    values: setting,
    verbsBehind: /^(?:compute|alpha|beta|app|instances|cloud-shell|workstations|tpus|tpu-vm|queued-resources)$/,
  },
  az: {
    words:
      'command invoke run-command exec ssh container containerapp --command --command=… --command-line --args --scripts --exec-command -c --',
    verbsBehind: /^(?:aks|command|vm|vmss|container|containerapp|webapp|functionapp|ssh|run-command|network|bastion)$/,
    values: setting,
  },
  aws: {
    words:
      'execute-command send-command start-session run-task submit-job --command --command=… --parameters --parameters=… --overrides --container-overrides',
    verbsBehind: /^(?:batch|ecs|ssm)$/,
    values: setting,
  },
  gh: {
    words: 'codespace ssh alias set exec --shell',
    verbsBehind: /^(?:codespace|cs|alias|extensions?|ext)$/,
  },
  glab: { words: 'alias set --shell config editor', verbsBehind: /^(?:alias|config|set)$/ },
  ...each('fly flyctl', { words: 'ssh console -C --command=… machine exec run hijack execute', values: setting }),
  heroku: { words: 'run' },
  pueue: { words: 'add' },
  bolt: { words: 'command run' },
  tsh: { words: 'ssh' },
  // Options and texts that execute: one of each shape that the reading refuses.
  rg: { operandsOnly: true, words: '--pre=x', values: search },
  tar: { words: '-I --use-compress-program=x -F', values: archive, firstTakesValue: /^[A-Za-z]*[fb]$/ },
  bsdtar: { words: '--use-compress-program=x', values: archive },
  zip: { words: '-TT --unzip-command=x' },
  ninja: { words: '-f- /dev/stdin msvc', values: /^-(?:C|j|k|l|d)$/ },
  ant: { words: '/dev/stdin' },
  ...each('dc lftp sbt', { words: '!' }),
  schtasks: { words: '/tr -tr' },
  darcs: { words: '--external-merge=x' },
  ...each('mongosh mongo', { words: 'require', onlyBehind: /^--eval$/ }),
  emacsclient: { words: '-e --eval' },
  ...each('kak perlbug prove kotlinc gforth gnuplot d8', { words: '-e' }),
  ...each('rpm rpmbuild rpmspec rpmdb rpmkeys rpmsign rpmquery rpmverify', { words: '%(x) --pipe=x' }),
  ...each('mutt neomutt', { words: '| -e', values: /^-[sacbi]$/ }),
  emacs: { words: '-f --eval' },
  ...each('vim vi gvim rvim vimdiff nvim view rview ex', { words: '-c -l --cmd +!x' }),
  ...each('ed lint-staged tcc', { words: '-' }),
  gdb: { words: '-x --args -ex=shell', values: /^-(?:p|c|cd|d)$/ },
  lldb: { words: '-o --one-line=x', values: /^-(?:p|c|n)$/ },
  journalctl: {
    operandsOnly: true,
    words: '--pager=x',
    values: /^-[A-Za-z]*[unptoSUgM]$|^--(?:unit|lines|since|until|identifier|output|grep|priority|boot)$/,
  },
  systemctl: { words: 'edit' },
  rake: { words: '/dev/stdin', onlyBehind: /^(?:-f|--rakefile)$/ },
  less: { words: '-k +!x' },
  more: { words: '+!x' },
  ...each('psql pgcli usql vsql gsql ysqlsh nzsql', {
    words: '\\!',
    onlyBehind: /^-[A-Za-z]*[cxoLv]$|^--(?:command|output|log-file|execute|set)$/,
  }),
  cockroach: { words: '\\!', onlyBehind: /^(?:-e|--execute)$/ },
  ...each('sqlite duckdb', { words: '-init .shell' }),
  ...each('hive spark-sql beeline snowsql impala-shell isql-fb', {
    words: '!sh !system',
    onlyBehind: /^-[A-Za-z]*[eqf]$|^--(?:query|execute)$/,
  }),
  ...each('sqlcmd osql isql', { words: '!!', onlyBehind: /^-[qQi]$/ }),
  mlr: { operandsOnly: true, words: 'system() --prepipe=x', verbsBehind: /^(?:put|filter)$/ },
  csvtool: { words: 'call', verbsBehind: /(?!)/ },
  ...each('busctl dbus-send gdbus', { words: '--address=unixexec:x' }),
  rtorrent: { words: 'execute=x', onlyBehind: /^-o$/ },
  ...each(takesFile.join(' '), { words: '- /dev/stdin', onlyBehind: /^(?:run|test|-[cfS]|--file)$/ }),
  v: { words: '- /dev/stdin' },
  dialog: { operandsOnly: true, words: '--prgbox=x' },
  borg: { operandsOnly: true, words: '--tar-filter=x' },
  ...each('groff troff nroff pic', { words: '-U' }),
  enscript: { words: '--filter=x', values: /^-[op]$/ },
  ...each('dotnet dotnet-script', { words: 'script fsi eval', verbsBehind: /^(?:script)$/ }),
  lein: { words: 'exec do -e', verbsBehind: /^trampoline$/ },
  stack: { words: 'exec eval runghc', verbsBehind: /(?!)/ },
  tjs: { words: 'eval' },
  ...each('mysql mariadb mycli litecli', { words: '\\!', onlyBehind: /^-[A-Za-z]*e$|^--execute$/ }),
  tcpdump: { words: '-z', values: /^-[A-Za-z]*[icrwsGCWT]$/ },
  nmap: { words: '--script=x', values: /^-(?:p|o[A-Z])$/ },
  openssl: {
    words: '-engine',
    values:
      /^-(?:in|out|connect|servername|days|subj|CAfile|CA|CAkey|key|cert|passin|passout|inform|outform|keyout|config|extensions)$/,
  },
  gradle: { words: '-I --init-script=x' },
  mvn: { words: 'exec:exec -Dexec.executable=x' },
  helm: { words: '--post-renderer=x', values: /^-f$|^--(?:values|set|set-string|set-file|version|repo)$/ },
  ...each('ansible ansible-runner', {
    words: '-a --args={{x}}',
    values: /^(?:run|-[milufte]|--(?:limit|inventory|user|extra-vars))$/,
  }),
  socat: { words: 'EXEC:x' },
  ...each('nc ncat', { words: '-e --exec=x', values: /^-[A-Za-z]*[wpsiqX]$/ }),
  ctags: { words: '--options=x' },
  dpkg: { words: '--pre-invoke=x --status-logger=x' },
  'dpkg-buildpackage': { words: '-rx -Rx' },
  debsign: { words: '-px' },
  hg: {
    words: 'bisect -c -e --config=x',
    verbsBehind: /(?!)/,
    values: /^-[A-Za-z]*[rRumbdIX]$|^--(?:rev|message|repository|user|date)$/,
  },
  gem: { words: 'open -e', verbsBehind: /(?!)/ },
  knife: { words: 'exec -E', verbsBehind: /(?!)/ },
  meson: { words: '--wrapper=x', values: /^-C$/ },
  jj: { words: '--config', values: /^-[rmR]$/ },
  aria2c: { words: '--on-download-error=x', values: /^-[doix]$/ },
  exiftool: { operandsOnly: true, words: 'system', onlyBehind: /^-if\d*$/ },
  latexmk: { words: '-e -pdflatex=x -latex=x' },
  openvpn: { words: '--up --plugin' },
  smbclient: { words: '!', onlyBehind: /^-c$|^--command$/ },
  sqlmap: { words: '--eval=x --alert=x' },
  gimp: { words: '-b --batch=x' },
  'ssh-keygen': { words: '-D', values: /^-[tfCbNRFsIVnzYOmP]$/ },
  ...each('mail mailx s-nail', { words: '--exec=x -X', values: /^-[sarcb]$/ }),
  'watchman-make': { words: '--make --run -t', values: /^(?:-[psrt]|--(?:pattern|settle|root|target))$/ },
  ...each('pytest py.test', { words: 'popen//python=…', onlyBehind: /^--tx$/ }),
  'scala-cli': { words: '-e --scala-snippet' },
  nim: { words: '--eval:x' },
  wolframscript: { words: '-c -code' },
  javac: { operandsOnly: true, words: '-J-XX:OnError=x' },
  puppet: { words: '-e --execute=x' },
  'chef-apply': { words: '-e --execute=x' },
  ...each('salt salt-call salt-ssh', { words: 'cmd.run -r --raw' }),
  ...each('gcc g++ cc c++ c89 c99 gfortran cpp', {
    words: '-wrapper --wrapper',
    values: /^-(?:o|I|L|D|x|include|isystem)$/,
  }),
  ...each('tex pdftex latex pdflatex xetex xelatex luatex lualatex', {
    words: '\\write18',
    values: /^-(?:output-directory|jobname|interaction)$/,
  }),
  rsync: {
    words: '-e --rsh=x',
    values: /^-[A-Za-z]*[fBTM]$|^--(?:exclude|include|filter|files-from|exclude-from|bwlimit|timeout|chmod|chown)$/,
  },
  scp: { words: '-S', values: /^-[A-Za-z]*[cDFiJlPX]$/ },
  sftp: { words: '-S', values: /^-[A-Za-z]*[BcFiJlPRsX]$/ },
  curl: { operandsOnly: true, words: '-K --config=x', values: request },
  wget: {
    operandsOnly: true,
    words: '-e --execute=x',
    values:
      /^-[A-Za-z]*[oaiBtOTwQPUARDIXl]$|^--(?:output-document|output-file|timeout|tries|header|user-agent|directory-prefix)$/,
  },
  man: { words: '-Px --pager=x' },
  sort: { operandsOnly: true, words: '--compress-program=x', values: /^-[A-Za-z]*[koStT]$/ },
  ...each('split gsplit', { words: '--filter=x', values: /^-[A-Za-z]*[abClnt]$/ }),
  install: {
    words: '--strip-program=x',
    values: /^-[A-Za-z]*[mogtS]$|^--(?:mode|owner|group|target-directory)$/,
  },
  nano: { words: '-s --speller=x' },
  ...each('apt apt-get aptitude', { words: '-o -c' }),
  ...each('ag ack', { operandsOnly: true, words: '--pager=x', values: /^-[ABCgGm]$/ }),
  svn: {
    words: '--editor-cmd=x',
    values: /^-[rm]$|^--(?:revision|message|username|password|depth)$/,
  },
  ...each('yt-dlp youtube-dl', { words: '--exec=x', values: /^-[foaPu]$|^--(?:format|output)$/ }),
};
