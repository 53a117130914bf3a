import { isError } from '#analysis/levels.ts';
import { createLogHash } from '#analysis/log-hash.ts';
import type { ReadAction } from '#domain/action.ts';
import type { Clock } from '#domain/clock.ts';
import type { LogLevel, LogQuery } from '#domain/evidence.ts';
import { onsetOf } from '#domain/incident.ts';
import type { Redact } from '#engine/redact.ts';
import type { AskedQuery } from '#engine/services/logs/hints.ts';
import { createUnnamedCount, explainEmpty, explainUnnamed } from '#engine/services/logs/hints.ts';
import type { KeptLines } from '#engine/services/logs/kept-lines.ts';
import { createKeptLines } from '#engine/services/logs/kept-lines.ts';
import { findEvent } from '#engine/services/logs/one-event.ts';
import type { Told } from '#engine/services/logs/output.ts';
import { toEventOutput, toOutput, toUnaskedOutput } from '#engine/services/logs/output.ts';
import type { LogOutput } from '#engine/services/logs/output.ts';
import { readWindows } from '#engine/services/logs/read-windows.ts';
import { redactEntry } from '#engine/services/logs/redact-entry.ts';
import type { LogMode } from '#engine/services/logs/views.ts';
import { createView, DEFAULT_LIMIT } from '#engine/services/logs/views.ts';
import { whyNotAsked } from '#engine/services/not-asked.ts';
import { baselineOf, toWindows } from '#engine/services/time-windows.ts';
import type { EvidenceSources } from '#engine/sources.ts';
import type { CallContext } from '#engine/tool.ts';
import type { Permit } from '#policy/verdict.ts';
import type { LogSource } from '#providers/sources.ts';
import type { Store } from '#state/store.ts';
import { annotateRequest } from '#telemetry/tracing.ts';

/** What `get_incident_logs` is asked. */
export interface LogInput {
  readonly mode: LogMode;
  readonly query?: string | undefined;
  /** In the language of the back end. */
  readonly filter?: string | undefined;
  /** The `at` of a row: that event alone, whole. */
  readonly event?: string | undefined;
  readonly source?: string | undefined;
  readonly service?: string | undefined;
  readonly env?: string | undefined;
  readonly level?: LogLevel | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly baseline: 'previous' | 'day' | 'week' | 'none';
  readonly limit?: number | undefined;
}

/** Reads logs and says what is new in them. */
export interface LogService {
  plan(input: LogInput, call: CallContext): ReadAction;
  run(permit: Permit<'read'>, input: LogInput, call: CallContext): Promise<LogOutput>;
}

interface LogServiceDeps {
  readonly redact: Redact;
  readonly sources: EvidenceSources;
  readonly clock: Clock;
  readonly store: Pick<Store, 'saveEvidence' | 'keepFingerprint'>;
}

/** Milliseconds to find one event: within a packed file everything before it is unpacked. */
const EVENT_MS = 20_000;

/** Titles are listed a line each. */
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

/** Makes the service behind `get_incident_logs`. */
export function createLogService(deps: LogServiceDeps): LogService {
  const { sources, clock } = deps;

  /** The events themselves, for humans: an agent gets the digest. */
  function keep(incidentId: string, title: string, text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    return deps.store.saveEvidence(incidentId, {
      title: oneLine(deps.redact(title)),
      mimeType: 'text/plain',
      text: deps.redact(text),
    }).uri;
  }

  async function readOne(source: LogSource, { origin, query }: { origin: string; query: LogQuery }, told: Told) {
    const signal = AbortSignal.any([told.signal, AbortSignal.timeout(EVENT_MS)]);
    const entry = redactEntry(await findEvent(source, { origin, query }, signal), deps.redact);
    return toEventOutput(entry, { ...told, lines: keep(told.incident.id, `Event ${origin.slice(0, 100)}`, entry.raw) });
  }

  async function readMany(source: LogSource, input: LogInput, told: Told): Promise<LogOutput> {
    const { query, windows, incident, signal } = told;
    const limit = input.limit ?? DEFAULT_LIMIT[input.mode];
    const focused = input.query === undefined && input.filter === undefined && input.level === undefined;
    const view = createView({ mode: input.mode, limit, windows, focused, service: query.service });
    const lines = createKeptLines();
    const unnamed = createUnnamedCount(query);
    const counts = { errors: 0, unlevelled: 0 };
    // A back end that counts need not send what is beyond the limit.
    const sampled = input.mode !== 'lines' || focused || !source.count;
    const read = await readWindows(source, {
      query: sampled ? query : { ...query, newest: limit },
      current: windows.current,
      // Only patterns are compared.
      baseline: input.mode === 'patterns' ? windows.baseline : undefined,
      onset: onsetOf(incident),
      signal,
      add(found, inBaseline) {
        const entry = redactEntry(found, deps.redact);
        view.add(entry, inBaseline);
        if (inBaseline) return;
        if (isError(entry.level)) counts.errors++;
        if (query.level !== undefined && entry.level === undefined) counts.unlevelled++;
        unnamed.add(entry);
        if (input.mode !== 'lines') lines.add(entry);
      },
    });
    const logHash = hashOf(query.service, lines);
    // That of everything: a filter would make another one of the same trouble.
    if (focused && logHash !== undefined) annotateRequest({ 'fixgate.incident.fingerprint': logHash });
    if (focused && logHash !== undefined && query.service === incident.service)
      deps.store.keepFingerprint(incident.id, logHash);
    const found = { query, filter: input.filter, matched: read.current.matched, named: unnamed.isComplete() };
    const hints = await explain(source, found, signal);
    return toOutput({
      ...told,
      mode: input.mode,
      read,
      sampled,
      answer: view.answer(read),
      ...counts,
      hints,
      logHash,
      lines: keep(incident.id, `Events behind an answer of ${told.source}`, lines.text()),
    });
  }

  return {
    plan(input, { incident }) {
      const { name, query: configured, text } = sources.logs(incident, input);
      const { current } = toWindows(input, incident, clock.now());
      const service = input.service ?? incident.service;
      const filters = [configured, input.filter].filter((filter) => filter !== undefined);
      const query: LogQuery = {
        window: current,
        ...(text !== undefined && text !== '' && { text }),
        ...(filters.length > 0 && { filters }),
        ...(service !== undefined && { service }),
        ...(input.env !== undefined && { env: input.env }),
        ...(input.level && { level: input.level }),
      };
      return { kind: 'read', source: name, request: { of: 'logs', query } };
    },
    async run({ action, incident }, input, { signal }) {
      const { source } = sources.logs(incident, input);
      const { query } = action.request as Extract<ReadAction['request'], { of: 'logs' }>;
      // The window was settled when the call was judged; the baseline follows from it.
      const { notes } = toWindows(input, incident, clock.now());
      const windows = { current: query.window, baseline: baselineOf(input, query.window) };
      const asked = source.explain?.(query);
      const told: Told = { source: action.source, incident, query, windows, notes, asked, signal };
      try {
        if (input.event !== undefined) return await readOne(source, { origin: input.event, query }, told);
        return await readMany(source, input, told);
      } catch (error) {
        const why = whyNotAsked(error);
        if (why === undefined) throw error;
        return toUnaskedOutput(why, told);
      }
    },
  };
}

/** Of the earliest errors alone: a storm of them would cost more than its hash is worth. */
function hashOf(service: string | undefined, lines: KeptLines): string | undefined {
  const hash = createLogHash(service ?? '');
  for (const { raw, level } of lines.entries()) hash.add(raw, level);
  return hash.value();
}

async function explain(
  source: LogSource,
  { query, filter, matched, named }: AskedQuery & { readonly matched: number; readonly named: boolean },
  signal: AbortSignal,
): Promise<string[]> {
  if (matched === 0) return await explainEmpty(source, { query, filter }, signal);
  return named ? [] : await explainUnnamed(source, query, signal);
}
