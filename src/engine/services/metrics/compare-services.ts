import type { RankedService, ServiceReading } from '#analysis/metric-services.ts';
import { rankServices } from '#analysis/metric-services.ts';
import { signalOf } from '#analysis/telling-metrics.ts';
import { FixgateError } from '#domain/errors.ts';
import type { NamedQuery, ServiceQuery, ServiceSignal, TimeWindow } from '#domain/evidence.ts';
import { inParallel } from '#domain/in-parallel.ts';
import { readCompared } from '#engine/services/metrics/read-compared.ts';
import type { MetricSource } from '#providers/sources.ts';

/** Which services are compared, and over which windows. */
export interface Comparison {
  readonly window: TimeWindow;
  readonly stepMs: number;
  readonly env?: string | undefined;
  readonly queries?: readonly NamedQuery[];
  readonly baseline: TimeWindow | undefined;
}

/** What the comparison found. */
export interface ComparedServices {
  readonly ranked: readonly RankedService[];
  readonly warnings: readonly string[];
  /** Questions that were answered with something, and all of them. */
  readonly answered: number;
  readonly asked: number;
  readonly stepMs: number;
  /** What the answered questions tell of. */
  readonly signals: readonly ServiceSignal[];
}

/** Questions of one comparison, and how many are asked at once. */
const MAX_QUESTIONS = 24;
const MAX_NAMED = 120;
const PARALLEL = 4;
const MAX_WARNINGS = 3;
/** A row per service and metric name; a configured query has one service alone. */
const OWN_LABEL = 'service';

interface Asked {
  readonly question: ServiceQuery;
  /** The service of a configured query. */
  readonly service?: string;
}

/** Asks the configured queries of all services, or else what the source finds most telling, and ranks the services. */
export async function compareServices(
  source: MetricSource,
  comparison: Comparison,
  signal: AbortSignal,
): Promise<ComparedServices> {
  const asked = await questionsOf(source, comparison, signal);
  const sampleMs = Math.max(0, ...asked.map(({ question }) => question.sampleMs ?? 0));
  const stepMs = source.fitStep(comparison.window, Math.max(comparison.stepMs, sampleMs));
  const warnings = new Set<string>();
  const readings = await inParallel(asked, PARALLEL, async (one) => {
    try {
      return await readOne(source, { one, comparison: { ...comparison, stepMs }, warnings }, signal);
    } catch (error) {
      if (!(error instanceof FixgateError) || error.code === 'cancelled') throw error;
      // One question that cannot be answered is no reason to answer none.
      if (asked.length === 1 || isFatal(error)) throw error;
      warnings.add(`${one.question.metric}: ${error.message}`.slice(0, 300));
      return undefined;
    }
  });
  const found = mergeByMetric(readings.filter((reading) => reading !== undefined));
  const answered = readings.filter((reading) => (reading?.compared.length ?? 0) > 0).length;
  return {
    ranked: rankServices(found, { window: comparison.window, baseline: comparison.baseline, stepMs }),
    warnings: [...warnings].slice(0, MAX_WARNINGS),
    answered,
    asked: asked.length,
    stepMs,
    signals: [...new Set(found.filter(({ compared }) => compared.length > 0).map(({ asked: one }) => one.signal))],
  };
}

function isFatal({ code }: FixgateError): boolean {
  return code === 'provider_unavailable' || code === 'provider_rejected' || code === 'misconfigured';
}

async function questionsOf(
  source: MetricSource,
  { queries = [], window, baseline, env }: Comparison,
  signal: AbortSignal,
): Promise<readonly Asked[]> {
  if (queries.length > 0) {
    return queries.slice(0, MAX_NAMED).map(({ service, name, query }) => ({
      question: { query, metric: name, signal: signalOf(name), serviceLabel: OWN_LABEL },
      service,
    }));
  }
  if (source.survey === undefined) throw cannotCompare();
  const whole = { since: baseline?.until === window.since ? baseline.since : window.since, until: window.until };
  const found = await source.survey({ window: whole, env, limit: MAX_QUESTIONS }, signal);
  return found.map((question) => ({ question }));
}

interface OneReading {
  readonly one: Asked;
  readonly comparison: Comparison;
  readonly warnings: Set<string>;
}

async function readOne(
  source: MetricSource,
  { one: { question, service }, comparison, warnings }: OneReading,
  signal: AbortSignal,
): Promise<ServiceReading> {
  const { window, stepMs, baseline } = comparison;
  const query = { query: question.query, window, stepMs };
  const answer = await readCompared(source, { query, baseline }, signal);
  for (const warning of answer.warnings ?? []) warnings.add(`${question.metric}: ${warning}`.slice(0, 300));
  const named = (labels: Readonly<Record<string, string>>) =>
    service === undefined ? labels : { ...labels, [OWN_LABEL]: service };
  const compared = answer.compared.map(({ series, base }) => ({
    series: { ...series, labels: named(series.labels) },
    base,
  }));
  return { asked: question, compared };
}

/** The same metric of several services is one reading, so that their levels can be compared. */
function mergeByMetric(readings: readonly ServiceReading[]): ServiceReading[] {
  const groups = Map.groupBy(readings, ({ asked }) => `${asked.metric}\n${asked.serviceLabel}`);
  return [...groups.values()].flatMap((own) => {
    const [first] = own;
    return first === undefined ? [] : [{ asked: first.asked, compared: own.flatMap(({ compared }) => compared) }];
  });
}

function cannotCompare(): FixgateError {
  return new FixgateError('invalid_input', 'This source cannot compare services by itself.', {
    fix: 'Call query_metrics with query or metric, or with search to see which metrics there are.',
  });
}
