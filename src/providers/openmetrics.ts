import { basename } from 'node:path';

import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import type { MetricInfo, MetricQuery, TimeWindow } from '#domain/evidence.ts';
import { fitStep, parseInstant } from '#domain/time.ts';

import { throwIfCancelled } from './cancelled.ts';
import { defineProvider, filePath } from './define-provider.ts';
import { describeFiles } from './files/describe.ts';
import type { FoundFile, FoundFiles } from './files/find-files.ts';
import { findFiles } from './files/find-files.ts';
import { readLines } from './files/read-lines.ts';
import { rankMetrics } from './metric-search.ts';
import { noFileMatches } from './no-file-matches.ts';
import { composeSelection } from './openmetrics/compose.ts';
import type { Recorded } from './openmetrics/evaluate.ts';
import { evaluate, LOOKBACK_MS } from './openmetrics/evaluate.ts';
import type { Exposed } from './openmetrics/exposition.ts';
import { parseExposition } from './openmetrics/exposition.ts';
import type { Selection } from './openmetrics/selector.ts';
import { LANGUAGE, parseSelection } from './openmetrics/selector.ts';
import type { LabelIndex } from './openmetrics/survey.ts';
import { createLabelIndex, surveyRecorded } from './openmetrics/survey.ts';
import type { MetricSource } from './sources.ts';

const settings = z.strictObject({
  /** Files, folders of scrapes or globs. */
  paths: z.array(filePath).min(1).max(100),
  /** Whether symbolic links are followed. */
  follow_links: z.boolean().default(true),
});
type Places = z.output<typeof settings>;

/** Metrics recorded over time in OpenMetrics or Prometheus text files. */
export const openmetrics = defineProvider({
  id: 'openmetrics',
  title: 'OpenMetrics files',
  docs: [
    'Reads text expositions, gzip included: samples with timestamps, or one file per scrape.',
    'A scrape without timestamps is dated by its file name (ISO 8601 or epoch), else by its last write.',
  ].join(' '),
  settings,
  capabilities: { metrics: (settings) => createRecordedMetrics(settings) },
});

/** The same resolution as Prometheus allows. */
const MAX_POINTS = 11_000;
/** Samples held at once, about 100 MB. */
const MAX_SAMPLES = 2_000_000;
/** Questions of a survey: each reads all files. */
const MAX_QUESTIONS = 12;
/** A file last written this long before the window holds nothing of it. */
const SKIP_MARGIN_MS = 86_400_000;
const IN_FOLDERS = /\.(?:prom|om|openmetrics|metrics|txt)(?:[.-][\dTZ:._-]+)?(?:\.gz)?$/i;

function createRecordedMetrics(places: Places): MetricSource {
  return {
    language: LANGUAGE,
    keepsTotals: true,
    compose: composeSelection,
    fitStep: (window, stepMs) => fitStep(window.until - window.since, Math.max(1_000, stepMs), MAX_POINTS),
    async query(query, signal) {
      const selection = parseSelection(query.query);
      const recorded = await select({ places, selection, query, signal });
      const stepMs = fitStep(query.window.until - query.window.since, Math.max(1_000, query.stepMs), MAX_POINTS);
      return { series: evaluate(recorded, selection, { ...query.window, stepMs }) };
    },
    async search(search, limit, signal) {
      return rankMetrics(await listMetrics(places, { signal }), search, limit);
    },
    explain: ({ query }) => ({ native: query }),
    async survey(about, signal) {
      const labels = createLabelIndex();
      const known = await listMetrics(places, { signal, labels });
      return surveyRecorded(known, labels, { ...about, limit: Math.min(about.limit, MAX_QUESTIONS) });
    },
    async probe() {
      const { text, readable } = await describeFiles(await find(places));
      if (readable === 0) throw nothingReadable(text);
      return text;
    },
  };
}

interface Reading {
  readonly places: Places;
  readonly selection: Selection;
  readonly query: MetricQuery;
  readonly signal: AbortSignal;
}

type Sample = Extract<Exposed, { kind: 'sample' }>;

async function select({ places, selection, query, signal }: Reading): Promise<readonly Recorded[]> {
  const needed: TimeWindow = {
    since: query.window.since - Math.max(reachOf(selection), selection.over ? reachOf(selection.over) : 0),
    until: query.window.until,
  };
  const series = new Map<string, Omit<Recorded, 'samples'> & { samples: Map<number, number> }>();
  let count = 0;
  const add = ({ name, labels, value }: Sample, at: number) => {
    if (at < needed.since || at >= needed.until) return;
    if (!selection.matches(name, labels) && selection.over?.matches(name, labels) !== true) return;
    const key = `${name}${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
    const found = series.get(key) ?? { name, labels, samples: new Map<number, number>() };
    series.set(key, found);
    found.samples.set(at, value);
    if (++count > MAX_SAMPLES) throw tooMany();
  };
  for await (const { lines, file } of readExpositions(places, { since: needed.since - SKIP_MARGIN_MS, signal })) {
    const fileAt = scrapedAt(file);
    for (const line of lines) if (line.kind === 'sample') add(line, line.at ?? fileAt);
  }
  return [...series.values()].map((found) => ({ ...found, samples: [...found.samples].toSorted(([a], [b]) => a - b) }));
}

/** How far back a value looks. */
function reachOf({ range }: Selection): number {
  return range?.rangeMs ?? LOOKBACK_MS;
}

interface Listing {
  readonly signal: AbortSignal;
  /** Told of every sample, where labels are wanted as well. */
  readonly labels?: LabelIndex;
}

async function listMetrics(places: Places, { signal, labels }: Listing): Promise<readonly MetricInfo[]> {
  const names = new Set<string>();
  const families = new Map<string, { type: string; help: string; unit: string }>();
  const add = (line: Exposed) => {
    if (line.kind === 'sample') {
      names.add(line.name);
      labels?.add(line.name, line.labels);
    } else
      families.set(line.name, {
        ...(families.get(line.name) ?? { type: '', help: '', unit: '' }),
        [line.kind]: line.text,
      });
  };
  for await (const { lines } of readExpositions(places, { since: Number.NEGATIVE_INFINITY, signal }))
    lines.forEach(add);
  return [...names].map((name) => {
    const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|count|sum|total|created|info)$/, ''));
    return { name, type: family?.type ?? '', help: family?.help ?? '', unit: family?.unit ?? '' };
  });
}

/** Some lines of one file. */
interface Chunk {
  readonly lines: readonly Exposed[];
  readonly file: FoundFile;
}

async function find({ paths, follow_links: followLinks }: Places): Promise<FoundFiles> {
  const found = await findFiles(paths, { accept: (name) => IN_FOLDERS.test(name), rotated: false, followLinks });
  if (found.files.length === 0) throw noFileMatches('metrics', paths, found.warnings);
  return found;
}

async function* readExpositions(
  places: Places,
  { since, signal }: { readonly since: number; readonly signal: AbortSignal },
): AsyncGenerator<Chunk> {
  throwIfCancelled(signal);
  const { files } = await find(places);
  for (const file of files.filter(({ modifiedAt }) => modifiedAt >= since)) {
    try {
      for await (const { lines } of readLines(file, signal)) {
        yield { file, lines: lines.map(({ text }) => parseExposition(text)).filter((line) => line !== undefined) };
      }
    } catch (error) {
      if (error instanceof FixgateError) throw error;
      throwIfCancelled(signal);
      throw unreadable(file, error);
    }
  }
}

/** When a scrape without timestamps was taken. */
function scrapedAt(file: FoundFile): number {
  const name = basename(file.path);
  const iso = /(\d{4}-\d{2}-\d{2})[T_](\d{2})[-:]?(\d{2})[-:]?(\d{2})(\.\d{1,3})?/.exec(name);
  if (iso !== null) return Date.parse(`${iso[1]}T${iso[2]}:${iso[3]}:${iso[4]}${iso[5] ?? ''}Z`) || file.modifiedAt;
  const epoch = /(?<!\d)(\d{13}|\d{10})(?!\d)/.exec(name)?.[1];
  return epoch === undefined ? Math.floor(file.modifiedAt) : parseInstant(epoch, 0).at;
}

function nothingReadable(found: string): FixgateError {
  return new FixgateError('provider_unavailable', `None of the metrics files can be read. ${found}`, {
    fix: 'Have the operator give the server permission to read the metrics files.',
  });
}

function unreadable(file: FoundFile, error: unknown): FixgateError {
  const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown reason';
  return new FixgateError('provider_unavailable', `${file.path} cannot be read: ${why}.`, {
    fix: 'Have the operator make the metrics files readable, or name others.',
    cause: error,
  });
}

function tooMany(): FixgateError {
  return new FixgateError('invalid_input', `The query selects more than ${MAX_SAMPLES} samples.`, {
    fix: 'Select fewer series or ask for a shorter window.',
  });
}
