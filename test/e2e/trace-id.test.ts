import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, it } from 'vitest';

import { incidentRepository, remedy } from '../support/incident-repository.ts';
import { connectClient } from '../support/mcp-clients.ts';
import { otlpReceiver } from '../support/otlp-receiver.ts';
import { stdioTarget } from '../support/server-process.ts';

const id = 'PD-1';
const foreign = '00-44444444444444444444444444444444-4444444444444444-01';

it('the trace id that the pull request prints finds every span of the incident, also those in traces of callers, and beside it stands what was read [telemetry:traces:connected, report:pull-request:reads]', async () => {
  await using repository = await incidentRepository();
  await using collector = await otlpReceiver('http');
  await repository.open(id, '--severity', 'SEV3');
  await repository.open('PD-2', '--severity', 'SEV3');
  const place = await repository.configure({ telemetry: { traces: 'otlp-http', endpoint: collector.url } });
  {
    await using client = await connectClient('v2 auto', stdioTarget(place));
    for (const { tool, args } of remedy) await client.callTool(tool, { incident_id: id, ...args });
    await client.callTool('get_incident', { incident_id: id, traceparent: foreign });
    await client.callTool('get_incident', { incident_id: 'PD-2' });
    await client.callTool('escalate', { incident_id: id, reason: 'enough' });
  }

  const folder = path.join(repository.stateFolder, 'pull-requests');
  const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.md'));
  const body = await readFile(path.join(folder, file), 'utf8');
  const printed = /trace[^\n]{0,40}?\b(?<id>[0-9a-f]{32})\b/i.exec(body)?.groups?.['id'] ?? 'none';
  const ofIncident = collector.spans.filter(({ attributes }) => attributes['fixgate.incident.id'] === id);
  const found = collector.spans.filter(
    ({ traceId, attributes }) => traceId === printed || attributes['fixgate.incident.trace_id'] === printed,
  );

  expect(ofIncident.length).toBeGreaterThan(remedy.length * 2);
  expect(found.map(({ spanId }) => spanId).toSorted()).toEqual(ofIncident.map(({ spanId }) => spanId).toSorted());
  expect(found.some(({ traceId }) => traceId !== printed)).toBe(true);
  const requests = found.filter(({ kind }) => kind === 'SERVER');
  const isLinked = (span: (typeof found)[0]) => span.links.some(({ traceId }) => traceId === printed);
  expect(requests.map((span) => span.traceId === printed || isLinked(span))).toEqual(requests.map(() => true));
  // What was read before is cited with what it was asked and the digest of what is kept.
  const { trace, escalation, evidence } = await repository.report(id);
  const answered = evidence.filter(({ status }) => status !== 'unknown');
  expect(body).toContain('| metrics of `metrics` | `orders_retained_jobs` |');
  expect(answered.map(({ sha256 }) => body.includes(sha256.slice(0, 16)))).toEqual(answered.map(() => true));
  expect(answered.length).toBe(3);
  // The same id is in the commit, in the report and in the hand-over.
  repository.git('fetch', '--quiet', 'origin', repository.hotfixBranches()[0] ?? '');
  expect(repository.git('log', '-1', '--format=%B', 'FETCH_HEAD')).toContain(`Trace-Id: ${printed}`);
  expect([trace.trace_id, escalation?.hand_over.trace.trace_id]).toEqual([printed, printed]);
});
