/** The extent of a hunk's old lines and of those it changes, relative to its start. */
export interface HunkSpan {
  readonly length: number;
  readonly changeStart: number;
  readonly changeEnd: number;
}

/** What the order and extents of hunks leave of their candidates. */
export type Assignment =
  | { readonly kind: 'unique'; readonly starts: readonly number[] }
  /** `hunk` is 0-based; it fits each of `starts` in some consistent placement of all hunks. */
  | { readonly kind: 'ambiguous'; readonly hunk: number; readonly starts: readonly number[] }
  | { readonly kind: 'none' };

/** Ascending candidate starts per hunk; every hunk has at least one. */
export type Candidates = readonly (readonly number[])[];

/** Finds the one placement of all hunks in file order without overlap; shared context lines are allowed where that alone works. */
export function placeInOrder(candidates: Candidates, spans: readonly HunkSpan[]): Assignment {
  const apart = assign(
    candidates,
    spans.map((span) => span.length),
  );
  if (apart.kind !== 'none') return apart;
  return assign(
    candidates,
    spans.map((span, i) => Math.max(1, span.changeEnd + 1 - (spans[i + 1]?.changeStart ?? 0))),
  );
}

/** Places hunks that state no order: each must have one candidate, and none may touch another's changes. */
export function placeInAnyOrder(candidates: Candidates, spans: readonly HunkSpan[]): Assignment {
  const unclear = candidates.findIndex((starts) => starts.length !== 1);
  if (unclear >= 0) return { kind: 'ambiguous', hunk: unclear, starts: candidates[unclear] ?? [] };
  const order = [...candidates.keys()].toSorted((a, b) => startOf(candidates, a) - startOf(candidates, b));
  const placed = placeInOrder(
    order.map((hunk) => candidates[hunk] ?? []),
    order.map((hunk) => spans[hunk] as HunkSpan),
  );
  return placed.kind === 'unique' ? { kind: 'unique', starts: candidates.map((starts) => starts[0] ?? 0) } : placed;
}

function startOf(candidates: Candidates, hunk: number): number {
  return candidates[hunk]?.[0] ?? 0;
}

// A start is open while all later hunks still fit behind it; `steps[k]` separates hunk k from the next.
function assign(candidates: Candidates, steps: readonly number[]): Assignment {
  const open: (readonly number[])[] = [];
  let latest = Number.POSITIVE_INFINITY;
  for (let k = candidates.length - 1; k >= 0; k -= 1) {
    const bound = latest - (steps[k] ?? 0);
    const starts = (candidates[k] ?? []).filter((start) => start <= bound);
    latest = starts.at(-1) ?? Number.NEGATIVE_INFINITY;
    open[k] = starts;
  }
  const chosen: number[] = [];
  let from = 0;
  for (const [hunk, starts] of open.entries()) {
    const feasible = starts.filter((start) => start >= from);
    const [start] = feasible;
    if (start === undefined) return { kind: 'none' };
    if (feasible.length > 1) return { kind: 'ambiguous', hunk, starts: feasible };
    chosen.push(start);
    from = start + (steps[hunk] ?? 0);
  }
  return { kind: 'unique', starts: chosen };
}
