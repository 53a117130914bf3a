import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  ListMetricsCommand,
} from '@aws-sdk/client-cloudwatch';
import type {
  DescribeAlarmsCommandOutput,
  DescribeAlarmsInput,
  GetMetricDataCommandOutput,
  GetMetricDataInput,
  ListMetricsCommandOutput,
  ListMetricsInput,
} from '@aws-sdk/client-cloudwatch';

import type { AwsIdentity } from './credentials.ts';
import { clientConfig } from './credentials.ts';

/** The requests of CloudWatch that are sent; each is cancelled on the wire by its signal. */
export interface MetricClient {
  /** As configured, or as the profile or the environment say; throws when none does. */
  region(): Promise<string>;
  metricData(input: GetMetricDataInput, signal: AbortSignal): Promise<GetMetricDataCommandOutput>;
  listMetrics(input: ListMetricsInput, signal: AbortSignal): Promise<ListMetricsCommandOutput>;
  describeAlarms(input: DescribeAlarmsInput, signal: AbortSignal): Promise<DescribeAlarmsCommandOutput>;
}

/** Makes a client whose credentials are fetched with its first request and again before they expire. */
export function createMetricClient(identity: AwsIdentity): MetricClient {
  const client = new CloudWatchClient(clientConfig(identity));
  return {
    region: () => client.config.region(),
    metricData: (input, abortSignal) => client.send(new GetMetricDataCommand(input), { abortSignal }),
    listMetrics: (input, abortSignal) => client.send(new ListMetricsCommand(input), { abortSignal }),
    describeAlarms: (input, abortSignal) => client.send(new DescribeAlarmsCommand(input), { abortSignal }),
  };
}
