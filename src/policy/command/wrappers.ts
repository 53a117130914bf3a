import type { Analyst } from '#policy/command/analysis.ts';
import { isSensitiveAssignment } from '#policy/command/environment.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { deeper, joined, optionValue, runRest } from '#policy/command/handler.ts';
import type { OptionTable } from '#policy/command/options.ts';
import { optionTable, positionals } from '#policy/command/options.ts';
import type { Arg } from '#policy/command/words.ts';
import { wrapperTable } from '#policy/command/wrapper-table.ts';

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
}

const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

function createWrapper(spec: WrapperSpec): Handler {
  const table = optionTable(spec.values ?? '', spec.flags ?? '');
  return (call, analyst) => {
    const text = spec.text && optionValue(call.args, spec.text);
    if (text) return analyst.shellText(text.value, deeper(call.context));
    const inner = spec.assigns ? withoutAssignments(call, analyst, table) : call;
    if (spec.verbs) runVerb(inner, analyst, { ...spec, verbs: spec.verbs });
    else if (spec.joins) runJoined(inner, analyst, { table, skip: spec.skip ?? 0 });
    else runRest(inner, analyst, { table, skip: spec.skip ?? 0 });
  };
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
  if (verb > 0) runRest(call, analyst, { table, from: verb + 1, skip: spec.skip ?? 0 });
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
  const split = call.args.findIndex((arg, index) => index > 0 && /^(?:-[A-Za-z]*S|--split-string)/.test(arg.text));
  const word = call.args[split];
  if (split < 0 || !word) return createWrapper(envSpec)(call, analyst);
  const glued = word.text.replace(/^(?:-[A-Za-z]*S|--split-string=?)/, '');
  const rest = call.args.slice(split + 1);
  const words = glued === '' ? rest : [{ ...word, text: glued }, ...rest];
  analyst.shellText(joined(words), deeper(call.context));
};

const envSpec: WrapperSpec = {
  values: '-u --unset -C --chdir -a --argv0',
  flags: '-i - --ignore-environment -0 --null -v --debug',
  assigns: true,
};

/** `su` and `runuser` take a user, then options for the shell. */
const switchUser: Handler = (call, analyst) => {
  const text = optionValue(call.args, ['-c', '--command', '--session-command']) ?? clusterValue(call.args);
  if (text) analyst.shellText(text.value, deeper(call.context));
  else if (call.args.some((arg) => arg.text === '-u'))
    runRest(call, analyst, { table: optionTable('-u --user -g -G -s -w') });
};

const sshSpec: WrapperSpec = {
  values: '-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w',
  joins: true,
  skip: 1,
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

function clusterValue(args: readonly Arg[]): { readonly value: Arg } | undefined {
  const at = args.findIndex((arg, index) => index > 0 && /^-[a-z]*c$/.test(arg.text));
  const value = args[at + 1];
  return at > 0 && value ? { value } : undefined;
}

/** `script` takes `-c TEXT` anywhere, alone or in a cluster, or an argv behind the name of its file. */
const script: Handler = (call, analyst) => {
  const text = optionValue(call.args, ['-c', '--command']) ?? clusterValue(call.args);
  if (text) analyst.shellText(text.value, deeper(call.context));
  else createWrapper({ values: '-E -I -O -B -T -o -m -t', skip: 1 })(call, analyst);
};

/** `flock` takes an argv behind its lock file, or `-c TEXT`. */
const flock: Handler = (call, analyst) => {
  const table = optionTable('-w --timeout -E --conflict-exit-code', '-n --nonblock -x -s -u -o -e -F --verbose');
  for (const start of positionals(call.args, 1, { table }).starts) {
    const [option, text] = call.args.slice(start + 1);
    if (text && /^(?:-c|--command)$/.test(option?.text ?? '')) analyst.shellText(text, deeper(call.context));
  }
  runRest(call, analyst, { table, skip: 1 });
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
];
