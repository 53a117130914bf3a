import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { maskMessage } from '#analysis/mask.ts';

import { cpuMs } from '../../support/cpu-time.ts';

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
    ['worker-12 lost pod app-7f9c4d5b6-x2x4z', 'worker-<num> lost pod app-<hex>-<id>'],
    ['first line\nsecond 2', 'first line'],
    ['  much    space ', 'much space'],
    [
      'Received block blk_-1608999687919862906 of size 91178 from /10.250.10.6',
      'Received block blk_<num> of size <num> from /<ip>',
    ],
    ['deleted blk_1 blk_22 blk_-3', 'deleted blk_<num>'],
    ['sent 1165 bytes (1.13 KB), took <1 sec', 'sent <size>, took <<duration>'],
    ['free 12 KB of 5.3GiB', 'free <size> of <size>'],
    ['built on Fri Jun 17 20:08:12 2005', 'built on <date>'],
    ['at Sat, 3 Nov 2025 13:58:01 GMT it', 'at <date> it'],
    ['"GET /api/orders/17 HTTP/1.1" 200 12 "-" "curl/8.5"', '"GET /api/orders/<num> HTTP/<num>" <num> <str>'],
    ['{"user":"ann","n":3}', '{"user":<str>,"n":<num>}'],
    ['member cart-3fa85f64-5717-4562-b3fc-2c963f66afa6 left', 'member cart-<uuid> left'],
    ['link 02:42:ac:11:00:02 and fe80::1 up', 'link <ip> and <ip> up'],
    ['token 9Ab3xQ7z of ffffffff', 'token <id> of <hex>'],
    ['ip-172-31-27-153 and wl0', 'ip-<num> and wl<num>'],
    ['C:\\srv\\app\\cart.dll failed', '<path> failed'],
    ['web-1 sshd[42]: no route', 'sshd[<num>]: no route'],
    ['INFO 7 --- [nio-8080-exec-3] c.a.Cart : slow', 'INFO <num> --- [<thread>] c.a.Cart : slow'],
    ['[pool-2-thread-9] WARN c.a.Cart - slow', '[<thread>] WARN c.a.Cart - slow'],
    ['[notice] workerEnv.init() ok', '[notice] workerEnv.init() ok'],
    ['took 1h2m3.5s of 7d', 'took <duration> of <duration>'],
    ['naïve café 3°', 'naïve café <num>°'],
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
    const start = cpuMs();
    for (const text of [
      'a'.repeat(100_000),
      '"'.repeat(50_000),
      '1.'.repeat(50_000),
      '/a'.repeat(50_000),
      'a@'.repeat(50_000),
    ])
      maskMessage(text);
    expect(cpuMs() - start).toBeLessThan(500);
  });
});
