import { expect, it } from 'vitest';

import { systemClock } from '#domain/clock.ts';
import { createInFlight } from '#engine/in-flight.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import { startHttp } from '#transport/http.ts';

import { sampleEvent } from '../support/store-samples.ts';
import { temporaryFolder } from '../support/temporary-repository.ts';

it('tells what the records say, and only to callers with the token [telemetry:metrics:scraped]', async () => {
  await using folder = await temporaryFolder();
  await using store = createSqliteStore({ folder: folder.path, clock: systemClock });
  const names = { tools: ['apply_patch'], providers: [], sources: [], version: '1.0.0', state: 'abcd' };
  const metrics = await createMetrics({ store, ...names });
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
  const scrape = async () => (await fetch(url, { headers: { authorization: 'Bearer a-token-for-tests' } })).text();

  expect((await fetch(url)).status).toBe(401);
  expect(await scrape()).toContain('fixgate_tool_calls_total{tool="apply_patch",outcome="ok",state_id="abcd"} 0');

  // Written by another process.
  await using other = createSqliteStore({ folder: folder.path, clock: systemClock });
  const data = { code: 'policy_denied', rule_ids: ['max_files'], took_ms: 40 };
  other.append('_server', sampleEvent('call.denied', { tool: 'apply_patch', data }));

  const text = await scrape();
  expect(text).toContain('fixgate_tool_calls_total{tool="apply_patch",outcome="policy_denied",state_id="abcd"} 1');
  expect(text).toContain('fixgate_tool_call_duration_seconds_count{state_id="abcd",tool="apply_patch"} 1');
});
