/** A collector that speaks OTLP, and what is told of this process. */
export interface Collector {
  readonly protocol: 'grpc' | 'http';
  /** Absent: the protocol's usual place on this computer. */
  readonly url: string | undefined;
  /** Sent with each request; may hold credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string | number>>;
}

/** How long one sending may take, in milliseconds, as OpenTelemetry's own; nobody waits for it. */
export const SEND_TIMEOUT_MS = 10_000;
