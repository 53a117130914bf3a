import { expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { createInFlight } from '#engine/in-flight.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import { startHttp } from '#transport/http.ts';

it('counts calls by tool and outcome, and tells them only to callers with the token', async () => {
  const metrics = await createMetrics();
  metrics.observeCall({ tool: 'apply_patch', outcome: 'policy_denied', seconds: 0.02 });
  metrics.observeCall({ tool: 'apply_patch', outcome: 'ok', seconds: 0.2 });
  await using http = await startHttp({
    factory: () => Promise.reject(new Error('No call is made.')),
    host: '127.0.0.1',
    port: 0,
    token: 'a-token-for-tests',
    allowedHosts: [],
    inFlight: createInFlight(),
    clock: systemClock,
    onError: () => {},
    isLongRunning: () => false,
    metrics,
  });
  const url = new URL('/metrics', http.url);

  const refused = await fetch(url);
  const answered = await fetch(url, { headers: { authorization: 'Bearer a-token-for-tests' } });

  expect(refused.status).toBe(401);
  const text = await answered.text();
  expect(text).toContain('fixgate_tool_calls_total{tool="apply_patch",outcome="policy_denied"} 1');
  expect(text).toContain('fixgate_tool_call_duration_seconds_count{tool="apply_patch"} 2');
});
