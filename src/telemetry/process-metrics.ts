import type { Counter, Gauge, Registry } from 'prom-client';

/** What Prometheus' own client libraries say of a process, under the usual names; nothing here costs anything between scrapes. */
export function declareProcessMetrics(
  library: { readonly Counter: typeof Counter; readonly Gauge: typeof Gauge },
  registry: Registry,
): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new library.Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('process_start_time_seconds', 'When the process started, in seconds since the epoch.', () =>
    Math.round(performance.timeOrigin / 1_000),
  );
  const cpu = new library.Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time of the process.',
    registers: [],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  registry.registerMetric(cpu);
  gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_used_bytes', 'Memory that JavaScript uses.', () => process.memoryUsage().heapUsed);
  gauge(
    'nodejs_eventloop_utilization',
    'Part of the time since the last scrape in which the process was busy.',
    utilization(),
  );
}

function utilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(now, last);
    last = now;
    return busy;
  };
}
