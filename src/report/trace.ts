import { createHash } from 'node:crypto';

/** The trace of an incident, as 32 hex digits: the same in every process that knows the id, without a channel between them. */
export function toTraceId(incidentId: string): string {
  return createHash('sha256').update(`fixgate:incident:${incidentId}`).digest('hex').slice(0, 32);
}
