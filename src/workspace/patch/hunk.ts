import { toPatchError } from './failure.ts';
import type { Hunk, HunkLine } from './model.ts';

/** Cells of the table below which a replaced block is compared line by line. */
const maxTable = 40_000;

/** Answers the hunk as it is; refuses one whose old and new lines are the same. */
export function assertChange(hunk: Hunk): Hunk {
  if (tighten(hunk.lines).some((line) => line.op !== ' ')) return hunk;
  throw toPatchError([
    {
      code: 'no_change',
      patchLine: hunk.patchLine,
      message: `The hunk at patch line ${hunk.patchLine} changes nothing: its old and new lines are the same.`,
      fix: `Resend the patch without the hunk at patch line ${hunk.patchLine}, or with the change that it lacks.`,
    },
  ]);
}

/** The hunk with lines that it removes and adds again as kept ones, so that the file's bytes stay there. */
export function tightenHunk(hunk: Hunk): Hunk {
  return { ...hunk, lines: tighten(hunk.lines) };
}

function tighten(lines: readonly HunkLine[]): HunkLine[] {
  const out: HunkLine[] = [];
  let removed: HunkLine[] = [];
  let added: HunkLine[] = [];
  const flush = () => {
    for (const line of keepCommon(removed, added)) out.push(line);
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.op === '-') removed.push(line);
    else if (line.op === '+') added.push(line);
    else {
      flush();
      out.push(line);
    }
  }
  flush();
  return out;
}

function same(a: HunkLine | undefined, b: HunkLine | undefined): boolean {
  return a !== undefined && b !== undefined && a.text === b.text && a.eol === b.eol;
}

function kept(line: HunkLine): HunkLine {
  return { ...line, op: ' ' };
}

function keepCommon(removed: readonly HunkLine[], added: readonly HunkLine[]): HunkLine[] {
  const shorter = Math.min(removed.length, added.length);
  let head = 0;
  while (head < shorter && same(removed[head], added[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && same(removed[removed.length - 1 - tail], added[added.length - 1 - tail])) tail += 1;
  return [
    ...removed.slice(0, head).map(kept),
    ...keepSubsequence(removed.slice(head, removed.length - tail), added.slice(head, added.length - tail)),
    ...removed.slice(removed.length - tail).map(kept),
  ];
}

function keepSubsequence(removed: readonly HunkLine[], added: readonly HunkLine[]): HunkLine[] {
  if (removed.length * added.length > maxTable) return [...removed, ...added];
  const width = added.length + 1;
  const best = new Uint32Array((removed.length + 1) * width);
  for (let i = removed.length - 1; i >= 0; i -= 1) {
    for (let j = added.length - 1; j >= 0; j -= 1) {
      const below = best[(i + 1) * width + j] ?? 0;
      const right = best[i * width + j + 1] ?? 0;
      const diagonal = (best[(i + 1) * width + j + 1] ?? 0) + 1;
      best[i * width + j] = same(removed[i], added[j]) ? diagonal : Math.max(below, right);
    }
  }
  return walk(removed, added, best);
}

function walk(removed: readonly HunkLine[], added: readonly HunkLine[], best: Uint32Array): HunkLine[] {
  const width = added.length + 1;
  const out: HunkLine[] = [];
  let j = 0;
  for (const [i, line] of removed.entries()) {
    const below = (i + 1) * width;
    while (j < added.length && !same(line, added[j]) && (best[below + j] ?? 0) < (best[i * width + j + 1] ?? 0)) {
      push(out, added[j]);
      j += 1;
    }
    if (same(line, added[j])) {
      out.push(kept(line));
      j += 1;
    } else out.push(line);
  }
  for (; j < added.length; j += 1) push(out, added[j]);
  return out;
}

function push(out: HunkLine[], line: HunkLine | undefined): void {
  if (line) out.push(line);
}
