import type { Incident } from '#domain/incident.ts';
import { formatDuration } from '#domain/time.ts';
import { measuredOnset } from '#engine/services/deploys/measured-onset.ts';
import { iso } from '#engine/services/time-windows.ts';
import type { Evidence } from '#state/store.ts';

/** The moment that changes are ranked by, and what there is to say of it. */
export interface UsedOnset {
  readonly at: number;
  readonly notes: readonly string[];
}

/** What was measured may differ by so much from what was said: noticing takes time, and steps are coarse. */
const TOLERANCE_MS = 15 * 60_000;

/**
 * The onset that was said, unless metrics or logs of this incident that were read before tell of a much later one: a deploy after the
 * moment that was said would else be taken for harmless, and one hours before the trouble for its cause.
 */
export function usedOnset(incident: Pick<Incident, 'startedAt'>, kept: readonly Evidence[]): UsedOnset {
  const stated = incident.startedAt;
  const measured = measuredOnset(kept);
  if (measured === undefined || Math.abs(measured.at - stated) <= TOLERANCE_MS) return { at: stated, notes: [] };
  const apart = formatDuration(Math.abs(measured.at - stated));
  const found = `${measured.by} at ${iso(measured.at)}, ${apart}`;
  if (measured.at < stated)
    return { at: stated, notes: [`${found} before the onset that was said: look at that time with around as well.`] };
  const asked = `around=${iso(stated)} ranks by the latter`;
  return { at: measured.at, notes: [`Ranked by what was measured: ${found} after the onset that was said; ${asked}.`] };
}
