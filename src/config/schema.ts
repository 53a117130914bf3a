import { z } from 'zod';

import { secretReference } from '#config/secret.ts';
import { telemetryExport } from '#config/telemetry.ts';
import { SuiteDeclaration } from '#domain/suite.ts';
import { notifyUrl } from '#providers/notify/settings.ts';

const name = z.string().regex(/^[a-zA-Z0-9][\w.-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"');

/** One configured provider; its own settings are checked against the provider's schema. */
const Source = z.looseObject({ provider: z.string() });

/** What a service is made of: where its code is and which sources tell of it. */
const Service = z.strictObject({
  /** Path or URL of its repository; the common one when absent. */
  repository: z.string().min(1).optional(),
  /** Names of entries in `sources`. */
  logs: z.strictObject({ source: name, query: z.string().optional() }).optional(),
  metrics: z
    .strictObject({
      source: name,
      query: z.string().optional(),
      /** By name, such as `error_rate`; `{service}` and `{env}` are replaced. */
      queries: z.record(name, z.string().min(1).max(2_000)).default({}),
    })
    .optional(),
  deploys: z.strictObject({ source: name }).optional(),
  /** Where a human reads what to do: an address, or a path in its repository. Hand-overs name it. */
  runbook: z.string().min(1).max(2_048).optional(),
  environments: z.array(z.string().min(1)).default([]),
});

/** `fixgate.yaml`. Nothing in it is required; unknown keys are errors. */
export const ConfigFile = z.strictObject({
  version: z.literal(1).default(1),
  /** A policy file, or an `.architect.yaml`; the shipped `policies/default.yaml` when absent. */
  policy: z.string().min(1).optional(),
  /** Repository of incidents that agents open, and humans without `--repo`; absent, for agents the one around the working directory. */
  repository: z.string().min(1).optional(),
  incidents: z
    .strictObject({
      /** Where an unknown id is opened by its first read. */
      open_by_agents: z.enum(['never', 'stdio', 'always']).default('stdio'),
    })
    .prefault({}),
  /** Whose signatures count as approvals: a file of allowed signers, see ssh-keygen(1). The agent must not be able to write it. */
  approvers: z.string().min(1).optional(),
  /** A file that a deploy pipeline or a human writes; while it says that a deploy is under way, pull requests are drafts. */
  freeze_file: z.string().min(1).optional(),
  /** Whether agents' shells run under the account of this server. */
  agents: z.enum(['same_account', 'other_account']).default('same_account'),
  services: z.record(name, Service).default({}),
  sources: z.record(name, Source).default({}),
  suites: z.record(name, SuiteDeclaration).default({}),
  dependencies: z
    .strictObject({
      /**
       * Installs the dependencies of a project that the checkout lacks, in a folder with the base commit's manifests; it runs as the
       * operator, for private registries. The package manager in a sandbox without credentials when absent.
       */
      command: z.array(z.string().min(1)).min(1).max(64).optional(),
      timeout_s: z.int().min(1).max(86_400).default(600),
    })
    .prefault({}),
  code_host: z.looseObject({ provider: z.string() }).default({ provider: 'local' }),
  tools: z.strictObject({ enabled: z.array(z.string()).optional() }).prefault({}),
  http: z
    .strictObject({
      token: secretReference.optional(),
      /** Host names that clients may use besides loopback and the bound host. */
      allowed_hosts: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  evidence: z
    .strictObject({
      /** Days after which the texts of answers and log lines are removed; their titles and hashes stay. */
      keep_days: z.int().min(1).max(3_650).default(90),
    })
    .prefault({}),
  report: z
    .strictObject({
      /** Where a report is kept up to date after each change, relative to the configuration; `{incident_id}` is replaced. */
      path: z.string().includes('{incident_id}').optional(),
      /** Page of a trace at the tracing back end; `{trace_id}` is replaced. */
      trace_url: z
        .string()
        .max(2_048)
        .regex(/^https?:\/\/[^\s@]+$/, { error: 'must be a web address without a user' })
        .includes('{trace_id}')
        .optional(),
    })
    .prefault({}),
  log: z
    .strictObject({
      /** Lines on standard error: decisions are `info`, refusals `warn`. */
      level: z.enum(['error', 'warn', 'info']).optional(),
    })
    .prefault({}),
  telemetry: z
    .strictObject({
      /** A file for the textfile collector of node_exporter, which reads only names that end in `.prom`. */
      metrics_textfile: z.string().endsWith('.prom').optional(),
      ...telemetryExport,
    })
    .prefault({}),
  notify: z
    .strictObject({
      /** Gets CloudEvents, signed with the secret. */
      webhook: z.strictObject({ url: notifyUrl, secret: secretReference }).optional(),
      /** An incoming webhook of Slack; its address is a secret. */
      slack: z.strictObject({ url: secretReference }).optional(),
    })
    .prefault({}),
});

/** A checked configuration, before its sources are made. */
export type ConfigFile = z.output<typeof ConfigFile>;
