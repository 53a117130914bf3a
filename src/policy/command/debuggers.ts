import type { Handler } from '#policy/command/handler.ts';
import {
  deeper,
  doubtWord,
  EXECUTES_VALUE,
  isEnd,
  opaqueCode,
  optionValues,
  scanWords,
  textAt,
} from '#policy/command/handler.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import type { Arg } from '#policy/command/words.ts';

/** Commands of gdb that look, step or end; none calls a function, which takes brackets. */
const GDB_LOOKS =
  /^(?:(?:(?:thread|frame) apply (?:all|[\d .-]+)(?: -\w+)* )?(?:bt|backtrace|where|info locals|i locals)(?: (?:full|-?[\w-]+))*|(?:run|r|start|starti|quit|q|detach|kill|gcore|generate-core-file)|(?:i|info|thread|frame|f|up|down|list|l|x\/\w+|x|disas|disassemble|display|break|b|tbreak|watch|catch|handle|delete|disable|enable|ptype|whatis|p|print|p\/\w|print\/\w|file|symbol-file|core|core-file|attach|c|continue|n|next|ni|nexti|s|step|si|stepi|finish|until|u|show|set (?:pagination|confirm|height|width|verbose|print|style|listsize|debuginfod|disassembly-flavor|non-stop|detach-on-fork|follow-fork-mode|scheduler-locking|breakpoint|trace-commands|sysroot|solib-search-path))(?: [\w$.*&:/@+=,<>" -]*)?)$/;
/** The same of lldb, whose `expression`, `p` and `po` compile code. */
const LLDB_LOOKS =
  /^(?:bt(?: all| \d+)?|thread (?:backtrace(?: all)?|list|info|select \d+)|frame (?:variable|info|select \d+)|(?:fr v|v)(?: [\w.]+)*|register read(?: \w+)*|image list|target modules list|process (?:status|detach|kill|continue|attach (?:--pid|-p) \d+)|(?:b|breakpoint set) [\w.: -]+|disassemble|di|run|r|c|continue|n|next|s|step|finish|up|down|q|quit|exit|detach|kill)$/;

const GDB_TEXT = /^--?(?:ex|iex|ev[a-z-]*|init-ev[a-z-]*)(?:=|$)/;
const GDB_FILE = /^--?(?:ex|ev|iex|ix|init-|x|comm)/;
const GDB_INPUT = /shell|!|python|pipe/;

/** The text behind `=`, or the next word. */
function textOf(words: readonly Arg[], at: number): Arg | undefined {
  const word = words[at];
  const equals = word?.text.indexOf('=') ?? -1;
  return word && equals >= 0 ? { ...word, text: word.text.slice(equals + 1) } : words[at + 1];
}

/** `gdb -batch -ex bt -p 1` looks; `-ex` may as well start a shell, and `--args` names what is run. */
const gdb: Handler = (call, analyst) => {
  const { words, head, context } = call;
  const end = words.findIndex(({ text }) => /^--?args$/.test(text));
  const own = end < 0 ? words : words.slice(0, end);
  if (end >= 0) analyst.argv(words.slice(end + 1), deeper(context));
  for (const [at, word] of own.entries()) {
    const text = GDB_TEXT.test(word.text) ? textOf(own, at) : undefined;
    const looks = text?.kind === 'literal' && GDB_LOOKS.test(text.text.trim());
    if (text ? !looks : GDB_FILE.test(word.text)) doubtWord(EXECUTES_VALUE, text ?? word, { context, analyst });
  }
  const input = stdinArg(context, head.at);
  if (input && (input.kind !== 'literal' || GDB_INPUT.test(input.text)))
    analyst.opaque('input that can execute commands', head.at, context);
};

/** `lldb -b -o bt -p 1` looks, too; behind the program stand its arguments. */
const lldb: Handler = (call, analyst) => {
  const { words, head, context } = call;
  const dashes = words.findIndex(isEnd);
  if (dashes >= 0) analyst.argv(words.slice(dashes + 1), deeper(context));
  scanWords(call, analyst);
  const texts = optionValues(words, { long: 'one-line one-line-before-file one-line-on-crash', letters: 'oOkK' });
  for (const { value, at } of texts)
    if (value.kind !== 'literal' || !LLDB_LOOKS.test(value.text.trim()))
      doubtWord(EXECUTES_VALUE, { ...value, at }, { context, analyst });
  const file = words.find(({ text }, at) => /^(?:-[sS]|--source)/.test(text) && textAt(words, at + 1) !== '');
  if (file) doubtWord(EXECUTES_VALUE, file, { context, analyst });
  const input = stdinArg(context, head.at);
  if (input) opaqueCode('input that can execute commands', head.at, { context, analyst });
};

/** Debuggers, whose options take commands in a language of their own. */
export const debuggerHandlers: readonly (readonly [string, Handler])[] = [
  ['gdb', gdb],
  ['lldb', lldb],
];
