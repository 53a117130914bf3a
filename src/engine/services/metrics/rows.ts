import type { Finding, RankedService } from '#analysis/metric-services.ts';
import type { SeriesChange, SeriesSummary } from '#analysis/metric-summary.ts';
import { beganAt, keyOf } from '#analysis/metric-summary.ts';
import type { MetricSeries } from '#domain/evidence.ts';
import { formatDuration } from '#domain/time.ts';
import { iso } from '#engine/services/time-windows.ts';

/** Characters of a label's value; labels are untrusted and may be long. */
const MAX_LABEL_CHARS = 120;
const MAX_LABELS = 20;
/** Further metrics of a service that are told beside the first. */
const MAX_ALSO = 4;

/** One series as callers read it; what moved comes before what is. */
export function toSeriesRow(summary: SeriesSummary, points: readonly string[]): Record<string, unknown> {
  const { name, z, change, baseMedian, unit, insufficient } = summary;
  return {
    ...(z !== undefined && { z: round(z) }),
    ...(change && toChange(change)),
    last: round(summary.last),
    p50: round(summary.p50),
    p95: round(summary.p95),
    min: round(summary.min),
    max: round(summary.max),
    ...(baseMedian !== undefined && { base_p50: round(baseMedian) }),
    ...(unit !== undefined && { unit }),
    trend: summary.sparkline,
    slope_per_minute: round(summary.slopePerMinute),
    points: summary.points,
    ...toSigns(summary),
    ...(insufficient &&
      summary.points > 0 && {
        note: `insufficient data: fewer than 8 points${z === undefined ? '' : ', this may still turn'}`,
      }),
    name,
    labels: toLabels(summary.labels),
    ...(points.length > 0 && { values: [...points] }),
  };
}

/** One service as callers read it: the metric that speaks loudest, the reason, and what else moved; `first` is when any service changed. */
export function toServiceRow(ranked: RankedService, rank: number, first: number): Record<string, unknown> {
  const [loudest, ...others] = ranked.findings;
  const also = others.filter(({ summary }) => (summary.z ?? 0) ** 2 >= 9).slice(0, MAX_ALSO);
  return {
    rank,
    service: cut(ranked.service),
    score: Math.round(ranked.score * 10) / 10,
    why: reasonOf(ranked, first),
    ...(loudest && toFinding(loudest)),
    ...(also.length > 0 && { also: also.map(toShort) }),
    ...(loudest && ranked.moved > 0 && { query: loudest.asked.query }),
  };
}

/** Why a service stands where it does, in words. */
function reasonOf({ findings, moved, since, gone }: RankedService, first: number): string {
  const [loudest] = findings;
  if (loudest === undefined || moved === 0)
    return findings.some(canMove) ? 'nothing moved beyond its noise' : 'nothing to compare with: no baseline';
  const { asked, summary } = loudest;
  const order = orderOf(since, first);
  if (gone) return [`stopped reporting: all ${findings.length} metrics ended`, ...order].join('; ');
  return [`${asked.signal} ${movementWords(summary)}`, ...order, `${moved} of ${findings.length} metrics moved`].join(
    '; ',
  );
}

/** Beside what began the trouble; what moved less and long before it began nothing. */
function orderOf(since: number | undefined, first: number): readonly string[] {
  if (since === undefined || since < first) return [];
  return [since === first ? 'first to change' : `${formatDuration(since - first)} after the first`];
}

/** Without a baseline and without a change nothing is known of movement. */
function canMove({ summary }: Finding): boolean {
  return summary.baseMedian !== undefined || summary.change !== undefined;
}

function movementWords(summary: SeriesSummary): string {
  const { change, ended, newSince, baseMedian, p50 } = summary;
  if (ended && beganAt(summary) !== change?.at) return 'stopped reporting';
  if (newSince !== undefined) return 'appeared';
  const [before, after] = change ? [change.before, change.after] : [baseMedian ?? p50, p50];
  const times = before === 0 || after / before <= 0 ? undefined : Math.max(after / before, before / after);
  const size = times === undefined ? '' : ` ${times >= 10 ? Math.round(times) : Math.round(times * 10) / 10}x`;
  return `${after >= before ? 'rose' : 'fell'}${size}${ended ? ', then stopped reporting' : ''}`;
}

/** One metric of a service, for callers who asked about that service. */
export function toFindingRow(finding: Finding): Record<string, unknown> {
  return { ...toFinding(finding), query: finding.asked.query };
}

function toFinding({ asked, summary }: Finding): Record<string, unknown> {
  const { z, change, baseMedian } = summary;
  return {
    metric: cut(asked.metric),
    signal: asked.signal,
    ...(z !== undefined && { z: round(z) }),
    ...(change && toChange(change)),
    ...(change === undefined && baseMedian !== undefined && { base_p50: round(baseMedian), p50: round(summary.p50) }),
    last: round(summary.last),
    trend: summary.sparkline,
    ...toSigns(summary),
  };
}

function toShort({ asked, summary }: Finding): string {
  const z = summary.z === undefined ? '' : ` z ${round(summary.z)}`;
  return `${cut(asked.metric)}${z}${summary.change ? ` at ${clockTime(summary.change.at)}` : ''}`;
}

function toChange({ kind, at, until, before, after }: SeriesChange): Record<string, unknown> {
  return {
    change_at: iso(at),
    ...(kind !== 'step' && { change: kind === 'pulse' ? 'came back' : 'ramp' }),
    ...(until !== undefined && { change_until: iso(until) }),
    change_from: round(before),
    change_to: round(after),
  };
}

/** Gaps, silence and values that are no numbers are signals of their own. */
function toSigns(summary: SeriesSummary): Record<string, unknown> {
  const { gapPercent, notNumberPercent, silentSince, newSince } = summary;
  return {
    ...(gapPercent > 0 && { gap_percent: gapPercent }),
    ...(notNumberPercent > 0 && { nan_percent: notNumberPercent }),
    ...(silentSince !== undefined && { stopped_reporting: iso(silentSince) }),
    ...(newSince !== undefined && { new_since: iso(newSince) }),
  };
}

/** The newest values of a series, when they are asked for. */
export function pointsOf(summary: SeriesSummary, series: readonly MetricSeries[], count: number): string[] {
  if (count === 0) return [];
  const found = series.find((one) => keyOf(one) === keyOf(summary));
  return (found?.points ?? []).slice(-count).map(([at, value]) => `${iso(at)} ${round(value)}`);
}

function toLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(labels);
  const kept = entries.slice(0, MAX_LABELS).map(([name, value]) => [cut(name), cut(value)] as const);
  return Object.fromEntries(
    entries.length > MAX_LABELS ? [...kept, ['…', `${entries.length - MAX_LABELS} more`]] : kept,
  );
}

/** One line of bounded length. */
function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= MAX_LABEL_CHARS ? line : `${line.slice(0, MAX_LABEL_CHARS).toWellFormed()}…`;
}

function clockTime(at: number): string {
  return iso(at).slice(11, 19);
}

/** Four significant digits: more is noise to a reader and tokens to a model. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
