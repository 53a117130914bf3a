import type { Arg } from '#policy/command/words.ts';

/** Variables that change which program runs or what it runs besides. */
const exact = new Set(
  (
    'PATH IFS BASH_ENV ENV SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND SHELL HOME ZDOTDIR CDPATH PAGER MANPAGER EDITOR VISUAL BROWSER LESSOPEN LESSCLOSE ' +
    'KUBECONFIG KUBE_EDITOR SSH_ASKPASS SUDO_ASKPASS SUDO_EDITOR PYTHONSTARTUP PYTHONHOME PYTHONBREAKPOINT PYTHONINSPECT PERL5OPT PERL5LIB PERL5DB ' +
    'RUBYOPT RUBYLIB MAVEN_ARGS GOFLAGS GOENV MAKEFLAGS MAKEFILES GNUMAKEFLAGS ' +
    'RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CARGO_HOME CC CXX LD TAR_OPTIONS RSYNC_RSH RIPGREP_CONFIG_PATH XDG_CONFIG_HOME ' +
    'YARN_RC_FILENAME COMPOSE_FILE EXINIT VIMINIT'
  ).split(' '),
);

const prefixes =
  /^(?:LD_|DYLD_|GIT_|YARN_|DOCKER_|BUILDKIT_|TF_CLI_|TF_CLI_CONFIG|BASH_FUNC_|CARGO_TARGET_|CARGO_BUILD_)/;

/** Values of git and docker variables that only name people or switch the output. */
const harmless =
  /^(?:GIT_(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)|GIT_TERMINAL_PROMPT|GIT_OPTIONAL_LOCKS|DOCKER_BUILDKIT|YARN_CACHE_FOLDER)$/;

/** Flags of node that load no code, so that `NODE_OPTIONS=--max-old-space-size=4096` stays possible. */
const harmlessNodeOption =
  /^--(?:max[-_]old[-_]space[-_]size=\d+|max[-_]semi[-_]space[-_]size=\d+|stack[-_]size=\d+|stack-trace-limit=\d+|experimental[-_](?!loader|config|policy|sea|network|default-type)[a-z_-]+|no-[a-z-]*warnings?|no-deprecation|trace-[a-z-]+|enable-source-maps|unhandled-rejections=\w+|dns-result-order=\w+|openssl-legacy-provider|expose[-_]gc|throw-deprecation)$/;

/** Variables with flags of the Java machine, and the flags that only size it. */
const javaOptions = /^(?:_?JAVA_(?:TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|(?:MAVEN|GRADLE|JAVA|ANT|SBT|JVM|CATALINA)_OPTS)$/;
const harmlessJavaOption =
  /^-(?:X(?:mx|ms|ss|mn)\d+[kmg]?|XX:[+-]\w+|XX:\w+=\d+[kmg]?|ea|server|client|D(?:file\.encoding|user\.(?:timezone|language|country)|java\.awt\.headless|java\.net\.preferIPv4Stack|org\.gradle\.(?:daemon|parallel|caching|workers\.max)|maven\.test\.\w+)=[\w./-]*)$/i;

/** True when setting the variable to this value may change what runs. */
export function isSensitiveAssignment(name: string, value: Arg | undefined): boolean {
  if (name === 'NODE_OPTIONS') return !holdsOnly(harmlessNodeOption, value);
  if (javaOptions.test(name)) return !holdsOnly(harmlessJavaOption, value);
  if (harmless.test(name)) return false;
  return exact.has(name) || prefixes.test(name) || /^(?:path$|p?npm_config_)/i.test(name);
}

function holdsOnly(harmlessOption: RegExp, value: Arg | undefined): boolean {
  if (value?.kind !== 'literal') return false;
  return value.text.split(/\s+/).every((option) => option === '' || harmlessOption.test(option));
}
