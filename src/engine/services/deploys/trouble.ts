import type { ErrorPlace, Trouble } from '#analysis/change-ranking.ts';
import { createErrorGrouper } from '#analysis/log-errors.ts';
import { FixgateError } from '#domain/errors.ts';
import type { LogEntry, LogQuery } from '#domain/evidence.ts';
import type { KeptRead } from '#engine/services/deploys/kept-reads.ts';
import { digestOf } from '#engine/services/deploys/kept-reads.ts';
import type { Chosen, EvidenceSources } from '#engine/sources.ts';
import type { CallContext } from '#engine/tool.ts';
import type { LogSource } from '#providers/sources.ts';

/** What the incident and its logs say of the trouble, and what could not be read. */
export interface KnownTrouble {
  readonly trouble: Trouble;
  readonly notes: readonly string[];
  readonly reads: readonly KeptRead[];
}

/** Where the errors are looked for. */
export interface ErrorScope {
  readonly onset: number;
  readonly now: number;
  readonly service?: string | undefined;
  readonly env?: string | undefined;
}

/** The logs only help to rank: they get little time, and few of their errors. */
const TIMEOUT_MS = 8_000;
const BEFORE_MS = 5 * 60_000;
const AFTER_MS = 3_600_000;
const NEWEST = 1_000;
const GROUPS = 5;
const MAX_RCA_CHARS = 8 * 1_024;

/** Reads title, root cause and the errors around the onset; without logs the words of the incident must do. */
export async function readTrouble(
  sources: EvidenceSources,
  { incident, signal }: Pick<CallContext, 'incident' | 'signal'>,
  scope: ErrorScope,
): Promise<KnownTrouble> {
  const said = [incident.title, incident.rca?.text.slice(0, MAX_RCA_CHARS) ?? ''];
  const grouper = createErrorGrouper(100);
  const notes: string[] = [];
  const reads: KeptRead[] = [];
  try {
    const chosen = sources.logs(incident, { service: scope.service, env: scope.env });
    reads.push(await readErrors(chosen, { scope, add: grouper.add }, signal));
  } catch (error) {
    if (signal.aborted || !(error instanceof FixgateError)) throw error;
    if (error.code !== 'misconfigured') notes.push(`The errors of the logs do not help the ranking: ${error.message}`);
  }
  const groups = grouper.groups().slice(0, GROUPS);
  const places: ErrorPlace[] = groups.flatMap(({ frames }) =>
    frames.map(({ file, function: name }) => ({ file, function: name })),
  );
  const errors = groups.flatMap(({ type, message, frames }) => [
    `${type} ${message}`,
    ...frames.map(({ file, function: name }) => `${file} ${name ?? ''}`),
  ]);
  return { trouble: { onset: scope.onset, text: [...said, ...errors].join('\n'), places }, notes, reads };
}

interface Wanted {
  readonly scope: ErrorScope;
  readonly add: (entry: LogEntry) => void;
}

async function readErrors(
  { name, source, query: filter }: Chosen<LogSource>,
  { scope: { onset, now, service, env }, add }: Wanted,
  signal: AbortSignal,
): Promise<KeptRead> {
  const window = { since: onset - BEFORE_MS, until: Math.max(onset + 1, Math.min(now, onset + AFTER_MS)) };
  const query: LogQuery = {
    window,
    level: 'error',
    newest: NEWEST,
    ...(filter !== undefined && { filters: [filter] }),
    ...(service !== undefined && { service }),
    ...(env !== undefined && { env }),
  };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const origins: string[] = [];
  for await (const { entries } of source.read(query, limited)) {
    for (const entry of entries) {
      add(entry);
      origins.push(entry.origin);
    }
  }
  const native = source.explain?.(query).native;
  const { window: _, ...conditions } = query;
  return {
    of: 'logs',
    source: name,
    window,
    query: conditions,
    requests: native === undefined ? [] : [native],
    answers: origins.length,
    sha256: digestOf(origins.toSorted()),
  };
}
