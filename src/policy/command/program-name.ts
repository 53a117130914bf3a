import { ownValue } from '#policy/own-value.ts';

/** Files, packages and usual aliases that are a program under another name. */
const entryPoints: Readonly<Record<string, string>> = {
  'npm-cli': 'npm',
  'npx-cli': 'npx',
  'pnpm-cli': 'pnpm',
  kubecolor: 'kubectl',
  opentofu: 'tofu',
  tflocal: 'terraform',
  krane: 'crane',
  nodejs: 'node',
  'docker.io': 'docker',
  mvnw: 'mvn',
  mvnd: 'mvn',
  gradlew: 'gradle',
  k: 'kubectl',
  tf: 'terraform',
  'lerna-lite': 'lerna',
  '@changesets/cli': 'changeset',
  '@lerna-lite/cli': 'lerna',
  '@lerna/cli': 'lerna',
  '@kubernetes/kubectl': 'kubectl',
  'cdktf-cli': 'cdktf',
  'podman-remote': 'podman',
  '@jsdevtools/npm-publish': 'npm-publish',
  clj: 'clojure',
  'rush-pnpm': 'pnpm',
  pypy: 'python',
  pypy3: 'python',
  tnpm: 'cnpm',
  sl: 'hg',
  chg: 'hg',
  nushell: 'nu',
  byobu: 'tmux',
  'byobu-tmux': 'tmux',
  tmate: 'tmux',
  pn: 'pnpm',
  'nerdctl.lima': 'nerdctl',
  'docker.lima': 'docker',
  'podman.lima': 'podman',
  'kubectl.lima': 'kubectl',
};

/** `-linux-amd64` and the like, as downloads are named. */
const PLATFORM =
  /(?:[-_.](?:linux|darwin|macos|windows|freebsd))?[-_.](?:amd64|arm64|x86_64|x64|aarch64|arm(?:hf|v\d\w?)?|386|i[3-6]86|s390x|ppc64le|riscv64)$/;
/** As Nix, packagers and those who put something before a program call what was there: `.npm-wrapped`, `npm.real`. */
const MOVED =
  /^\.+(?=.*-wrapped)|(?:-wrapped)+$|\.(?:real|orig|distrib)$|[-_.](?:linux|darwin|macos|windows|freebsd)$/g;
/** Builds of editors, as Debian calls them. */
const BUILD = /^(vim?)\.\w+$|^(emacs)-\w+$/;

/** Programs that take what another one does, and more. */
const relatives: Readonly<Record<string, string>> = {
  gtar: 'tar',
  genv: 'env',
  cdialog: 'dialog',
  xdialog: 'dialog',
  'bsd-mailx': 'mailx',
  'heirloom-mailx': 'mailx',
  'mail.mailutils': 'mail',
  nvi: 'vi',
  vile: 'vi',
  elvis: 'vi',
  goawk: 'gawk',
  bioawk: 'gawk',
  frawk: 'gawk',
  igawk: 'gawk',
  gccgo: 'gcc',
  gdc: 'gcc',
  gnatgcc: 'gcc',
  mysqlsh: 'mysql',
  viddy: 'watch',
  slogin: 'ssh',
  plink: 'rsh',
  remsh: 'rsh',
  'docker-ce': 'docker',
  'docker-cli': 'docker',
};

/** What a program of an unknown name may be as well; a script of the project may be called so, too. */
export function otherName(program: string): string | undefined {
  const name = ownValue(relatives, program) ?? program.replaceAll(MOVED, '').replace(BUILD, '$1$2');
  return name === program || name === '' ? undefined : name;
}
/** `3`, `3.11`, `-1.30`, `.1.30`, `_v1.9.5`, `-1.31.0-rc.1`. */
const VERSION =
  /(?<=[a-z]{2}|\+\+)[-_.+]?v?\d+(?:\.\d+)*(?:[-.+]?(?:rc|alpha|beta|dev|gke|eks|k3s|pre|next)[.-]?\d*)?$/;

/** Programs whose own name ends in a number. */
const numbered = new Set(
  'diff3 run0 base64 bzip2 bunzip2 flake8 linux32 linux64 i386 i486 i586 i686 x86_64 uname26 ppc32 ppc64 s390'.split(
    ' ',
  ),
);

/** Base name of a program as the system would find it: lower case, without folder, extension, tag and version. */
export function programName(word: string): string {
  const scoped = ownValue(entryPoints, word.toLowerCase().replace(/(?<=.)@[^/]*$/, ''));
  if (scoped !== undefined) return scoped;
  // To zsh `=npm` is the path of npm, to nu `^npm` and to elvish `e:npm` is npm and no command of theirs.
  const base = word
    .slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1)
    .toLowerCase()
    .replace(/^(?:[=^]|e:)(?=.)/, '');
  const bare = base
    .replace(/(?<=.)@.*$/, '')
    .replace(/:[\w.-]+$/, '')
    .replace(/\.(?:exe|cmd|bat|ps1|com|js|cjs|mjs)$/, '')
    .replace(PLATFORM, '');
  // Either may stand first: `kubectl-1.30-linux-amd64`, `kubectl-linux-amd64-v1.30.0`.
  const name = numbered.has(bare) ? bare : bare.replace(VERSION, '').replace(PLATFORM, '').replace(VERSION, '');
  return ownValue(entryPoints, name) ?? name;
}
