import type { Eol, Hunk, HunkLine } from './model.ts';
import type { TextFile } from './text-file.ts';
import type { Adapt, TierName } from './tiers.ts';
import { foldUnicode } from './white-space.ts';

/** A hunk whose place is decided. */
export interface PlacedHunk {
  readonly hunk: Hunk;
  /** 0-based line of the file. */
  readonly start: number;
  readonly tier: TierName;
  readonly adapt: Adapt;
}

interface OutLine {
  readonly text: string;
  readonly eol: Eol;
}

/** What hunks do to a file's lines. */
interface Edits {
  readonly removed: Set<number>;
  /** Lines to insert before a line of the file. */
  readonly inserted: Map<number, OutLine[]>;
  /** The patch says how the last line ends. */
  finalEol: 'none' | 'newline' | 'as_before';
}

/** What a file becomes. */
export interface Rewritten {
  readonly content: Buffer;
  readonly lines: number;
}

/** Applies placed hunks; every byte outside removed and added lines stays, whatever the patch's context looks like. */
export function rewriteFile(file: TextFile, placed: readonly PlacedHunk[]): Rewritten {
  const edits: Edits = { removed: new Set(), inserted: new Map(), finalEol: 'as_before' };
  for (const hunk of placed) collect(file, hunk, edits);
  const out = createOutput(file);
  let from = 0;
  let lastIsNew = false;
  // Between two edits the lines are taken over all at once.
  const takeOver = (to: number) => {
    if (to > from) lastIsNew = false;
    out.take(from, to);
  };
  for (const line of [...new Set([...edits.inserted.keys(), ...edits.removed])].toSorted((a, b) => a - b)) {
    takeOver(line);
    for (const added of edits.inserted.get(line) ?? []) {
      out.add(added);
      lastIsNew = true;
    }
    from = edits.removed.has(line) ? line + 1 : line;
  }
  takeOver(file.texts.length);
  const endsOpen =
    lastIsNew && (edits.finalEol === 'none' || (edits.finalEol === 'as_before' && file.eols.at(-1) === ''));
  return out.end(endsOpen);
}

/** Collects lines; one that had no ending gets one when another line follows. */
function createOutput({ bom, bytes, texts, eols }: TextFile) {
  const fallback = eols[0] || '\n';
  const parts: Buffer[] = [];
  let lines = 0;
  let [eol, eolBefore]: [Eol, Eol] = [fallback, fallback];
  /** The line of the file up to which the offset is known, and the offset. */
  let [counted, offset] = [0, 0];

  const offsetOf = (line: number): number => {
    for (; counted < line; counted += 1) offset += (texts[counted]?.length ?? 0) + (eols[counted]?.length ?? 0);
    return offset;
  };
  const close = () => {
    if (lines > 0 && eol === '') parts.push(Buffer.from(eolBefore || fallback));
  };
  return {
    take(from: number, to: number) {
      const start = offsetOf(from);
      if (to <= from) return;
      close();
      parts.push(bytes(start, offsetOf(to)));
      eolBefore = to - from > 1 ? (eols[to - 2] ?? '') : eol;
      eol = eols[to - 1] ?? '';
      lines += to - from;
    },
    add(line: OutLine) {
      close();
      parts.push(Buffer.from(line.text + line.eol));
      [eolBefore, eol] = [eol, line.eol];
      lines += 1;
    },
    /** With `open` the last line gets no ending. */
    end(open: boolean): Rewritten {
      if (bom && lines > 0) parts.unshift(Buffer.from('\uFEFF'));
      const content = Buffer.concat(parts);
      return { content: open && lines > 0 ? content.subarray(0, content.length - eol.length) : content, lines };
    },
  };
}

function collect(file: TextFile, placed: PlacedHunk, edits: Edits): void {
  const { hunk, start, adapt } = placed;
  const literal = hasFileEndings(file, placed);
  const carried = placed.tier === 'unicode' ? carryOver(file, placed) : new Map<HunkLine, string>();
  let at = start;
  for (const line of hunk.lines) {
    if (line.op === '+') {
      const text = carried.get(line) ?? adapt(line.text) ?? line.text;
      const eol = literal ? line.eol : neighbourEol(file, at, start);
      const list = edits.inserted.get(at) ?? [];
      list.push({ text, eol: eol === '' ? '\n' : eol });
      edits.inserted.set(at, list);
      if (line.eol === '') edits.finalEol = 'none';
      continue;
    }
    if (line.op === '-') {
      edits.removed.add(at);
      if (line.eol === '' && edits.finalEol === 'as_before') edits.finalEol = 'newline';
    }
    at += 1;
  }
}

// Where the patch shows the file's own line endings it also means those of the lines that it adds.
function hasFileEndings(file: TextFile, { hunk, start }: PlacedHunk): boolean {
  let at = start;
  for (const line of hunk.lines) {
    if (line.op === '+') continue;
    const eol = file.eols[at];
    if (line.eol !== '' && eol !== '' && line.eol !== eol) return false;
    at += 1;
  }
  return true;
}

function neighbourEol(file: TextFile, at: number, start: number): Eol {
  return (at > start ? file.eols[at - 1] : file.eols[at]) || file.eols[0] || '\n';
}

// A replaced line keeps the file's typographic characters where the patch only retyped them.
function carryOver(file: TextFile, { hunk, start }: PlacedHunk): Map<HunkLine, string> {
  const carried = new Map<HunkLine, string>();
  let at = start;
  let removed: string[] = [];
  let added: HunkLine[] = [];
  const pairUp = () => {
    if (removed.length === added.length) {
      for (const [i, line] of added.entries()) carried.set(line, mergeLine(removed[i] ?? '', line.text));
    }
    removed = [];
    added = [];
  };
  for (const line of hunk.lines) {
    if (line.op === ' ') pairUp();
    if (line.op === '+') added.push(line);
    if (line.op === '-') removed.push(file.texts[at] ?? '');
    if (line.op !== '+') at += 1;
  }
  pairUp();
  return carried;
}

function mergeLine(fileText: string, newText: string): string {
  const [a, b] = [foldUnicode(fileText), foldUnicode(newText)];
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return fileText.slice(0, head) + newText.slice(head, newText.length - tail) + fileText.slice(fileText.length - tail);
}
