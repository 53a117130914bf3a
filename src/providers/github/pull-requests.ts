import { z } from 'zod';

import { FixgateError } from '#domain/errors.ts';
import { toIncidentMarker } from '#domain/marker.ts';

const Repository = z.object({ id: z.int() });

/** A pull request as GitHub answers it: only what is used. All text is untrusted. */
export const GithubPullRequest = z.object({
  number: z.int().positive(),
  node_id: z.string().max(200),
  html_url: z.url({ protocol: /^https?$/ }).max(2_048),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().default(false),
  body: z.string().nullish(),
  merged_at: z.string().nullish(),
  labels: z.array(z.object({ name: z.string() })).default([]),
  head: z.object({ ref: z.string(), repo: Repository.nullable() }),
  base: z.object({ ref: z.string(), repo: Repository }),
});

/** A pull request as GitHub answers it. */
export type GithubPullRequest = z.output<typeof GithubPullRequest>;

/** Which pull request belongs to an incident. */
export interface Wanted {
  readonly incidentId: string;
  readonly branch: string;
  readonly baseBranch: string;
  /** The number recorded when it was opened: recognises it after a human took the marker out. */
  readonly number: number | undefined;
}

/** Reads an answer of GitHub; throws when it has another form, such as a proxy's page. */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new FixgateError(
    'provider_unavailable',
    `GitHub answered in a form that is not its own (at ${where || 'the top'}).`,
    {
      fix: 'Try again later, and ask the operator to check the configured address of GitHub when it happens again.',
    },
  );
}

/** The incident's open pull request, if any; throws `conflict` when a human decided otherwise or owns the branch's one. */
export function chooseOwn(pulls: readonly GithubPullRequest[], wanted: Wanted): GithubPullRequest | undefined {
  // A filter by head that GitHub does not understand answers every pull request of the repository.
  const fromBranch = pulls.filter(({ head, base }) => head.ref === wanted.branch && head.repo?.id === base.repo.id);
  const isOwn = ({ number, body }: GithubPullRequest) =>
    number === wanted.number || (body ?? '').includes(toIncidentMarker(wanted.incidentId));
  const open = fromBranch.filter(({ state }) => state === 'open');
  const own = open.find((pull) => isOwn(pull) && pull.base.ref === wanted.baseBranch);
  if (own) return own;
  const retargeted = open.find(isOwn);
  if (retargeted)
    throw conflict(
      retargeted,
      wanted.incidentId,
      `was moved to another base branch than ${wanted.baseBranch} by a human`,
    );
  const foreign = open.find(({ base }) => base.ref === wanted.baseBranch);
  if (foreign) throw conflict(foreign, wanted.incidentId, 'was opened from this branch by someone else');
  const ended = fromBranch.find(isOwn);
  if (ended) throw endedError(ended, wanted.incidentId);
  return undefined;
}

/** Why an incident whose pull request a human closed or merged gets no second one. */
export function endedError(pull: GithubPullRequest, incidentId: string): FixgateError {
  return conflict(pull, incidentId, pull.merged_at ? 'was merged already' : 'was closed by a human without a merge');
}

function conflict({ number, html_url }: GithubPullRequest, incidentId: string, what: string): FixgateError {
  return new FixgateError(
    'conflict',
    `Pull request #${number} of incident ${incidentId} ${what}; there is no second one.`,
    {
      fix: `Stop here and hand ${incidentId} over to the on-call engineer, who decides about pull request #${number}.`,
      evidence: { number, url: html_url },
      retry: 'never',
    },
  );
}
