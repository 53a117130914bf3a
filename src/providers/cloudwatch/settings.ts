/** What the settings of the provider say, resolved. */
export interface CloudWatchSettings {
  /** That of the profile or the environment when absent; never guessed. */
  readonly region?: string | undefined;
  /** Names, ARNs, or prefixes that end with `*`. */
  readonly groups: readonly string[];
  readonly profile?: string | undefined;
  readonly role_arn?: string | undefined;
  readonly external_id?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly service?: string | undefined;
  readonly env?: string | undefined;
  readonly insights: 'auto' | 'counts' | 'off';
  readonly insights_max_gb: number;
  readonly requests_per_s: number;
  readonly timeout_s: number;
}
