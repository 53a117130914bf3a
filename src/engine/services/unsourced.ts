import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { EvidenceSources } from '#engine/sources.ts';

/** Why a tool has no source to ask, in the words of the refusal that a call would get, by its name. */
export function unsourced(
  sources: Pick<EvidenceSources, 'logs' | 'metrics'>,
  incident: Incident,
): Readonly<Record<string, string | undefined>> {
  return {
    get_incident_logs: whyNone(() => sources.logs(incident, {})),
    query_metrics: whyNone(() => sources.metrics(incident, {})),
  };
}

function whyNone(choose: () => unknown): string | undefined {
  try {
    choose();
    return undefined;
  } catch (error) {
    if (error instanceof FixgateError) return error.message;
    throw error;
  }
}
