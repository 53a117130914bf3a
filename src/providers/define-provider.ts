import { z } from 'zod';

import type { Clock } from '#domain/clock.ts';
import type { RepositoryRef } from '#domain/incident.ts';
import type { Permit } from '#policy/verdict.ts';

import type { CodeHost, DeploySource, LogSource, MetricSource } from './sources.ts';

/** What every provider is given. */
export interface ProviderDeps {
  readonly clock: Clock;
}

/** What providers that look at the incident's repository are given; they are made anew for each incident. */
export interface RepositoryDeps extends ProviderDeps {
  readonly repository: RepositoryRef;
  /** The git folder of the server-owned clone of a repository; git commands run in it. */
  readonly repositoryFolder: (location: string) => Promise<string>;
}

/** What code hosts are given. */
export interface HostDeps extends ProviderDeps {
  readonly repository: RepositoryRef;
  /** Pushes `commit` to the incident's branch on the repository's remote. */
  readonly push: (permit: Permit<'publish'>, commit: string) => Promise<void>;
  /** What became of a pushed change, as git alone tells. */
  readonly fateOf: CodeHost['outcome'];
  /** Where pull requests that are files are written, beside the reports. */
  readonly folder: string;
}

/** The roles a provider can play; each makes a source from settings and touches nothing until the source is used. */
export interface Capabilities<Settings> {
  readonly logs?: (settings: Settings, deps: ProviderDeps) => LogSource;
  readonly metrics?: (settings: Settings, deps: ProviderDeps) => MetricSource;
  readonly deploys?: (settings: Settings, deps: RepositoryDeps) => DeploySource;
  readonly host?: (settings: Settings, deps: HostDeps) => CodeHost;
}

/** A vendor module: its name in the configuration, its settings and what it can do. */
export interface Provider<Schema extends z.ZodObject = z.ZodObject> {
  /** Kebab-case; permanent, because configurations name it. */
  readonly id: string;
  readonly title: string;
  /** What it reads and needs, for the documentation; Markdown. */
  readonly docs: string;
  /** The vendor's own package that it asks through; absent where it speaks HTTP or git itself. */
  readonly client?: string;
  /** Strict: an unknown key is an error. Secrets arrive resolved; see `secret`. */
  readonly settings: Schema;
  readonly capabilities: Capabilities<z.output<Schema>>;
}

/** Declares a provider; exists so that settings and capabilities are typed together. */
export function defineProvider<Schema extends z.ZodObject>(provider: Provider<Schema>): Provider<Schema> {
  return provider;
}

/** A setting that is written as `{ env: NAME }` or `{ file: PATH }` on disk and reaches the provider resolved. */
export const secret = z.string().min(1).max(8_192).meta({ secret: true });

/** A file, folder or glob; a relative one starts from the folder of the configuration. */
export const filePath = z.string().min(1).max(4_096).meta({ path: true });

/** The address of a vendor's API. Credentials inside the URL are refused: they would end up in messages. */
export const baseUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => URL.parse(url)?.username === '' && URL.parse(url)?.password === '', {
    error: 'must not contain a user or password; use token or headers',
  });
