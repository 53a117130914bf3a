import type { Analyst } from '#policy/command/analysis.ts';
import { isSensitiveAssignment } from '#policy/command/environment.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, joined, optionValue, runRest } from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption, valueOf } from '#policy/command/named-options.ts';
import type { OptionTable } from '#policy/command/options.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import type { Arg } from '#policy/command/words.ts';
import { elevate, wrapperTable } from '#policy/command/wrapper-table.ts';

/** How a program finds the command that it executes. */
export interface WrapperSpec {
  /** Options that take a value, separated by spaces. */
  readonly values?: string;
  readonly flags?: string;
  /** Words between the options and the command, such as the seconds of `timeout`. */
  readonly skip?: number;
  /** Sub-commands that execute the rest; without them nothing is executed. */
  readonly verbs?: readonly string[];
  /** Options whose value is shell text. */
  readonly text?: readonly string[];
  /** The rest is joined to shell text. */
  readonly joins?: boolean;
  /** `NAME=value` words may precede the command. */
  readonly assigns?: boolean;
  /** Where a `--` stands behind the verb, the command starts there. */
  readonly behindDashes?: boolean;
  /** Without a command it starts a shell, which reads standard input. */
  readonly shell?: boolean;
}

const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

function createWrapper(spec: WrapperSpec): Handler {
  const table = optionTable(spec.values ?? '', spec.flags ?? '');
  return (call, analyst) => {
    const text = spec.text && optionValue(call.args, spec.text, lettersOf(table));
    if (text) runText(text, call, analyst);
    if (text?.exact) return;
    if (spec.shell) readShell(call, analyst, { table, skip: spec.skip ?? 0 });
    const inner = spec.assigns ? withoutAssignments(call, analyst, table) : call;
    if (spec.verbs) runVerb(inner, analyst, { ...spec, verbs: spec.verbs });
    else if (spec.joins) runJoined(inner, analyst, { table, skip: spec.skip ?? 0 });
    else runRest(inner, analyst, { table, skip: spec.skip ?? 0 });
  };
}

/** The text alone, and as a program that takes the words behind it. */
function runText(
  { value, index }: { readonly value: Arg; readonly index: number },
  { args, context }: Call,
  analyst: Analyst,
): void {
  analyst.shellText(value, deeper(context));
  const rest = args.slice(index + (args[index + 1] === value ? 2 : 1));
  if (rest.length > 0) analyst.argv([value, ...rest], deeper(context, { speculative: true }));
}

/** Letters of the options that take a value. */
function lettersOf({ values }: OptionTable): string {
  return [...values].flatMap((name) => (/^-\w$/.test(name) ? [name.slice(1)] : [])).join('');
}

/** Checks and drops the assignments before the command, which stand among the options. */
function withoutAssignments(call: Call, analyst: Analyst, table: OptionTable): Call {
  const kept: Arg[] = call.args.slice(0, 1);
  let takesValue = false;
  for (const [index, arg] of call.args.entries()) {
    if (index === 0) continue;
    if (!takesValue && ASSIGNMENT.test(arg.text)) checkAssignment(arg, call, analyst);
    else if (!takesValue && arg.kind === 'literal' && !arg.text.startsWith('-'))
      return { ...call, args: [...kept, ...call.args.slice(index)] };
    else kept.push(arg);
    takesValue = !takesValue && table.values.has(arg.text);
  }
  return { ...call, args: kept };
}

function checkAssignment(arg: Arg, { context }: Call, analyst: Analyst): void {
  const equals = arg.text.indexOf('=');
  const name = arg.text.slice(0, equals).replace(/\+$/, '');
  if (isSensitiveAssignment(name, { ...arg, text: arg.text.slice(equals + 1) })) {
    analyst.opaque(`an assignment to ${name}, which can change what runs`, arg.at, context);
  }
}

function runVerb(call: Call, analyst: Analyst, spec: WrapperSpec & { readonly verbs: readonly string[] }): void {
  const table = optionTable(spec.values ?? '', spec.flags ?? '');
  const verb = call.args.findIndex(
    (arg, index) => index > 0 && arg.kind === 'literal' && spec.verbs.includes(arg.text),
  );
  const dashes = call.args.findIndex((arg, index) => index > verb && arg.text === '--');
  if (verb > 0 && spec.behindDashes && dashes > 0) analyst.argv(call.args.slice(dashes + 1), deeper(call.context));
  else if (verb > 0) runRest(call, analyst, { table, from: verb + 1, skip: spec.skip ?? 0 });
}

/** `ssh host`, `chroot dir`: what a shell without a command reads. */
function readShell(
  { args, context }: Call,
  analyst: Analyst,
  spec: { readonly table: OptionTable; readonly skip: number },
): void {
  const input = stdinArg(context, args[0]?.at ?? 0);
  if (input && positionals(args, 1, spec).starts.length === 0)
    analyst.shellText(input, deeper(context, { stdin: 'none' }));
}

function runJoined(
  { args, context }: Call,
  analyst: Analyst,
  { table, skip }: { readonly table: OptionTable; readonly skip: number },
): void {
  let at = 1;
  while (at < args.length && /^-./.test(args[at]?.text ?? '')) at += table.values.has(args[at]?.text ?? '') ? 2 : 1;
  const rest = args.slice(at + skip);
  if (rest.length > 0) analyst.shellText(joined(rest), deeper(context));
}

const env: Handler = (call, analyst) => {
  const table = optionTable(envSpec.values ?? '', envSpec.flags ?? '');
  const [start] = positionals(call.args, 1, { table }).starts;
  const options = call.args.slice(0, start);
  const split = options.findIndex((arg, index) => index > 0 && namedOption(arg.text, splitString));
  const word = options[split];
  if (split < 0 || !word) return createWrapper(envSpec)(call, analyst);
  const option = namedOption(word.text, splitString);
  const value = option && valueOf(option, word, undefined);
  const [text, ...rest] = [...(value ? [value] : []), ...call.args.slice(split + 1)];
  // Only the text is split; the words behind it stay as they are.
  const quoted = rest.map((arg) => (arg.kind === 'literal' ? { ...arg, text: quote(arg.text) } : arg));
  if (text) analyst.shellText(joined([text, ...quoted]), deeper(call.context));
};

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `env -S TEXT`, `-iSTEXT`, `--split=TEXT`. */
const splitString: NamedOptions = { long: 'split-string', letters: 'S', values: 'uCaP' };

const envSpec: WrapperSpec = {
  values: '-u --unset -C --chdir -a --argv0',
  flags: '-i - --ignore-environment -0 --null -v --debug',
  assigns: true,
};

/** `su` and `runuser` take a user, then options for the shell. */
const switchUser: Handler = (call, analyst) => {
  const words = call.args.filter((arg) => arg.text !== '--');
  const text = optionValue(words, ['-c', '--command', '--session-command'], 'gGsTwu');
  const table = optionTable('-u --user -g -G -s -w');
  if (text) analyst.shellText(text.value, deeper(call.context));
  if (call.args.some((arg) => arg.text === '-u')) runRest(call, analyst, { table });
  else if (!text?.exact)
    readShell({ ...call, args: call.args.filter((arg) => arg.text !== '-') }, analyst, { table, skip: 1 });
};

/** `sg group TEXT`, `sg group -c TEXT`, `newgrp group`. */
const switchGroup: Handler = (call, analyst) => {
  const text = optionValue(call.args, ['-c']) ?? (call.args[2] && { value: call.args[2] });
  if (text) analyst.shellText(text.value, deeper(call.context));
  else readShell(call, analyst, { table: optionTable(''), skip: 1 });
};

/** `sudo -s` and `sudo -i` start a shell. */
const sudo: Handler = (call, analyst) => {
  const shell = call.args.some((arg, index) => index > 0 && /^(?:-[A-Za-z]*[si]|--shell|--login)$/.test(arg.text));
  createWrapper(shell ? { ...elevate, shell } : elevate)(call, analyst);
};

/** `setarch [arch] [options] program`. */
const setarch: Handler = (call, analyst) => {
  const named = /^(?:x86_64|i\d86|x86|linux(?:32|64)|aarch64|arm\w*|ppc\w*|s390x?|uname26)$/.test(
    call.args[1]?.text ?? '',
  );
  runRest(call, analyst, { table: optionTable('', '-v -B -F -I -L -R -S -T -X -Z'), from: named ? 2 : 1 });
};

/** `capsh … -- ARGS` starts bash with these arguments. */
const capsh: Handler = ({ args, context }, analyst) => {
  const dashes = args.findIndex((arg) => /^(?:--|==)$/.test(arg.text));
  const bash = args[dashes];
  if (bash) analyst.argv([{ ...bash, text: 'bash' }, ...args.slice(dashes + 1)], deeper(context));
};

/** Text typed into a terminal, or a command for a new one. */
const tmux: Handler = (call, analyst) => {
  const verb = call.args.findIndex((arg, index) => index > 0 && /^(?:send|send-keys)$/.test(arg.text));
  if (verb < 0) return createWrapper(tmuxSpec)(call, analyst);
  const from = verb + 1;
  for (const at of positionals(call.args, from, { table: optionTable('-t -N -c', '-l -R -M -X -H -F -K') }).starts)
    for (const arg of call.args.slice(at)) analyst.shellText(arg, deeper(call.context));
};

const tmuxSpec: WrapperSpec = {
  verbs:
    'new new-session neww new-window splitw split-window respawn-pane respawn-window respawnw run run-shell if-shell popup display-popup'.split(
      ' ',
    ),
  values: '-n -s -t -c -x -y -e -F',
};

const screen: Handler = (call, analyst) => {
  const stuffed = call.args.findIndex((arg) => arg.text === 'stuff' || arg.text === 'exec');
  const text = stuffed > 0 ? call.args[stuffed + 1] : undefined;
  if (text) analyst.shellText({ ...text, text: text.text.replace(/(?:\^M|\\[rn])+$/, '') }, deeper(call.context));
  createWrapper(wrapperTable['screen'] ?? {})(call, analyst);
};

const sshSpec: WrapperSpec = {
  values: '-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w',
  joins: true,
  skip: 1,
  shell: true,
};

/** Keys of ssh's configuration that run something on this side. */
const SSH_RUNS =
  /^(?:-o)?\s*(?:proxycommand|localcommand|permitlocalcommand|knownhostscommand|match|include|pkcs11provider|securitykeyprovider)\b/i;

/** What `ssh` executes over there, and what its options execute here. */
const ssh: Handler = (call, analyst) => {
  const option = call.args.find(
    (arg, index) =>
      index > 0 && (SSH_RUNS.test(arg.text) || (/^-[46AaCfGgKkMNnqsTtVvXxYy]*F/.test(arg.text) && index > 0)),
  );
  if (option) analyst.opaque('an option of ssh that executes its value', option.at, call.context);
  createWrapper(sshSpec)(call, analyst);
};

/** `nix run nixpkgs#kubectl -- apply`: the installable names the program. */
const nix: Handler = (call, analyst) => {
  const verb = call.args.findIndex((arg, index) => index > 0 && arg.text === 'run');
  const installable = call.args.findIndex((arg, index) => index > verb && !arg.text.startsWith('-'));
  const word = call.args[installable];
  if (verb > 0 && word) {
    const rest = call.args.slice(installable + 1).filter((arg, index) => index > 0 || arg.text !== '--');
    const program = { ...word, text: word.text.replace(/^.*[#.]/, '') };
    analyst.argv([program, ...rest], deeper(call.context));
  }
  createWrapper({ verbs: ['-c', '--command'] })(call, analyst);
};

/** `script` takes `-c TEXT` anywhere, alone or in a cluster, or an argv behind the name of its file. */
const script: Handler = (call, analyst) => {
  const text = optionValue(call.args, ['-c', '--command'], 'EIOBTomt');
  if (text) analyst.shellText(text.value, deeper(call.context));
  if (!text?.exact) createWrapper({ values: '-E -I -O -B -T -o -m -t', skip: 1, shell: true })(call, analyst);
};

/** `flock` takes an argv behind its lock file, or `-c TEXT`. */
const flock: Handler = (call, analyst) => {
  const table = optionTable('-w --timeout -E --conflict-exit-code', '-n --nonblock -x -s -u -o -e -F --verbose');
  const { starts } = positionals(call.args, 1, { table });
  // Behind the lock file stand the options of the command.
  const cluster = optionValue(call.args.slice(0, Math.min(...starts) + 1), ['-c', '--command'], 'wE');
  if (cluster) analyst.shellText(cluster.value, deeper(call.context));
  for (const start of starts) {
    const [option, text] = call.args.slice(start + 1);
    if (text && /^(?:-c|--command)$/.test(option?.text ?? '')) analyst.shellText(text, deeper(call.context));
  }
  runRest(call, analyst, { table, skip: 1 });
};

/** `flatpak run --command=PROGRAM APP ARGS`. */
const flatpak: Handler = (call, analyst) => {
  const program = optionValue(call.args, ['--command'])?.value;
  const rest = call.args.slice(1).filter((arg) => arg !== program);
  if (program)
    for (let from = 0; from <= Math.min(rest.length, 16); from++)
      analyst.argv([program, ...rest.slice(from)], deeper(call.context, { speculative: true }));
  createWrapper(wrapperTable['flatpak'] ?? {})(call, analyst);
};

/** Programs that execute a command given in their arguments. */
export const wrapperHandlers: readonly (readonly [string, Handler])[] = [
  ...Object.entries(wrapperTable).map(([program, spec]) => [program, createWrapper(spec)] as const),
  ['env', env],
  ['ssh', ssh],
  ['nix', nix],
  ['su', switchUser],
  ['runuser', switchUser],
  ['script', script],
  ['flock', flock],
  ['sudo', sudo],
  ['doas', sudo],
  ['sg', switchGroup],
  ['newgrp', switchGroup],
  ['setarch', setarch],
  ['capsh', capsh],
  ['tmux', tmux],
  ['screen', screen],
  ['flatpak', flatpak],
];
