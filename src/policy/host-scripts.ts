// Programs such as sed and awk get a program text, which may name files of its own.

import type { Invocation } from '#policy/command/analysis.ts';

const SED = /^(?:g|s)?sed$/;
const QUOTING = /^(?:[gmn]?awk|yq)$/;
/** To these the first word is a pattern or a program, not a file, unless an option carries it. */
const SCRIPT_FIRST = /^(?:[efz]?grep|rg|ag|ack|g?sed|[gmn]?awk|jq|yq)$/;

/** Whether the first word of a call is a pattern or a program. */
export function beginsWithScript({ program, args }: Invocation): boolean {
  return SCRIPT_FIRST.test(program) && !carriesScript(args);
}

/** Whether an option carries the pattern or the program. */
function carriesScript(args: Invocation['args']): boolean {
  return args.some(({ text }) => /^(?:-[a-zA-Z]*[ef]|--(?:regexp|file|expression))/.test(text));
}

/** What in the words of a call may name a file that its program text reads or writes. */
export function namesInScripts({ program, args }: Invocation): readonly string[] {
  const texts = args.slice(1).map(({ text }) => text);
  if (SED.test(program))
    return texts.flatMap((text) => text.split('\n').flatMap(afterFileCommand)).map((name) => name.trim());
  if (!QUOTING.test(program)) return [];
  return texts.flatMap((text) => [...text.matchAll(/["']([^"'\n]{1,4096})/g)].map(([, name = '']) => name));
}

/** Everything behind an `r` or `w`: which of them is a command does not matter to names that are not there. */
function afterFileCommand(line: string): readonly string[] {
  return [...line.matchAll(/[rRwW]/g)].slice(0, 200).flatMap(({ index }) => {
    const rest = line.slice(index + 1);
    return [rest, rest.replace(/\s*[;}].*$/, '')];
  });
}

/** awk reads a file whose name its program makes up. */
export function readsUntold({ program, args }: Invocation): boolean {
  if (!program.endsWith('awk')) return false;
  return args.some(({ text }) =>
    /getline[^;}\n<]*<(?!\s*"[^"\\\n]*"\s*(?:[;})\n&|>!=<]|$))|\bARGV\s*\[[^\]]*\]\s*=/.test(text),
  );
}
