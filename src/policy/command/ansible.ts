import type { Handler } from '#policy/command/handler.ts';
import { apart, EXECUTES_VALUE, optionValues, refuseWord } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';

/** Modules whose arguments are a command, after settings such as `chdir=/srv`. */
const COMMANDS = /^(?:ansible\.(?:builtin|windows)\.)?(?:command|shell|raw|script|win_command|win_shell)$/;
const SETTINGS = /^(?:\s*(?:chdir|creates|removes|executable|stdin|warn|strip_empty_ends|stdin_add_newline)=\S+)*\s*/;
/** Modules whose arguments name files, packages, services or people, and start nothing else. */
const MANAGES =
  /^(?:ansible\.(?:builtin|posix|windows)\.)?(?:ping|setup|gather_facts|debug|stat|file|copy|fetch|template|lineinfile|blockinfile|replace|get_url|uri|user|group|service|systemd|systemd_service|service_facts|package|package_facts|apt|yum|dnf|pip|hostname|find|slurp|tempfile|wait_for|reboot|getent|mount|sysctl|authorized_key|win_ping|assert|fail|set_fact)$/;
/** Jinja that looks something up, which may be the output of a command, and options of ssh that start one here. */
const LOOKS_UP = /\{\{|\{%|\b(?:lookup|query|q)\s*\(|\b(?:proxycommand|localcommand|knownhostscommand)\b/i;

/** `ansible HOSTS -m MODULE -a ARGUMENTS`; without a module the arguments are a command. */
const ansible: Handler = ({ words, context }, analyst) => {
  refuseWord({ words, context }, analyst, { what: EXECUTES_VALUE, when: ({ text }) => LOOKS_UP.test(text) });
  const named = optionValues(words, { long: 'module-name', letters: 'm', values: 'MaiutfTBPelc' }).map(
    ({ value }) => value,
  );
  const modules: readonly Arg[] = named.length > 0 ? named : [{ text: 'command', kind: 'literal', at: 0 }];
  for (const { value, at } of optionValues(words, {
    long: 'args',
    itself: 'ask-pass',
    letters: 'a',
    values: 'MmiutfTBPelc',
  }))
    for (const { text, kind } of modules) {
      if (kind !== 'literal' || !(COMMANDS.test(text) || MANAGES.test(text)) || /^\s*[@{]/.test(value.text))
        analyst.opaque(EXECUTES_VALUE, at, context);
      else if (COMMANDS.test(text)) analyst.shellText({ ...value, text: commandIn(value.text) }, apart(context));
    }
};

/** The command itself: behind the settings, or in `cmd=`. */
function commandIn(text: string): string {
  const rest = text.replace(SETTINGS, '');
  const [, double, single, bare] = /^(?:cmd|_raw_params)=(?:"([^"]*)"|'([^']*)'|(.*))/s.exec(rest) ?? [];
  return double ?? single ?? bare ?? rest;
}

/** What `ansible` does on other machines. */
export const ansibleHandlers: readonly (readonly [string, Handler])[] = [['ansible', ansible]];
