import type { Provider } from './define-provider.ts';
import { files } from './files.ts';
import { githubHost } from './github-host.ts';
import { localGit } from './local-git.ts';
import { localHost } from './local-host.ts';
import { openmetrics } from './openmetrics.ts';
import { prometheus } from './prometheus.ts';

/** Every provider, in the order of the documentation; settings pass a provider's own schema before its capabilities see them. */
export const providers: readonly Provider[] = [files, prometheus, openmetrics, localGit, localHost, githubHost].map(
  (provider) => provider as unknown as Provider,
);
