import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';

/** Whose credentials are used, where they are not those of the environment. */
export interface AwsIdentity {
  /** That of the profile or the environment when absent; never guessed. */
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly role_arn?: string | undefined;
  readonly external_id?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** Attempts of one request, with the jitter of the SDK between them. */
const MAX_ATTEMPTS = 4;
const CONNECT_MS = 5_000;

/** What every AWS client is made with; credentials are fetched with its first request and again before they expire. */
export function clientConfig(identity: AwsIdentity) {
  const { region, profile, endpoint } = identity;
  return {
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    credentials: credentialsOf(identity),
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: CONNECT_MS },
  };
}

/** Without a region of its own, STS would be asked in us-east-1; the SDK hands it that of the client. */
function credentialsOf({ profile, region, role_arn: roleArn, external_id: externalId }: AwsIdentity) {
  const own = fromNodeProviderChain({ ...(profile !== undefined && { profile }) });
  if (roleArn === undefined) return own;
  return fromTemporaryCredentials({
    masterCredentials: own,
    params: {
      RoleArn: roleArn,
      RoleSessionName: 'fixgate',
      ...(externalId !== undefined && { ExternalId: externalId }),
    },
    ...(region !== undefined && { clientConfig: { region } }),
  });
}
