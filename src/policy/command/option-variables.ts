import type { Arg } from '#policy/command/words.ts';
import { executesForSsh } from '#policy/command/wrapper-table.ts';
import { ownValue } from '#policy/own-value.ts';

/** Options of less behind which a shell runs, in bundles that need no dash, and files of commands for its keys. */
const LESS = /\+[^]*(?:[!|#`]|\$\()|(?:^|\$)(?:[^P]*\s)?-?[A-CE-GI-NQRSU-Xac-gimnqrsuvw~]*[koO]|--(?:lesskey|log-file)/;
/** Options of compilers that start a program or load one; modes of the linker and specs that come with a toolchain do not. */
const COMPILER =
  /(?:^|\s)(?:-wrapper|-fplugin|-B(?!(?:static|dynamic|symbolic|shareable|group)) *\S|-fuse-ld=\S*\/|-specs(?!=[\w.-]+\.specs(?:\s|$)))/;
const FINDER = /--(?:bind|preview|with-shell|listen)/;

/** What in the value of a variable that holds options of a program executes something or loads code. */
const executes: Readonly<Record<string, RegExp>> = {
  LESS,
  SYSTEMD_LESS: LESS,
  MANOPT: /(?:^|\s)(?:-[A-Za-z0-9]*[PH]|--(?:p|h|br))/,
  BAT_OPTS: /--pager/,
  ACK_OPTIONS: /--pager/,
  ...Object.fromEntries(['ZIPOPT', 'ZIP'].map((name) => [name, /(?:^|\s)-(?:[A-Za-z]*TT|-unz)/])),
  ENSCRIPT: /(?:^|\s)-(?:[A-Za-z]*I|-filt)/,
  PARALLEL: /(?:^|\s)-(?:\w*[IUi]|-(?:re[pt]|rpl|er|ext|bn|base|dn|dir|bner|seq|slot|lim|filter|par))/,
  SKIM_DEFAULT_OPTIONS: FINDER,
  TOX_OVERRIDE: /(?:^|[.:])(?:commands|allowlist_externals|set_env|package_command)\w*\s*\+?=/,
  HARNESS_PERL_SWITCHES: /(?:^|\s)(?:-(?![MmIwtTW])|-[Mm][\w:]*[^\w:=,+\s-])/,
  JRUBY_OPTS: /(?:^|\s)-[acdhlnpsSUvwy]*[erSI]/,
  CRYSTAL_OPTS: /--link-flags/,
  ...Object.fromEntries(
    ['CFLAGS', 'CXXFLAGS', 'CPPFLAGS', 'FFLAGS', 'LDFLAGS', 'CGO_CFLAGS', 'CGO_CXXFLAGS', 'CGO_LDFLAGS'].map((name) => [
      name,
      COMPILER,
    ]),
  ),
};

/** Variables that hold options of ssh and its relatives. */
const OF_SSH = /^ANSIBLE_(?:SSH|SCP|SFTP)_(?:COMMON_|EXTRA_)?ARGS$/;
/** Names that scripts also use for something else, or put together of what they were. */
const EVERYDAY = /^(?:ZIP|PARALLEL|(?:CGO_)?\w*FLAGS)$/;

/** True where a variable holds options of a program, and one of these executes something or may do so. */
export function holdsExecutingOption(name: string, value: Arg | undefined): boolean {
  const pattern = ownValue(executes, name);
  const isOfSsh = OF_SSH.test(name);
  if (!isOfSsh && !pattern) return false;
  const text = value?.kind === 'literal' ? value.text : besidesItself(name, value);
  if (text === undefined) return true;
  return isOfSsh ? text.split(/[\s"']+/).some(executesForSsh) : pattern?.test(text) === true;
}

/** What is put beside its former value, as in `LESS="$LESS -R"`; undefined where that is not known. */
function besidesItself(name: string, value: Arg | undefined): string | undefined {
  if (EVERYDAY.test(name)) return value?.text ?? '';
  const [, rest] =
    new RegExp(`^"(?:\\$${name}|\\$\\{${name}\\})( [^$\`"\\\\]*)"$`).exec(value?.source?.text ?? '') ?? [];
  return rest;
}
