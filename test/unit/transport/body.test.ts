import { assert, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { exceedsJsonDepth, parseBody } from '#transport/body.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('the depth of a JSON text', () => {
  it.each([
    ['1', 0],
    ['[]', 1],
    ['{"a":[{}]}', 3],
    ['["[[[["]', 1],
    [String.raw`["\"[[[", "\\", [1]]`, 2],
    ['[[],[],[[]]]', 3],
  ])('of %s is %i', (text, depth) => {
    expect(exceedsJsonDepth(text, depth)).toBe(false);
    expect(exceedsJsonDepth(text, depth - 1)).toBe(depth > 0);
  });

  it('is that of the parsed value, whatever the value', () => {
    const list = jsonValue({ maxDepth: 6 }).map((value) => [value]);
    assert(
      property(list, (value) => {
        const [text, depth] = [JSON.stringify(value), depthOf(value)];
        expect([exceedsJsonDepth(text, depth), exceedsJsonDepth(text, depth - 1)]).toEqual([false, true]);
      }),
    );
  });

  it('is found without recursion in a text that nests a million times', () => {
    expect(exceedsJsonDepth('['.repeat(1_000_000), 999_999)).toBe(true);
  });
});

describe('a body', () => {
  it('is parsed', () => {
    expect(parseBody(Buffer.from('{"id":1}'), 32)).toEqual({ value: { id: 1 } });
  });

  it.each([
    ['is nested too deeply', Buffer.from('[[[]]]'), -32_600, 'deeper than the limit of 2 levels'],
    ['is cut off', Buffer.from('{"id":'), -32_700, 'not valid JSON'],
    ['is empty', Buffer.alloc(0), -32_700, 'not valid JSON'],
    ['is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), -32_700, 'UTF-8'],
  ])('is refused when it %s [server:http:limits]', (_name, bytes, code, message) => {
    expect(parseBody(bytes, 2)).toMatchObject({
      refusal: { status: 400, code, message: expect.stringContaining(message), fix: expect.stringMatching(/\.$/) },
    });
  });
});
