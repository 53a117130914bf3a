import { z } from 'zod';

import { baseUrl, defineProvider, secret } from './define-provider.ts';
import { createJobLogs } from './github/job-logs.ts';
import { createGithubReader } from './github/reader.ts';

const slug = z.string().regex(/^[\w.-]{1,100}$/, 'must be a name as it stands in the URL');

/** Logs of failed GitHub Actions jobs. */
export const githubActions = defineProvider({
  id: 'github-actions',
  title: 'GitHub Actions',
  client: '@octokit/rest',
  docs: 'Reads the failed steps of the newest ten failed runs, each log from its end. The token needs `actions: read`; it is not sent to the address that a log is kept at.',
  settings: z.strictObject({
    owner: slug,
    repo: slug,
    token: secret,
    /** Of GitHub Enterprise, such as `https://github.example.com/api/v3`. */
    base_url: baseUrl.default('https://api.github.com'),
    timeout_s: z.number().min(1).max(300).default(15),
  }),
  capabilities: {
    logs({ owner, repo, token, base_url: baseUrl, timeout_s }, { clock }) {
      const timeoutMs = timeout_s * 1_000;
      const reader = createGithubReader({ owner, repo, token, baseUrl }, { clock, timeoutMs });
      return createJobLogs(reader, { baseUrl, token, timeoutMs });
    },
  },
});
