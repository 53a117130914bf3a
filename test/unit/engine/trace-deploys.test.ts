import { expect, it } from 'vitest';

import type { Deploy } from '#domain/evidence.ts';
import type { Suspect } from '#engine/services/deploys/rank-all.ts';
import { tellDeploys } from '#engine/trace-deploys.ts';
import type { FinishedSpan } from '#telemetry/tracing.ts';
import { withRootSpan } from '#telemetry/tracing.ts';

const deploy: Deploy = {
  id: 'run-77',
  at: 0,
  sha: 'c'.repeat(40),
  ref: 'deploy.yml',
  kind: 'run',
  status: 'failed',
  env: 'production',
  service: 'orders',
  author: 'ann',
  subject: 'Bound the queue',
  links: ['https://ci.example/runs/77?token=secret#log'],
};
const suspect = (more: Partial<Deploy>, score: number): Suspect =>
  ({ score: 1, why: [], deploy: { deploy: { ...deploy, ...more } }, confidence: { score } }) as unknown as Suspect;

async function told(suspects: readonly Suspect[], env?: string): Promise<FinishedSpan> {
  const spans: FinishedSpan[] = [];
  const record = (span: FinishedSpan) => void spans.push(span);
  await withRootSpan({ name: 'call', traceId: 'a'.repeat(32), record }, () => tellDeploys(suspects, env));
  return spans[0] as FinishedSpan;
}

it('the likeliest deploy is in the attributes of the span, each in an event [telemetry:traces:deployments]', async () => {
  const { attributes, events } = await told([
    suspect({}, 0.8),
    suspect({ id: 'tag-2', ref: 'v2', kind: 'tag', status: 'running', links: [], env: undefined } as object, 0.2),
  ]);

  expect(attributes).toMatchObject({
    'deployment.id': 'run-77',
    'deployment.name': 'deploy.yml',
    'deployment.status': 'failed',
    'deployment.environment.name': 'production',
    'cicd.pipeline.run.id': 'run-77',
    'cicd.pipeline.run.url.full': 'https://ci.example/runs/77',
    'vcs.ref.head.revision': deploy.sha,
    'fixgate.incident.category': 'deployment_issue',
  });
  expect(events.map(({ name }) => name)).toEqual(['fixgate.deploy', 'fixgate.deploy']);
  expect(events[0]?.attributes).toMatchObject({
    'service.name': 'orders',
    'service.version': 'deploy.yml',
    'fixgate.suspect.confidence': 0.8,
  });
  expect(events[1]?.attributes).toMatchObject({
    'deployment.id': 'tag-2',
    'deployment.status': undefined,
    'fixgate.deploy.status': 'running',
    'artifact.version': 'v2',
  });
  expect(JSON.stringify([attributes, events])).not.toContain('secret');
});

it.each([
  ['none', [], undefined, { 'deployment.environment.name': 'staging' }],
  ['none that is likely', [suspect({}, 0.59)], undefined, { 'deployment.environment.name': 'staging' }],
])('%s names no category, and the environment that was asked for', async (_, suspects, category, attributes) => {
  const span = await told(suspects, 'staging');
  expect(span.attributes['fixgate.incident.category']).toBe(category);
  expect(span.attributes).toMatchObject(attributes);
});

it('tells of a bounded number', async () => {
  expect((await told(Array.from({ length: 300 }, (_, n) => suspect({ id: String(n) }, 0.1)))).events).toHaveLength(20);
});
