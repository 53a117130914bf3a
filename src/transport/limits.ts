/** What one HTTP server accepts from its clients. */
export interface HttpLimits {
  /** Bytes of one request body. */
  readonly bodyBytes: number;
  /** Nesting of arrays and objects in one body, the JSON-RPC envelope included. */
  readonly jsonDepth: number;
  /** Milliseconds a client may take to send its headers; more is a slow-loris attack. */
  readonly headersTimeoutMs: number;
  /** Milliseconds a client may take to send a whole request. */
  readonly requestTimeoutMs: number;
  /** Open TCP connections. */
  readonly connections: number;
  /** Open sessions; each costs about 40 KiB. */
  readonly sessions: number;
  /** Milliseconds after which a session without requests and streams ends. */
  readonly sessionIdleMs: number;
  /** Milliseconds between keep-alive comments on event streams; proxies cut silent streams after 30 to 60 s. */
  readonly keepAliveMs: number;
  /** Milliseconds that calls in flight get to finish on shutdown. */
  readonly drainMs: number;
}

/** Limits for a server on a workstation or in a container. */
export const defaultHttpLimits: HttpLimits = {
  bodyBytes: 1_048_576,
  jsonDepth: 32,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  connections: 4_096,
  sessions: 1_000,
  sessionIdleMs: 30 * 60_000,
  keepAliveMs: 15_000,
  drainMs: 25_000,
};

/** Milliseconds that cancelled calls get to stop their work and record it. */
export const ABANDONED_MS = 5_000;
