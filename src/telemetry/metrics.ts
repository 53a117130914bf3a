/** Numbers that an operator can scrape and alert on. No label has unbounded values: no incident ids, no paths. */
export interface Metrics {
  /** One `tools/call`; `tool` must be a name of this server, or `unknown`. */
  observeCall(call: { readonly tool: string; readonly outcome: string; readonly seconds: number }): void;
  /** Prometheus text exposition. */
  exposition(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Seconds; from the MCP semantic conventions of OpenTelemetry. */
const BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Makes the metrics of one server process; the library is loaded now, not at program start. */
export async function createMetrics(): Promise<Metrics> {
  const { Counter, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const calls = new Counter({
    name: 'fixgate_tool_calls_total',
    help: 'Tool calls by outcome: ok, or the code of the refusal or failure.',
    labelNames: ['tool', 'outcome'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'fixgate_tool_call_duration_seconds',
    help: 'Time from the call to its answer.',
    labelNames: ['tool'],
    buckets: BUCKETS,
    registers: [registry],
  });
  return {
    observeCall({ tool, outcome, seconds }) {
      calls.inc({ tool, outcome });
      durations.observe({ tool }, seconds);
    },
    exposition: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
