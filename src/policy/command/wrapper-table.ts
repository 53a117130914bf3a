import type { WrapperSpec } from '#policy/command/wrapper.ts';

/** How `sudo` and its like find the command. */
export const elevate: WrapperSpec = {
  values:
    '-u --user -g --group -h --host -p --prompt -C --close-from -D --chdir -R --chroot -T --command-timeout -U --other-user -r --role -t --type -a -c',
  flags:
    '-E -H -n -k -K -S -A -b -i -s -P -B -l -v --preserve-env --non-interactive --set-home --login --shell --background --stdin',
  assigns: true,
};
const plain: WrapperSpec = {};
const trace: WrapperSpec = {
  values: '-o -e -p -s -u -E -a -b -I -O -P -S -X -l -n -A -D -F -w',
  flags: '-f -ff -c -C -q -qq -r -t -tt -T -v -y -yy -k -i -d -x',
};
const watch: WrapperSpec = { values: '-n --interval -q --shotsdir', flags: '-d -t -g -e -b -c -x', joins: true };
const runs = (verbs: readonly string[], values = ''): WrapperSpec => ({ verbs, values });

/** Keys of ssh's configuration that run something on this side. */
const SSH_KEY =
  /^(?:-[46AaCfGgKkMNnqsTtVvXxYy]*o)?[\s="]*(?:proxycommand|localcommand|remotecommand(?![\s=]*none$)|permitlocalcommand|knownhostscommand|match|include|pkcs11provider|securitykeyprovider)\b/i;
const SSH_FILE = /^-[46AaCfGgKkMNnqsTtVvXxYy]*[FI]/;

/** True for a word of ssh, also the value of its `-o`, by which it runs something on this side or reads more options. */
export const executesForSsh = (text: string): boolean => SSH_KEY.test(text) || SSH_FILE.test(text);

const ssh = {
  values: '-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w',
  joins: true,
  skip: 1,
  shell: true,
  executes: executesForSsh,
} satisfies WrapperSpec;

/** Programs that execute the rest of their words, by name. */
export const wrapperTable: Readonly<Record<string, WrapperSpec>> = {
  pkexec: { values: '--user' },
  run0: elevate,
  gosu: { skip: 1 },
  'su-exec': { skip: 1 },
  setpriv: {
    values:
      '--reuid --regid --groups --bounding-set --inh-caps --ambient-caps --securebits --selinux-label --apparmor-profile',
  },
  nice: { values: '-n --adjustment' },
  ionice: { values: '-c --class -n --classdata -p --pid', flags: '-t' },
  nohup: plain,
  timeout: { values: '-k --kill-after -s --signal', flags: '--preserve-status --foreground -v --verbose', skip: 1 },
  gtimeout: { values: '-k --kill-after -s --signal', flags: '--preserve-status --foreground -v --verbose', skip: 1 },
  stdbuf: { values: '-i -o -e --input --output --error' },
  unbuffer: { flags: '-p' },
  setsid: { flags: '-f -c -w --fork --ctty --wait' },
  time: { values: '-f --format -o --output', flags: '-a -p -v -q --append --portability --verbose --quiet' },
  chroot: { values: '--userspec --groups', flags: '--skip-chdir', skip: 1, shell: true },
  strace: trace,
  ltrace: {
    values: '-o -e -p -s -u -a -l -n -A -D -F -w -x',
    flags: '-f -c -C -S -r -t -tt -T -i -L -b',
  },
  truss: trace,
  dtruss: trace,
  perf: runs(
    ['record', 'stat', 'trace', 'ftrace', 'iostat', 'mem', 'lock', 'sched', 'kvm', 'kwork', 'c2c'],
    '-e --event -o --output -F -p -t -C -r',
  ),
  valgrind: { flags: '-v -q' },
  unshare: {
    values: '-S --setuid -G --setgid -R --root -w --wd --propagation --setgroups',
    flags:
      '-m -u -i -n -p -U -C -T -f -r -c --mount --uts --ipc --net --pid --user --fork --map-root-user --mount-proc',
    shell: true,
  },
  nsenter: { values: '-t --target -S --setuid -G --setgid', flags: '-a --all -m -u -i -n -p -C -U -F', shell: true },
  ...Object.fromEntries(
    'linux32 linux64 i386 i486 i586 i686 x86_64 uname26 ppc ppc32 ppc64 s390 s390x'
      .split(' ')
      .map((name) => [name, { shell: true }]),
  ),
  'lxc-attach': {
    values: '-n --name -P --lxcpath -s --namespaces -R -v --set-var -a --arch -u --uid -g --gid',
    shell: true,
  },
  taskset: { flags: '-a -c -p', skip: 1 },
  chrt: { values: '-T -P -D', flags: '-b -f -i -o -r -a -v', skip: 1 },
  prlimit: { values: '-p --pid -o --output' },
  cpulimit: { values: '-l -p -e --limit' },
  numactl: { values: '-m -N -C -i -p' },
  cgexec: { values: '-g' },
  'systemd-run': {
    values: '-u --unit -p --property -E --setenv --uid --gid --nice --slice -d --description --working-directory -M -H',
    flags: '--user --scope --wait --pipe -P -t --pty -q -G -r --collect',
    executes: (text) => /(?:^|^-p|=)(?:Exec\w+|StandardInput\w*)=/.test(text),
  },
  'systemd-inhibit': { values: '--what --who --why --mode' },
  caffeinate: { values: '-t -w', flags: '-d -i -m -s -u' },
  arch: plain,
  'sandbox-exec': { values: '-f -n -p -D' },
  busybox: plain,
  toybox: plain,
  firejail: plain,
  proot: {
    text: { long: 'qemu', letters: 'q', values: 'rbwRS' },
    also: [{ values: '-r --rootfs -b --bind -w --cwd -R -S -q --qemu' }],
  },
  fakeroot: { values: '-l -f -s -i -u' },
  fakechroot: plain,
  faketime: { skip: 1 },
  'xvfb-run': { values: '-n -s -e -f -p -w --server-args --server-num', flags: '-a --auto-servernum' },
  'dbus-run-session': { values: '--config-file' },
  tini: { values: '-p -e', flags: '-s -v -g -w' },
  'dumb-init': { values: '-r', flags: '-c -v' },
  catchsegv: plain,
  rlwrap: plain,
  torsocks: plain,
  proxychains: { values: '-f', flags: '-q' },
  proxychains4: { values: '-f', flags: '-q' },
  'ld.so': {
    values: '--library-path --preload --audit --argv0 --inhibit-rpath --glibc-hwcaps-prepend',
    flags: '--inhibit-cache --verify --list',
  },
  watch,
  hwatch: watch,
  mosh: {
    text: { long: 'ssh server client' },
    also: [{ skip: 1, values: '--ssh --server --client -p --port --predict' }],
  },
  script: {
    text: { long: 'command', letters: 'c', values: 'EIOBTomt' },
    values: '-E -I -O -B -T -o -m -t',
    skip: 1,
    shell: true,
  },
  ssh,
  autossh: { ...ssh, values: `${ssh.values} -M` },
  'ssh-copy-id': { verbs: [], executes: ssh.executes },
  rsh: { values: '-l', joins: true, skip: 1 },
  chokidar: { text: { long: 'command', letters: 'c' } },
  entr: { text: { letters: 's' }, flags: '-r -c -d -n -p -z' },
  watchexec: { values: '-w -e -i -f -d -s --delay-run --exts', flags: '-r -c -p -n --restart' },
  nodemon: {
    text: { long: 'exec', letters: 'x', values: 'wei' },
    values: '-w --watch -e --ext -i --ignore --delay --config --signal',
  },
  'cross-env': { assigns: true },
  'cross-env-shell': { assigns: true, joins: true },
  'env-cmd': {
    values: '-f --file -e --environments -r --rc-file --fallback',
    flags: '--silent --verbose --no-override',
  },
  dotenv: { values: '-e -f -p -v -c', flags: '-o --override' },
  dotenvx: runs(['run'], '-f --env-file -fv --env-vault-file --convention'),
  direnv: { verbs: ['exec'], skip: 1 },
  c8: {
    values: '-r --reporter -o --reports-dir --temp-directory -x --exclude -n --include --src',
    flags: '--all --check-coverage',
  },
  nyc: {
    values: '-r --reporter -x --exclude -n --include -t --temp-dir --report-dir -e --require',
    flags: '--all -s --silent',
  },
  poetry: runs(['run']),
  composer: runs(['exec', 'ex', 'exe']),
  shx: runs(['exec']),
  pipenv: runs(['run']),
  rye: runs(['run']),
  hatch: { verbs: ['run'], prefix: /^[\w.+-]+:/, also: [{ verbs: ['run'], prefix: /^[\w.+-]+:/, skip: 1 }] },
  pdm: runs(['run']),
  tox: {
    ...runs(['exec', 'e'], '-e -c -x --override'),
    executes: (text) => /(?:^|[.:])(?:commands|allowlist_externals|set_env|package_command)\w*\s*\+?=/.test(text),
  },
  conda: runs(['run'], '-n --name -p --prefix --cwd'),
  mamba: runs(['run'], '-n --name -p --prefix'),
  bundle: runs(['exec', 'exe', 'ex', 'e'], '--gemfile'),
  mise: { verbs: ['exec', 'x'], text: { long: 'command', letters: 'c' }, behindDashes: true },
  rtx: { verbs: ['exec', 'x'], text: { long: 'command', letters: 'c' }, behindDashes: true },
  terragrunt: {
    ...runs(['exec']),
    executes: (text) => /^--?(?:terragrunt-)?tf-?path(?:$|=(?!(?:tofu|terraform)$))/.test(text),
  },
  asdf: { ...runs(['exec']), also: [{ verbs: ['env'], skip: 1 }] },
  rbenv: runs(['exec']),
  pyenv: runs(['exec']),
  fnm: runs(['exec'], '--using'),
  volta: runs(['run'], '--node --npm --yarn --pnpm'),
  rustup: { verbs: ['run'], skip: 1 },
  op: runs(['run'], '--env-file --account'),
  doppler: { ...runs(['run'], '-p --project -c --config -t --token'), text: { long: 'command' } },
  infisical: { ...runs(['run'], '--env --path --projectId'), text: { long: 'command' } },
  chamber: { verbs: ['exec'], also: [{ verbs: ['exec'], skip: 1 }] },
  'aws-vault': { verbs: ['exec'], skip: 1 },
  teller: runs(['run']),
  sops: { verbs: ['exec-env', 'exec-file'], skip: 1 },
  vaultenv: plain,
  fzf: {
    verbs: [],
    text: { long: 'preview', itself: 'preview-window preview-label' },
    executes: (text) =>
      /\b(?:execute|become|reload|transform)(?:-\w+)*[(:+[{<~!@#$%^&*;/|]|[:+](?:change-)?preview[([{<:]/.test(text),
  },
  bsub: { values: '-q -n -J -o -e -W -M -R -P -g -m -w -u -i -cwd', joins: true },
  sbatch: { text: { long: 'wrap' } },
  guix: { verbs: ['--'], also: [{ verbs: ['exec'], skip: 1 }] },
  'flatpak-spawn': { flags: '--host' },
  'distrobox-enter': { verbs: ['-e', '--'] },
  toolbox: runs(['run'], '-c --container'),
  vagrant: { verbs: ['--'], text: { long: 'command', letters: 'c' } },
  scl: { skip: 2, joins: true },
  multipass: { verbs: ['exec'], skip: 1 },
  lxc: { verbs: ['exec'], skip: 1 },
  incus: { verbs: ['exec'], skip: 1 },
  limactl: { verbs: ['shell'], skip: 1 },
  wsl: { values: '-d -u --distribution --user', flags: '-e --exec --' },
  winpty: plain,
  'ssh-agent': { values: '-a -E -t -P -O', flags: '-D -d -s -c -k -x' },
  heaptrack: plain,
  'vault-env': plain,
  'with-contenv': plain,
  rvm: runs(['do', 'exec']),
  sshpass: { values: '-p -f -d -P' },
  retry: { values: '-t -d --times --delay' },
  chronic: plain,
  sem: { values: '-j --jobs --id' },
  'wait-for-it': { verbs: ['--'] },
  'wait-for': { verbs: ['--'] },
  dockerize: { values: '-wait -timeout -template -stdout -stderr' },
};
