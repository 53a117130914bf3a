import { alikeBy } from '#domain/alike.ts';
import type { Incident } from '#domain/incident.ts';
import { isSameRepository } from '#domain/incident.ts';
import type { Report } from '#report/schema.ts';
import { toLine } from '#report/text.ts';

/** Incidents that a report names. */
const MAX_SIMILAR = 5;

/** Others of the same repository that seem to tell of the same trouble, the newest first, each with the address of its pull request. */
export function toSimilarIncidents(
  mine: Incident,
  others: readonly Incident[],
  pullRequestOf: (id: string) => string | undefined,
): Report['similar_incidents'] {
  return others
    .filter(({ id, repository }) => id !== mine.id && isSameRepository(repository, mine.repository))
    .flatMap((each) => {
      const by = alikeBy(mine, each);
      return by === undefined ? [] : [{ each, by }];
    })
    .toSorted((a, b) => b.each.openedAt - a.each.openedAt)
    .slice(0, MAX_SIMILAR)
    .map(({ each: { id, title, state, openedAt, closure }, by }) => ({
      id,
      title: toLine(title, 200),
      state,
      opened_at: new Date(openedAt).toISOString(),
      resolution: closure?.resolution ?? null,
      pull_request: pullRequestOf(id) ?? null,
      alike_by: by,
    }));
}
