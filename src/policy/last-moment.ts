import type { Amounts } from '#domain/budget.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { ReadPublications } from '#policy/cooldown.ts';

/** How an incident stands at the last moment, when a call is about to be admitted. */
export interface LastMoment {
  readonly now: Incident | undefined;
  readonly used: Amounts;
  /** Pull requests of its repository. */
  readonly publications: ReadPublications;
  /** What is recorded of it. */
  readonly timeline: () => readonly TimelineEvent[];
}

/** Refuses when something changed since the call was judged that decides how much an agent may do. */
export function refuseChanged(judged: Incident | undefined, now: Incident | undefined): void {
  if (!judged || !now || boundsAlike(judged, now)) return;
  throw new FixgateError(
    'conflict',
    `Somebody changed the severity of ${now.id} while this was judged. Nothing was done.`,
    {
      fix: 'Repeat the call: it is judged by what holds now.',
    },
  );
}

function boundsAlike(before: Incident, now: Incident): boolean {
  return (
    before.severity === now.severity &&
    before.severityConfirmed === now.severityConfirmed &&
    before.release?.at === now.release?.at
  );
}
