import type { Incident } from '#domain/incident.ts';
import { nearest } from '#domain/nearest.ts';
import type { Store } from '#state/store.ts';

type Incidents = Pick<Store, 'listIncidents'>;

/** Ids that one answer names. */
const MAX_NAMED = 3;

/** Characters in which `nearest` bears two mistakes and no more. */
const BEARS_TWO = 8;

/** ` (did you mean PD-1?)` with the incidents of this repository, not closed and not younger, that an agent's own may be a mistyped id of. */
export function didYouMeanIncident({ id, openedBy, openedAt, repository }: Incident, store: Incidents): string {
  if (openedBy !== 'agent') return '';
  const meant = store
    .listIncidents(1_000)
    .filter((each) => each.id !== id && each.state !== 'closed' && each.openedAt <= openedAt)
    .filter((each) => each.repository.location === repository.location && isAlike(each.id, id))
    .map((each) => each.id);
  return meant.length === 0 ? '' : ` (did you mean ${meant.slice(0, MAX_NAMED).join(' or ')}?)`;
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
