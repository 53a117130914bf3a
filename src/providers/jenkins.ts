import { z } from 'zod';

import { baseUrl, defineProvider, secret } from './define-provider.ts';
import { createHttp } from './http.ts';
import { isWholePair, tlsSettings } from './http/tls.ts';
import { createJenkinsDeploys } from './jenkins/deploys.ts';
import { notFoundAs } from './vendor-form.ts';

const settings = z
  .strictObject({
    url: baseUrl,
    user: z.string().min(1).max(256),
    /** An API token: with it no crumb is needed. */
    token: secret,
    /** Jobs that deploy, by path, such as `team/deploy-checkout`. */
    jobs: z
      .array(z.string().regex(/^[^/?#]{1,256}(?:\/[^/?#]{1,256}){0,9}$/, 'must be a path of names'))
      .min(1)
      .max(20),
    /** Given to every build. */
    service: z.string().min(1).optional(),
    env: z.string().min(1).optional(),
    ...tlsSettings,
  })
  .refine(isWholePair, { error: 'must come with key and key with it', path: ['cert'] });

/** Builds of Jenkins jobs that deploy. */
export const jenkins = defineProvider({
  id: 'jenkins',
  title: 'Jenkins',
  docs: 'Reads the last builds of the named jobs with `tree`, never more of them. The user needs Overall/Read and Job/Read.',
  settings,
  capabilities: {
    deploys: ({ url, user, token, jobs, service, env, ca, cert, key }, { clock }) => {
      const authorization = `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`;
      const http = createHttp(
        {
          title: 'Jenkins',
          url,
          headers: { authorization },
          tls: { ca, cert, key },
          explain: notFoundAs('Jenkins', 'Check jobs, and that the user has Job/Read on them.'),
        },
        { clock },
      );
      return createJenkinsDeploys(http, { jobs, service, env });
    },
  },
});
