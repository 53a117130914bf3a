import {
  explainAmbiguous,
  explainApplied,
  explainNoContext,
  explainNotFound,
  explainOrder,
  explainShort,
} from './explain.ts';
import type { Misfit } from './explain.ts';
import { byUrgency, maxProblems } from './failure.ts';
import type { Problem } from './failure.ts';
import { findPlaces } from './find-places.ts';
import type { Places, Target } from './find-places.ts';
import { newLines, oldLines, patchLimits } from './model.ts';
import type { FilePatch, Hunk } from './model.ts';
import { placeInAnyOrder, placeInOrder } from './place-hunks.ts';
import type { HunkSpan } from './place-hunks.ts';
import type { PlacedHunk } from './rewrite-file.ts';
import { asItIs } from './tiers.ts';
import { indentOf, trimTrailing } from './white-space.ts';

/** Every hunk of a file placed, or why not. */
export interface Placement {
  readonly placed: readonly PlacedHunk[];
  readonly problems: readonly Problem[];
  /** Problems beyond those that an error words. */
  readonly more: number;
  /** Hunks that fit, in words, for the error of those that do not. */
  readonly matched: readonly string[];
}

/** Why a hunk does not fit; put into words only when it will be shown, since that costs a search of its own. */
export interface Failure {
  readonly code: Problem['code'];
  readonly explain: () => Problem;
}

type Found = { readonly places: Places } | { readonly failure: Failure };

/** Decides where each hunk lands; `proven` says that the patch was made from exactly these bytes. */
export function placeFile(patch: FilePatch, target: Target, proven: boolean): Placement {
  const stated = proven ? placeAsStated(patch, target) : undefined;
  if (stated) return { placed: stated, problems: [], more: 0, matched: [] };
  const found = patch.hunks.map((hunk, i) => find({ hunk, target, number: i + 1 }));
  const failures = found.flatMap((item) => ('failure' in item ? [item.failure] : []));
  const places = found.flatMap((item) => ('places' in item ? [item.places] : []));
  if (failures.length > 0) return refuse(failures, matchedHunks(target, found));
  return settle(patch, target, places);
}

/** The refusal of a file of which some hunks do not fit. */
export function refuse(failures: readonly Failure[], matched: readonly string[]): Placement {
  const shown = failures.toSorted(byUrgency).slice(0, maxProblems);
  const problems = shown.map((failure) => failure.explain());
  return { placed: [], problems, more: failures.length - shown.length, matched };
}

function matchedHunks(target: Target, found: readonly Found[]): string[] {
  return found.flatMap((item, i) => {
    if (!('places' in item)) return [];
    const [first = 0, second] = item.places.starts;
    return [`hunk ${i + 1} of ${target.path}${second === undefined ? ` (line ${first + 1})` : ''}`];
  });
}

function settle(patch: FilePatch, target: Target, places: readonly Places[]): Placement {
  const { hunks } = patch;
  const candidates = places.map(({ starts }) => starts);
  const assignment = (patch.ordered ? placeInOrder : placeInAnyOrder)(candidates, hunks.map(spanOf));
  if (assignment.kind === 'none') {
    return refuse([{ code: 'order', explain: () => explainOrder(target, hunks, candidates) }], []);
  }
  if (assignment.kind === 'ambiguous') {
    const misfit = { target, hunk: hunks[assignment.hunk] as Hunk, number: assignment.hunk + 1 };
    return refuse([{ code: 'ambiguous', explain: () => explainAmbiguous(misfit, assignment.starts, false) }], []);
  }
  const placed = assignment.starts.map((start, i): PlacedHunk => {
    const { tier, adapts } = places[i] as Places;
    return { hunk: hunks[i] as Hunk, start, tier, adapt: adapts.get(start) ?? asItIs };
  });
  const failures = placed.map(({ hunk, start }, i) => objection({ target, hunk, number: i + 1 }, start));
  const refused = failures.filter((failure) => failure !== undefined);
  if (refused.length === 0) return { placed: shareTabs(placed), problems: [], more: 0, matched: [] };
  const fitting = places.map((item, i): Found => {
    const failure = failures[i];
    return failure ? { failure } : { places: { ...item, starts: [placed[i]?.start ?? 0] } };
  });
  return refuse(refused, matchedHunks(target, fitting));
}

function objection(misfit: Misfit, start: number): Failure | undefined {
  const { hunk, target } = misfit;
  const copy = insertedAlready(hunk, target, start);
  if (copy !== undefined) return { code: 'already_applied', explain: () => explainApplied(misfit, copy) };
  if (!hunk.short || !isOpenEnded(hunk, target, start)) return undefined;
  return { code: 'no_context', explain: () => explainShort(misfit, start) };
}

// Old lines without indentation do not show that a patch has spaces where its file has tabs; another hunk may.
function shareTabs(placed: readonly PlacedHunk[]): PlacedHunk[] {
  const adapt = placed.find(({ tier }) => tier === 'tabs')?.adapt;
  const silent = ({ hunk }: PlacedHunk) => oldLines(hunk).every(({ text }) => indentOf(text) === '');
  return placed.map((item) => (adapt && silent(item) ? { ...item, adapt: (text) => adapt(text) ?? text } : item));
}

function find(misfit: Misfit): Found {
  const { hunk, target } = misfit;
  if (oldLines(hunk).length === 0) return findBare(misfit);
  const places = findPlaces(hunk, target);
  if (places.cutOff) return fail('ambiguous', () => explainAmbiguous(misfit, places.starts, true));
  // One that fits here again after it was made: told at once, also beside hunks that do not fit.
  const copy = places.starts.length === 1 ? insertedAlready(hunk, target, places.starts[0] ?? 0) : undefined;
  if (copy !== undefined) return fail('already_applied', () => explainApplied(misfit, copy));
  if (places.starts.length > 0) return { places };
  const applied = places.ruledOut.length === 0 ? appliedAt(hunk, target) : undefined;
  if (applied !== undefined) return fail('already_applied', () => explainApplied(misfit, applied));
  return fail('not_found', () => explainNotFound(misfit, places));
}

function findBare(misfit: Misfit): Found {
  const { hunk, target } = misfit;
  const total = target.text.texts.length;
  const applied = total > 0 ? appliedAt(hunk, target) : undefined;
  if (applied !== undefined) return fail('already_applied', () => explainApplied(misfit, applied));
  if (total > 0 && !hunk.atEof) return fail('no_context', () => explainNoContext(misfit));
  const none = { tier: 'exact', adapts: new Map(), cutOff: false, ruledOut: [], anchorMissing: false } as const;
  return { places: { ...none, starts: [total] } };
}

function fail(code: Failure['code'], explain: () => Problem): Found {
  return { failure: { code, explain } };
}

// A diff shows unchanged lines on both sides of a change, except at the edges of the file.
function isOpenEnded(hunk: Hunk, target: Target, start: number): boolean {
  const end = start + oldLines(hunk).length;
  return (hunk.lines[0]?.op !== ' ' && start > 0) || (hunk.lines.at(-1)?.op !== ' ' && end < target.text.texts.length);
}

function spanOf(hunk: Hunk): HunkSpan {
  const old = oldLines(hunk).length;
  const first = hunk.lines.findIndex((line) => line.op !== ' ');
  const last = hunk.lines.findLastIndex((line) => line.op !== ' ');
  return { length: old, changeStart: first, changeEnd: old - (hunk.lines.length - 1 - last) };
}

// Line numbers count only here: the bytes are the patch's own pre-image and every hunk says the truth about its place.
function placeAsStated(patch: FilePatch, target: Target): PlacedHunk[] | undefined {
  const { texts } = target.text;
  const placed: PlacedHunk[] = [];
  let from = 0;
  for (const hunk of patch.hunks) {
    const old = oldLines(hunk);
    const start = (hunk.oldStart ?? 0) - 1;
    if (old.length === 0 || start < from || !old.every((line, k) => texts[start + k] === line.text)) return undefined;
    if (hunk.atEof && start + old.length !== texts.length) return undefined;
    placed.push({ hunk, start, tier: 'exact', adapt: asItIs });
    from = start + old.length;
  }
  return placed;
}

// A pure insertion fits again after it was made when its new lines stand around the very place it would land.
function insertedAlready(hunk: Hunk, target: Target, start: number): number | undefined {
  if (hunk.lines.some((line) => line.op === '-')) return undefined;
  const wanted = newLines(hunk).map((line) => trimTrailing(line.text));
  const growth = wanted.length - oldLines(hunk).length;
  const { starts, cutOff } = target.indexBy(trimTrailing).find(wanted, patchLimits.candidates);
  return starts.find((at) => at >= start - growth && at <= start) ?? (cutOff ? start : undefined);
}

/** Where a hunk's new lines stand, 0-based; undefined when nowhere, or when they are too few characters to tell. */
export function appliedAt(hunk: Hunk, target: Target): number | undefined {
  const wanted = newLines(hunk).map((line) => trimTrailing(line.text));
  if (wanted.join('').replaceAll(/\s/gu, '').length < 4) return undefined;
  const { texts } = target.text;
  if (!hunk.atEof) return target.indexBy(trimTrailing).find(wanted, 1).starts[0];
  const start = texts.length - wanted.length;
  return wanted.every((text, k) => trimTrailing(texts[start + k] ?? '\n') === text) ? start : undefined;
}
