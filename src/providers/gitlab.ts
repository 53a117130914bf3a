import { z } from 'zod';

import { baseUrl, defineProvider, secret } from './define-provider.ts';
import { createGitlabDeploys } from './gitlab/deploys.ts';
import { createHttp } from './http.ts';
import { isWholePair, tlsSettings } from './http/tls.ts';
import { notFoundAs } from './vendor-form.ts';

const settings = z
  .strictObject({
    url: baseUrl.default('https://gitlab.com'),
    /** Its number, or its path with groups. */
    project: z.string().regex(/^[\w./-]{1,255}$/, 'must be a number or a path such as group/project'),
    /** With the scope `read_api`. */
    token: secret,
    service: z.string().min(1).optional(),
    ...tlsSettings,
  })
  .refine(isWholePair, { error: 'must come with key and key with it', path: ['cert'] });

/** Deployments of a GitLab project. */
export const gitlab = defineProvider({
  id: 'gitlab',
  title: 'GitLab',
  docs: 'Lists the deployments of a project and compares commits. The token needs the scope `read_api` and the role Reporter.',
  settings,
  capabilities: {
    deploys: ({ url, token, project, service, ca, cert, key }, { clock }) =>
      createGitlabDeploys(
        createHttp(
          {
            title: 'GitLab',
            url: `${url.replace(/\/+$/, '')}/api/v4/`,
            headers: { 'private-token': token },
            tls: { ca, cert, key },
            explain: notFoundAs(
              'GitLab',
              'Check project, and that the token has read_api and its user the role Reporter.',
            ),
          },
          { clock },
        ),
        { project, service },
      ),
  },
});
