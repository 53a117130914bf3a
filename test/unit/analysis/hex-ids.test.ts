import { describe, expect, it } from 'vitest';

import { markIds } from '#analysis/hex-ids.ts';

/** The form of a text with `*` for each character that is marked, where the search begins at `from`. */
function formOf(text: string, from = 0): string {
  const bytes = Buffer.from(text, 'latin1');
  const form = Uint8Array.from(bytes);
  markIds(bytes, form, from, bytes.length);
  return Buffer.from(form.map((byte) => (byte === 0xff ? 0x2a : byte))).toString('latin1');
}

describe('markIds', () => {
  it.each([
    ['order 1f2e3d4c failed', 'order ******** failed'],
    ['GET /api/orders/0a1b2c3d4e5f 200', 'GET /api/orders/************ 200'],
    ['id=f27bcd2a-2f1c-d559-1039-7d25623d7e0d,', 'id=********-****-****-****-************,'],
    ['cart:e2111111-1111-1111-1111-111111111111: hit', 'cart:********-****-****-****-************: hit'],
    [
      '/a/f27bcd2a-2f1c-d559-1039-7d25623d7e0d/f27bcd2a-2f1c-d559-1039-7d25623d7e0d',
      '/a/********-****-****-****-************/********-****-****-****-************',
    ],
    [
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      '00-********************************-****************-01',
    ],
    ['app_1234567a-x2k4j', 'app_********-x2k4j'],
  ])('marks the ids of %j', (text, form) => {
    expect(formOf(text)).toBe(form);
  });

  it.each([
    ['too short', '1f2e3d4'],
    ['a number', '12345678'],
    ['a word of letters', 'deadbeef'],
    ['a number of days', '12345678d'],
    ['a number with an exponent', '1234e56789'],
    ['part of a longer word', '1f2e3d4cg'],
    ['in capitals', '1F2E3D4C'],
    ['an address of memory', '0x1f2e3d4c'],
    ['a file of a folder', '/srv/1f2e3d4c.js'],
    ['of an address', '1f2e3d4c://shop/1f2e3d4c'],
    ['a UUID of digits', '11111111-1111-1111-1111-111111111111'],
    ['a UUID of letters', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ['longer than a UUID', 'd2111111-1111-1111-1111-1111111111111'],
    ['a UUID in front of an id', 'b1a1bba1-0000-5044-d000-bab11bba1aaa373579731'],
    ['a UUID behind an id', '1f2e3d4cb1a1bba1-0000-5044-d000-bab11bba1aaa'],
    ['shorter than a UUID', 'd2111111-1111-1111-1111-11111111111'],
  ])('keeps what is doubtful: %s', (_, text) => {
    expect(formOf(text)).toBe(text);
    expect(formOf(`is ${text} so`)).toBe(`is ${text} so`);
  });

  it('begins with the word that holds the place where it is told to begin', () => {
    expect(formOf('1f2e3d4c 1f2e3d4c-9a8b7c6d 1f2e3d4c', 17)).toBe('1f2e3d4c ********-******** ********');
  });
});
