import { expect, it } from 'vitest';

import { tellUsage } from '#engine/trace-usage.ts';
import type { FinishedSpan } from '#telemetry/tracing.ts';
import { withRootSpan } from '#telemetry/tracing.ts';

async function told(reported: unknown) {
  const spans: FinishedSpan[] = [];
  const record = (span: FinishedSpan) => void spans.push(span);
  await withRootSpan({ name: 'call', traceId: 'a'.repeat(32), record }, (span) => tellUsage(span, reported));
  return spans[0]?.events.map(({ name, attributes }) => ({ name, attributes }));
}

it('what a host says that its model used is an event [telemetry:traces:usage]', async () => {
  const reported = {
    'gen_ai.request.model': 'model-1',
    'gen_ai.usage.input_tokens': 1_200,
    'gen_ai.usage.output_tokens': 80,
    'gen_ai.usage.cache_read.input_tokens': 900,
    'fixgate.cost.usd': 0.031,
  };
  expect(await told({ ...reported, prompt: 'never told' })).toEqual([
    { name: 'fixgate.usage.reported', attributes: reported },
  ]);
});

it.each([
  [undefined],
  ['1200'],
  [{ 'gen_ai.request.model': 'model-1' }],
  [{ 'gen_ai.usage.input_tokens': '5', 'fixgate.cost.usd': Number.NaN }],
  [{ 'gen_ai.usage.input_tokens': -5, 'fixgate.cost.usd': Infinity }],
])('%j is none [telemetry:traces:usage]', async (reported) => {
  expect(await told(reported)).toEqual([]);
});

it('a name is cut, a count is whole', async () => {
  const reported = { 'gen_ai.request.model': 'm'.repeat(500), 'gen_ai.usage.output_tokens': 1.6 };
  expect(await told(reported)).toMatchObject([
    { attributes: { 'gen_ai.request.model': 'm'.repeat(128), 'gen_ai.usage.output_tokens': 2 } },
  ]);
});
