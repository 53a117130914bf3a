import { explainApplied, explainCount, explainNotFound, explainOverlap } from './explain.ts';
import type { Misfit } from './explain.ts';
import { findPlaces } from './find-places.ts';
import type { Target } from './find-places.ts';
import { tightenHunk } from './hunk.ts';
import { patchLimits } from './model.ts';
import type { FilePatch, Hunk, HunkLine, LineOp, Origin, Replacement } from './model.ts';
import { appliedAt, refuse } from './place-file.ts';
import type { Failure, Placement } from './place-file.ts';
import type { PlacedHunk } from './rewrite-file.ts';
import { asItIs } from './tiers.ts';

/** Text of a file to replace, as offsets into its lines joined with LF. */
interface Splice extends Origin {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** Whole lines that go away with their ending. */
  readonly removesLines: boolean;
}

/** A file as one text. */
interface Joined {
  readonly text: string;
  /** Offset of each line. */
  readonly starts: readonly number[];
}

type Found =
  | { readonly splices: readonly Splice[] }
  | { readonly placed: readonly PlacedHunk[] }
  | { readonly failure: Failure };

// A search through text reads this many characters in the time that comparing two numbers takes.
const charsPerComparison = 8;

/** Decides where the items of `edits` for one file land: as the text stands, else as lines by the tiers of every hunk. */
export function placeReplacements({ replacements = [] }: FilePatch, target: Target): Placement {
  const joined = join(target.text.texts);
  const found = replacements.map((replacement) => find(replacement, target, joined));
  const failures = found.flatMap((item) => ('failure' in item ? [item.failure] : []));
  const fitting = replacements.filter((_, i) => !('failure' in (found[i] ?? {})));
  const matched = fitting.map(({ edit }) => `edit ${edit} (${target.path})`);
  if (failures.length > 0) return refuse(failures, matched);
  const splices = found.flatMap((item) => ('splices' in item ? item.splices : []));
  const tiered = found.flatMap((item) => ('placed' in item ? item.placed : []));
  const placed = [...toHunks(splices, joined, target), ...tiered].toSorted((a, b) => a.start - b.start);
  const clash = overlapOf(splices, placed);
  if (clash) return refuse([{ code: 'order', explain: () => explainOverlap(target.path, clash) }], []);
  return { placed, problems: [], more: 0, matched: [] };
}

function join(texts: readonly string[]): Joined {
  const starts: number[] = [];
  let at = 0;
  for (const text of texts) {
    starts.push(at);
    at += text.length + 1;
  }
  return { text: texts.join('\n'), starts };
}

/** A text without its last line ending as lines; no text is no line. */
function toLines(op: LineOp, text: string): HunkLine[] {
  if (text === '') return [];
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  return lines.map((line, i) => ({ op, text: line, eol: '\n', patchLine: i + 1 }));
}

/** The replacement as a hunk of whole lines. */
export function hunkOf({ oldText, newText, patchLine, edit }: Replacement): Hunk {
  const lines = [...toLines('-', oldText), ...toLines('+', newText)];
  return tightenHunk({ patchLine, ...(edit !== undefined && { edit }), anchors: [], atEof: false, lines });
}

function find(replacement: Replacement, target: Target, joined: Joined): Found {
  const { count } = replacement;
  const hunk = hunkOf(replacement);
  const misfit: Misfit = { target, hunk, number: replacement.edit ?? 1 };
  const { offsets, cutOff } = inText(replacement, target, joined);
  const lineOf = (offset: number) => lineAt(joined, offset);
  if (cutOff || (offsets.length > 0 && offsets.length !== count)) {
    return miscounted(misfit, { starts: offsets.map(lineOf), expected: count, cutOff });
  }
  const applied = offsets.find((offset) => standsAround(replacement, joined.text, offset));
  if (applied !== undefined) return failed('already_applied', () => explainApplied(misfit, lineOf(applied)));
  if (offsets.length > 0) return { splices: offsets.map((offset) => toSplice(replacement, joined.text, offset)) };
  const places = findPlaces(hunk, target);
  if (places.cutOff || (places.starts.length > 0 && places.starts.length !== count)) {
    return miscounted(misfit, { starts: places.starts, expected: count, cutOff: places.cutOff });
  }
  if (places.starts.length > 0) {
    const { tier, starts, adapts } = places;
    return { placed: starts.map((start) => ({ hunk, start, tier, adapt: adapts.get(start) ?? asItIs })) };
  }
  const copy = appliedAt(hunk, target);
  if (copy !== undefined) return failed('already_applied', () => explainApplied(misfit, copy));
  return failed('not_found', () => explainNotFound(misfit, places));
}

function failed(code: Failure['code'], explain: Failure['explain']): Found {
  return { failure: { code, explain } };
}

function miscounted(misfit: Misfit, count: Parameters<typeof explainCount>[1]): Found {
  return failed('ambiguous', () => explainCount(misfit, count));
}

/** Where the old text stands; nowhere when it is a line that only lost its indentation, which its new lines then lost too. */
function inText(replacement: Replacement, target: Target, joined: Joined) {
  const found = occurrences(replacement, target, joined);
  const { oldText } = replacement;
  const oneLine = /^[^\n]+\n(?:[ \t]*\n)*$/u.test(oldText);
  const unindented = oneLine && found.offsets.every((offset) => startOf(joined.text, offset) === 'indented');
  return unindented && !found.cutOff ? { offsets: [], cutOff: false } : found;
}

/** Whether an offset is where its line starts, or where the indentation of its line ends. */
function startOf(text: string, offset: number): 'line' | 'indented' | 'within' {
  let at = offset;
  while (text[at - 1] === ' ' || text[at - 1] === '\t') at -= 1;
  if (at > 0 && text[at - 1] !== '\n') return 'within';
  return at === offset ? 'line' : 'indented';
}

/** Every offset at which the old text stands, those that overlap included; its last line ending only says that a line ends there. */
function occurrences({ oldText }: Replacement, { work }: Target, { text }: Joined) {
  const wanted = withoutEnd(oldText);
  const offsets: number[] = [];
  if (wanted === '') return { offsets, cutOff: false };
  work.left -= Math.ceil(text.length / charsPerComparison);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    work.left -= 1;
    if (offsets.length >= patchLimits.candidates || work.left < 0) return { offsets, cutOff: true };
    if (wanted === oldText || endsLine(text, at + wanted.length)) offsets.push(at);
  }
  return { offsets, cutOff: work.left < 0 };
}

function withoutEnd(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

function endsLine(text: string, offset: number): boolean {
  return offset === text.length || text[offset] === '\n';
}

// An insertion fits again after it was made: its new text then stands around the very place.
function standsAround({ oldText, newText }: Replacement, text: string, offset: number): boolean {
  const [old, now] = [withoutEnd(oldText), withoutEnd(newText)];
  for (let at = now.indexOf(old); at >= 0; at = now.indexOf(old, at + 1)) {
    if (offset >= at && text.startsWith(now, offset - at)) return true;
  }
  return false;
}

// A line ending that only one of the two texts has is one that the sender did not mean to add or to remove.
function toSplice({ oldText, newText, patchLine, edit }: Replacement, text: string, offset: number): Splice {
  const to = offset + withoutEnd(oldText).length;
  const removesLines = newText === '' && startOf(text, offset) !== 'within' && endsLine(text, to);
  const replaced = endsLine(text, to) ? withoutEnd(newText) : newText;
  return { patchLine, ...(edit !== undefined && { edit }), from: offset, to, text: replaced, removesLines };
}

function lineAt({ starts }: Joined, offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Splices as hunks of whole lines; those that share a line become one. */
function toHunks(splices: readonly Splice[], joined: Joined, target: Target): PlacedHunk[] {
  const groups: { from: number; to: number; splices: Splice[] }[] = [];
  for (const splice of splices.toSorted((a, b) => a.from - b.from)) {
    const [from, to] = [lineAt(joined, splice.from), lineAt(joined, splice.to)];
    const last = groups.at(-1);
    if (last && from <= last.to) {
      last.splices.push(splice);
      last.to = Math.max(last.to, to);
    } else groups.push({ from, to, splices: [splice] });
  }
  return groups.map(({ from, to, splices: group }) => {
    const old = target.text.texts.slice(from, to + 1).join('\n');
    const [first] = group;
    const now = group.some(({ removesLines }) => removesLines)
      ? []
      : toLines('+', `${spliced(old, joined.starts[from] ?? 0, group)}\n`);
    const lines = [...toLines('-', `${old}\n`), ...now];
    const hunk = {
      patchLine: first?.patchLine ?? 0,
      ...(first?.edit !== undefined && { edit: first.edit }),
      anchors: [],
      atEof: false,
      lines,
    };
    return { hunk: tightenHunk(hunk), start: from, tier: 'exact', adapt: asItIs };
  });
}

function spliced(old: string, base: number, splices: readonly Splice[]): string {
  let out = '';
  let at = 0;
  for (const { from, to, text } of splices) {
    out += old.slice(at, from - base) + text;
    at = to - base;
  }
  return out + old.slice(at);
}

/** Two items that change the same text, or lines of which one was found only by a tolerance. */
function overlapOf(splices: readonly Splice[], placed: readonly PlacedHunk[]): [Origin, Origin] | undefined {
  const inText = splices.toSorted((a, b) => a.from - b.from);
  for (const [i, splice] of inText.entries()) {
    const next = inText[i + 1];
    if (next && next.from < splice.to) return [splice, next];
  }
  for (const [i, { hunk, start }] of placed.entries()) {
    const next = placed[i + 1];
    const end = start + hunk.lines.filter(({ op }) => op !== '+').length;
    if (next && next.start < end) return [hunk, next.hunk];
  }
  return undefined;
}
