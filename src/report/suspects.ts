import type { Fields, Read } from '#report/evidence.ts';
import { numberOf, textOf, timeOf } from '#report/evidence.ts';
import type { ReportedSignal, ReportedSuspect } from '#report/schema-facts.ts';
import { toLine } from '#report/text.ts';

/** Suspects that a report names. */
const MAX_SUSPECTS = 5;
/** Signals of each kind that a report names. */
const MAX_SIGNALS = 5;
/** Patterns that a report names which are not logged any more. */
const MAX_GONE = 3;
/** Robust standard deviations from the baseline beyond which a metric moved, where no moment of change was found. */
const MOVED_Z = 3;

/** The deploys and commits of the newest ranking that come before the onset, likeliest first; who made them is left out. */
export function toSuspects(reads: readonly Read[]): ReportedSuspect[] {
  const newest = newestRanking(reads);
  if (!newest?.answer) return [];
  const suspects = newest.answer.rows.map((row) => toSuspect(row, newest.read.uri));
  // What came after the onset has no confidence: it caused nothing.
  return suspects.filter(({ confidence }) => confidence !== null).slice(0, MAX_SUSPECTS);
}

/** The newest version before the first suspect that reached its environment. */
export function toRollback(reads: readonly Read[]): string | null {
  return textOf(newestRanking(reads)?.answer?.output ?? {}, 'rollback_to') ?? null;
}

/** What is new or grew in the logs, and which metrics moved, of the newest answers of each kind. */
export function toSignals(reads: readonly Read[]): ReportedSignal[] {
  const compared = new Set(reads.flatMap(({ answer }) => answer?.rows ?? []).flatMap((row) => comparedId(row) ?? []));
  const toLog = (row: Fields, evidence: string) =>
    isUnknown(row) && compared.has(textOf(row, 'id') ?? '') ? undefined : toLogSignal(row, evidence);
  const of = (kind: 'logs' | 'metrics', toSignal: typeof toLogSignal) => {
    const found = reads
      .filter(({ read }) => read.kind === kind)
      .toReversed()
      .flatMap(({ read, answer }) => (answer?.rows ?? []).flatMap((row) => toSignal(row, read.uri) ?? []));
    return [...new Map(found.map((signal) => [signal.text, signal])).values()].slice(0, MAX_SIGNALS);
  };
  return [...of('logs', toLog), ...of('logs', toGoneSignal).slice(0, MAX_GONE), ...of('metrics', toMetricSignal)];
}

function newestRanking(reads: readonly Read[]): Read | undefined {
  return reads.findLast(({ read, answer }) => read.kind === 'deploys' && (answer?.rows.length ?? 0) > 0);
}

function toSuspect(row: Fields, evidence: string): ReportedSuspect {
  const { confidence, level } = confidenceOf(textOf(row, 'confidence') ?? '');
  const why = Array.isArray(row['why']) ? row['why'].filter((each) => typeof each === 'string') : [];
  return {
    kind: textOf(row, 'kind', 40) ?? 'deploy',
    commit: textOf(row, 'sha', 64) ?? null,
    ref: textOf(row, 'ref', 200) ?? null,
    at: timeOf(row, 'time') ?? null,
    subject: textOf(row, 'subject', 200) ?? '',
    previous: textOf(row, 'previous', 64) ?? null,
    confidence,
    level,
    why: why.slice(0, 6).map((each) => toLine(each, 200)),
    evidence,
  };
}

/** `0.84 high, scope assumed`. */
function confidenceOf(text: string): Pick<ReportedSuspect, 'confidence' | 'level'> {
  const match = /^(?<score>[01](?:\.\d{1,3})?) (?<level>high|medium|low)\b/.exec(text);
  const score = Number(match?.groups?.['score']);
  if (!match?.groups || score > 1) return { confidence: null, level: null };
  return { confidence: score, level: match.groups['level'] as 'high' | 'medium' | 'low' };
}

function isUnknown(row: Fields): boolean {
  return textOf(row, 'change', 20) === 'UNKNOWN';
}

/** The pattern of a row that was compared with a baseline: one without a baseline has nothing to add. */
function comparedId(row: Fields): string | undefined {
  return textOf(row, 'change', 20) === undefined || isUnknown(row) ? undefined : textOf(row, 'id');
}

function toLogSignal(row: Fields, evidence: string): ReportedSignal | undefined {
  const what = patternOf(row) ?? errorOf(row);
  const count = numberOf(row, 'count');
  const change = changeOf(row);
  if (what === undefined || count === undefined || change === undefined) return undefined;
  const base = numberOf(row, 'base');
  const before = base === undefined ? '' : `, ${base} before`;
  const text = `${change}: ${what} (${timesOf(count)}${before})`;
  return { kind: 'logs', text, at: timeOf(row, 'first') ?? null, evidence };
}

/** What was logged before and is not any more: a job that stopped, a message that nobody sends. */
function toGoneSignal(row: Fields, evidence: string): ReportedSignal | undefined {
  const what = patternOf(row);
  const base = numberOf(row, 'base');
  if (what === undefined || base === undefined || textOf(row, 'change', 20) !== 'GONE') return undefined;
  return { kind: 'logs', text: `gone: ${what} (${timesOf(base)} before)`, at: null, evidence };
}

function timesOf(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** Patterns that are new or grew, and errors; undefined for what is as it was. */
function changeOf(row: Fields): string | undefined {
  const change = textOf(row, 'change', 20);
  if (change === 'NEW' || change === 'SPIKE') return change.toLowerCase();
  // Kinds of errors are compared with nothing.
  if (change === undefined) return 'error';
  return isUnknown(row) && /^(?:error|fatal)$/.test(textOf(row, 'level', 10) ?? '') ? 'error' : undefined;
}

/** With its exception and code, which tell it from others with the same words. */
function patternOf(row: Fields): string | undefined {
  const pattern = textOf(row, 'pattern', 200);
  const error = textOf(row, 'error', 100);
  return pattern === undefined || error === undefined ? pattern : `${pattern}, ${error}`;
}

function errorOf(row: Fields): string | undefined {
  const type = textOf(row, 'type', 100);
  const message = textOf(row, 'message', 200);
  return type === undefined || message === undefined ? undefined : `${type}: ${message}`;
}

function toMetricSignal(row: Fields, evidence: string): ReportedSignal | undefined {
  const name = textOf(row, 'name', 200) ?? textOf(row, 'metric', 200);
  const moved = Math.abs(numberOf(row, 'z') ?? 0) >= MOVED_Z;
  const from = numberOf(row, 'change_from') ?? (moved ? numberOf(row, 'base_p50') : undefined);
  const to = numberOf(row, 'change_to') ?? (moved ? numberOf(row, 'p50') : undefined);
  if (name === undefined || from === undefined || to === undefined) return undefined;
  const unit = textOf(row, 'unit', 20);
  const service = textOf(row, 'service', 100);
  const text = `${service === undefined ? '' : `${service}: `}${name} went from ${from} to ${to}${unit === undefined ? '' : ` ${unit}`}`;
  return { kind: 'metrics', text, at: timeOf(row, 'change_at') ?? null, evidence };
}
