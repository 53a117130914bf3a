import type { Invocation, Opaque, Redirected } from '#policy/command/analysis.ts';
import { runsManifest } from '#policy/command/executed-files.ts';
import { executedIn } from '#policy/command/own-scripts.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal } from '#policy/command/words.ts';
import { plain, writtenFiles } from '#policy/command/written-files.ts';

/** What a command puts into files that it then executes, where ordinary work edits them: only the commands in it count. */
export function editsOfScripts(
  raw: string,
  calls: readonly Invocation[],
  redirects: readonly Redirected[],
): readonly Arg[] {
  const { texts } = writtenFiles(calls, redirects);
  const runs = (name: string) => calls.some((call) => runsManifest(call, name));
  const strings = [...texts].some(runs) ? Array.from(raw.matchAll(/"((?:[^"\\]|\\.)+)"/gs)) : [];
  const manifest = strings.map(({ 1: text = '', index }) => literal(text, index));
  const edits = editsOfExecuted(calls, redirects).flatMap(({ args }) => args.slice(1));
  return [...manifest, ...edits.flatMap(insertedBy)];
}

/** An edit of a script that the command then executes, which does not show what it puts there: `s/x/kubectl\x20apply/`. */
export function findHiddenEdit(calls: readonly Invocation[], redirects: readonly Redirected[]): Opaque | undefined {
  const words = editsOfExecuted(calls, redirects).flatMap(({ args }) => args.slice(1));
  const found = words.find(
    ({ text }) =>
      PRINTS.test(text) ||
      TRANSLATES.test(text) ||
      replacementsIn(text).some((each) => ESCAPES.test(each.replaceAll('\\\\', ''))),
  );
  return found && { construct: 'an edit of a script that does not show what it writes', at: found.at };
}

/** What perl puts into the file besides its lines. */
const PRINTS = /\bprint\s+(?!(?:if|unless)\b)/;
/** `y/abc/xyz/` of sed. */
const TRANSLATES = /(?:^|[;{}\n\d$/!])\s*y[^\w\s\\]/;
/** What stands for another letter or case in a replacement. */
const ESCAPES = /\\[^\W_nrt1-9]/;
const SUBSTITUTION = /s([^\w\s\\])(?:\\.|(?!\1).)*\1((?:\\.|(?!\1).)*)\1/gs;

function replacementsIn(script: string): readonly string[] {
  return Array.from(script.matchAll(SUBSTITUTION), ([, , replacement = '']) => replacement);
}

/** Calls of sed and perl that edit a file which another call of the command executes. */
function editsOfExecuted(calls: readonly Invocation[], redirects: readonly Redirected[]): readonly Invocation[] {
  const edits = calls.filter(({ program, args }) => /^(?:g?sed|perl)$/.test(program) && args.some(isInPlace));
  if (edits.length === 0) return [];
  const executed = executedIn(calls, redirects);
  const isRun = (name: string) =>
    name !== '' && (calls.some((call) => runsManifest(call, name)) || executed.some(({ isFile }) => isFile(name)));
  return edits.filter(({ args }) => args.slice(1).map(plain).some(isRun));
}

function isInPlace({ text }: Arg): boolean {
  return /^(?:-[A-Za-z0-9]*i|--in-place)/.test(text);
}

/** The parts of a script of sed or perl that may end up in the file. */
function insertedBy(word: Arg): readonly Arg[] {
  if (word.kind !== 'literal') return [];
  // Behind `a\` an `n` is a letter, elsewhere `\n` is a line break.
  const parts = [/[/|,#@!~;]|\\n|\n/, /[/|,#@!~;]|\n/].flatMap((ends) => word.text.split(ends));
  // `a`, `i` and `c` take the text behind them.
  const taken = parts.flatMap((part) => [part, part.replace(/^\s*(?:\d+|\$)?\s*[aic]\\?\s*/, '')]);
  const quoted = parts.flatMap((part) => Array.from(part.matchAll(/"([^"]+)"/g), ([, text = '']) => text));
  // One substitution may write the program, another its verb.
  const texts = [...taken, ...quoted, replacementsIn(word.text).join(' ')].map((text) => text.replaceAll('\\t', ' '));
  return texts.filter((text) => /\S\s+\S/.test(text)).map((text) => ({ ...word, text }));
}
