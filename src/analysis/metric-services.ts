import type { MetricSeries, ServiceQuery, ServiceSignal } from '#domain/evidence.ts';

import { heardUntil } from './metric-silence.ts';
import type { ComparedSeries, SeriesSummary, SummaryContext } from './metric-summary.ts';
import { beganAt, ENDED, movementOf, summarizeSeries } from './metric-summary.ts';
import { deviation, median } from './statistics.ts';

/** The answer to one question about all services. */
export interface ServiceReading {
  readonly asked: ServiceQuery;
  readonly compared: readonly ComparedSeries[];
}

/** One metric of one service. */
export interface Finding {
  readonly asked: ServiceQuery;
  readonly summary: SeriesSummary;
  /** How much it speaks for this service being at fault; comparable among findings. */
  readonly weight: number;
}

/** A service and what moved in it. Names are untrusted. */
export interface RankedService {
  readonly service: string;
  readonly score: number;
  /** The heaviest first. */
  readonly findings: readonly Finding[];
  /** Findings that moved beyond the noise. */
  readonly moved: number;
  /** Milliseconds since the epoch of the earliest change among what weighs most in it. */
  readonly since?: number;
  /** All of its metrics stopped reporting: it is gone. */
  readonly gone?: true;
}

/** A movement beyond this many robust deviations is more than noise. */
const MOVED = 4;
/** Failures and waiting are what users feel; load and saturation often follow from elsewhere. */
const SIGNAL_WEIGHT: Readonly<Record<ServiceSignal, number>> = {
  errors: 1.15,
  latency: 1.1,
  saturation: 1,
  traffic: 0.85,
};
/** A movement for the better says little of a fault. */
const BETTER = 0.5;
/** What the baseline saw as well is less of a sign: what is lost if so much of it was as far out, and at most. */
const USUAL_PER_SHARE = 8;
const MOST_USUAL = 0.7;
/** Who waits for others waits for their fault: the one that is waited for is at fault. */
const OUTBOUND = /client|upstream|outbound|egress/i;
const WAITING = 0.5;
/** A part of a level so small is not felt, however steady the level was before. */
const FELT = 0.1;
/** A movement without a moment at which it began may be a wave. */
const WITHOUT_CHANGE = 0.5;
/** Doublings beyond which more movement says nothing more. */
const MOST_DOUBLINGS = 9;
/** What each further metric that moved as much adds, up to three. */
const FURTHER = 0.12;
/** Part of the heaviest below which a movement does not say when the trouble began. */
const TELLING = 0.5;
/** Metrics that a service has to have at least, so that the silence of all is its own. */
const MIN_GONE = 2;
/** Sources tell of silence so much later than it began: Prometheus repeats the last value for five minutes. */
const STALE_MS = 300_000;
/** What is lost per doubling of the steps by which a service changed later than the first one. */
const LATER = 0.06;
/** Part of the greatest level among services that would not be noticed in any of them. */
const UNNOTICED: Readonly<Record<ServiceSignal, number>> = {
  errors: 0.01,
  latency: 0.005,
  saturation: 0.002,
  traffic: 0.01,
};

/** The same of what should be whole, such as a success rate: one in a thousand is noticed where errors are counted. */
const UNNOTICED_OF_GOOD = 0.001;

/** Puts first the service that moved farthest and earliest, errors and latency before load and saturation. */
export function rankServices(readings: readonly ServiceReading[], context: SummaryContext): RankedService[] {
  const heard = context.heard ?? heardUntil(readings.flatMap(({ compared }) => compared));
  const findings = readings.flatMap((reading) => findingsOf(reading, { ...context, heard }));
  const moved = telling(findings.filter(isMoved));
  const first = Math.min(...moved.map(({ summary }) => beganAt(summary) ?? Number.POSITIVE_INFINITY));
  return [...Map.groupBy(findings, ({ service }) => service)]
    .map(([service, own]) => rankOne(service, own, { first, stepMs: context.stepMs }))
    .toSorted((a, b) => b.score - a.score || (a.service < b.service ? -1 : 1));
}

interface OfService extends Finding {
  readonly service: string;
}

function findingsOf({ asked, compared }: ServiceReading, context: SummaryContext): OfService[] {
  const named = compared.filter(({ series }) => serviceOf(series, asked) !== undefined);
  const share = GOOD.test(asked.metric) ? UNNOTICED_OF_GOOD : UNNOTICED[asked.signal];
  const least = Math.max(0, ...named.map(levelOf)) * share;
  // Each metric may come late in its own way: its silence is judged by the same metric of others.
  const heard = heardUntil(named) ?? context.heard;
  const all = named.map((one) => {
    const summary = summarizeSeries(one, { ...context, least, heard });
    const weight = weightOf(asked, summary) * belonging(summary, context) * (isSeldom(one, context) ? SELDOM : 1);
    return { service: serviceOf(one.series, asked) ?? '', asked, summary, weight };
  });
  // A service may have several series of one metric: its most moved one speaks for it.
  return [...Map.groupBy(all, ({ service }) => service).values()].flatMap((own) =>
    own.toSorted((a, b) => b.weight - a.weight).slice(0, 1),
  );
}

function serviceOf({ labels }: MetricSeries, { serviceLabel }: ServiceQuery): string | undefined {
  const name = Object.hasOwn(labels, serviceLabel) ? labels[serviceLabel] : undefined;
  return name === '' ? undefined : name;
}

function levelOf({ series, base }: ComparedSeries): number {
  const values = [...base, ...series.points].map(([, value]) => Math.abs(value));
  const level = median(values);
  return Number.isNaN(level) ? 0 : level + 2 * deviation(values, level);
}

function weightOf(asked: ServiceQuery, summary: SeriesSummary): number {
  const doublings = Math.min(MOST_DOUBLINGS, Math.log2(1 + movementOf(summary)));
  const usual = summary.ended ? 0 : Math.min(MOST_USUAL, (summary.seenBefore ?? 0) * USUAL_PER_SHARE);
  const certain = summary.change !== undefined || summary.ended || summary.newSince !== undefined;
  return (
    doublings *
    SIGNAL_WEIGHT[asked.signal] *
    (certain ? 1 : WITHOUT_CHANGE) *
    // Of failures little is felt at once: 3 in 100 that were none.
    (asked.signal === 'errors' ? 1 : effectOf(summary)) *
    (isWaiting(asked) ? WAITING : 1) *
    (isMerelyNew(asked, summary) ? MERELY_NEW : 1) *
    (1 - usual) *
    (isBetter(asked, summary) ? BETTER : 1)
  );
}

function isWaiting({ signal, metric, serviceLabel }: ServiceQuery): boolean {
  return (signal === 'latency' || signal === 'errors') && OUTBOUND.test(metric) && !CALLED.test(serviceLabel);
}

/** What callers see of the one they call is filed under the one that is called. */
const CALLED = /^(?:destination|dst|callee|peer|server|target|upstream)/i;

/** Alerts wait for some minutes, over rates of some minutes: what changed so much before an onset may still be its cause. */
const LEAD_MS = 900_000;
/** What appeared is a sign where it counts failures; elsewhere something was merely not used before. */
const MERELY_NEW = 0.2;

/** Part of the steps of a baseline in which a series has to have a value, so that its silence says something. */
const REGULAR = 0.5;
const SELDOM = 0.1;

/** What is seldom told anything of falls silent all the time. */
function isSeldom({ series, base }: ComparedSeries, { baseline, stepMs }: SummaryContext): boolean {
  if (series.points.length > 0 || baseline === undefined) return false;
  return base.length * stepMs < REGULAR * (baseline.until - baseline.since);
}

/** How likely a movement is part of what began with the window, 0 to 1. */
function belonging(summary: SeriesSummary, { window: { since, until } }: SummaryContext): number {
  const { change } = summary;
  const at = beganAt(summary);
  const lead = at === undefined ? 0 : since - at;
  const early = lead <= LEAD_MS ? 1 : LEAD_MS / lead;
  if (change?.until === undefined || lead <= 0) return early;
  // What had begun before and soon came back was on its way out.
  return early * Math.min(1, (2 * (change.until - since)) / (until - since));
}

function isMerelyNew({ signal, metric }: ServiceQuery, { newSince, p50 }: SeriesSummary): boolean {
  return newSince !== undefined && (signal !== 'errors' || GOOD.test(metric) || p50 === 0);
}

/** How much of its level a series moved by, 0 to 1: far in deviations may be next to nothing. */
function effectOf({ baseMedian, change, p50, ended }: SeriesSummary): number {
  if (baseMedian === undefined || ended) return 1;
  const now = change?.after ?? p50;
  const level = Math.max(Math.abs(now), Math.abs(baseMedian));
  return level === 0 ? 1 : Math.min(1, Math.abs(now - baseMedian) / level / FELT);
}

/** Names of metrics of which more is better. */
const GOOD = /success|avail|uptime|\bup\b|ready|healthy|free|idle|hit/i;

function isBetter({ signal, metric }: ServiceQuery, { distance, ended }: SeriesSummary): boolean {
  if (distance === undefined || signal === 'traffic' || ended) return false;
  return GOOD.test(metric) ? distance > 0 : distance < 0;
}

function isMoved({ summary, weight }: Finding): boolean {
  return weight > 0 && movementOf(summary) >= MOVED;
}

interface Among {
  /** When the first service changed. */
  readonly first: number;
  readonly stepMs: number;
}

function rankOne(service: string, own: readonly OfService[], { first, stepMs }: Among): RankedService {
  const gone = own.length >= MIN_GONE && own.every(({ summary, weight }) => summary.ended === true && weight > 0);
  const heaviestFirst = own.toSorted((a, b) => b.weight - a.weight);
  const findings = gone ? soonestFirst(own) : causeFirst(heaviestFirst, stepMs);
  const moved = findings.filter(isMoved);
  const times = telling(moved).flatMap(({ summary }) => beganAt(summary) ?? []);
  const since = times.length === 0 ? undefined : Math.min(...times);
  const late = since === undefined ? 0 : Math.log2(1 + Math.max(0, since - (gone ? STALE_MS : 0) - first) / stepMs);
  const heaviest = Math.max(0, ...own.map(({ weight }) => weight));
  const base = gone ? heaviest * (MOST_DOUBLINGS / Math.log2(1 + ENDED)) : heaviest;
  const score = base * (1 + FURTHER * further(moved)) * (1 - Math.min(0.3, LATER * late));
  return {
    service,
    score,
    findings,
    moved: moved.length,
    ...(since !== undefined && { since }),
    ...(gone && { gone }),
  };
}

/** What is told of an end at once, such as a rate, says better when it was than what is repeated for a while. */
function soonestFirst(own: readonly OfService[]): readonly OfService[] {
  return own.toSorted((a, b) => (beganAt(a.summary) ?? 0) - (beganAt(b.summary) ?? 0));
}

/** Those that weigh enough, beside the heaviest of them, to say when something began. */
function telling<F extends Finding>(findings: readonly F[]): readonly F[] {
  const heaviest = Math.max(0, ...findings.map(({ weight }) => weight));
  return findings.filter(({ weight }) => weight >= TELLING * heaviest);
}

/** How many metrics moved beside the heaviest, in proportion to what they weigh, up to three. */
function further(moved: readonly Finding[]): number {
  const weights = moved.map(({ weight }) => weight).toSorted((a, b) => b - a);
  const [heaviest = 0, ...others] = weights;
  return others.slice(0, 3).reduce((sum, weight) => sum + weight / heaviest, 0);
}

const MEMORY = /mem|heap|rss|working_set/i;
const CPU = /cpu/i;
/** Part of the weight of what follows from it, from which on a rise is told as its cause. */
const SIMILAR = 0.7;

/**
 * Filling memory keeps a CPU busy and a busy CPU keeps callers waiting, not the other way round: where they rose alike, and none later
 * than what follows from it, memory is told first, then the CPU.
 */
function causeFirst(findings: readonly OfService[], stepMs: number): readonly OfService[] {
  const [first] = findings;
  if (first === undefined || MEMORY.test(first.asked.metric)) return findings;
  const latest = (first.summary.change?.at ?? Number.POSITIVE_INFINITY) + stepMs;
  const isCause = ({ asked, summary, weight }: OfService) =>
    asked.signal === 'saturation' &&
    weight >= SIMILAR * first.weight &&
    (summary.distance ?? 0) > 0 &&
    (summary.change?.at ?? Number.POSITIVE_INFINITY) <= latest;
  const causes = CPU.test(first.asked.metric) ? [MEMORY] : [MEMORY, CPU];
  const cause = causes
    .flatMap((kind) => findings.find((one) => kind.test(one.asked.metric) && isCause(one)) ?? [])
    .at(0);
  return cause === undefined ? findings : [cause, ...findings.filter((one) => one !== cause)];
}
