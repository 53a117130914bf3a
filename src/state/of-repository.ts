import type { RepositoryPlace } from '#domain/incident.ts';

/** The two ways in which an incident `i` is of a repository. Records of older versions have no identity. */
export const [AT_LOCATION, BY_IDENTITY] = [
  "json_extract(i.record, '$.repository.location') = ?",
  "json_extract(i.record, '$.repository.identity') = ?",
] as const;

/** Holds for an incident `i` of one repository; takes the values of `placeValues`. */
export const OF_REPOSITORY = `(${AT_LOCATION} OR ${BY_IDENTITY})`;

/** The values of `OF_REPOSITORY`, in their order. */
export function placeValues({ location, identity }: RepositoryPlace): readonly [string, string | null] {
  return [location, identity ?? null];
}
