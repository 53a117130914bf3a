import type { MetricSeries, ServiceQuery, ServiceSignal } from '#domain/evidence.ts';

import type { ComparedSeries, SeriesSummary, SummaryContext } from './metric-summary.ts';
import { movementOf, summarizeSeries } from './metric-summary.ts';
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
  /** Milliseconds since the epoch of the earliest change among those that moved. */
  readonly since?: number;
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
/** What each further metric that moved adds, up to three. */
const FURTHER = 0.12;
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
  const findings = readings.flatMap((reading) => findingsOf(reading, context));
  const moved = findings.filter(isMoved);
  const first = Math.min(...moved.map(({ summary }) => summary.change?.at ?? Number.POSITIVE_INFINITY));
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
  const all = named.map((one) => {
    const summary = summarizeSeries(one, { ...context, least });
    return { service: serviceOf(one.series, asked) ?? '', asked, summary, weight: weightOf(asked, summary) };
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
  const usual = Math.min(MOST_USUAL, (summary.seenBefore ?? 0) * USUAL_PER_SHARE);
  const certain = summary.change !== undefined || summary.silentSince !== undefined || summary.newSince !== undefined;
  return (
    doublings *
    SIGNAL_WEIGHT[asked.signal] *
    (certain ? 1 : WITHOUT_CHANGE) *
    // Of failures little is felt at once: 3 in 100 that were none.
    (asked.signal === 'errors' ? 1 : effectOf(summary)) *
    (isWaiting(asked) ? WAITING : 1) *
    (1 - usual) *
    (isBetter(asked, summary) ? BETTER : 1)
  );
}

function isWaiting({ signal, metric }: ServiceQuery): boolean {
  return (signal === 'latency' || signal === 'errors') && OUTBOUND.test(metric);
}

/** How much of its level a series moved by, 0 to 1: far in deviations may be next to nothing. */
function effectOf({ baseMedian, change, p50, points }: SeriesSummary): number {
  if (baseMedian === undefined || points === 0) return 1;
  const now = change?.after ?? p50;
  const level = Math.max(Math.abs(now), Math.abs(baseMedian));
  return level === 0 ? 1 : Math.min(1, Math.abs(now - baseMedian) / level / FELT);
}

/** Names of metrics of which more is better. */
const GOOD = /success|avail|uptime|\bup\b|ready|healthy|free|idle|hit/i;

function isBetter({ signal, metric }: ServiceQuery, { distance }: SeriesSummary): boolean {
  if (distance === undefined || signal === 'traffic') return false;
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
  const findings = causeFirst(own.toSorted((a, b) => b.weight - a.weight));
  const moved = findings.filter(isMoved);
  const times = moved.flatMap(({ summary }) => summary.change?.at ?? []);
  const since = times.length === 0 ? undefined : Math.min(...times);
  const late = since === undefined ? 0 : Math.log2(1 + Math.max(0, since - first) / stepMs);
  const base = Math.max(0, ...own.map(({ weight }) => weight));
  const score = base * (1 + FURTHER * Math.min(3, Math.max(0, moved.length - 1))) * (1 - Math.min(0.3, LATER * late));
  return { service, score, findings, moved: moved.length, ...(since !== undefined && { since }) };
}

const MEMORY = /mem|heap|rss|working_set/i;
const CPU = /cpu/i;
/** Part of the weight of a rise in CPU from which on one in memory may be its cause. */
const SIMILAR = 0.6;

/** Filling memory keeps a CPU busy, not the other way round: where both rose, memory is told first. */
function causeFirst(findings: readonly OfService[]): readonly OfService[] {
  const [first] = findings;
  if (first === undefined || !CPU.test(first.asked.metric)) return findings;
  const memory = findings.find(
    (one) => MEMORY.test(one.asked.metric) && one.weight >= SIMILAR * first.weight && (one.summary.distance ?? 0) > 0,
  );
  return memory === undefined ? findings : [memory, ...findings.filter((one) => one !== memory)];
}
