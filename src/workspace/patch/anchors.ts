import type { WorkBudget } from './line-index.ts';
import { indentOf, trimBoth } from './white-space.ts';

// A step reads and trims a line, a comparison compares two numbers.
const charsPerComparison = 8;
const stepCost = 8;

/** Lines of a file, 0-based, `end` exclusive. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** Answers the blocks that a chain of anchors encloses, outermost first; empty when an anchor names no line. */
export type FindBlocks = (anchors: readonly string[]) => readonly LineRange[];

/** Prepares the search in one file; it spends the budget on every character that it reads. */
export function createBlockFinder(texts: readonly string[], work: WorkBudget): FindBlocks {
  // Most patches name no anchor.
  let chars: number | undefined;
  const named = new Map<string, readonly LineRange[]>();
  const blocks = (anchor: string): readonly LineRange[] => {
    const known = named.get(anchor);
    if (known) return known;
    chars ??= texts.reduce((sum, text) => sum + text.length + 1, 0);
    work.left -= Math.ceil(chars / charsPerComparison);
    const lines = work.left < 0 ? [] : linesNamed(texts, anchor);
    const found: LineRange[] = [];
    for (const start of lines) {
      const end = work.left < 0 ? texts.length : endOfBlock(texts, start);
      work.left -= (end - start) * stepCost;
      found.push({ start, end });
    }
    named.set(anchor, found);
    return found;
  };
  return (anchors) => {
    let ranges: readonly LineRange[] = [{ start: 0, end: texts.length }];
    for (const anchor of anchors) {
      if (work.left < 0) return [];
      const outer = ranges;
      ranges = blocks(anchor).filter(({ start }) => {
        work.left -= outer.length;
        return work.left >= 0 && outer.some((range) => start >= range.start && start < range.end);
      });
    }
    return ranges;
  };
}

// The anchor is the whole line, or its start up to the end of a word, as `class A` is of `class A(Base):`.
function linesNamed(texts: readonly string[], anchor: string): number[] {
  const wanted = trimBoth(anchor);
  const whole: number[] = [];
  const started: number[] = [];
  for (const [line, text] of texts.entries()) {
    if (!text.includes(wanted)) continue;
    const trimmed = trimBoth(text);
    if (trimmed === wanted) whole.push(line);
    else if (trimmed.startsWith(wanted) && !/^[\p{L}\p{N}_$]/u.test(trimmed.slice(wanted.length))) started.push(line);
  }
  return whole.length > 0 ? whole : started;
}

// What may stand at the header's own indentation without ending its block: closers, continuations, labels.
const continues =
  /^(?:[{}()[\]]|end\b|else\b|elif\b|elsif\b|except\b|catch\b|finally\b|rescue\b|ensure\b|\w+:$|case\b)/u;

function endOfBlock(texts: readonly string[], header: number): number {
  const indent = indentOf(texts[header] ?? '').length;
  let deeper = false;
  for (let line = header + 1; line < texts.length; line += 1) {
    const text = texts[line] ?? '';
    const body = trimBoth(text);
    if (body === '' || body.startsWith('#')) continue;
    const own = indentOf(text).length;
    if (own < indent) return line;
    if (own === indent && deeper && !continues.test(body)) return line;
    if (own > indent) deeper = true;
  }
  return texts.length;
}
