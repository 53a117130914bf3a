import { argocd } from './argocd.ts';
import { cloudwatchLogs } from './cloudwatch-logs.ts';
import { cloudwatchMetrics } from './cloudwatch-metrics.ts';
import { datadog } from './datadog.ts';
import type { Provider } from './define-provider.ts';
import { elasticsearch, opensearch } from './elasticsearch.ts';
import { files } from './files.ts';
import { githubActions } from './github-actions.ts';
import { githubHost } from './github-host.ts';
import { gitlab } from './gitlab.ts';
import { jenkins } from './jenkins.ts';
import { localGit } from './local-git.ts';
import { localHost } from './local-host.ts';
import { loki } from './loki.ts';
import { openmetrics } from './openmetrics.ts';
import { prometheus } from './prometheus.ts';

/** Every provider, in the order of the documentation; settings pass a provider's own schema before its capabilities see them. */
export const providers: readonly Provider[] = [
  files,
  datadog,
  cloudwatchLogs,
  cloudwatchMetrics,
  loki,
  elasticsearch,
  opensearch,
  githubActions,
  prometheus,
  openmetrics,
  localGit,
  gitlab,
  argocd,
  jenkins,
  localHost,
  githubHost,
].map((provider) => provider as unknown as Provider);
