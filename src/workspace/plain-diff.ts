import { commonLineEnds, lineFeeds } from '#domain/common-ends.ts';

// The unified diff of two texts, for the cases in which git can give only one. They are most of what patches change, and asking
// git takes longer than everything else about a small patch. Where git would have to choose between diffs, nothing is answered.

/** Hunks as git writes them, with three lines of context, as latin1 text of the bytes; a CR alone ends a line that is counted, too. */
export interface PlainDiff {
  readonly hunks: string;
  readonly added: number;
  readonly removed: number;
}

/** Lines from `a` on that were taken away, and lines from `b` on that took their place; both counted from 0. */
interface Change {
  readonly a: number;
  readonly removed: number;
  readonly b: number;
  readonly added: number;
}

/** Both texts as lines, without their ends; from a line on that both have, and up to one. */
interface Lines {
  readonly a: readonly string[];
  readonly b: readonly string[];
  /** The bytes of the lines above, the same in both. */
  readonly above: Buffer;
}

/** Bytes of a text, and lines that differ: git begins to guess when there are more than 256 (its XDL_HEUR_MIN_COST). */
const MAX_BYTES = 1024 * 1024;
const MAX_CHANGED_LINES = 200;
/** Lines between two changes that are looked at for one that the text has only once. */
const MAX_LOOKED_AT = 12;
/** Lines that are looked for without a set of all. */
const MAX_SEARCHES = 12;
const CONTEXT = 3;
const LINE_FEED = 10;
/** Bytes of the line that git repeats behind `@@`. */
const MAX_HEADING = 80;
/** How a line begins that git takes for a heading. */
const NAME = /^[A-Za-z_$]/;

/** Undefined where git has a choice, for headings beyond ASCII, and for texts without a last line end, binary ones and large ones. */
export function plainDiff(before: Buffer, after: Buffer): PlainDiff | undefined {
  if (!isPlainText(before) || !isPlainText(after)) return undefined;
  const lines = nearLines(before, after);
  const changes = findChanges(lines);
  if (!changes) return undefined;
  const sum = (of: 'added' | 'removed') => changes.reduce((total, change) => total + change[of], 0);
  const [added, removed] = [sum('added'), sum('removed')];
  if (added + removed > MAX_CHANGED_LINES || !changes.every((change) => isFixed(lines, change))) return undefined;
  const whole = [before, after];
  if (!changes.slice(1).every((change, index) => isApart(whole, lines, { above: changes[index], below: change })))
    return undefined;
  const hunks = toHunks(lines, changes);
  if (hunks === undefined) return undefined;
  const returns = (of: 'a' | 'b', count: 'removed' | 'added') =>
    changes.reduce((total, change) => total + returnsIn(lines[of], change[of], change[count]), 0);
  return { hunks, added: added + returns('b', 'added'), removed: removed + returns('a', 'removed') };
}

function isPlainText(content: Buffer): boolean {
  return content.length > 0 && content.length <= MAX_BYTES && content.at(-1) === 10 && !content.includes(0);
}

/** Lines that end by a CR alone within lines as git sees them. */
function returnsIn(lines: readonly string[], start: number, count: number): number {
  return lines.slice(start, start + count).reduce((sum, line) => sum + (line.match(/\r(?!$)/g)?.length ?? 0), 0);
}

/** Most of a large file is not looked at: lines far from what differs are neither changed nor context. */
function nearLines(before: Buffer, after: Buffer): Lines {
  const { head, tail } = commonLineEnds(before, after);
  let start = head;
  for (let line = 0; line < CONTEXT + 1 && start > 0; line += 1) start = lineStartAbove(before, start);
  const endOf = (content: Buffer) => {
    let end = content.length - tail;
    for (let line = 0; line < CONTEXT + 1 && end < content.length; line += 1) end = content.indexOf(LINE_FEED, end) + 1;
    return end;
  };
  return {
    a: linesOf(before.subarray(start, endOf(before))),
    b: linesOf(after.subarray(start, endOf(after))),
    above: before.subarray(0, start),
  };
}

/** Where the line begins that ends before `at`, which is above 0. */
function lineStartAbove(content: Buffer, at: number): number {
  return at < 2 ? 0 : content.lastIndexOf(LINE_FEED, at - 2) + 1;
}

function linesOf(content: Buffer): readonly string[] {
  return content.toString('latin1', 0, content.length - 1).split('\n');
}

/**
 * Undefined unless every line that goes is nowhere among the lines that come, and the other way round, between what both texts begin and
 * end with: then all lines that both have stay, and there is no other way to keep as many.
 */
function findChanges({ a, b }: Lines): readonly Change[] | undefined {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let same = 0;
  while (same < shorter - start && a[a.length - 1 - same] === b[b.length - 1 - same]) same += 1;
  const [endA, endB] = [a.length - same, b.length - same];
  const inA = searchIn(a, start, endA);
  const inB = searchIn(b, start, endB);
  const changes: Change[] = [];
  let [i, j] = [start, start];
  while (i < endA || j < endB) {
    const from = { a: i, b: j };
    while (i < endA && !inB(a[i] ?? '')) i += 1;
    while (j < endB && !inA(b[j] ?? '')) j += 1;
    if (i > from.a || j > from.b) changes.push({ ...from, removed: i - from.a, added: j - from.b });
    // Lines of both, up to the next change.
    while (i < endA && j < endB && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    const isStuck = i === from.a && j === from.b;
    const differ = i < endA && j < endB && inB(a[i] ?? '') && inA(b[j] ?? '');
    if (isStuck || differ) return undefined;
  }
  return changes;
}

/** Whether a line is among these; the first few are looked for one by one, which takes less time than a set of all lines. */
function searchIn(lines: readonly string[], start: number, end: number): (line: string) => boolean {
  let searches = 0;
  let set: ReadonlySet<string> | undefined;
  return (line) => {
    searches += 1;
    if (searches > MAX_SEARCHES) return (set ??= new Set(lines.slice(start, end))).has(line);
    const at = lines.indexOf(line, start);
    return at >= 0 && at < end;
  };
}

/** Whether the changed lines can stand nowhere else: not one line further up or down. */
function isFixed({ a, b }: Lines, change: Change): boolean {
  const stays = (lines: readonly string[], start: number, count: number) =>
    count === 0 ||
    ((start === 0 || lines[start - 1] !== lines[start + count - 1]) &&
      (start + count === lines.length || lines[start] !== lines[start + count]));
  return stays(a, change.a, change.removed) && stays(b, change.b, change.added);
}

/** Git may take frequent lines between two changes for changed, too, unless one among them is not frequent. */
function isApart(
  whole: readonly Buffer[],
  { a }: Lines,
  { above, below }: { readonly above: Change | undefined; readonly below: Change },
): boolean {
  const from = above ? above.a + above.removed : 0;
  return a
    .slice(from, Math.min(below.a, from + MAX_LOOKED_AT))
    .some((line) => whole.every((content) => isSingle(content, line)));
}

/** Whether a text has a line once. */
function isSingle(content: Buffer, line: string): boolean {
  const sought = Buffer.from(`\n${line}\n`, 'latin1');
  const isFirst = content.subarray(0, sought.length - 1).equals(sought.subarray(1));
  const at = content.indexOf(sought);
  if (isFirst) return at < 0;
  return at >= 0 && !content.includes(sought, at + 1);
}

/** Undefined where a heading is beyond ASCII: git cuts it at a whole character, and leaves out what is none. */
function toHunks(lines: Lines, changes: readonly Change[]): string | undefined {
  const { a, b, above } = lines;
  const skipped = lineFeeds(above);
  const hunks: string[] = [];
  let heading = '';
  let headed = -1;
  for (let at = 0; at < changes.length;) {
    const group = together(changes, at);
    at += group.length;
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last) break;
    const before = Math.min(CONTEXT, first.a, first.b);
    const after = Math.min(CONTEXT, a.length - last.a - last.removed, b.length - last.b - last.added);
    const [startA, startB] = [first.a - before, first.b - before];
    const [endA, endB] = [last.a + last.removed + after, last.b + last.added + after];
    heading = headingAbove(lines, startA - 1, headed) ?? heading;
    if (/[\u0080-\u00FF]/.test(heading)) return undefined;
    headed = startA - 1;
    const ranges = `@@ -${range(skipped + startA, endA - startA)} +${range(skipped + startB, endB - startB)} @@`;
    hunks.push(`${ranges}${heading === '' ? '' : ` ${heading}`}\n${body(lines, group, { startB, endB })}`);
  }
  return hunks.join('');
}

/** The changes from `at` on that share their lines of context. */
function together(changes: readonly Change[], at: number): readonly Change[] {
  let end = at + 1;
  for (; end < changes.length; end += 1) {
    const [above, below] = [changes[end - 1], changes[end]];
    if (!above || !below || below.a - above.a - above.removed > 2 * CONTEXT) break;
  }
  return changes.slice(at, end);
}

function range(start: number, count: number): string {
  const line = count === 0 ? start : start + 1;
  return count === 1 ? String(line) : `${line},${count}`;
}

function body(
  { a, b }: Lines,
  changes: readonly Change[],
  { startB, endB }: { readonly startB: number; readonly endB: number },
): string {
  const out: string[] = [];
  const take = (sign: string, lines: readonly string[], from: number, to: number) => {
    for (let at = from; at < to; at += 1) out.push(`${sign}${lines[at]}\n`);
  };
  let at = startB;
  for (const change of changes) {
    take(' ', b, at, change.b);
    take('-', a, change.a, change.a + change.removed);
    take('+', b, change.b, change.b + change.added);
    at = change.b + change.added;
  }
  take(' ', b, at, endB);
  return out.join('');
}

/** The nearest line from `from` up that begins like a name, but for those at and above `limit`, which were looked at before. */
function headingAbove({ a, above }: Lines, from: number, limit: number): string | undefined {
  for (let at = from; at > limit && at >= 0; at -= 1) {
    const line = a[at] ?? '';
    if (NAME.test(line)) return toHeading(line);
  }
  return limit < 0 ? headingIn(above) : undefined;
}

/** The last line of these that begins like a name. */
function headingIn(above: Buffer): string | undefined {
  for (let end = above.length; end > 0;) {
    const start = lineStartAbove(above, end);
    if (NAME.test(String.fromCharCode(above[start] ?? 0))) return toHeading(above.toString('latin1', start, end - 1));
    end = start;
  }
  return undefined;
}

function toHeading(line: string): string {
  return line.slice(0, MAX_HEADING).replace(/[ \t\n\r]+$/, '');
}
