import { holdsExecutingOption } from '#policy/command/option-variables.ts';
import type { Arg } from '#policy/command/words.ts';
import { ownValue } from '#policy/own-value.ts';

/** Variables that change which program runs or what it runs besides. */
const exact = new Set(
  (
    'PATH IFS GLOBIGNORE BASH_CMDS BASH_ALIASES BASH_ENV ENV SHELLOPTS BASHOPTS PS0 PS1 PS2 PS4 PROMPT4 PROMPT_COMMAND NULLCMD READNULLCMD STTY FPATH fpath MODULE_PATH module_path SHELL HOME ZDOTDIR CDPATH PAGER MANPAGER EDITOR VISUAL BROWSER LESSOPEN LESSCLOSE ' +
    'KUBECONFIG KUBE_EDITOR SSH_ASKPASS SUDO_ASKPASS SUDO_EDITOR PYTHONSTARTUP PYTHONHOME PYTHONBREAKPOINT PYTHONINSPECT PERL5OPT PERL5LIB PERL5DB PERLDB_OPTS BABASHKA_PRELOADS OCAMLPARAM NODE_REDIRECT_WARNINGS CLOUDSDK_PYTHON CLOUDSDK_PYTHON_ARGS TG_TF_PATH TG_AUTH_PROVIDER_CMD TERRAGRUNT_TFPATH TERRAGRUNT_AUTH_PROVIDER_CMD BUILDAH_RUNTIME JAVACMD MAVEN_CONFIG EARTHLY_PUSH QUARKUS_CONTAINER_IMAGE_PUSH QUARKUS_KUBERNETES_DEPLOY ContainerRegistry ' +
    'RUBYOPT RUBYLIB MAVEN_ARGS GOFLAGS GOENV MAKEFLAGS MAKEFILES GNUMAKEFLAGS ' +
    'RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CARGO_HOME CC CXX AR LD TAR_OPTIONS SIMPLE_BACKUP_SUFFIX RSYNC_RSH RIPGREP_CONFIG_PATH XDG_CONFIG_HOME ' +
    'YARN_RC_FILENAME COMPOSE_FILE EXINIT VIMINIT ' +
    'HGEDITOR TERRAFORM_CONFIG FZF_DEFAULT_OPTS SVN_SSH CVS_RSH CVS_SERVER RSYNC_CONNECT_PROG KUBECTL_EXTERNAL_DIFF HGMERGE HGRCPATH HG FCEDIT DIFFPROG PSQLRC MERGE GH_BROWSER GCC_EXEC_PREFIX COMPILER_PATH ' +
    // Plugins and libraries that a program loads, options that it takes before those of its call, and files of both.
    'GCONV_PATH GTK_MODULES GTK_PATH GIO_EXTRA_MODULES GST_PLUGIN_PATH QT_PLUGIN_PATH OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES PKCS11_MODULE_PATH ' +
    'DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS DOTNET_SHARED_STORE CORECLR_PROFILER CORECLR_PROFILER_PATH COR_PROFILER COR_PROFILER_PATH ' +
    'HELM_PLUGINS KUSTOMIZE_PLUGIN_HOME PACKER_PLUGIN_PATH TF_REATTACH_PROVIDERS PYTEST_PLUGINS PYTEST_ADDOPTS ANT_ARGS SPEC_OPTS BUN_OPTIONS ' +
    'ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS ELIXIR_ERL_OPTIONS LUA_INIT R_PROFILE R_PROFILE_USER R_ENVIRON R_ENVIRON_USER PHPRC PHP_INI_SCAN_DIR ' +
    'PERLLIB PERL5SHELL XONSHRC LESSKEY LESSKEYIN LESSKEY_CONTENT P4DIFF P4MERGE PIP_CONFIG_FILE UV_CONFIG_FILE CONDARC GEMRC WGETRC CURL_HOME SCREENRC MAILRC VAGRANT_VAGRANTFILE PKG_CONFIG FC'
  ).split(' '),
);

/** Variables of any tool that name a program to show, edit or ask for something. */
const NAMES_PROGRAM = /(?:PAGER|EDITOR|_ASKPASS)$/;

const prefixes =
  /^(?:LD_|DYLD_|GIT_|YARN_|DOCKER_|BUILDKIT_|TF_CLI_|TF_CLI_CONFIG|BASH_FUNC_|LUA_INIT_|CARGO_TARGET_|CARGO_BUILD_)/;

/** Variables of those families that only name people, tune or switch the output. */
const harmless =
  /^(?:GIT_(?:(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)|TERMINAL_PROMPT|OPTIONAL_LOCKS|TRACE\w*|MERGE_AUTOEDIT|LFS_SKIP_SMUDGE|CEILING_DIRECTORIES|CONFIG_NOSYSTEM|ADVICE|PROGRESS_DELAY|(?:COMMIT|SHA|BRANCH|TAG|REF|REV|VERSION|HASH|DESCRIBE)(?:_\w+)?)|DOCKER_(?:PUSH|PULL|TAGS?|IMAGE(?:_\w+)?|REPO(?:SITORY)?|REGISTRY|USER(?:NAME)?|VERSION|BUILDKIT|DEFAULT_PLATFORM|CLI_HINTS|CLI_EXPERIMENTAL|SCAN_SUGGEST|API_VERSION|CONTENT_TRUST)|BUILDKIT_(?:PROGRESS|COLORS|TTY_LOG_LINES)|CARGO_(?:TARGET_DIR|BUILD_(?:JOBS|TARGET|TARGET_DIR|INCREMENTAL))|YARN_(?:ENABLE_\w+|CACHE_FOLDER|NODE_LINKER|CHECKSUM_BEHAVIOR|HTTP_\w+)|npm_config_(?:loglevel|yes|fund|audit|audit_level|progress|color|offline|prefer_offline|ignore_scripts|legacy_peer_deps|strict_peer_deps|update_notifier|save|save_exact|package_lock|engine_strict|production|only|omit|include|maxsockets|fetch_\w+|jobs|arch|platform|build_from_source|cache))$/i;

/** Flags of node that load no code, so that `NODE_OPTIONS=--max-old-space-size=4096` stays possible. */
const nodeOption =
  /^--(?:max[-_]old[-_]space[-_]size=\d+|max[-_]semi[-_]space[-_]size=\d+|stack[-_]size=\d+|stack-trace-limit=\d+|experimental[-_](?!loader|config|policy|sea|network|default-type)[a-z_-]+|no-[a-z-]*warnings?|no-deprecation|trace-[a-z-]+|enable-source-maps|unhandled-rejections=\w+|dns-result-order=\w+|openssl-legacy-provider|expose[-_]gc|throw-deprecation)$/;

/** Variables with flags of the Java machine, and the flags that only size it. */
const javaOptions = /^(?:_?JAVA_(?:TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|(?:MAVEN|GRADLE|JAVA|ANT|SBT|JVM|CATALINA)_OPTS)$/;
const javaOption =
  /^-(?:X(?:mx|ms|ss|mn)\d+[kmg]?|XX:[+-]\w+|XX:\w+=\d+[kmg]?|ea|server|client|D(?:file\.encoding|user\.(?:timezone|language|country)|java\.awt\.headless|java\.net\.preferIPv4Stack|org\.gradle\.(?:daemon|parallel|caching|workers\.max)|maven\.test\.\w+)=[\w./-]*)$/i;

/** Programs that only show, or do nothing. */
export const viewer = /^(?:cat|true|false|:|none|more|less|less -[FRSXMNQeEi]+)?$/;
const viewed =
  'NULLCMD READNULLCMD HGEDITOR PAGER GIT_PAGER MANPAGER EDITOR VISUAL GIT_EDITOR GIT_SEQUENCE_EDITOR KUBE_EDITOR BROWSER';

/** A call of ssh whose options start nothing. */
export const plainSsh =
  /^ssh(?: -(?:[46qTv]|i [\w./~-]+|p \d+|o (?:StrictHostKeyChecking|UserKnownHostsFile|IdentitiesOnly|BatchMode|ConnectTimeout|LogLevel)=[\w/.-]+))*$/;

/** Values, as a whole, under which such a variable starts nothing but what the system would start anyway. */
const plainValues: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(viewed.split(' ').map((name) => [name, viewer])),
  PATH: /^\/(?:usr\/(?:local\/)?)?s?bin(?::\/(?:usr\/(?:local\/)?)?s?bin)*$/,
  SHELL: /^\/(?:usr\/)?bin\/(?:ba|z|da|k|fi)?sh$/,
  // A stage in a loop; a file of that name might as well be run by `sh`.
  ENV: /^(?:dev|develop|development|test|testing|ci|qa|uat|stag(?:e|ing)|prod|production|local|live|preview|sandbox)$/,
  ...Object.fromEntries(['PS4', 'PROMPT4'].map((name) => [name, /^[^$`\\]*$/])),
  // Bash reads `\044` and `\140` in a prompt as `$` and a backquote before it expands the prompt.
  ...Object.fromEntries(['PS0', 'PS1', 'PS2'].map((name) => [name, /^(?:[^$`\\]|\\[^0-7]|\$(?![\w({[\\]))*$/])),
  PYTHONBREAKPOINT: /^0?$/,
  FZF_DEFAULT_OPTS: /^(?![^]*--(?:bind|preview|with-shell|listen))/,
  ...Object.fromEntries(
    ['CC', 'CXX', 'AR', 'LD', 'FC', 'PKG_CONFIG'].map((name) => [
      name,
      /^(?:s?ccache )?(?:gcc|g\+\+|cc|c\+\+|c99|clang|clang\+\+|gfortran|flang|ld|lld|mold|ar|llvm-ar|pkg-config|pkgconf)(?:-\d+)?$/,
    ]),
  ),
  ...Object.fromEntries(
    ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'OPENSSL_CONF', 'PIP_CONFIG_FILE', 'UV_CONFIG_FILE', 'WGETRC'].map(
      (name) => [name, /^\/dev\/null$/],
    ),
  ),
  // The user's own, or the cluster's; a file of the project may name a program that brings credentials.
  KUBECONFIG:
    /^(?!.*\.\.)(?:(?:(?:~|\/root|\/(?:home|Users)\/[\w.-]+)\/\.kube\/[\w./-]+|\/etc\/(?:kubernetes|rancher)\/[\w./-]+)(?::(?=.)|$))+$/,
  DOCKER_HOST: /^unix:\/\/\/[\w./-]+$/,
  COMPOSE_FILE: /^(?!.*(?:^|:)-|.*\/(?:dev|proc)\/)[\w./:-]+$/,
  // To zsh this is PATH; to everybody else it is a file.
  path: /^[\w./@-]*\w\.[a-z]{1,5}$/i,
  ...Object.fromEntries(['TG_TF_PATH', 'TERRAGRUNT_TFPATH'].map((name) => [name, /^(?:tofu|terraform)$/])),
  ...Object.fromEntries(
    ['EARTHLY_PUSH', 'QUARKUS_CONTAINER_IMAGE_PUSH', 'QUARKUS_KUBERNETES_DEPLOY'].map((name) => [
      name,
      /^(?:false|0)?$/,
    ]),
  ),
  PHPRC: /^$/,
  PHP_INI_SCAN_DIR: /^$/,
  PYTEST_ADDOPTS:
    /^(?:(?:-[qvxsl]+|-r\w+|-[kmnW]=?\w*|-p ?no:\w+|--(?:color|tb|maxfail|durations|timeout|verbosity|capture|cov|junit-?xml|log-level|cov-report|dist|lf|ff|no-header|no-summary|strict-markers|showlocals|exitfirst|quiet|verbose|no-cov|disable-warnings|failed-first|last-failed|sw|stepwise)(?:=[\w./:-]*)?|(?!-)[\w./:'"-]+)(?: +|$))*$/,
  PYTEST_PLUGINS: /^pytest_\w+(?:,pytest_\w+)*$/,
  SPEC_OPTS:
    /^(?:(?:-[fdtw]\w*|--(?:color|no-color|format|order|seed|tag|fail-fast|profile|warnings|dry-run|backtrace)(?:=[\w:~]+)?|(?!-)[\w:~]+)(?: +|$))*$/,
  ...Object.fromEntries(
    ['ERL_FLAGS', 'ERL_AFLAGS', 'ERL_ZFLAGS', 'ELIXIR_ERL_OPTIONS'].map((name) => [
      name,
      /^(?!.*(?:^|\s)-(?:eval|run|s|extra|p[az]|path|config|args_file|boot\w*|init\w*|remsh|mode)(?:\s|$))/s,
    ]),
  ),
  GIT_ASKPASS: /^(?:(?:\/usr)?\/bin\/)?(?:true|echo|false)?$/,
  GIT_SSH_COMMAND: plainSsh,
};

/** Values, word by word. */
const plainWords: Readonly<Record<string, RegExp>> = {
  NODE_OPTIONS: nodeOption,
  GOFLAGS:
    /^-(?:mod=\w+|v|race|short|json|trimpath|cover|modcacherw|tags=[\w,.-]+|count=\d+|p=\d+|buildvcs=\w+|timeout=\w+)$/,
  MAKEFLAGS: /^(?:-?[jksnBiwr]+\d*|\d+|--(?:no-print-directory|silent|output-sync(?:=\w+)?|jobs=\d+))$/,
  RUSTFLAGS:
    /^(?:-[DWAFC]|-[DWAF][\w:-]+|--(?:cfg|deny|warn|allow|cap-lints)(?:=[\w"-]+)?|-?C?(?:target-cpu|debuginfo|opt-level|instrument-coverage|panic|overflow-checks)(?:=[\w-]+)?|--?[a-z]+_[a-z_]+|[a-z_]+(?::{2}[a-z_]+)?)$/,
  RUBYOPT: /^-[wW][\w:-]*$/,
  ...Object.fromEntries(
    ['TF_CLI_ARGS', 'TF_CLI_ARGS_plan', 'TF_CLI_ARGS_init', 'TF_CLI_ARGS_validate'].map((name) => [
      name,
      /^-(?:no-color|compact-warnings|(?:input|lock|refresh)=(?:true|false)|(?:lock-timeout|parallelism)=\w+)$/,
    ]),
  ),
  ANT_ARGS: /^-(?:q|quiet|v|verbose|noinput|S|silent|e|emacs)$/,
};

/** True when setting the variable to this value may change what runs. */
export function isSensitiveAssignment(name: string, value: Arg | undefined): boolean {
  if (keepsValue(name, value)) return false;
  const words = javaOptions.test(name) ? javaOption : ownValue(plainWords, name);
  if (words && holdsOnly(words, value)) return false;
  if (value?.kind === 'literal' && ownValue(plainValues, name)?.test(value.text)) return false;
  if (holdsExecutingOption(name, value)) return true;
  if (NAMES_PROGRAM.test(name)) return !(value?.kind === 'literal' && viewer.test(value.text));
  if (name === 'NODE_OPTIONS' || javaOptions.test(name)) return true;
  if (harmless.test(name)) return false;
  return exact.has(name) || prefixes.test(name) || /^(?:path$|p?npm_config_)/i.test(name);
}

/** `PATH="$PATH"`, and a folder of the home in a list of the user's own files. */
function keepsValue(name: string, value: Arg | undefined): boolean {
  const source = value?.source?.text ?? '';
  const text = source.startsWith(`${name}=`) ? source.slice(name.length + 1) : source;
  if (text === `"$${name}"` || text === `"\${${name}}"`) return true;
  return name === 'KUBECONFIG' && /^(?:\$HOME|\$\{HOME\}|"\$HOME|"\$\{HOME\})\/\.kube\/\w[\w.-]*"?$/.test(text);
}

function holdsOnly(harmlessWord: RegExp, value: Arg | undefined): boolean {
  if (value?.kind !== 'literal') return false;
  return value.text.split(/\s+/).every((word) => word === '' || harmlessWord.test(word));
}
