/** Prometheus text exposition of the service's numbers. */
export function renderMetrics(service, requests) {
  const { waiting, processed } = service.stats();
  return [
    '# HELP http_requests_total Requests answered.',
    '# TYPE http_requests_total counter',
    `http_requests_total{service="user-service"} ${requests}`,
    '# HELP user_service_jobs_processed_total Welcome mails sent.',
    '# TYPE user_service_jobs_processed_total counter',
    `user_service_jobs_processed_total{service="user-service"} ${processed}`,
    '# HELP user_service_queue_length Welcome mails waiting.',
    '# TYPE user_service_queue_length gauge',
    `user_service_queue_length{service="user-service"} ${waiting}`,
    '# HELP nodejs_heap_used_bytes Heap in use after a collection.',
    '# TYPE nodejs_heap_used_bytes gauge',
    `nodejs_heap_used_bytes{service="user-service"} ${heapUsed()}`,
    '',
  ].join('\n');
}

function heapUsed() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
