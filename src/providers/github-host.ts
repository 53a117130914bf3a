import { z } from 'zod';

import { baseUrl, defineProvider, secret } from '#providers/define-provider.ts';
import { createGithubHost } from '#providers/github.ts';
import { createGithubDeploys } from '#providers/github/deploys.ts';
import { createGithubReader } from '#providers/github/reader.ts';

const slug = z.string().regex(/^[\w.-]{1,100}$/, 'must be a name as it stands in the URL');

/** Pull requests and deploys on GitHub or GitHub Enterprise. */
export const githubHost = defineProvider({
  id: 'github',
  title: 'GitHub',
  client: '@octokit/rest',
  docs: 'Pushes the branch with your own git credentials and opens the pull request with a token that has `contents: write` and `pull_requests: write`. Under `sources` it lists deployments, workflow runs and releases with a token that has `deployments: read`, `actions: read` and `contents: read`.',
  settings: z.strictObject({
    owner: slug,
    repo: slug,
    token: secret,
    /** Of GitHub Enterprise, such as `https://github.example.com/api/v3`. */
    base_url: baseUrl.optional(),
  }),
  capabilities: {
    deploys: ({ owner, repo, token, base_url }, { clock }) =>
      createGithubDeploys(createGithubReader({ owner, repo, token, baseUrl: base_url }, { clock })),
    host: ({ owner, repo, token, base_url }, { push, clock }) =>
      createGithubHost({ push, clock, owner, repo, token, ...(base_url !== undefined && { baseUrl: base_url }) }),
  },
});
