import type { ErrorPlace, Trouble } from '#analysis/change-ranking.ts';
import { createErrorGrouper } from '#analysis/log-errors.ts';
import { FixgateError } from '#domain/errors.ts';
import type { LogQuery } from '#domain/evidence.ts';
import type { EvidenceSources } from '#engine/sources.ts';
import type { CallContext } from '#engine/tool.ts';

/** What the incident and its logs say of the trouble, and what could not be read. */
export interface KnownTrouble {
  readonly trouble: Trouble;
  readonly notes: readonly string[];
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
  try {
    const { source, query: filter } = sources.logs(incident, { service: scope.service, env: scope.env });
    const query: LogQuery = {
      window: {
        since: scope.onset - BEFORE_MS,
        until: Math.max(scope.onset + 1, Math.min(scope.now, scope.onset + AFTER_MS)),
      },
      level: 'error',
      newest: NEWEST,
      ...(filter !== undefined && { filters: [filter] }),
      ...(scope.service !== undefined && { service: scope.service }),
      ...(scope.env !== undefined && { env: scope.env }),
    };
    const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    for await (const { entries } of source.read(query, limited)) for (const entry of entries) grouper.add(entry);
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
  return { trouble: { onset: scope.onset, text: [...said, ...errors].join('\n'), places }, notes };
}
