import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { isSameRepository, severities } from '#domain/incident.ts';
import type { Store } from '#state/store.ts';

/** More incidents than this in so short a time are one event that many alerts tell of. */
const STORM = { incidents: 20, withinMs: 300_000 } as const;

/** While a storm lasts, a further incident of a service is the first one's: refused with its id, unless it is more severe. */
export function refuseInStorm(store: Pick<Store, 'told' | 'getIncident'>, incident: Incident): void {
  const opened = store.told({ types: ['incident.opened'], since: incident.openedAt - STORM.withinMs });
  if (opened.length < STORM.incidents) return;
  const first = opened.map(({ chain }) => store.getIncident(chain)).find((each) => each && takesIn(each, incident));
  if (!first) return;
  const service = incident.service === undefined ? 'no service' : `the service ${incident.service}`;
  throw new FixgateError(
    'policy_denied',
    `${opened.length} incidents were opened within ${STORM.withinMs / 60_000} minutes, and ${first.id} of ${service} is one of them. ${incident.id} was not opened.`,
    {
      ruleIds: ['breaker/storm'],
      fix: `Work on ${first.id}, or open ${incident.id} again in ${STORM.withinMs / 60_000} minutes if it is something else.`,
      retry: 'later',
      evidence: { incident: first.id, opened: opened.length },
    },
  );
}

/** What is over takes nothing in, what agents opened nothing of humans, and no storm hides a worse incident. */
function takesIn(first: Incident, { repository, service, severity, openedBy }: Incident): boolean {
  return (
    first.state !== 'closed' &&
    (first.openedBy === 'human' || openedBy === 'agent') &&
    isSameRepository(first.repository, repository) &&
    first.service === service &&
    severities.indexOf(severity) >= severities.indexOf(first.severity)
  );
}
