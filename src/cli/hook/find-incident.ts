import type { Checkout } from '#cli/hook/repository.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { HumanWord } from '#policy/human-word.ts';
import { quote } from '#policy/text.ts';
import type { Store } from '#state/store.ts';

/** Incidents that are looked through for the one of a repository. */
const MAX_INCIDENTS = 1_000;

interface Sought {
  /** What the hook was told. */
  readonly named: string | undefined;
  readonly checkout: Checkout | undefined;
}

/**
 * The incident that was named, which must be there, else the one of this repository: opened by a human before opened by an
 * agent, worked on before handed over, then the newest. An agent that opens another one, or lets one be handed over, is not rid of it.
 */
export async function findIncident(
  store: Pick<Store, 'getIncident' | 'listIncidents'>,
  word: Pick<HumanWord, 'believed'>,
  { named, checkout }: Sought,
): Promise<Incident | undefined> {
  if (named !== undefined) {
    const incident = store.getIncident(named);
    if (incident) return incident;
    throw new FixgateError('not_found', `The hook was started for incident ${quote(named)}, which was never opened.`, {
      fix: 'Ask the operator to open it with `fixgate incident open`, or to correct the hook.',
    });
  }
  if (!checkout) return undefined;
  const here = store.listIncidents(MAX_INCIDENTS).filter(locatedIn(checkout));
  const candidates = here
    .filter(({ state }) => state !== 'closed' && state !== 'pr_open')
    .toSorted((one, other) => rank(one) - rank(other));
  // One that somebody resumed without proof may be over all the same.
  for (const each of candidates) if ((await word.believed(each)).state !== 'closed') return each;
  const last = here.find(({ state }) => state === 'closed');
  return last && (await word.believed(last)).state !== 'closed' ? last : undefined;
}

function rank({ openedBy, state }: Incident): number {
  return (openedBy === 'human' ? 0 : 2) + (state === 'escalated' ? 1 : 0);
}

/** Each place is looked at once. */
function locatedIn(checkout: Checkout): (incident: Incident) => boolean {
  const known = new Map<string, boolean>();
  return ({ repository: { location } }) => {
    const answer = known.get(location) ?? isSame(location, checkout);
    known.set(location, answer);
    return answer;
  };
}

function isSame(location: string, checkout: Checkout): boolean {
  return location.startsWith('/') && (location === checkout.top || findCheckout(location)?.shared === checkout.shared);
}
