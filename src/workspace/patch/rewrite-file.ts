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

/** Applies placed hunks; every byte outside removed and added lines stays, whatever the patch's context looks like. */
export function rewriteFile(file: TextFile, placed: readonly PlacedHunk[]): TextFile {
  const edits: Edits = { removed: new Set(), inserted: new Map(), finalEol: 'as_before' };
  for (const hunk of placed) collect(file, hunk, edits);
  const texts: (readonly string[])[] = [];
  const eols: (readonly Eol[])[] = [];
  let lastIsNew = false;
  let from = 0;
  // Between two edits the lines are taken over all at once.
  const takeOver = (to: number) => {
    texts.push(file.texts.slice(from, to));
    eols.push(file.eols.slice(from, to));
    if (to > from) lastIsNew = false;
  };
  for (const line of [...new Set([...edits.inserted.keys(), ...edits.removed])].toSorted((a, b) => a - b)) {
    takeOver(line);
    const added = edits.inserted.get(line) ?? [];
    texts.push(added.map(({ text }) => text));
    eols.push(added.map(({ eol }) => eol));
    if (added.length > 0) lastIsNew = true;
    from = edits.removed.has(line) ? line + 1 : line;
  }
  takeOver(file.texts.length);
  return {
    bom: file.bom,
    texts: texts.flat(),
    eols: endings(eols.flat(), file, lastIsNew ? edits.finalEol : undefined),
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

function endings(eols: Eol[], file: TextFile, finalEol: Edits['finalEol'] | undefined): Eol[] {
  const fallback = file.eols[0] || '\n';
  for (let i = 0; i < eols.length - 1; i += 1) if (eols[i] === '') eols[i] = eols[i - 1] || fallback;
  const hadNone = file.eols.at(-1) === '';
  if (eols.length > 0 && (finalEol === 'none' || (finalEol === 'as_before' && hadNone))) eols[eols.length - 1] = '';
  return eols;
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
