import { setTimeout as sleep } from 'node:timers/promises';

import type { Octokit } from '@octokit/rest';
import { z } from 'zod';

import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import { MAX_PULL_REQUEST_BODY_BYTES, toIncidentMarker } from '#domain/marker.ts';
import type { Permit } from '#policy/verdict.ts';
import { createGithubClient, githubTiming } from '#providers/github/client.ts';
import type { GithubAccess, GithubTiming } from '#providers/github/client.ts';
import { isAmbiguous, statusOf, toGithubError, vendorText } from '#providers/github/errors.ts';
import { askFate } from '#providers/github/fate.ts';
import { chooseOwn, endedError, GithubPullRequest, parseAnswer } from '#providers/github/pull-requests.ts';
import type { CodeHost, PublishedPullRequest, PublishRequest } from '#providers/sources.ts';

interface GithubHostDeps extends GithubAccess {
  /** Pushes `commit` to the incident's branch on the repository's remote. */
  readonly push: (permit: Permit<'publish'>, commit: string) => Promise<void>;
  readonly owner: string;
  readonly repo: string;
  readonly clock: Clock;
  readonly timing?: GithubTiming;
}

interface Call {
  readonly client: Octokit;
  readonly permit: Permit<'publish'>;
  readonly request: PublishRequest;
  readonly signal: AbortSignal;
}

/** A pull request and whether this call opened it. */
interface Opened {
  readonly pull: GithubPullRequest;
  readonly created: boolean;
}

const CREATE_TRIES = 3;

/** What a look at the end of a pull request asks of a token. */
const FATE_NEEDS = 'contents: read and pull_requests: read';

/** GitHub: exactly one pull request per incident, whatever is lost, refused or called twice; never merges, never touches another. */
export function createGithubHost(deps: GithubHostDeps): CodeHost {
  const { owner, repo, timing = githubTiming } = deps;
  const repository = { owner, repo };
  let lazyClient: Promise<Octokit> | undefined;
  // Somebody waits for a look: it waits out no limit of GitHub's.
  let lazyReader: Promise<Octokit> | undefined;

  async function find({ client, permit, request, signal }: Call): Promise<GithubPullRequest | undefined> {
    const { branch, baseBranch } = permit.action;
    const answer = await client.rest.pulls.list({
      ...repository,
      head: `${owner}:${branch}`,
      state: 'all',
      per_page: 100,
      request: { signal },
    });
    const pulls = parseAnswer(z.array(GithubPullRequest), answer.data);
    return chooseOwn(pulls, { incidentId: permit.incident.id, branch, baseBranch, number: request.previous?.number });
  }

  async function create(call: Call): Promise<Opened> {
    for (let tries = 1; ; tries += 1) {
      try {
        return { pull: await post(call), created: true };
      } catch (error) {
        const refused = statusOf(error) === 422;
        if (call.signal.aborted || !(refused || isAmbiguous(error))) throw error;
        const found = await find(call);
        if (found) return { pull: found, created: !refused };
        if (tries === CREATE_TRIES || (refused && !isPassing(error))) throw refused ? refusal(error, call) : error;
        await sleep(timing.retryBaseMs * tries ** 2, undefined, { signal: call.signal });
      }
    }
  }

  async function post({ client, permit, request, signal }: Call): Promise<GithubPullRequest> {
    const { branch, baseBranch } = permit.action;
    const answer = await client.rest.pulls.create({
      ...repository,
      title: request.title,
      head: branch,
      base: baseBranch,
      body: toBody(permit, request),
      draft: request.draft,
      maintainer_can_modify: false,
      // A repeated POST could open a second one: `create` looks first.
      request: { signal, retries: 0 },
    });
    return parseAnswer(GithubPullRequest, answer.data);
  }

  async function update(
    { client, permit, request, signal }: Call,
    { number }: GithubPullRequest,
  ): Promise<GithubPullRequest> {
    const body = toBody(permit, request);
    const fields = { ...repository, pull_number: number, title: request.title, body, request: { signal } };
    const updated = parseAnswer(GithubPullRequest, (await client.rest.pulls.update(fields)).data);
    // A human may have closed it since it was listed.
    if (updated.state === 'closed') throw endedError(updated, permit.incident.id);
    return updated;
  }

  async function addLabels({ client, request, signal }: Call, pull: GithubPullRequest): Promise<string[]> {
    const present = new Set(pull.labels.map(({ name }) => name.toLowerCase()));
    const labels = request.labels.filter((label) => !present.has(label.toLowerCase()));
    if (labels.length === 0) return [];
    try {
      // GitHub makes labels that the repository does not have yet.
      await client.rest.issues.addLabels({ ...repository, issue_number: pull.number, labels, request: { signal } });
      return [];
    } catch (error) {
      return [`The labels ${labels.join(', ')} could not be added (${statusOf(error)}): ${vendorText(error)}`];
    }
  }

  async function run(call: Call): Promise<PublishedPullRequest> {
    const existing = await find(call);
    await deps.push(call.permit, call.request.commit);
    const { pull: first, created } = existing ? { pull: existing, created: false } : await create(call);
    const pull = created ? first : await update(call, first);
    const labelWarnings = await addLabels(call, pull);
    const draft = await settleDraft(call, pull);
    return {
      url: pull.html_url,
      number: pull.number,
      created,
      draft: draft.is,
      warnings: [...labelWarnings, ...draft.warnings],
    };
  }

  /** Writes nothing: what a token may write is only known of its user, so reading is tried and the user's right is looked at. */
  async function probe(signal: AbortSignal): Promise<string> {
    const client = await (lazyClient ??= createGithubClient(deps, timing));
    const answer = await client.request('GET /repos/{owner}/{repo}', { ...repository, request: { signal } });
    const { permissions } = parseAnswer(
      z.object({ permissions: z.object({ push: z.boolean() }).optional() }),
      answer.data,
    );
    await client.rest.pulls.list({ ...repository, per_page: 1, request: { signal } });
    if (permissions?.push !== false) return `pull requests of ${owner}/${repo}`;
    throw new FixgateError('provider_rejected', `The token may not push to ${owner}/${repo}.`, {
      fix: `Give its user write access and the token the permissions contents: write and pull_requests: write on ${owner}/${repo}.`,
    });
  }

  return {
    async outcome(incident, { number, commit }, signal) {
      if (number === undefined) throw notOurs(incident.id);
      try {
        const client = await (lazyReader ??= createGithubClient(deps, { ...timing, maxPauseSeconds: 0 }));
        signal.throwIfAborted();
        return await askFate({ client, repository, number, commit, incidentId: incident.id, signal });
      } catch (error) {
        throw toGithubError(error, { repository: `${owner}/${repo}`, signal, clock: deps.clock, needs: FATE_NEEDS });
      }
    },
    async probe(signal) {
      try {
        return await probe(signal);
      } catch (error) {
        throw toGithubError(error, { repository: `${owner}/${repo}`, signal, clock: deps.clock });
      }
    },
    async publish(permit, request, signal) {
      try {
        lazyClient ??= createGithubClient(deps, timing);
        return await run({ client: await lazyClient, permit, request, signal });
      } catch (error) {
        throw toGithubError(error, { repository: `${owner}/${repo}`, signal, clock: deps.clock });
      }
    },
  };
}

function notOurs(id: string): FixgateError {
  return new FixgateError('not_found', `The pull request of ${id} was not opened on GitHub.`, {
    fix: 'Look at the pull request by hand.',
  });
}

/** Only GraphQL can change whether a pull request is a draft. */
async function settleDraft(
  { client, request, signal }: Call,
  pull: GithubPullRequest,
): Promise<{ is: boolean; warnings: string[] }> {
  if (pull.draft === request.draft) return { is: pull.draft, warnings: [] };
  const mutation = request.draft ? 'convertPullRequestToDraft' : 'markPullRequestReadyForReview';
  try {
    await client.graphql(
      `mutation($id: ID!) { ${mutation}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`,
      {
        id: pull.node_id,
        request: { signal },
      },
    );
    return { is: request.draft, warnings: [] };
  } catch (error) {
    const wish = request.draft ? 'turned into a draft' : 'marked ready for review';
    return { is: pull.draft, warnings: [`The pull request could not be ${wish}: ${vendorText(error)}`] };
  }
}

/** The body with the line by which it is found again, within what GitHub takes. */
function toBody(permit: Permit<'publish'>, { body }: PublishRequest): string {
  const marker = toIncidentMarker(permit.incident.id);
  const room = MAX_PULL_REQUEST_BODY_BYTES - Buffer.byteLength(marker) - 2;
  const fits = Buffer.byteLength(body) <= MAX_PULL_REQUEST_BODY_BYTES;
  if (fits && body.includes(marker)) return body;
  return `${Buffer.from(body)
    .subarray(0, room)
    .toString()
    .replace(/\uFFFD$/, '')}\n\n${marker}`;
}

/** Refusals that pass: the pushed branch is not visible everywhere yet, or the existing pull request is not listed yet. */
function isPassing(error: unknown): boolean {
  return /"field":"head"|already exists/i.test(vendorText(error));
}

function refusal(error: unknown, { permit, request }: Call): unknown {
  const words = vendorText(error);
  if (/no commits between/i.test(words)) {
    return new FixgateError(
      'conflict',
      `${permit.action.baseBranch} already holds everything that ${permit.action.branch} changes.`,
      {
        cause: error,
        fix: 'Call get_incident: the fix may have been merged by someone else.',
      },
    );
  }
  if (request.draft && /draft/i.test(words)) {
    return new FixgateError('provider_rejected', 'GitHub takes no draft pull requests in this repository (422).', {
      cause: error,
      fix: 'Ask the operator to set pull_request.draft to false in the policy.',
    });
  }
  return error;
}
