import type { Clock } from '#domain/clock.ts';

import type { ElasticsearchSettings } from '../elasticsearch.ts';
import type { HttpClient, HttpSettings } from '../http.ts';
import { createHttp } from '../http.ts';
import { explainWith } from './errors.ts';
import type { AwsSettings, Signer } from './sigv4.ts';

/** The client of one cluster, with its credentials. */
export function connect(settings: ElasticsearchSettings, title: string, deps: { readonly clock: Clock }): HttpClient {
  const { url, aws, timeout_s, ca, cert, key } = settings;
  const authorization = authorizationOf(settings);
  return createHttp(
    {
      title,
      url,
      headers: authorization === undefined ? {} : { authorization },
      tls: { ca, cert, key },
      explain: explainWith(title),
      timeoutMs: timeout_s * 1_000,
      ...(aws !== undefined && { authorize: signWith(aws) }),
    },
    deps,
  );
}

function authorizationOf({ api_key, token, user, password }: ElasticsearchSettings): string | undefined {
  if (api_key !== undefined) return `ApiKey ${api_key}`;
  if (token !== undefined) return `Bearer ${token}`;
  return user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The SDK is loaded when the first request is signed. */
function signWith(aws: AwsSettings): NonNullable<HttpSettings['authorize']> {
  let signer: Promise<Signer> | undefined;
  return async (request) => {
    signer ??= import('./sigv4.ts').then(({ createSigner }) => createSigner(aws));
    return await (
      await signer
    )(request);
  };
}
