import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it, vi } from 'vitest';

import { fixPatch, incidentRepository, reason } from '../support/incident-repository.ts';
import { initialize, startLineServer } from '../support/server-process.ts';

const patched = { name: 'apply_patch', arguments: { incident_id: 'PD-1', patch: fixPatch, reason } };

it('a server on stdio writes what it did, and what commands and test jobs did, into the file [telemetry:textfile:whole]', async () => {
  await using repository = await incidentRepository();
  const file = join(repository.folder, 'fixgate.prom');
  const place = await repository.configure({ telemetry: { metrics_textfile: file } });
  await repository.open('PD-1', '--severity', 'SEV2');
  await using server = startLineServer(place);
  await initialize(server);
  await server.request(1, 'tools/call', patched);
  await repository.call('run_tests', { incident_id: 'PD-1' }, place);
  server.end();
  const { code } = await server.exited;
  const text = readFileSync(file, 'utf8').replaceAll(/,?state_id="[0-9a-f]{8}"/g, '');

  expect(code).toBe(0);
  expect(text).toContain('fixgate_tool_calls_total{tool="apply_patch",outcome="ok"} 1\n');
  expect(text).toContain('fixgate_tool_calls_total{tool="run_tests",outcome="ok"}');
  expect(text).toContain('fixgate_test_runs_total{verdict="pass"} 1\n');
  expect(text).toContain('fixgate_incidents{state="verified",severity="SEV2"} 1\n');
});

it('a server whose file cannot be written answers as before, and says so once [telemetry:textfile:failing]', async () => {
  await using repository = await incidentRepository();
  const file = join(repository.folder, 'nowhere', 'fixgate.prom');
  const place = await repository.configure({ telemetry: { metrics_textfile: file } });
  await repository.open('PD-1');
  await using server = startLineServer(place);
  await initialize(server);
  await vi.waitUntil(() => server.stderr().includes('the metrics file was not written'), 30_000);
  const answer = await server.request(1, 'tools/call', patched);
  server.end();
  const { code } = await server.exited;

  expect(answer.result?.['isError']).not.toBe(true);
  expect(code).toBe(0);
  expect(server.stderr().match(/the metrics file was not written/g)).toHaveLength(1);
  expect(() => statSync(file)).toThrow('ENOENT');
});
