import type { AwsIdentity } from './credentials.ts';

/** What the settings of the provider say, resolved. */
export interface CloudWatchSettings extends AwsIdentity {
  /** Names, ARNs, or prefixes that end with `*`. */
  readonly groups: readonly string[];
  readonly service?: string | undefined;
  readonly env?: string | undefined;
  readonly insights: 'auto' | 'counts' | 'off';
  readonly insights_max_gb: number;
  readonly requests_per_s: number;
  readonly timeout_s: number;
}
