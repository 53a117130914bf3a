import type { Incident } from '#domain/incident.ts';
import { withoutNumbers } from '#policy/text.ts';

/**
 * Whether two incidents of one repository seem to tell of the same trouble: by the hash of their errors, or by service and
 * title without numbers. What an agent opened, and so named itself, may be any.
 */
export function isSameTrouble(mine: Incident, other: Incident): boolean {
  if (mine.openedBy === 'agent') return true;
  if (mine.fingerprint !== undefined && mine.fingerprint === other.fingerprint) return true;
  if (mine.service !== undefined && other.service !== undefined && mine.service !== other.service) return false;
  const title = titleOf(mine);
  return title !== undefined && title === titleOf(other);
}

/** Undefined for the title of an incident that nobody gave one. */
function titleOf({ id, title }: Incident): string | undefined {
  return title === `Incident ${id}` ? undefined : withoutNumbers(title.replaceAll(id, '')).toLowerCase();
}
