import type { Octokit } from '@octokit/rest';

import type { Clock } from '#domain/clock.ts';

import type { GithubAccess } from './client.ts';
import { createGithubClient, githubTiming } from './client.ts';
import { toGithubError } from './errors.ts';

/** Reads one repository; every failure is a FixgateError that names the missing permission. */
export interface GithubReader {
  /** The repository's owner and name. */
  readonly repository: { readonly owner: string; readonly repo: string };
  /** `route` is below the repository, such as `deployments`; its parts are encoded already. */
  read(route: string, params: Readonly<Record<string, string | number>>, signal: AbortSignal): Promise<unknown>;
}

/** What reading asks of a token, as GitHub names it. */
export const READ_PERMISSIONS = 'deployments: read, actions: read and contents: read';

/** Makes a reader; its client is loaded on first use. */
export function createGithubReader(
  access: GithubAccess & { readonly owner: string; readonly repo: string },
  { clock, timeoutMs = githubTiming.requestTimeoutMs }: { readonly clock: Clock; readonly timeoutMs?: number },
): GithubReader {
  const { owner, repo } = access;
  let lazyClient: Promise<Octokit> | undefined;
  return {
    repository: { owner, repo },
    async read(route, params, signal) {
      try {
        lazyClient ??= createGithubClient(access, { ...githubTiming, requestTimeoutMs: timeoutMs });
        const client = await lazyClient;
        signal.throwIfAborted();
        const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
        const answer = await client.request(`GET /repos/${owner}/${repo}/${route}`, {
          ...params,
          headers,
          request: { signal },
        });
        return answer.data;
      } catch (error) {
        throw toGithubError(error, { repository: `${owner}/${repo}`, signal, clock, needs: READ_PERMISSIONS });
      }
    },
  };
}
