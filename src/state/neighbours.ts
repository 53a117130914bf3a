// What incidents have to know of each other.

import type { Incident, RepositoryPlace } from '#domain/incident.ts';
import type { Publication, TakenBack, ToldQuery } from '#domain/neighbour.ts';
import type { PullRequestRecord } from '#domain/remediation.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { Transaction } from '#state/database.ts';
import { OF_REPOSITORY, placeValues } from '#state/of-repository.ts';
import type { EventRow } from '#state/timeline-log.ts';
import { toEvent } from '#state/timeline-log.ts';

const TOLD = `SELECT e.chain, e.seq, e.body, e.prev_hash, e.hash FROM outbox o JOIN events e USING (chain, seq) JOIN incidents i ON i.id = o.chain
    WHERE o.at >= ? AND o.type IN (SELECT value FROM json_each(?)) AND (? IS NULL OR ${OF_REPOSITORY}) ORDER BY o.n`;

/** In the order in which they were written. */
export function readTold(tx: Transaction, { types, since, repository }: ToldQuery): readonly TimelineEvent[] {
  const place = repository ? placeValues(repository) : [null, null];
  return (tx.all(TOLD, since, JSON.stringify(types), place[0], ...place) as readonly EventRow[]).map(toEvent);
}

interface PublicationRow {
  readonly at: number;
  readonly incident: string;
  readonly pull_request: string | null;
}

/** Pull requests of a repository that were opened since then, and calls that are about to open one; oldest first. */
export function readPublications(tx: Transaction, repository: RepositoryPlace, since: number): readonly Publication[] {
  const opened = `SELECT o.at, i.record AS incident, p.record AS pull_request FROM outbox o JOIN incidents i ON i.id = o.chain
    JOIN pull_requests p ON p.incident_id = o.chain WHERE o.at >= ? AND o.type = 'pull_request.opened' AND ${OF_REPOSITORY}`;
  const begun = `SELECT c.admitted_at AS at, i.record AS incident, NULL AS pull_request FROM calls c JOIN incidents i ON i.id = c.incident_id
    WHERE c.settled_at IS NULL AND c.tool = 'open_pr' AND c.admitted_at >= ? AND ${OF_REPOSITORY}
    AND NOT EXISTS (SELECT 1 FROM pull_requests WHERE incident_id = c.incident_id)`;
  const place = placeValues(repository);
  const rows = tx.all(`${opened} UNION ALL ${begun} ORDER BY at`, since, ...place, since, ...place);
  return (rows as readonly PublicationRow[]).map(({ at, incident, pull_request: pullRequest }) => ({
    at,
    incident: JSON.parse(incident) as Incident,
    ...(pullRequest !== null && { pullRequest: JSON.parse(pullRequest) as PullRequestRecord }),
  }));
}

const TAKEN_AT = "coalesce(json_extract(p.record, '$.fate.revertedAt'), json_extract(p.record, '$.answeredAt'))";
const TAKEN_BACK = `SELECT p.incident_id AS incidentId, ${TAKEN_AT} AS at FROM pull_requests p CROSS JOIN incidents i ON i.id = p.incident_id
    WHERE json_extract(p.record, '$.fate.outcome') = 'reverted' AND ${TAKEN_AT} >= ? AND ${OF_REPOSITORY} ORDER BY at`;

/** Merged changes of a repository that were taken back since then, as far as somebody asked what became of them; oldest first. */
export function readTakenBack(tx: Transaction, repository: RepositoryPlace, since: number): readonly TakenBack[] {
  return (tx.all(TAKEN_BACK, since, ...placeValues(repository)) as readonly TakenBack[]).map((row) => ({ ...row }));
}
