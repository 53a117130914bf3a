import { addressesAt, addressesOf } from '#cli/hook/remotes.ts';
import type { Checkout } from '#cli/hook/repository.ts';
import { findCheckout } from '#cli/hook/repository.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident, RepositoryPlace } from '#domain/incident.ts';
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
 * agent, of this checkout before of its remotes, worked on before handed over, then the newest. An agent that opens another one, or
 * lets one be handed over, is not rid of it.
 */
export async function findIncident(
  store: Pick<Store, 'getIncident' | 'listIncidents'>,
  word: Pick<HumanWord, 'stateOf'>,
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
  // One that somebody resumed or closed without proof may be handed over, whatever its record says.
  for (const each of inOrder(store.listIncidents(MAX_INCIDENTS), checkout)) {
    const state = await word.stateOf(each);
    if (state !== 'closed' && state !== 'pr_open') return each;
  }
  return undefined;
}

/**
 * One at a time: most calls need none of the places that take longer to compare. What only shares an address goes after what is of
 * this very repository, so that a chance likeness takes the place of nothing.
 */
function* inOrder(incidents: readonly Incident[], checkout: Checkout): Generator<Incident> {
  const places = [locatedIn(checkout), relatedTo(checkout)];
  const open = incidents.filter(({ state }) => state !== 'closed');
  const active = open.toSorted((one, other) => rankOf(one) - rankOf(other));
  for (const opener of ['human', 'agent'] as const)
    for (const isHere of places) for (const each of active) if (each.openedBy === opener && isHere(each)) yield each;
  for (const isHere of places) {
    const last = incidents.find((each) => each.state === 'closed' && isHere(each));
    if (last) yield last;
  }
}

function rankOf({ state }: Incident): number {
  return state === 'pr_open' ? 2 : state === 'escalated' ? 1 : 0;
}

function locatedIn({ top, shared }: Checkout): (incident: Incident) => boolean {
  return eachOnce(
    ({ location }) => location.startsWith('/') && (location === top || findCheckout(location)?.shared === shared),
  );
}

/** By addresses: those of this checkout are read at the first need. */
function relatedTo(checkout: Checkout): (incident: Incident) => boolean {
  let own: ReadonlySet<string> | undefined;
  return eachOnce((repository) => {
    own ??= addressesOf(checkout);
    return !own.isDisjointFrom(addressesAt(repository));
  });
}

/** Each place is looked at once. */
function eachOnce(isHere: (repository: RepositoryPlace) => boolean): (incident: Incident) => boolean {
  const known = new Map<string, boolean>();
  return ({ repository }) => {
    const key = JSON.stringify([repository.location, repository.identity]);
    const answer = known.get(key) ?? isHere(repository);
    known.set(key, answer);
    return answer;
  };
}
