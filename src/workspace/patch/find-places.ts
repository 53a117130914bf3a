import { createBlockFinder } from './anchors.ts';
import type { FindBlocks, LineRange } from './anchors.ts';
import { createLineIndex } from './line-index.ts';
import type { LineIndex, WorkBudget } from './line-index.ts';
import { oldLines, patchLimits } from './model.ts';
import type { Hunk } from './model.ts';
import type { TextFile } from './text-file.ts';
import { asWritten, tiers } from './tiers.ts';
import type { Adapt, Tier, TierName } from './tiers.ts';
import { trimBoth } from './white-space.ts';

// Comparing the indentation of two lines costs as much as comparing several keys.
const fitCost = 4;

/** A file that hunks are looked for in; indexes are made once per key. */
export interface Target {
  readonly path: string;
  readonly text: TextFile;
  readonly work: WorkBudget;
  readonly blocksOf: FindBlocks;
  readonly indexBy: (key: (text: string) => string) => LineIndex;
}

/** Where a hunk may land. */
export interface Places {
  readonly tier: TierName;
  /** 0-based, ascending. */
  readonly starts: readonly number[];
  readonly adapts: ReadonlyMap<number, Adapt>;
  /** Too many places, or no work left to look at them all. */
  readonly cutOff: boolean;
  /** Places that the old lines fit, but the anchor or the end-of-file marker rules out. */
  readonly ruledOut: readonly number[];
  /** The anchors name no line. */
  readonly anchorMissing: boolean;
}

/** Prepares a file for the search. */
export function createTarget(path: string, text: TextFile, work: WorkBudget): Target {
  const indexes = new Map<(text: string) => string, LineIndex>();
  return {
    path,
    text,
    work,
    blocksOf: createBlockFinder(text.texts, work),
    indexBy(key) {
      const index = indexes.get(key) ?? createLineIndex(key === asWritten ? text.texts : text.texts.map(key), work);
      indexes.set(key, index);
      return index;
    },
  };
}

/** Looks through the tiers for the first at which the hunk's old lines fit somewhere inside its anchors. */
export function findPlaces(hunk: Hunk, target: Target): Places {
  const old = oldLines(hunk).map((line) => line.text);
  const ranges = target.blocksOf(hunk.anchors);
  const none = { tier: 'exact', starts: [], adapts: new Map(), ruledOut: [], anchorMissing: false } as const;
  if (target.work.left < 0) return { ...none, cutOff: true };
  const anchorMissing = ranges.length === 0;
  const ruledOut = new Set<number>();
  for (const tier of tiers) {
    if (tier.minInk > 0 && ink(old) < tier.minInk) break;
    const found = target.indexBy(tier.key).find(old.map(tier.key), patchLimits.candidates);
    const fitting = keepFitting({ hunk, tier, old, target }, found.starts);
    const allowed: number[] = [];
    for (const start of fitting.keys()) {
      if (isAllowed(hunk, target, { start, end: start + old.length }, ranges)) allowed.push(start);
      else ruledOut.add(start);
    }
    const cutOff = found.cutOff || target.work.left < 0;
    if (allowed.length > 0 || cutOff) {
      return { tier: tier.name, starts: allowed, adapts: fitting, cutOff, ruledOut: [...ruledOut], anchorMissing };
    }
  }
  return { ...none, ruledOut: [...ruledOut], anchorMissing, cutOff: target.work.left < 0 };
}

function isAllowed(hunk: Hunk, target: Target, place: LineRange, ranges: readonly LineRange[]): boolean {
  target.work.left -= ranges.length;
  if (hunk.atEof && place.end !== target.text.texts.length) return false;
  return ranges.some(({ start, end }) => place.start < end && place.end > start);
}

interface Search {
  readonly hunk: Hunk;
  readonly tier: Tier;
  readonly old: readonly string[];
  readonly target: Target;
}

function keepFitting({ hunk, tier, old, target }: Search, starts: readonly number[]): Map<number, Adapt> {
  const added = hunk.lines.filter((line) => line.op === '+');
  const fitting = new Map<number, Adapt>();
  for (const start of starts) {
    if (tier.minInk > 0) target.work.left -= old.length * fitCost;
    if (target.work.left < 0) break;
    const adapt = tier.fit({ old, file: target.text.texts.slice(start, start + old.length) });
    if (adapt && added.every((line) => adapt(line.text) !== undefined)) fitting.set(start, adapt);
  }
  return fitting;
}

function ink(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + trimBoth(line).replaceAll(/\s/gu, '').length, 0);
}
