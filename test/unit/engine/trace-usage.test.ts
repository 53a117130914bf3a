import { expect, it } from 'vitest';

import { tellUsage, usageOf } from '#engine/trace-usage.ts';
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

const tokens = (input: unknown, output: unknown = 0, cached: unknown = 0, model?: unknown) => ({
  'gen_ai.request.model': model,
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': output,
  'gen_ai.usage.cache_read.input_tokens': cached,
});

it.each([
  [tokens(1_200, 80, 900, 'm'), { model: 'm', input: 1_200, output: 80, cached: 900 }],
  [tokens(1.2), { model: undefined, input: 2, output: 0, cached: 0 }],
  [tokens(-5, 1, Number.NaN, 7), { model: undefined, input: 0, output: 1, cached: 0 }],
  [tokens('9', 0, 4), { model: undefined, input: 0, output: 0, cached: 4 }],
  [
    tokens(Number.POSITIVE_INFINITY, 1e300),
    { model: undefined, input: Number.MAX_SAFE_INTEGER, output: Number.MAX_SAFE_INTEGER, cached: 0 },
  ],
  [tokens(Number.NaN, -1, '4', 'm'), undefined],
  [{ 'fixgate.cost.usd': 5 }, undefined],
  [null, undefined],
  ['1200', undefined],
])('of %j whole tokens from 0 on are charged: %j [gate:budget:prices]', (reported, usage) => {
  expect(usageOf(reported)).toEqual(usage);
});
