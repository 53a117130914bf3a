import { z } from 'zod';

import { baseUrl, defineProvider, secret } from './define-provider.ts';
import { createJobLogs } from './github/job-logs.ts';
import { createGithubReader } from './github/reader.ts';

const slug = z.string().regex(/^[\w.-]{1,100}$/, 'must be a name as it stands in the URL');

/** Logs of failed GitHub Actions jobs. */
export const githubActions = defineProvider({
  id: 'github-actions',
  title: 'GitHub Actions',
  docs: 'Reads the failed steps of the newest ten failed runs, each log from its end. The token needs `actions: read`; it is not sent to the address that a log is kept at.',
  settings: z.strictObject({
    owner: slug,
    repo: slug,
    token: secret,
    /** Of GitHub Enterprise, such as `https://github.example.com/api/v3`. */
    base_url: baseUrl.default('https://api.github.com'),
  }),
  capabilities: {
    logs: ({ owner, repo, token, base_url }, { clock }) =>
      createJobLogs(createGithubReader({ owner, repo, token, baseUrl: base_url }, { clock }), {
        baseUrl: base_url,
        token,
      }),
  },
});
