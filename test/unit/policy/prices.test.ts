import { expect, it } from 'vitest';

import { parsePrices, usageMicros } from '#policy/prices.ts';

const table = parsePrices(
  JSON.stringify({
    _comment: 'dollars per million tokens',
    small: { input_per_million: 0.5, output_per_million: 2, cached_input_per_million: 0.05 },
    large: { input_per_million: 15, output_per_million: 75, cached_input_per_million: null },
    'writes-dearly': { input_per_million: 1, output_per_million: 100 },
  }),
  'prices.json',
);

it.each<[string, Partial<Parameters<typeof usageMicros>[0] & object>, number]>([
  ['small', { input: 1_000_000, output: 0 }, 500_000],
  ['small', { input: 0, output: 3 }, 6],
  ['small', { input: 1_000, cached: 900 }, 95],
  ['small', { input: 0, cached: 900 }, 45],
  ['small', { input: 900, cached: 900 }, 45],
  ['large', { input: 1_000, cached: 900 }, 15_000],
  ['small', { input: 1 }, 1],
  ['Small', { input: 1_000 }, 15_000],
  ['small-2', { output: 1_000 }, 100_000],
  ['', { input: 1_000, output: 10 }, 15_750],
  ['_comment', { input: 1_000 }, 15_000],
  ['constructor', { input: 1_000 }, 15_000],
  ['large', { input: Number.MAX_SAFE_INTEGER, output: Number.MAX_SAFE_INTEGER }, 1_000_000_000_000],
])('the model %j with %j costs %i micro-dollars [gate:budget:prices]', (model, usage, micros) => {
  expect(usageMicros({ model, input: 0, output: 0, cached: 0, ...usage }, [table])).toBe(micros);
});

it('costs by the dearest of several tables, and nothing without one or without usage [gate:budget:prices]', () => {
  const cheaper = parsePrices('{"large": {"input_per_million": 1, "output_per_million": 1}}', 'other.json');
  const usage = { model: 'large', input: 1_000, output: 0, cached: 0 };
  expect(usageMicros(usage, [cheaper, table])).toBe(15_000);
  expect(usageMicros(usage, [cheaper])).toBe(1_000);
  expect(usageMicros({ ...usage, model: undefined }, [cheaper, table])).toBe(15_000);
  const odd = { ...cheaper, undefined: { input_per_million: 0, output_per_million: 0 } };
  expect(usageMicros({ ...usage, model: undefined }, [odd])).toBe(1_000);
  expect(usageMicros(usage, [])).toBe(0);
  expect(usageMicros(undefined, [table])).toBe(0);
});

const price = { input_per_million: 1, output_per_million: 1 };

it.each<[unknown, RegExp]>([
  ['{', /^prices\.json has 1 problem:\n- the file is no JSON$/],
  [[], /must be an object/],
  ['7', /must be an object/],
  ['"text"', /must be an object/],
  ['null', /must be an object/],
  [{}, /names no model/],
  [{ _only: 'a comment' }, /names no model/],
  [{ m: {} }, /m\.input_per_million: .*\n- m\.output_per_million: /],
  [{ m: { ...price, input_per_million: -1 } }, /m\.input_per_million: /],
  [{ m: { ...price, output_per_million: '3' } }, /m\.output_per_million: /],
  [{ m: { ...price, cached_input_per_million: 2_000_000 } }, /m\.cached_input_per_million: /],
  ['{"m": {"input_per_million": 1e999, "output_per_million": 1}}', /m\.input_per_million: /],
  [{ m: { ...price, output_per_millions: 1 } }, /m\.output_per_millions: unknown key/],
  [{ m: 'x'.repeat(65_536) }, /has 65544 bytes; at most 65536 are read/],
])('%.60j is a wrong file of prices [gate:budget:prices]', (content, problem) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  let error: unknown;
  try {
    parsePrices(text, 'prices.json');
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'misconfigured', message: expect.stringMatching(problem) as unknown });
});

it('takes a file of as many bytes as are read', () => {
  const text = JSON.stringify({ m: price });
  expect(parsePrices(text.padEnd(65_536), 'prices.json')).toEqual({ m: price });
});
