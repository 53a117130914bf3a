/** A collector that speaks OTLP, and what is told of this process. */
export interface Collector {
  readonly protocol: 'grpc' | 'http';
  /** Absent: the protocol's usual place on this computer. */
  readonly url: string | undefined;
  /** Sent with each request; may hold credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string | number>>;
}

/** The version of OpenTelemetry's conventions that names are taken from; `mcp.*` and `gen_ai.*` are in development there. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.41.0';

/** How long one sending may take, in milliseconds, as OpenTelemetry's own; nobody waits for it. */
export const SEND_TIMEOUT_MS = 10_000;
