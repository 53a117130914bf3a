import type { Json } from '#domain/json.ts';

/** What can happen to an incident. */
export type TimelineType =
  | 'incident.opened'
  | 'incident.confirmed'
  | 'incident.escalated'
  | 'incident.released'
  | 'incident.resumed'
  | 'incident.closed'
  | 'server.stopped'
  | 'server.resumed'
  | 'approval.requested'
  | 'approval.granted'
  | 'approval.rejected'
  | 'call.invalid'
  | 'call.denied'
  | 'call.admitted'
  | 'call.succeeded'
  | 'call.failed'
  | 'call.free'
  | 'budget.warned'
  | 'patch.applied'
  | 'tests.started'
  | 'tests.finished'
  | 'pull_request.opened'
  | 'pull_request.updated'
  | 'pull_request.outcome'
  | 'hook.succeeded'
  | 'hook.failed'
  | 'hand_over.told'
  | 'notify.sent'
  | 'notify.failed'
  | 'telemetry.dropped';

/** One entry of the append-only record; `hash` covers everything before it. */
export interface TimelineEvent {
  /** The incident, or `_server` for attempts that name none. */
  readonly chain: string;
  /** Position in the chain, from 1. */
  readonly seq: number;
  readonly at: number;
  readonly type: TimelineType;
  /** Who: `human`, `server`, or a client such as `claude-code/2.1.329`. */
  readonly actor: string;
  readonly tool?: string;
  readonly callId?: string;
  readonly summary: string;
  readonly data: Readonly<Record<string, Json>>;
  readonly prevHash: string;
  readonly hash: string;
}

/** What a writer supplies; the store adds position, time and hashes. */
export type NewTimelineEvent = Omit<TimelineEvent, 'chain' | 'seq' | 'at' | 'prevHash' | 'hash'>;

/** Chain of attempts that name no known incident. */
export const SERVER_CHAIN = '_server';
