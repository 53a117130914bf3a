import type { Incident } from '#domain/incident.ts';
import { isSameRepository } from '#domain/incident.ts';
import { nearest } from '#domain/nearest.ts';
import type { Store } from '#state/store.ts';

type Incidents = Pick<Store, 'listIncidents' | 'timeline'>;

/** Ids that one answer names. */
const MAX_NAMED = 3;

/** Characters in which `nearest` bears two mistakes and no more. */
const BEARS_TWO = 8;

/** ` (did you mean PD-1?)` with the incidents of this repository, not closed and not younger, that one which began with a call may be a mistyped id of. */
export function didYouMeanIncident(incident: Incident, store: Incidents): string {
  if (!beganWithCall(incident, store)) return '';
  const { id, openedAt, repository } = incident;
  const meant = store
    .listIncidents(1_000)
    .filter((each) => each.id !== id && each.state !== 'closed' && each.openedAt <= openedAt)
    .filter((each) => isSameRepository(each.repository, repository) && isAlike(each.id, id))
    .map((each) => each.id);
  return meant.length === 0 ? '' : ` (did you mean ${meant.slice(0, MAX_NAMED).join(' or ')}?)`;
}

/** The first read of an incident says what its id may be a mistyped one of. */
export function withDoubt(
  output: Readonly<Record<string, unknown>>,
  incident: Incident,
  store: Incidents,
): Readonly<Record<string, unknown>> {
  const meant = incident.state === 'open' ? didYouMeanIncident(incident, store) : '';
  if (meant === '') return output;
  return { ...output, summary: `${String(output['summary'])} No human opened ${incident.id}${meant}.` };
}

/** Whether a call that named it opened it: what nobody signed on the command line counts as an agent's too, and is no slip of one. */
export function beganWithCall({ id, openedBy }: Incident, store: Pick<Store, 'timeline'>): boolean {
  if (openedBy !== 'agent') return false;
  const opened = store.timeline(id).find(({ type }) => type === 'incident.opened');
  return opened?.actor.startsWith('human:') !== true;
}

/** Whether two ids are the same but for case and punctuation, or but for two mistakes; what both begin and end with counts for none. */
function isAlike(one: string, other: string): boolean {
  const [a, b] = [plain(one), plain(other)];
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const rest = a.slice(start, a.length - end);
  return rest.length <= BEARS_TWO && nearest(rest, [b.slice(start, b.length - end)]) !== undefined;
}

function plain(id: string): string {
  return id.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
