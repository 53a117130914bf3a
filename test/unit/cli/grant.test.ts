import { expect, it } from 'vitest';

import { parseGrant } from '#cli/grant.ts';

it.each([
  ['', {}],
  ['tool_calls=10', { tool_calls: 10 }],
  [' tool_calls=10 , usd=0.5 ', { tool_calls: 10, usd: 500_000 }],
  ['wall_seconds=600,patch_attempts=1,', { wall_seconds: 600, patch_attempts: 1 }],
  ['usd=0.000001', { usd: 1 }],
])('reads %j', (text, expected) => {
  expect(parseGrant(text)).toEqual(expected);
});

it.each([
  'tool_calls',
  'tool_calls=',
  'tool_calls=0',
  'tool_calls=-1',
  'tool_calls=1.5',
  'tool_calls=NaN',
  'tool_calls=Infinity',
  'tool_calls=1e9',
  'tool_calls=0x10',
  'tool_calls=9999999999',
  'tool_calls=1=2',
  'tool_calls=1,tool_calls=2',
  'usd=-0.5',
  'usd=NaN',
  'usd=10001',
  'usd=0',
  'wishes=3',
  '__proto__=1',
])('takes no grant of %j', (text) => {
  expect(() => parseGrant(text)).toThrow(/cannot|can be granted/);
});
