import type { Incident } from '#domain/incident.ts';
import type { DeploySource, LogSource, MetricSource } from '#providers/sources.ts';

/** A source that was chosen for a call, and the query its service is configured with. */
export interface Chosen<T> {
  readonly name: string;
  readonly source: T;
  readonly query?: string;
  /** Queries of the services that read this source, by service and name; may hold `{service}` and `{env}`. */
  readonly queries?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The caller's query without the name of a source before it. */
  readonly text?: string;
}

/** What a caller may say of the source; absent parts come from the service, then from the defaults. */
export interface SourceChoice {
  readonly source?: string | undefined;
  /** May begin with the name of a source, as in `cloudwatch: timeout`. */
  readonly query?: string | undefined;
  readonly service?: string | undefined;
  /** Must be one of the service's environments, where these are configured. */
  readonly env?: string | undefined;
}

/** Finds the configured source for a call; throws `not_found` with the names that exist. */
export interface EvidenceSources {
  logs(incident: Incident, choice: SourceChoice): Chosen<LogSource>;
  metrics(incident: Incident, choice: SourceChoice): Chosen<MetricSource>;
  /** One when the caller or the service names it, else all: deploys of several sources are merged. */
  deploys(incident: Incident, choice: SourceChoice): readonly Chosen<DeploySource>[];
}
