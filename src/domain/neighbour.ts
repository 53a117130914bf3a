import type { Incident, RepositoryPlace } from '#domain/incident.ts';
import type { ToldType } from '#domain/notice.ts';
import type { PullRequestRecord } from '#domain/remediation.ts';

/** Which events are looked for. */
export interface ToldQuery {
  readonly types: readonly ToldType[];
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Of a repository; all when absent. */
  readonly repository?: RepositoryPlace;
}

/** A pull request of some incident, opened or about to be. */
export interface Publication {
  readonly incident: Incident;
  /** When it was opened, or its call admitted, in milliseconds since the epoch. */
  readonly at: number;
  /** Absent while the call that opens it has not ended. */
  readonly pullRequest?: PullRequestRecord;
}

/** A merged change that somebody took back. */
export interface TakenBack {
  readonly incidentId: string;
  /** When, in milliseconds since the epoch. */
  readonly at: number;
}
