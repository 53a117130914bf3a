import type { TimelineType } from '#domain/timeline.ts';

/** What other systems may be told of. */
export const toldTypes = [
  'incident.opened',
  'incident.escalated',
  'incident.resumed',
  'incident.closed',
  'pull_request.opened',
] as const satisfies readonly TimelineType[];
export type ToldType = (typeof toldTypes)[number];

/** Whether an event is kept for other systems to be told of. */
export function isTold(type: TimelineType): type is ToldType {
  return (toldTypes as readonly TimelineType[]).includes(type);
}

/** One message that one target gets, as it was taken from the outbox. */
export interface Delivery {
  /** The event that it tells of. */
  readonly chain: string;
  readonly seq: number;
  readonly type: ToldType;
  /** When that happened, in milliseconds since the epoch. */
  readonly at: number;
  /** Such as `webhook`, `slack`. */
  readonly target: string;
  /** This attempt, from 1. */
  readonly attempt: number;
  /** The message as it was first composed, so that each attempt sends the same; absent before that. */
  readonly body?: string;
}

/** How an attempt ended. */
export type DeliveryEnd =
  | { readonly state: 'sent' }
  /** Tried again at `nextAt`, in milliseconds since the epoch. */
  | { readonly state: 'waiting'; readonly nextAt: number; readonly error: string }
  | { readonly state: 'given_up'; readonly error: string };

/** How the messages of one target stand. */
export interface DeliveryCount {
  readonly target: string;
  readonly sent: number;
  readonly waiting: number;
  readonly givenUp: number;
  /** Why the last one that was not taken was not. */
  readonly lastError?: string;
}
