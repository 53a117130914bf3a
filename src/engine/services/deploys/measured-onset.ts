import type { Evidence } from '#state/store.ts';

/** When the trouble began by what was measured, and which answer says so. */
export interface MeasuredOnset {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What was read, for the reason. */
  readonly by: string;
}

/** Answers that are looked into, the newest. */
const MOST_ANSWERS = 30;
/** A movement of fewer robust deviations names no moment. */
const LEAST_Z = 6;

type Row = Readonly<Record<string, unknown>>;

/** The earliest moment at which metrics left their level or a new error came up, as the answers kept of an incident tell it that were read under these settings of the sources. */
export function measuredOnset(kept: readonly Evidence[]): MeasuredOnset | undefined {
  const answers = kept.filter(
    ({ mimeType, purgedAt, isForeign }) => mimeType === 'application/json' && purgedAt === undefined && !isForeign,
  );
  const moments = answers.slice(-MOST_ANSWERS).flatMap(({ text, uri }) => momentOf(text, uri) ?? []);
  return moments.toSorted((a, b) => a.at - b.at)[0];
}

function momentOf(text: string, uri: string): MeasuredOnset | undefined {
  const { tool, output } = JSON.parse(text) as { readonly tool?: string; readonly output?: Row };
  const rows = Array.isArray(output?.['rows']) ? (output['rows'] as Row[]) : [];
  if (tool === 'query_metrics') return fromMetrics(rows, uri);
  return tool === 'get_incident_logs' ? fromLogs(rows, uri) : undefined;
}

/** What moved most; the rest may follow from it or be noise. */
function fromMetrics([row]: readonly Row[], uri: string): MeasuredOnset | undefined {
  if (row === undefined || Math.abs(Number(row['z'] ?? 0)) < LEAST_Z) return undefined;
  const what = [row['service'], row['metric'] ?? row['name']].filter((part) => typeof part === 'string').join(' ');
  return toMoment(row['change_at'], `${what.slice(0, 120)} left its level (${uri})`);
}

function fromLogs(rows: readonly Row[], uri: string): MeasuredOnset | undefined {
  const failing = rows.filter(({ change, level }) => change === 'NEW' && (level === 'error' || level === 'fatal'));
  const first = failing.flatMap((row) => (typeof row['first'] === 'string' ? [row['first']] : [])).toSorted()[0];
  return toMoment(first, `new errors came up (${uri})`);
}

function toMoment(time: unknown, by: string): MeasuredOnset | undefined {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? undefined : { at, by };
}
