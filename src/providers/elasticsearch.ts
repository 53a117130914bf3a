import { z } from 'zod';

import { baseUrl, defineProvider, secret } from './define-provider.ts';
import { elasticsearchDialect, opensearchDialect } from './elasticsearch/dialect.ts';
import { createElasticsearchLogs } from './elasticsearch/log-source.ts';
import { isWholePair, tlsSettings } from './http/tls.ts';

const field = z.string().regex(/^[\w@.-]{1,256}$/, 'must be the name of a field');

const settings = z
  .strictObject({
    url: baseUrl,
    /** Names and patterns, joined by commas: what this source may read at all. */
    index: z
      .string()
      .regex(/^[\w.*:,@+-]{1,1024}$/, 'must be names of indices, aliases or data streams, or patterns such as logs-*'),
    /** The encoded form, as Elasticsearch gives it. */
    api_key: secret.optional(),
    token: secret.optional(),
    user: z.string().min(1).optional(),
    password: secret.optional(),
    /** Signs requests for Amazon OpenSearch Service. */
    aws: z
      .strictObject({
        region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d+$/, 'must be a region such as eu-west-1'),
        service: z.enum(['es', 'aoss']).default('es'),
        profile: z.string().min(1).max(256).optional(),
        role_arn: z
          .string()
          .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/)
          .optional(),
        external_id: z.string().min(2).max(1_224).optional(),
      })
      .optional(),
    fields: z
      .strictObject({
        timestamp: field.default('@timestamp'),
        message: field.default('message'),
        level: field.default('log.level'),
        service: field.default('service.name'),
        env: field.default('service.environment'),
        trace: field.default('trace.id'),
      })
      .prefault({}),
    ui_url: baseUrl.optional(),
    timeout_s: z.number().min(1).max(300).default(30),
    ...tlsSettings,
  })
  .refine(
    ({ api_key, token, password, aws }) =>
      [api_key, token, password, aws].filter((way) => way !== undefined).length <= 1,
    {
      error: 'must be one way to authenticate: api_key, token, user and password, or aws',
      path: ['api_key'],
    },
  )
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    error: 'must come with user and user with it',
    path: ['password'],
  })
  .refine(isWholePair, { error: 'must come with key and key with it', path: ['cert'] });

/** Settings of an Elasticsearch or OpenSearch as its source sees them. */
export type ElasticsearchSettings = z.output<typeof settings>;

const docs =
  'Reads documents through a point in time, which is deleted after each read, and counts with `_count`; ECS and plain field names. See [logs.md](logs.md#elasticsearch-and-opensearch).';

/** Logs in Elasticsearch. */
export const elasticsearch = defineProvider({
  id: 'elasticsearch',
  title: 'Elasticsearch',
  docs: `${docs} Needs the index privilege \`read\`.`,
  settings,
  capabilities: { logs: (settings, deps) => createElasticsearchLogs(settings, elasticsearchDialect, deps) },
});

/** Logs in OpenSearch, also as an AWS service. */
export const opensearch = defineProvider({
  id: 'opensearch',
  title: 'OpenSearch',
  docs: `${docs} Needs the action group \`read\` on the index; on AWS also \`es:ESHttpPost\` and \`es:ESHttpDelete\`, or \`aoss:APIAccessAll\`.`,
  settings,
  capabilities: { logs: (settings, deps) => createElasticsearchLogs(settings, opensearchDialect, deps) },
});
