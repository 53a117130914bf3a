import type { Handler } from '#policy/command/handler.ts';
import { deeper, EXECUTES_VALUE, optionValues, refuseWord } from '#policy/command/handler.ts';
import { eitherWay } from '#policy/command/split-text.ts';
import { unknownProgram } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { isUnknown } from '#policy/command/words.ts';

/** Modules whose arguments are a command, after settings such as `chdir=/srv`. */
const COMMANDS = /^(?:ansible\.(?:builtin|windows)\.)?(?:command|shell|raw|script|win_command|win_shell)$/;
const SETTINGS = /^(?:\s*(?:chdir|creates|removes|executable|stdin|warn|strip_empty_ends|stdin_add_newline)=\S+)*\s*/;
/** Modules whose arguments name files, packages, services or people, and start nothing else. */
const MANAGES =
  /^(?:ansible\.(?:builtin|posix|windows)\.)?(?:ping|setup|gather_facts|debug|stat|file|copy|fetch|template|lineinfile|blockinfile|replace|get_url|uri|user|group|service|systemd|systemd_service|service_facts|package|package_facts|apt|yum|dnf|pip|hostname|find|slurp|tempfile|wait_for|reboot|getent|mount|sysctl|authorized_key|win_ping|assert|fail|set_fact)$/;
/** Jinja that looks something up, which may be the output of a command, and options of ssh that start one here. */
const LOOKS_UP = /\{\{|\{%|\b(?:lookup|query|q)\s*\(|\b(?:proxycommand|localcommand|knownhostscommand)\b/i;

/** Arguments of modules and variables whose value is executed: `validate=`, `reboot_command=`, `ansible_python_interpreter=`. */
const COMMAND_SETTING =
  /\b(?:validate|\w+_command|\w*executable|\w+_interpreter|\w+_exe)["']?\s*[:=]\s*(?:"([^"]*)"|'([^']*)'|(\S*))/g;

/** Letters of options with a value. */
const VALUES = 'MaiutfTBPelcm';

/** What settings of ansible execute, on other machines or here, wherever they are given. */
const settings: Handler = ({ words, context }, analyst) => {
  for (const word of words)
    for (const [, double, single, bare] of word.text.matchAll(COMMAND_SETTING))
      analyst.shellText({ ...word, text: double ?? single ?? bare ?? '' }, deeper(context));
  for (const { value } of optionValues(words, { long: 'extra-vars', letters: 'e', values: VALUES }))
    if (isUnknown(value) && value.text === '') analyst.opaque('variables that are not literal', value.at, context);
};

/** `ansible HOSTS -m MODULE -a ARGUMENTS`; without a module the arguments are a command. */
const ansible: Handler = (call, analyst) => {
  const { words, context } = call;
  settings(call, analyst);
  refuseWord({ words, context }, analyst, { what: EXECUTES_VALUE, when: ({ text }) => LOOKS_UP.test(text) });
  const named = optionValues(words, { long: 'module-name', letters: 'm', values: VALUES }).map(({ value }) => value);
  const modules: readonly Arg[] = named.length > 0 ? named : [{ text: 'command', kind: 'literal', at: 0 }];
  for (const { value, at } of optionValues(words, {
    long: 'args',
    itself: 'ask-pass',
    letters: 'a',
    values: VALUES,
  }))
    for (const { text, kind } of modules) {
      if (kind !== 'literal' || !(COMMANDS.test(text) || MANAGES.test(text)) || /^\s*[@{]/.test(value.text))
        analyst.opaque(EXECUTES_VALUE, at, context);
      else if (COMMANDS.test(text)) eitherWay({ ...value, text: commandIn(value.text) }, context, analyst);
    }
};

/** The command itself: behind the settings, in `cmd=` or in `argv=`. */
function commandIn(text: string): string {
  const rest = text.replace(SETTINGS, '');
  const words = /^argv=\[(.*)\]/s.exec(rest)?.[1];
  if (words !== undefined) return words.replaceAll(',', ' ');
  const [, double, single, bare] = /^(?:cmd|_raw_params)=(?:"([^"]*)"|'([^']*)'|(.*))/s.exec(rest) ?? [];
  return double ?? single ?? bare ?? rest;
}

/** What a playbook says is in a file. */
const playbook: Handler = (call, analyst) => {
  settings(call, analyst);
  unknownProgram(call, analyst);
};

/** What `ansible` does on other machines. */
export const ansibleHandlers: readonly (readonly [string, Handler])[] = [
  ...['ansible', 'ansible-runner'].map((program) => [program, ansible] as const),
  ...['ansible-playbook', 'ansible-console', 'ansible-pull'].map((program) => [program, playbook] as const),
];
