import { z } from 'zod';

import { awsCredentials, awsRegion } from './cloudwatch/identity-settings.ts';
import { createCloudWatchMetrics } from './cloudwatch/metric-source.ts';
import { baseUrl, defineProvider } from './define-provider.ts';

const dimension = z.string().min(1).max(255);

const settings = z.strictObject({
  region: awsRegion,
  ...awsCredentials,
  account: z
    .string()
    .regex(/^\d{12}$/, { error: 'is no account: write its twelve digits, in quotes' })
    .optional(),
  endpoint: baseUrl.optional(),
  /** Dimensions that name the service and the environment. */
  labels: z.strictObject({ service: dimension.optional(), env: dimension.optional() }).prefault({}),
  requests_per_s: z.number().min(0.2).max(25).default(5),
  timeout_s: z.number().min(1).max(300).default(30),
});

/** Metrics and alarms of Amazon CloudWatch. */
export const cloudwatchMetrics = defineProvider({
  id: 'cloudwatch-metrics',
  title: 'CloudWatch metrics',
  client: '@aws-sdk/client-cloudwatch',
  docs: [
    "Reads metrics with the AWS SDK, which is loaded on first use; credentials come from the SDK's own chain and are renewed before they expire.",
    'Needs `cloudwatch:GetMetricData` and `cloudwatch:ListMetrics`, and `cloudwatch:DescribeAlarms` for the metric of an alarm.',
    'See [metrics.md](metrics.md#cloudwatch).',
  ].join(' '),
  settings,
  capabilities: { metrics: (resolved, { clock }) => createCloudWatchMetrics(resolved, { clock }) },
});
