import { assert, base64String, oneof, property, string } from 'fast-check';
import { expect, it } from 'vitest';

import { countTokens } from '#engine/tokens.ts';

// Counted once with two public tokenizers: o200k_base, and the one of Claude 2.
const counted: readonly (readonly [string, string, number, number])[] = [
  ['a sentence', 'The quick brown fox jumps over the lazy dog. '.repeat(50), 501, 501],
  [
    'rows of numbers',
    JSON.stringify(
      Array.from({ length: 20 }, (_, i) => ({ t: `2026-11-21T13:${String(i + 10)}:00.000Z`, v: (i * 7919) / 1000 })),
    ),
    480,
    480,
  ],
  [
    'ids',
    Array.from({ length: 20 }, (_, i) => `4f1c2a3b-aaaa-4bbb-8ccc-${String(i * 7919).padStart(12, '0')}`).join('\n'),
    439,
    422,
  ],
  [
    'a trace',
    '  File "/app/releases/20240101/cart.py", line 88, in total\n    raise ValueError("bad total")\n'.repeat(30),
    810,
    811,
  ],
];

it.each(counted)('estimates the tokens of %s within a tenth [logs:reply:max-tokens]', (_, text, o200k, claude) => {
  const [low, high] = [Math.min(o200k, claude), Math.max(o200k, claude)];
  expect(countTokens(text)).toBeGreaterThan(low * 0.9);
  expect(countTokens(text)).toBeLessThan(high * 1.1);
});

it('counts nothing in nothing', () => {
  expect(countTokens('')).toBe(0);
});

it('counts no more tokens than characters, so that a text that is short enough needs no counting', () => {
  const text = oneof(string({ unit: 'binary' }), string({ unit: 'grapheme-ascii' }), base64String());
  assert(property(text, (each) => countTokens(each) <= each.length));
});
