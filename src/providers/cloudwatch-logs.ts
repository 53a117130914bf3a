import { z } from 'zod';

import { awsCredentials, awsRegion } from './cloudwatch/identity-settings.ts';
import { createCloudWatchLogs } from './cloudwatch/log-source.ts';
import { baseUrl, defineProvider } from './define-provider.ts';

const group = z
  .string()
  .regex(/^(?:[\w./#-]{1,512}\*?|\*|arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[\w./#-]{1,512}(?::\*)?)$/, {
    error: 'is no log group: write its name, its ARN, or a prefix that ends with *',
  });

const settings = z.strictObject({
  region: awsRegion,
  groups: z.array(group).min(1).max(50),
  ...awsCredentials,
  endpoint: baseUrl.optional(),
  service: z.string().min(1).optional(),
  env: z.string().min(1).optional(),
  insights: z.enum(['auto', 'counts', 'off']).default('auto'),
  insights_max_gb: z.number().positive().max(10_000).default(20),
  requests_per_s: z.number().min(0.2).max(25).default(5),
  timeout_s: z.number().min(1).max(900).default(30),
});

/** Log groups of Amazon CloudWatch Logs. */
export const cloudwatchLogs = defineProvider({
  id: 'cloudwatch-logs',
  title: 'CloudWatch Logs',
  client: '@aws-sdk/client-cloudwatch-logs',
  docs: [
    "Reads events with the AWS SDK, which is loaded on first use; credentials come from the SDK's own chain and are renewed before they expire.",
    'Needs `logs:FilterLogEvents`, `logs:DescribeLogGroups` for prefixes, and for counts and long windows `logs:StartQuery`, `logs:GetQueryResults` and `logs:StopQuery`.',
    'Lines of a stack trace are joined within their log stream.',
  ].join(' '),
  settings,
  capabilities: { logs: (resolved, { clock }) => createCloudWatchLogs(resolved, { clock }) },
});
