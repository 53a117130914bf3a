import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '#domain/clock.ts';
import type { Delivery, DeliveryEnd, ToldType } from '#domain/notice.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { Redact } from '#engine/redact.ts';
import type { Message, Notifier, SendOutcome } from '#providers/notify/notifier.ts';
import { toLine } from '#report/text.ts';
import type { Store } from '#state/store.ts';

/** One receiver, what it is told of and how that is written. */
export interface NotifyTarget {
  readonly notifier: Notifier;
  readonly types: readonly ToldType[];
  /** Throws when the message cannot be written now. */
  compose(delivery: Delivery): Promise<Message>;
}

interface NotificationsDeps {
  readonly store: Pick<Store, 'claimDelivery' | 'composeDelivery' | 'endDelivery'>;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly targets: readonly NotifyTarget[];
  /** Where the operator is told that something was not taken. */
  readonly onFailure: (text: string, untold?: Untold) => void;
}

/** The message that was not taken. */
export interface Untold {
  readonly incidentId: string;
  /** It is not tried again. */
  readonly givenUp: boolean;
}

/** Sends what the outbox holds, in the background. */
export interface Notifications {
  /** Begins to send what is due; returns at once and never throws. */
  wake(): void;
  /** Waits until everything that was due is sent or has failed, at most so long; then lets the rest go, for the next process. */
  flush(withinMs: number): Promise<void>;
}

/** A process that dies while it sends keeps a message from the others for so long; longer than a receiver may take. */
const LEASE_MS = 15_000;
/** A message is given up after so many attempts, which takes two days, or when it is so old. */
const MAX_ATTEMPTS = 60;
const MAX_AGE_MS = 3 * 86_400_000;
/** What was never tried is not begun later: a hand-over still matters then, the rest does not. */
const BEGIN_WITHIN_MS: Readonly<Record<ToldType, number>> = {
  'incident.escalated': MAX_AGE_MS,
  // Whoever was told of a hand-over must hear that it is over.
  'incident.resumed': MAX_AGE_MS,
  'incident.closed': MAX_AGE_MS,
  'incident.opened': 3_600_000,
  'pull_request.opened': 3_600_000,
};
/** Milliseconds that writing down an attempt that was let go may take. */
const LET_GO_MS = 500;
/** Characters that are told of why a receiver did not take a message. */
const MAX_WHY_CHARS = 200;
const FIRST_BACKOFF_MS = 2_000;
const MAX_BACKOFF_MS = 3_600_000;

/** Makes the sender of one process; each receiver has a turn of its own, so that a slow one keeps no other waiting. */
export function createNotifications(deps: NotificationsDeps): Notifications {
  const turns = new Map<NotifyTarget, Promise<void>>();
  const again = new Set<NotifyTarget>();
  const stop = new AbortController();

  async function run(target: NotifyTarget): Promise<void> {
    do {
      again.delete(target);
      while (!stop.signal.aborted && (await sendNext(deps, target, stop.signal)));
    } while (again.has(target) && !stop.signal.aborted);
  }

  function wake(): void {
    for (const target of deps.targets) {
      again.add(target);
      if (turns.has(target)) continue;
      // The records cannot be written: the next look tries again.
      const turn = run(target).catch((error: unknown) => {
        if (!stop.signal.aborted) deps.onFailure(`Nobody is told: ${String(error)}`);
      });
      turns.set(
        target,
        turn.finally(() => turns.delete(target)),
      );
    }
  }

  return {
    wake,
    async flush(withinMs) {
      wake();
      const all = Promise.all(turns.values());
      const late = new AbortController();
      const limit = setTimeout(() => stop.abort(), withinMs);
      // What was let go says so in the records; what does not even end is left.
      const end = sleep(withinMs + LET_GO_MS, undefined, { signal: late.signal }).catch(() => undefined);
      await Promise.race([all, end]);
      stop.abort();
      late.abort();
      clearTimeout(limit);
    },
  };
}

/** Sends one message; false when none is due. */
async function sendNext(deps: NotificationsDeps, target: NotifyTarget, signal: AbortSignal): Promise<boolean> {
  const { store, clock } = deps;
  const { name, receiver } = target.notifier;
  const now = clock.now();
  const wanted = target.types.map((type) => ({ type, since: now - BEGIN_WITHIN_MS[type] }));
  const delivery = store.claimDelivery({ target: receiver, wanted, leaseMs: LEASE_MS });
  if (!delivery) return false;
  const outcome = await attempt(deps, { target, delivery, signal });
  const why = outcome.sent ? '' : toLine(deps.redact(outcome.why), MAX_WHY_CHARS);
  const end = toEnd(outcome, { delivery, why, now: clock.now() });
  const told = !outcome.sent && outcome.cancelled ? undefined : toEvent({ ...delivery, target: name }, end);
  store.endDelivery(delivery, end, told);
  if (told?.type === 'notify.failed')
    deps.onFailure(told.summary, { incidentId: delivery.chain, givenUp: end.state === 'given_up' });
  return true;
}

async function attempt(
  { store }: NotificationsDeps,
  { target, delivery, signal }: { target: NotifyTarget; delivery: Delivery; signal: AbortSignal },
): Promise<SendOutcome> {
  try {
    const kept = delivery.body === undefined ? undefined : (JSON.parse(delivery.body) as Message);
    const message = kept ?? (await target.compose(delivery));
    if (!kept) store.composeDelivery(delivery, JSON.stringify(message));
    if (signal.aborted) return { sent: false, why: 'it was cancelled', cancelled: true };
    return await target.notifier.send(message, signal);
  } catch (error) {
    return { sent: false, why: `it could not be written: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function toEnd(
  outcome: SendOutcome,
  { delivery, why, now }: { readonly delivery: Delivery; readonly why: string; readonly now: number },
): DeliveryEnd {
  if (outcome.sent) return { state: 'sent' };
  const { attempt, at } = delivery;
  if (outcome.final || attempt >= MAX_ATTEMPTS || now - at > MAX_AGE_MS) return { state: 'given_up', error: why };
  // Nobody refused it: the next process need not wait.
  if (outcome.cancelled) return { state: 'waiting', nextAt: now, error: why };
  return { state: 'waiting', nextAt: now + waitMs(attempt, outcome.waitMs), error: why };
}

/** Doubles each time; the jitter keeps several servers from trying in step. A receiver may ask for more, within the longest wait. */
function waitMs(attempt: number, asked = 0): number {
  const backoff = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.max(Math.min(asked, MAX_BACKOFF_MS), Math.floor(backoff * (0.5 + Math.random() / 2)));
}

/** Told once when a message is taken, when it first fails and when it is given up; not at each attempt. */
function toEvent({ target, type, seq, attempt }: Delivery, end: DeliveryEnd): NewTimelineEvent | undefined {
  const data = { target, of: type, of_seq: seq, attempts: attempt };
  const what = `${type.replaceAll(/[._]/g, ' ')} to ${target}`;
  if (end.state === 'sent')
    return { type: 'notify.sent', actor: 'server', summary: `Told of ${what} (attempt ${attempt})`, data };
  if (end.state === 'waiting' && attempt > 1) return undefined;
  const how = end.state === 'given_up' ? `Given up: the message of ${what}` : `Not yet told of ${what}`;
  const summary = `${how}: ${end.error}`;
  return { type: 'notify.failed', actor: 'server', summary, data: { ...data, given_up: end.state === 'given_up' } };
}
