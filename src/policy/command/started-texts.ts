import type { Analyst, Context } from '#policy/command/analysis.ts';
import { deeper, scanWords } from '#policy/command/handler.ts';
import { isShown } from '#policy/command/shown-options.ts';
import type { Arg } from '#policy/command/words.ts';
import { literal } from '#policy/command/words.ts';

/** What hands the words behind it to a shell or starts them, in code, in a setting and at the beginning of a text. */
const STARTS = new RegExp(
  [
    String.raw`(?:^\W*|\()(?:exec|spawn|shell(?:-command)?|system|call-process|host|os|sh)\s.*`,
    // Before a text in quotes.
    String.raw`\b(?:\w*system|exec\w*|spawn\w*|popen|\w*process\w*|[a-z]+command|[/.]sh(?:ell)?)[\s,]*(?:["'\x60]|~\w").*`,
    // Called, or the name of a setting.
    String.raw`\b(?:\w*system|\w*exec\w*|\w*spawn\w*|popen|run|\w*call|\w*output|sh|\w*shell[\w-]*|command|cmd|transform|preview|become|reload)[([{:].*`,
  ].join('|'),
  'is',
);
/** What parts the words of a command that stands in code, in a list or in a setting. */
const PARTS = /[^\w@%+=./-]+/;
/** Marks that stand right before a command in code, in settings and in languages of consoles; prose has a blank between, an alternative of a pattern none before. */
const MARKS =
  /(?:(?<name>[\w.-]+):|[!&;,>\]]|(?<![\w)])\||(?<=\w)[([{]|(?<=\w)\(["'`]|["'](?=[\w./-]+["'][\s,;]*["']))(?=[\w./])/g;
/** Words of a command that are looked at. */
const MAX_WORDS = 32;

/** Tries the code that may stand among the words of an interpreter. */
export function guessCode(words: readonly Arg[], context: Context, analyst: Analyst): void {
  if (context.speculative) return;
  for (const [index, word] of words.entries()) {
    if (!/\s/.test(word.text) || isShown(words[index - 1]?.text ?? '')) continue;
    guessStarted(word, context, analyst);
    guessMarked(word, context, analyst);
  }
}

/** Tries what code and settings start: `system("npm ci")`, `exec npm ci`. */
export function guessStarted(word: Arg, context: Context, analyst: Analyst): void {
  const started = STARTS.exec(word.text)?.[0] ?? /^-\w+=?([!|].*)$/s.exec(word.text)?.[1];
  if (started !== undefined) scanWords({ words: wordsOf(started, word), context }, analyst);
}

/** Tries what stands behind a mark: `["npm","ci"]`, `w !npm ci`. */
export function guessMarked(word: Arg, context: Context, analyst: Analyst): void {
  // A list of plain names is no code.
  if (context.speculative || !/[\s"'`]/.test(word.text)) return;
  for (const { index, 0: mark, groups } of word.text.matchAll(MARKS)) {
    if (groups?.name !== undefined && isShown(`--${groups.name}`)) continue;
    const words = wordsOf(word.text.slice(index + mark.length), word).slice(0, MAX_WORDS);
    analyst.argv(words, deeper(context, { speculative: true }));
  }
}

function wordsOf(text: string, { at }: Arg): readonly Arg[] {
  return text
    .split(PARTS)
    .filter((part) => part !== '')
    .map((part) => literal(part, at));
}
