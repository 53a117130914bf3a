import { describe, expect, it } from 'vitest';

import { createErrorGrouper } from '#analysis/log-errors.ts';
import { inProjectFrames, parseStackFrames } from '#analysis/stack-frames.ts';
import type { LogEntry } from '#domain/evidence.ts';

const node = `TypeError: Cannot read properties of undefined (reading 'total')
    at Array.map (<anonymous>)
    at CartService.total (file:///app/src/cart-service.js:88:12)
    at async Layer.handle [as handle_request] (/app/node_modules/express/lib/router/layer.js:95:5)
    at /app/src/server.js:12:3
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`;
const java = `2025-11-03 13:58:01 ERROR failed
com.acme.web.OrderException: cannot order
\tat com.acme.web.OrderController.post(OrderController.java:40)
\tat org.springframework.web.Servlet.service(Servlet.java:10)
Caused by: java.lang.NullPointerException: Cannot invoke "Cart.total()"
\tat com.acme.cart.CartService.lambda$total$0(CartService.java:88)
\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1511)
\t... 12 more`;
const python = `Traceback (most recent call last):
  File "/usr/lib/python3.11/runpy.py", line 196, in run
  File "/app/shop/views.py", line 20, in post
    total(cart)
  File "/app/shop/cart.py", line 88, in total
    return cart.total
  File "/app/.venv/lib/python3.11/site-packages/x.py", line 1, in y
AttributeError: 'NoneType' object has no attribute 'total'`;
const go = `panic: runtime error: index out of range [3] with length 3

goroutine 1 [running]:
runtime.gopanic({0x1, 0x2})
\t/usr/local/go/src/runtime/panic.go:884 +0x213
main.(*Cart).Total(...)
\t/app/cart/cart.go:88
main.main()
\t/app/main.go:12 +0x1d
exit status 2`;
const dotnet = `Unhandled exception. System.NullReferenceException: Object reference not set
   at Acme.Cart.Total(Int32 id) in /src/Cart.cs:line 88
   at System.Linq.Enumerable.Sum()`;
const ruby = `/app/cart.rb:88:in \`total': undefined method (NoMethodError)
\tfrom /app/server.rb:12:in \`post'`;

describe('inProjectFrames', () => {
  it.each([
    ['Node', node, ['/app/src/cart-service.js:88 CartService.total', '/app/src/server.js:12 ']],
    [
      'Java, the innermost cause first',
      java,
      [
        'com/acme/cart/CartService.java:88 CartService.lambda$total$0',
        'com/acme/web/OrderController.java:40 OrderController.post',
      ],
    ],
    ['Python, the innermost frame first', python, ['/app/shop/cart.py:88 total', '/app/shop/views.py:20 post']],
    ['Go', go, ['/app/cart/cart.go:88 main.(*Cart).Total', '/app/main.go:12 main.main']],
    ['.NET', dotnet, ['/src/Cart.cs:88 Acme.Cart.Total']],
    ['Ruby', ruby, ['/app/cart.rb:88 total', '/app/server.rb:12 post']],
    [
      'Node inside a JSON line',
      JSON.stringify({ level: 50, msg: 'boom', err: { stack: node } }),
      ['/app/src/cart-service.js:88 CartService.total', '/app/src/server.js:12 '],
    ],
    ['a line without a trace', 'queue is long', []],
  ])('%s', (_, text, expected) => {
    expect(inProjectFrames(text).map((frame) => `${frame.file}:${frame.line} ${frame.function ?? ''}`)).toStrictEqual(
      expected,
    );
  });

  it('keeps frames of others apart', () => {
    expect(parseStackFrames(node).filter(({ inProject }) => !inProject)).toHaveLength(2);
  });
});

describe('createErrorGrouper', () => {
  const entry = (raw: string, at: number, level: LogEntry['level'] = 'error'): LogEntry => ({
    at,
    level,
    message: raw.split('\n', 1)[0] ?? '',
    raw,
    origin: `app.log:${at}`,
  });
  const groups = (entries: readonly LogEntry[]) => {
    const grouper = createErrorGrouper();
    for (const one of entries) grouper.add(one);
    return grouper.groups();
  };

  it.each([
    ['Node', node, 'TypeError'],
    ['Java', java, 'NullPointerException'],
    ['Python', python, 'AttributeError'],
    ['Go', go, 'panic'],
    ['.NET', dotnet, 'NullReferenceException'],
    [
      'JSON',
      JSON.stringify({
        msg: 'failed',
        err: { type: 'RangeError', message: 'x', stack: 'RangeError: x\n    at f (/app/a.js:1:2)' },
      }),
      'RangeError',
    ],
    ['plain text', 'ERROR c.a.Cart - java.io.IOException: broken pipe', 'IOException'],
  ])('names the exception of %s', (_, raw, type) => {
    expect(groups([entry(raw, 1)])[0]?.type).toBe(type);
  });

  it('groups by exception and place, not by line number or message, most frequent first [logs:errors:place]', () => {
    const moved = node.replace(':88:', ':91:').replace('total', 'sum');
    const found = groups([entry(go, 5), entry(node, 2), entry(moved, 1)]);
    expect(found.map(({ type, count, first, last }) => [type, count, first, last])).toStrictEqual([
      ['TypeError', 2, 1, 2],
      ['panic', 1, 5, 5],
    ]);
    expect(found[0]?.frames[0]?.line).toBe(91);
  });

  it('groups errors without a trace by their masked message', () => {
    expect(groups([entry('refused after 3ms', 1), entry('refused after 5ms', 2)])).toMatchObject([
      { message: 'refused after <duration>', count: 2 },
    ]);
  });

  it('takes no notice of lines that are no errors', () => {
    expect(groups([entry('all is well', 1, 'info')])).toStrictEqual([]);
  });
});
