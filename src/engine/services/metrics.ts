import { toChart } from '#analysis/metric-chart.ts';
import type { RankedService } from '#analysis/metric-services.ts';
import type { ComparedSeries, SeriesSummary } from '#analysis/metric-summary.ts';
import { keyOf, summarizeMetrics } from '#analysis/metric-summary.ts';
import type { ReadAction } from '#domain/action.ts';
import type { Clock } from '#domain/clock.ts';
import type { TimeWindow } from '#domain/evidence.ts';
import type { ComparedServices } from '#engine/services/metrics/compare-services.ts';
import { compareServices } from '#engine/services/metrics/compare-services.ts';
import {
  commonSilence,
  explainNothing,
  missingBaseline,
  missingFailures,
  refuseGrowing,
  refuseRawCounter,
} from '#engine/services/metrics/hints.ts';
import type { MetricOutput } from '#engine/services/metrics/output.ts';
import { toOutput } from '#engine/services/metrics/output.ts';
import type { QuestionInput } from '#engine/services/metrics/question.ts';
import { toQuestion } from '#engine/services/metrics/question.ts';
import { readCompared } from '#engine/services/metrics/read-compared.ts';
import { pointsOf, toFindingRow, toSeriesRow, toServiceRow } from '#engine/services/metrics/rows.ts';
import type { MetricWindowInput } from '#engine/services/metrics/windows.ts';
import { toMetricWindows } from '#engine/services/metrics/windows.ts';
import { nothingRead, whyNotAsked } from '#engine/services/not-asked.ts';
import type { EvidenceSources } from '#engine/sources.ts';
import type { CallContext } from '#engine/tool.ts';
import type { Permit } from '#policy/verdict.ts';
import type { MetricSource } from '#providers/sources.ts';
import type { Store } from '#state/store.ts';

/** What `query_metrics` is asked: a query or a metric, with `search` which metrics there are, with neither how services compare. */
export interface MetricInput extends QuestionInput, MetricWindowInput {
  readonly source?: string | undefined;
  readonly top: number;
  readonly points: number;
  readonly search?: string | undefined;
  readonly chart?: 'svg' | undefined;
}

/** Evaluates queries and says what moved. */
export interface MetricService {
  plan(input: MetricInput, call: CallContext): ReadAction;
  run(permit: Permit<'read'>, input: MetricInput, call: CallContext): Promise<MetricOutput>;
}

interface MetricServiceDeps {
  readonly sources: EvidenceSources;
  readonly clock: Clock;
  readonly store: Pick<Store, 'saveEvidence'>;
  /** Pictures are kept and shown: nothing secret may be in them. */
  readonly redact: (text: string) => string;
}

type RequestOf<K> = Extract<ReadAction['request'], { of: K }>;

/** What every way of answering needs. */
interface Call {
  readonly name: string;
  readonly source: MetricSource;
  readonly input: MetricInput;
  readonly incidentId: string;
  readonly window: TimeWindow;
  readonly notes: readonly string[];
  readonly signal: AbortSignal;
}

const SEARCH_LIMIT = 50;

/** Makes the service behind `query_metrics`. */
export function createMetricService(deps: MetricServiceDeps): MetricService {
  const { sources, clock } = deps;
  return {
    plan(input, { incident }) {
      const chosen = sources.metrics(incident, input);
      const { name, source } = chosen;
      if (input.search !== undefined)
        return { kind: 'read', source: name, request: { of: 'metric_names', search: input.search } };
      const question = toQuestion(input, chosen);
      const windows = toMetricWindows(input, incident, clock.now());
      const whole = { ...windows.current, since: windows.baseline?.since ?? windows.current.since };
      const stepMs = source.fitStep(input.baseline === 'previous' ? whole : windows.current, windows.stepMs);
      const window = { window: windows.current, stepMs };
      const baseline = windows.baseline && { baseline: windows.baseline };
      if (question.of === 'query') {
        if (source.keepsTotals) refuseRawCounter(question.query);
        return {
          kind: 'read',
          source: name,
          request: { of: 'metrics', query: { query: question.query, ...window }, ...baseline },
        };
      }
      const env = input.env === undefined ? {} : { env: input.env };
      const { queries } = question;
      const query = { ...window, ...env, ...(queries.length > 0 && { queries }) };
      return { kind: 'read', source: name, request: { of: 'service_metrics', query, ...baseline } };
    },
    async run({ action, incident }, input, { signal }) {
      const { source } = sources.metrics(incident, input);
      // What is read was settled when the call was judged; these are its words, and the window of a search.
      const { notes, current: window } = toMetricWindows(input, incident, clock.now());
      const call = { name: action.source, source, input, incidentId: incident.id, window, notes, signal };
      const { request } = action;
      try {
        if (request.of === 'metric_names') return await searchNames(call, request.search);
        if (request.of === 'service_metrics') return await compare(call, request);
        if (request.of !== 'metrics') throw new Error('query_metrics runs metric queries only');
        return await evaluate(deps, call, request);
      } catch (error) {
        const why = whyNotAsked(error);
        if (why === undefined) throw error;
        return unasked(why, call);
      }
    },
  };
}

async function searchNames({ name, source, window, signal }: Call, search: string): Promise<MetricOutput> {
  const found = await source.search(search, SEARCH_LIMIT, signal);
  const hints = found.length === 0 ? ['No name or help holds all of these words: try fewer.'] : [];
  const what = found.length >= SEARCH_LIMIT ? 'metrics or more' : 'metrics';
  const notes = [...hints, `Queries of this source: ${source.language}`];
  return toOutput(
    { source: name, query: search, window, matched: found.length, what, notes },
    found.map((info) => Object.fromEntries(Object.entries(info).filter(([, value]) => value !== ''))),
  );
}

async function evaluate(deps: MetricServiceDeps, call: Call, request: RequestOf<'metrics'>): Promise<MetricOutput> {
  const { source, input, signal } = call;
  const { query, baseline } = request;
  const answer = await readCompared(source, { query, baseline }, signal);
  const series = answer.compared.map((one) => one.series);
  if (source.keepsTotals) refuseGrowing(query.query, series);
  const summaries = summarizeMetrics(answer.compared, { window: query.window, stepMs: query.stepMs, baseline });
  const shown = summaries.slice(0, input.top);
  const { warnings = [] } = answer;
  const infos = warnings.filter((warning) => warning.startsWith('PromQL info'));
  const calm = summaries.slice(input.top).filter(({ z }) => z !== undefined && Math.abs(z) < 1.5).length;
  const empty = summaries.length === 0 ? await explainNothing(source, query.query, signal) : [];
  const chart = input.chart === undefined ? undefined : draw(deps, call, { request, compared: answer.compared, shown });
  return toOutput(
    {
      source: call.name,
      query: query.query,
      window: query.window,
      baseline,
      stepMs: query.stepMs,
      matched: answer.total ?? summaries.length,
      what: 'series, what moved most first',
      asked: source.explain?.(query),
      cardinality: answer.cardinality,
      chart,
      notes: [
        ...call.notes,
        ...(answer.total === undefined ? infos : warnings),
        ...commonSilence(summaries),
        ...missingBaseline(summaries, baseline),
        ...(calm > 0 ? [`${calm} of the other series: |z| < 1.5.`] : []),
        ...empty,
      ],
      warnings: answer.total === undefined ? warnings.filter((warning) => !infos.includes(warning)) : [],
    },
    shown.map((summary) => toSeriesRow(summary, pointsOf(summary, series, input.points))),
  );
}

/** The answer of a source that is not asked for a while. */
function unasked(why: string, { name, window, input }: Call): MetricOutput {
  const query = input.query ?? input.search ?? '';
  const told = { source: name, query, window, matched: 0, what: 'metrics', notes: [], warnings: [why] };
  return { ...toOutput(told, []), summary: nothingRead(why, 'metrics') };
}

interface Drawn {
  readonly request: RequestOf<'metrics'>;
  readonly compared: readonly ComparedSeries[];
  readonly shown: readonly SeriesSummary[];
}

/** Keeps the picture of the series that are shown; hosts get it beside the answer. */
function draw(
  { store, redact }: MetricServiceDeps,
  call: Call,
  { request, compared, shown }: Drawn,
): string | undefined {
  const chosen = shown.flatMap((summary) =>
    compared.filter(({ series }) => keyOf(series) === keyOf(summary)).slice(0, 1),
  );
  if (chosen.length === 0) return undefined;
  const { query, baseline } = request;
  const since = baseline?.until === query.window.since ? baseline.since : query.window.since;
  const text = toChart(chosen, {
    title: query.query,
    window: { since, until: query.window.until },
    onset: query.window.since,
    changes: shown.flatMap(({ change }) => change?.at ?? []),
  });
  return store.saveEvidence(call.incidentId, {
    title: 'Chart of query_metrics',
    mimeType: 'image/svg+xml',
    text: redact(text),
  }).uri;
}

async function compare(call: Call, request: RequestOf<'service_metrics'>): Promise<MetricOutput> {
  const { source, input, signal } = call;
  const { query, baseline } = request;
  const found = await compareServices(source, { ...query, baseline }, signal);
  const first = firstOf(found.ranked);
  const one = input.service === undefined ? undefined : ofService(found.ranked, input.service);
  const rows = (
    one?.findings.map(toFindingRow) ?? found.ranked.map((ranked, index) => toServiceRow(ranked, index + 1, first))
  ).slice(0, input.top);
  const all = one?.findings.length ?? (input.service === undefined ? found.ranked.length : 0);
  return toOutput(
    {
      source: call.name,
      query: `${found.answered} of ${found.asked} questions answered; each row has its own query`,
      window: query.window,
      baseline,
      stepMs: found.stepMs,
      matched: all,
      what: one ? 'metrics of the service, what moved most first' : 'services, what moved farthest and earliest first',
      notes: [...call.notes, ...notesOn(found, input, baseline)],
      warnings: found.warnings,
    },
    one || input.service === undefined ? rows : [],
  );
}

/** When the first service changed, of those that moved at least half as much as the one that moved most. */
function firstOf(ranked: readonly RankedService[]): number {
  const telling = ranked.filter(({ score }) => score >= (ranked[0]?.score ?? 0) / 2);
  return Math.min(...telling.map(({ since = Number.POSITIVE_INFINITY }) => since));
}

/** By its name, or by the one name that holds it. */
function ofService(ranked: readonly RankedService[], service: string): RankedService | undefined {
  const exact = ranked.find((one) => one.service === service);
  const like = ranked.filter((one) => one.service.toLowerCase().includes(service.toLowerCase()));
  return exact ?? (like.length === 1 ? like[0] : undefined);
}

function notesOn(
  { ranked, asked, signals }: ComparedServices,
  { service }: MetricInput,
  baseline: TimeWindow | undefined,
): string[] {
  if (asked === 0) return ['No metric here tells services apart: name one with query or metric, or look with search.'];
  if (ranked.length === 0) return ['No question found data: ask about an earlier window, or look with search.'];
  const names = ranked.slice(0, 10).map((one) => one.service);
  if (service !== undefined && ofService(ranked, service) === undefined)
    return [`No metric names the service ${service.slice(0, 100)}; there are: ${names.join(', ')}.`];
  const summaries = ranked.flatMap(({ findings }) => findings.map(({ summary }) => summary));
  return [
    ...commonSilence(summaries),
    ...missingBaseline(summaries, baseline),
    ...missingFailures(signals),
    'Ranked by how far and how early: robust distance from the baseline, errors and latency before load and saturation.',
  ];
}
