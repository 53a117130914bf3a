import type { Analyst } from '#policy/command/analysis.ts';
import type { Call } from '#policy/command/handler.ts';
import { isOption } from '#policy/command/options.ts';
import type { PlainCode } from '#policy/command/plain-code.ts';
import { stdinArg } from '#policy/command/shell-text.ts';
import type { Arg } from '#policy/command/words.ts';
import { isLiteral, literal } from '#policy/command/words.ts';

/** How an interpreter is given code of a language that can be read. */
export interface PlainSpec {
  readonly read: (code: string) => PlainCode | undefined;
  /** The word behind which code stands. */
  readonly option: RegExp;
  /** Words behind code that the program obeys all the same. */
  readonly obeys?: RegExp;
  /** Options that may stand before it. */
  readonly before: RegExp;
  /** Its standard input is a page in which code may stand. */
  readonly readsPages?: true;
}

/** True for a call that is given code which only computes and prints, in an argument or on standard input; the files that it reads are named. */
export function onlyPrints(
  { words, head, context }: Call,
  analyst: Analyst,
  { read, option, obeys, before, readsPages }: PlainSpec,
): boolean {
  const start = words.findIndex(({ kind, text }) => kind !== 'literal' || !before.test(text));
  const [first, second, ...more] = start < 0 ? [] : words.slice(start);
  const isInput = !readsPages && (first === undefined || (first.kind === 'literal' && first.text === '-'));
  const takesCode = first?.kind === 'literal' && option.test(first.text);
  const code = isInput ? stdinArg(context, head.at) : takesCode ? second : undefined;
  const behind = [...(isInput && second ? [second] : []), ...more];
  // Without a letter of code standard input is read instead.
  if (code?.kind !== 'literal' || code.text === '' || !isLiteral(behind)) return false;
  if (behind.some(({ text }) => isOption(text) || text.includes('|') || obeys?.test(text))) return false;
  const { reads } = read(code.text) ?? {};
  for (const file of reads ?? []) {
    // Code puts the name of any file together.
    const target: Arg = file === undefined ? { text: '/', kind: 'one', at: code.at } : literal(file, code.at);
    analyst.redirect({ target, use: 'read' });
  }
  return reads !== undefined;
}
