import type { Analyst, Context } from '#policy/command/analysis.ts';
import { deeper } from '#policy/command/handler.ts';
import type { Arg } from '#policy/command/words.ts';

const QUOTED = /\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"/g;
const WORD = /(?:\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|[^\s'"\\])+/g;

/** The words of a text that a program splits by itself, at blanks outside of quotes: what a shell takes for a sign is a part of a word there. */
export function splitText(text: Arg): readonly Arg[] {
  return Array.from(text.text.matchAll(WORD), ([word]) => ({ ...text, text: word.replaceAll(QUOTED, withoutQuotes) }));
}

function withoutQuotes(part: string): string {
  if (part.startsWith('\\')) return part.slice(1);
  const inner = part.slice(1, -1);
  return part.startsWith('"') ? inner.replaceAll(/\\(["\\])/g, '$1') : inner;
}

/** Reads a text both as a shell does and as a program that splits it itself, where either may be the case. */
export function eitherWay(text: Arg, context: Context, analyst: Analyst): void {
  analyst.shellText(text, deeper(context));
  if (text.kind === 'literal') analyst.argv(splitText(text), deeper(context));
}
