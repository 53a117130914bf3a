import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { maskMessage } from '#analysis/mask.ts';

describe('maskMessage', () => {
  it.each([
    ['payments timeout after 3000ms calling 10.2.3.4:443', 'payments timeout after <duration> calling <ip>'],
    ['order 4711 committed id=3fa85f64-5717-4562-b3fc-2c963f66afa6', 'order <num> committed id=<uuid>'],
    ['GET https://pay.example.com/v1/charge?x=1 timed out', 'GET <url> timed out'],
    ['mail to ann.b@example.com bounced', 'mail to <email> bounced'],
    ['heap 0x7ffee4c0 at deadbeef12', 'heap <hex> at <hex>'],
    ['commit 9fceb02d0ae598e95dc970b74767f19372d61af8 missing', 'commit <hash> missing'],
    ['user "alice smith" not found', 'user <str> not found'],
    ["name='bob' is taken", 'name=<str> is taken'],
    ["Cannot read properties of undefined (reading 'total')", "Cannot read properties of undefined (reading 'total')"],
    ['started at 2025-11-03T13:58:00.123Z', 'started at <date>'],
    ['lag since 13:58:00,123', 'lag since <date>'],
    ['cannot open /var/lib/app/data.db: ENOENT', 'cannot open <path>: ENOENT'],
    ['failed in /app/src/cart.js:88:12', 'failed in <path>'],
    ['GET /api/orders 500', 'GET /api/orders <num>'],
    ['queue size 10231 exceeds -1.5e3', 'queue size <num> exceeds <num>'],
    ['worker-12 lost pod app-7f9c4d5b6-x2x4z', 'worker-<num> lost pod app-<hex>-x<num>x<num>z'],
    ['first line\nsecond 2', 'first line'],
    ['  much    space ', 'much space'],
    ['traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 lost', 'traceparent <traceparent> lost'],
  ])('%s', (message, template) => {
    expect(maskMessage(message)).toBe(template);
  });

  it('gives one template for events that differ in numbers alone', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (a, b) => {
        expect(maskMessage(`took ${a} items of ${b}`)).toBe('took <num> items of <num>');
      }),
    );
  });

  it('is quick on text made to stall it', () => {
    const start = performance.now();
    for (const text of [
      'a'.repeat(100_000),
      '"'.repeat(50_000),
      '1.'.repeat(50_000),
      '/a'.repeat(50_000),
      'a@'.repeat(50_000),
    ])
      maskMessage(text);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
