/** Hidden line by which the pull request of an incident is recognised; part of every body. */
export function toIncidentMarker(incidentId: string): string {
  return `<!-- fixgate incident:${incidentId} -->`;
}

/** Bytes of a pull-request body; GitHub refuses more than 65,536 characters. */
export const MAX_PULL_REQUEST_BODY_BYTES = 60_000;
