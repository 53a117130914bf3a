import type { TimeWindow } from '#domain/evidence.ts';
import type { Incident } from '#domain/incident.ts';
import { onsetOf } from '#domain/incident.ts';
import { formatDuration, parseDuration } from '#domain/time.ts';
import { toWindows } from '#engine/services/time-windows.ts';

/** What a caller says of time; every part has a default. */
export interface MetricWindowInput {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly step?: string | undefined;
  readonly baseline: 'previous' | 'day' | 'week' | 'none';
}

/** The window that is asked about, what it is compared with, and the step of both. */
export interface MetricWindows {
  readonly current: TimeWindow;
  readonly baseline: TimeWindow | undefined;
  /** What the caller or the range asks for, in milliseconds; a source may only do a coarser one. */
  readonly stepMs: number;
  /** What was assumed, for the caller to see. */
  readonly notes: readonly string[];
}

/** Look-back before the onset. */
const LOOK_BACK_MS = 4 * 3_600_000;
/** An incident that is older is looked at around its beginning. */
const OLD_MS = 12 * 3_600_000;
/** Fewer than twenty points at the finest step tell nothing. */
const LEAST_MS = 300_000;
const DAY_MS = 86_400_000;
/** Finest step that is chosen: Prometheus scrapes rarely more often. */
const LEAST_STEP_MS = 15_000;
/** Points that a window should have at least. */
const POINTS = 60;
const STEPS = [15, 30, 60, 300, 900, 1_800, 3_600, 21_600, 86_400].map((seconds) => seconds * 1_000);

/**
 * Without an argument: from the onset until now against the 4 h before it; without an onset the last 4 h against the 4 h before. A
 * window that spans the onset is split there.
 */
export function toMetricWindows(input: MetricWindowInput, incident: Incident, now: number): MetricWindows {
  const said = input.since !== undefined || input.until !== undefined;
  const { current: asked, notes } = said ? toWindows(input, incident, now) : { current: undefined, notes: [] };
  const onset = onsetOf(incident);
  const { since, until, note } = asked ? splitAt(input, asked, onset) : aroundOnset(onset, now);
  const stepMs = input.step === undefined ? stepFor(until - since) : Math.max(1_000, parseDuration(input.step));
  const before = asked && since > asked.since ? since - asked.since : said ? until - since : LOOK_BACK_MS;
  const current = { since, until };
  return {
    current,
    baseline: baselineOf(input.baseline, current, Math.ceil(before / stepMs) * stepMs),
    stepMs,
    notes: note === undefined ? notes : [...notes, note],
  };
}

interface Settled extends TimeWindow {
  readonly note?: string;
}

function aroundOnset(onset: number | undefined, now: number): Settled {
  if (onset === undefined) return { since: now - LOOK_BACK_MS, until: now };
  if (now - onset > OLD_MS) {
    const note = `The incident began ${formatDuration(now - onset)} ago: the window ends 4 h after it; until=now reads on.`;
    return { since: onset, until: onset + LOOK_BACK_MS, note };
  }
  return { since: Math.min(onset, now - LEAST_MS), until: now };
}

/** What lies before the onset is what the rest is compared with. */
function splitAt(input: MetricWindowInput, asked: TimeWindow, onset: number | undefined): Settled {
  const inside = onset !== undefined && onset - asked.since >= LEAST_MS && asked.until - onset >= LEAST_MS;
  if (!inside || input.since === undefined || input.baseline !== 'previous') return asked;
  return { since: onset, until: asked.until, note: 'The part before the onset is the baseline.' };
}

function stepFor(lengthMs: number): number {
  return STEPS.findLast((step) => step <= lengthMs / POINTS) ?? LEAST_STEP_MS;
}

function baselineOf(
  kind: MetricWindowInput['baseline'],
  current: TimeWindow,
  beforeMs: number,
): TimeWindow | undefined {
  const { since, until } = current;
  switch (kind) {
    case 'none':
      return undefined;
    case 'previous':
      return { since: since - beforeMs, until: since };
    case 'day':
      return { since: since - DAY_MS, until: until - DAY_MS };
    case 'week':
      return { since: since - 7 * DAY_MS, until: until - 7 * DAY_MS };
  }
}
