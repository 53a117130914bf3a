import { alikeBy } from '#domain/alike.ts';
import type { Incident } from '#domain/incident.ts';

/** Whether two incidents of one repository may tell of the same trouble; what an agent opened, and so named itself, may be any. */
export function isSameTrouble(mine: Incident, other: Incident): boolean {
  return mine.openedBy === 'agent' || alikeBy(mine, other) !== undefined;
}
