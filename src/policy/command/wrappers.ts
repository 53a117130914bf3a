import { bwrap } from '#policy/command/bwrap.ts';
import type { Handler } from '#policy/command/handler.ts';
import {
  deeper,
  isEnd,
  opaqueCode,
  optionValue,
  runRest,
  runWithTails,
  textAt,
  wordsBefore,
  wordsBehind,
} from '#policy/command/handler.ts';
import type { NamedOptions } from '#policy/command/named-options.ts';
import { namedOption } from '#policy/command/named-options.ts';
import { isOption, optionTable, positionals } from '#policy/command/options.ts';
import { checkInstalled, installers } from '#policy/command/package-specs.ts';
import { shared } from '#policy/command/redirects.ts';
import { splitText } from '#policy/command/split-text.ts';
import { tmux } from '#policy/command/tmux.ts';
import { unknownProgram } from '#policy/command/unknown.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal } from '#policy/command/words.ts';
import { elevate, wrapperTable } from '#policy/command/wrapper-table.ts';
import { createWrapper, readShell } from '#policy/command/wrapper.ts';

/** `env -S TEXT`, `-iSTEXT`, `--split=TEXT`. */
const splitString: NamedOptions = { long: 'split-string', letters: 'S', values: 'uCaP' };
const envValues = '-u --unset -C --chdir -a --argv0 -P';
const envFlags = '-i - --ignore-environment -0 --null -v --debug';
const envTable = optionTable(envValues, envFlags);
const searched: NamedOptions = { letters: 'P', values: 'uCaS' };
const runEnv = createWrapper({
  values: envValues,
  flags: envFlags,
  assigns: true,
});

const env: Handler = (call, analyst) => {
  const { words, context } = call;
  const [start = words.length] = positionals(words, { table: envTable }).starts;
  // Of BSD: where programs are looked for.
  const path = optionValue(words.slice(0, start), searched);
  if (path) analyst.opaque('another PATH, which can change what runs', path.at, context);
  const split = optionValue(words, splitString);
  if (!split || split.index >= start) return runEnv(call, analyst);
  const { value } = split;
  const refuse = (what: string) => opaqueCode(what, value.at, { context, analyst });
  if (value.kind !== 'literal') return refuse('words for `env` that are not literal');
  // A backslash, a variable and a comment mean something to env itself.
  if (/[\\$]|(?:^|\s)#/.test(value.text)) return refuse('words for `env` that are not plain');
  // The text may hold options of env again.
  analyst.argv([literal('env', value.at), ...splitText(value), ...wordsBehind(words, split)], deeper(context));
};

const userText: NamedOptions = { long: 'command session-command', letters: 'c', values: 'gGsTwu' };
const userTable = optionTable('-u --user -g -G -s -w');

const userShell: NamedOptions = { long: 'shell', letters: 's', values: 'cgGTwu' };

/** `su` and `runuser` take a user, then options for the shell, which may be any program. */
const switchUser: Handler = (call, analyst) => {
  const words = call.words.filter(({ text }) => !/^--?$/.test(text));
  const shell = optionValue(call.words, userShell);
  if (shell) runWithTails(shell.value, { ...call, words: wordsBehind(call.words, shell) }, analyst);
  const text = optionValue(words, userText);
  if (text) analyst.shellText(text.value, deeper(call.context));
  if (words.some((word) => word.text === '-u')) runRest(call, analyst, { table: userTable });
  else if (!text?.exact) readShell({ ...call, words }, analyst, { table: userTable, skip: 1 });
};

/** `sg [-] group TEXT`, `sg group -c TEXT`, `newgrp group`; with an option before a group `sg` is ast-grep, which executes nothing. */
const switchGroup: Handler = (call, analyst) => {
  const words = /^-l?$/.test(textAt(call.words, 0)) ? call.words.slice(1) : call.words;
  const isOther = words[0]?.kind === 'literal' && isOption(words[0].text);
  const text = optionValue(words, { long: 'command', letters: 'c' })?.value ?? (isOther ? undefined : words[1]);
  if (isOther && !text) return;
  if (text) analyst.shellText(text, deeper(call.context));
  else readShell({ ...call, words }, analyst, { table: optionTable(), skip: 1 });
};

const readsPassword: NamedOptions = { long: 'stdin', letters: 'S', values: 'ughpCDRTUrtac' };
const startsShell: NamedOptions = { long: 'shell login', letters: 'si', values: 'ughpCDRTUrtac' };
const runElevated = createWrapper(elevate);
const runElevatedShell = createWrapper({ ...elevate, shell: true });

/** `sudo -s` and `sudo -i` start a shell. */
const sudo: Handler = (call, analyst) => {
  const has = (options: NamedOptions) => call.words.some(({ text }) => namedOption(text, options));
  // The password is taken from standard input then.
  const context = has(readsPassword) ? { ...call.context, stdin: shared(call.context.stdin) } : call.context;
  (has(startsShell) ? runElevatedShell : runElevated)({ ...call, context }, analyst);
};

const archTable = optionTable('', '-v -B -F -I -L -R -S -T -X -Z');

/** `setarch [arch] [options] program`. */
const setarch: Handler = (call, analyst) => {
  const spec = { table: archTable, from: isOption(textAt(call.words, 0)) ? 0 : 1 };
  readShell(call, analyst, spec);
  runRest(call, analyst, spec);
};

/** `capsh … -- ARGS` starts bash, or the program of `--shell=`, with these arguments. */
const capsh: Handler = ({ words, context }, analyst) => {
  const dashes = words.findIndex(({ text }) => /^(?:--|==)$/.test(text));
  const end = words[dashes];
  if (!end) return;
  const shells = words.slice(0, dashes).filter(({ text }) => text.startsWith('--shell='));
  for (const program of ['bash', ...shells.map(({ text }) => text.slice('--shell='.length))])
    analyst.argv([literal(program, end.at), ...words.slice(dashes + 1)], deeper(context));
};

/** A verb behind which the words of another program stand: `tfenv exec ARGS` runs the version of terraform that is chosen. */
const createFront =
  (verb: string, program: string, other?: Handler): Handler =>
  (call, analyst) => {
    const { words, context } = call;
    other?.(call, analyst);
    const found = words.findIndex(({ text }) => text === verb);
    const at = words[found]?.at;
    if (at !== undefined) analyst.argv([literal(program, at), ...words.slice(found + 1)], deeper(context));
  };

/** Switches of `start`, which Git Bash needs with two slashes. */
const SWITCH = /^\/\/?[A-Za-z]+$/;

/** `start "title" /d folder /wait PROGRAM` of Windows. */
const start: Handler = (call, analyst) => {
  const words = call.words.filter(({ text, kind }) => kind !== 'literal' || (text !== '' && !SWITCH.test(text)));
  runRest({ ...call, words }, analyst, { table: optionTable() });
  unknownProgram(call, analyst);
};

const runScreen = createWrapper({
  values: '-S -c -t -T -s -h -p -X -Q',
  flags: '-d -m -D -R -r -x -q -L -A -U',
});

const screen: Handler = (call, analyst) => {
  const verb = call.words.findIndex(({ text }) => /^(?:stuff|exec)$/.test(text));
  const text = verb < 0 ? undefined : call.words[verb + 1];
  if (text)
    analyst.shellText({ ...text, text: text.text.replace(/(?:\^[MJ]|\\(?:[rn]|01[25]))+$/, '') }, deeper(call.context));
  runScreen(call, analyst);
};

/** The words from the first of a kind on. */
function fromFirst(words: readonly Arg[], when: (word: Arg) => boolean): readonly Arg[] {
  return words.slice(wordsBefore(words, when).length);
}

const isRun = ({ text }: Arg) => text === 'run';

const runNixShell = createWrapper({ verbs: ['-c', '--command'] });

/** `nix run nixpkgs#kubectl -- apply`: the installable names the program. */
const nix: Handler = (call, analyst) => {
  const { words, context } = call;
  checkInstalled(call, analyst, installers.nix);
  // Behind `-c` the words are those of a command.
  const behind = wordsBefore(words, ({ text }) => /^(?:-c|--command)$/.test(text)).findIndex(isRun) + 1;
  const [installable, ...rest] = behind > 0 ? fromFirst(words.slice(behind), ({ text }) => !isOption(text)) : [];
  if (installable) {
    const program = { ...installable, text: installable.text.replace(/.*[#.]/, '') };
    analyst.argv([program, ...rest.filter((word, at) => at > 0 || !isEnd(word))], deeper(context));
  }
  runNixShell(call, analyst);
};

const runNixScript = createWrapper({ text: { long: 'run command' }, shell: true });

const nixShell: Handler = (call, analyst) => {
  checkInstalled(call, analyst, installers.nix);
  runNixScript(call, analyst);
};

const lockTable = optionTable('-w --timeout -E --conflict-exit-code', '-n --nonblock -x -s -u -o -e -F --verbose');
const lockText: NamedOptions = { long: 'command', letters: 'c', values: 'wE' };

/** `flock` takes an argv behind its lock file, or `-c TEXT`. */
const flock: Handler = (call, analyst) => {
  const { words, context } = call;
  const { starts } = positionals(words, { table: lockTable });
  // Behind the lock file stand the options of the command.
  const before = optionValue(words.slice(0, Math.min(...starts) + 1), lockText);
  if (before) analyst.shellText(before.value, deeper(context));
  const texts = starts.filter((start) => /^(?:-c|--command)$/.test(textAt(words, start + 1)));
  for (const start of texts) {
    const text = words[start + 2];
    if (text) analyst.shellText(text, deeper(context));
    // More than one word is an error to flock, and may be meant as one text.
    if (text && words[start + 3]) analyst.argv(words.slice(start + 2), deeper(context, { speculative: true }));
  }
  if (texts.length === 0 || texts.length < starts.length) runRest(call, analyst, { table: lockTable, skip: 1 });
};

const runFlatpak = createWrapper({ verbs: ['run'], also: [{ verbs: ['enter', 'build'], skip: 1 }] });

/** `flatpak run --command=PROGRAM APP ARGS`. */
const flatpak: Handler = (call, analyst) => {
  const program = optionValue(call.words, { long: 'command' })?.value;
  if (program) runWithTails(program, call, analyst);
  runFlatpak(call, analyst);
};

/** Programs that execute a command given in their words. */
export const wrapperHandlers: readonly (readonly [string, Handler])[] = [
  ...Object.entries(wrapperTable).map(([program, spec]) => [program, createWrapper(spec)] as const),
  ['env', env],
  ['nix', nix],
  ['nix-shell', nixShell],
  ['su', switchUser],
  ['runuser', switchUser],
  ['flock', flock],
  ['sudo', sudo],
  ['doas', sudo],
  ['sg', switchGroup],
  ['newgrp', switchGroup],
  ['setarch', setarch],
  ['capsh', capsh],
  ['tmux', tmux],
  ['tfenv', createFront('exec', 'terraform')],
  ['flux', createFront('bulksubmit', 'parallel', unknownProgram)],
  ['screen', screen],
  ['start', start],
  ['flatpak', flatpak],
  ['bwrap', bwrap],
];
