import type { AwsIdentity } from './credentials.ts';
import type { ServiceDimensions } from './metric-compose.ts';

/** What the settings of the provider say, resolved. */
export interface CloudWatchMetricSettings extends AwsIdentity {
  /** The account whose metrics are read through a monitoring account. */
  readonly account?: string | undefined;
  readonly labels: ServiceDimensions;
  readonly requests_per_s: number;
  readonly timeout_s: number;
}
