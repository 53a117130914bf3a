import type { Analyst } from '#policy/command/analysis.ts';
import { ANY_PROGRAM } from '#policy/command/analysis.ts';
import type { Call, Handler } from '#policy/command/handler.ts';
import { isEnd, textAt } from '#policy/command/handler.ts';
import { isOption } from '#policy/command/options.ts';
import type { Suspects } from '#policy/command/suspects.ts';
import { suspectsOf } from '#policy/command/suspects.ts';
import type { Arg } from '#policy/command/words.ts';
import { isUnknown } from '#policy/command/words.ts';

/** How many of a call's unknown words are supposed at once: `cmake "$a" "$b" npm publish` takes two. */
const MAX_AT_ONCE = 2;

/** Reads a call again for each word that a word of unknown content could be and that would make it execute something. */
export function supposeWords(call: Call, analyst: Analyst, handler: Handler): void {
  const { words, context } = call;
  if (context.speculative || !words.some(isUnknown)) return;
  const suspects = suspectsOf(call);
  if (suspects)
    supposeFrom(call, analyst, {
      handler,
      suspects,
      from: 0,
      left: call.program === ANY_PROGRAM ? 1 : MAX_AT_ONCE,
    });
}

interface Supposing {
  readonly handler: Handler;
  readonly suspects: Suspects;
  /** The first word that may be supposed. */
  readonly from: number;
  readonly left: number;
}

function supposeFrom(call: Call, analyst: Analyst, supposing: Supposing): void {
  const { words, context } = call;
  const { handler, suspects, from, left } = supposing;
  for (const [index, word] of words.entries()) {
    if (index < from || !isUnknown(word)) continue;
    for (const meant of suspects.words) {
      if (!couldBe(call, index, meant, suspects)) continue;
      if (!analyst.mayReadAgain(words, context)) return;
      const rest = words.slice(word.kind === 'many' ? index : index + 1);
      const supposed: Call = {
        ...call,
        words: [...words.slice(0, index), { ...meant, at: word.at }, ...rest],
        context: { ...context, supposed: context.supposed ?? { at: word.at, meant: meant.text } },
      };
      handler(supposed, analyst);
      if (left > 1) supposeFrom(supposed, analyst, { ...supposing, from: index + 1, left: left - 1 });
    }
  }
}

/** Options that execute something without the words behind them. */
const OWN = /^-.*=|^--ext-diff$|^-K$/;

/** Whether the unknown word at an index may be the one that is meant. */
function couldBe({ program, words }: Call, index: number, { text }: Arg, { takesValue, spec }: Suspects): boolean {
  const word = words[index];
  if (!word || !text.startsWith(word.text)) return false;
  const isOperand = word.isPlain || (word.isName && program === 'git');
  if (isOperand && !/^\w(?!.*::)/.test(text)) return false;
  if (spec?.operandsOnly && OWN.test(text)) return false;
  const before = words[index - 1];
  const option = before?.kind === 'literal' ? before.text : '';
  if (spec?.onlyBehind) return spec.onlyBehind.test(option);
  const isValue = takesValue(option) || (index === 1 && spec?.firstTakesValue?.test(option));
  if (option !== '' && isValue && word.kind === 'one') return false;
  if (/^[-+]|=/.test(text)) return spec?.ignoresEnd === true || !words.slice(0, index).some(endsOptions);
  return !spec?.verbsBehind || isVerbAt(words.slice(0, index), spec.verbsBehind);
}

/** Git knows a second mark, since to many of its verbs `--` means that files follow. */
function endsOptions(word: Arg): boolean {
  return isEnd(word) || (word.text === '--end-of-options' && word.kind === 'literal');
}

/** True when nothing stands before a verb but options, what may be their values, and words that may. */
function isVerbAt(before: readonly Arg[], allowed: RegExp): boolean {
  return before.every(
    (word, at) =>
      word.kind !== 'literal' || isOption(word.text) || allowed.test(word.text) || isOption(textAt(before, at - 1)),
  );
}
