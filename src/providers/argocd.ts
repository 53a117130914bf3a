import { z } from 'zod';

import { createArgocdDeploys } from './argocd/deploys.ts';
import { baseUrl, defineProvider, secret } from './define-provider.ts';
import { createHttp } from './http.ts';
import { isWholePair, tlsSettings } from './http/tls.ts';

const label = z.string().regex(/^[\w./-]{1,316}$/, 'must be the name of a label');

const settings = z
  .strictObject({
    url: baseUrl,
    /** Of an account with `applications, get`. */
    token: secret,
    projects: z.array(z.string().min(1).max(256)).max(50).default([]),
    /** A label selector. */
    selector: z.string().max(1_024).optional(),
    service_label: label.default('app.kubernetes.io/name'),
    env_label: label.default('env'),
    /** Of applications without the label. */
    env: z.string().min(1).optional(),
    ...tlsSettings,
  })
  .refine(isWholePair, { error: 'must come with key and key with it', path: ['cert'] });

/** Syncs of Argo CD applications. */
export const argocd = defineProvider({
  id: 'argocd',
  title: 'Argo CD',
  docs: 'Reads the history and the last operation of applications, with a mask that asks for nothing else. The account needs `applications, get`. An application keeps its last ten syncs.',
  settings,
  capabilities: {
    deploys: ({ url, token, ca, cert, key, ...scope }, { clock }) =>
      createArgocdDeploys(
        createHttp(
          { title: 'Argo CD', url, headers: { authorization: `Bearer ${token}` }, tls: { ca, cert, key } },
          { clock },
        ),
        { ...scope, url },
      ),
  },
});
