import type { Incident } from '#domain/incident.ts';

/** One line without numbers, ids and addresses: what two texts about the same have in common. */
export function withoutNumbers(line: string): string {
  return line
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b|\d+(?:\.\d+)?/gi, '<n>')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** By what two incidents of one repository seem to tell of the same trouble: the hash of their errors, or service and title without numbers. */
export function alikeBy(one: Incident, other: Incident): 'errors' | 'title' | undefined {
  if (one.fingerprint !== undefined && one.fingerprint === other.fingerprint) return 'errors';
  if (one.service !== undefined && other.service !== undefined && one.service !== other.service) return undefined;
  const title = titleOf(one);
  return title !== undefined && title === titleOf(other) ? 'title' : undefined;
}

/** Undefined for the title of an incident that nobody gave one. */
function titleOf({ id, title }: Incident): string | undefined {
  return title === `Incident ${id}` ? undefined : withoutNumbers(title.replaceAll(id, '')).toLowerCase();
}
