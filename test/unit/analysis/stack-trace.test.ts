import { describe, expect, it } from 'vitest';

import { readTrace } from '#analysis/stack-trace.ts';

import { cpuMs } from '../../support/cpu-time.ts';

/** Type, message and place in the project of the innermost cause. */
function causeOf(text: string): readonly [string | undefined, string | undefined, string | undefined] {
  const { cause } = readTrace(text);
  const frame = cause?.frames.find(({ inProject }) => inProject);
  return [cause?.type, cause?.message, frame && `${frame.file}:${frame.line ?? ''} ${frame.function ?? ''}`];
}

const traces: Readonly<Record<string, readonly [text: string, type: string, message: string, place: string]>> = {
  'Java: the last Caused by, whatever was suppressed': [
    `2025-11-03 ERROR o.s.Dispatcher - Servlet.service() threw
com.acme.OrderException: cannot order
\tat com.acme.web.Orders.post(Orders.java:40)
\tSuppressed: java.io.IOException: stream closed
\t\tat com.acme.io.Files.close(Files.java:9)
\tCaused by: java.lang.Error: suppressed cause
\t\tat com.acme.io.Files.x(Files.java:1)
Caused by: com.acme.Wrapped: in between
\tat com.acme.cart.Cart.price(Cart.java:60)
\t... 12 more
Caused by: java.sql.SQLTransientConnectionException: pool is empty
\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:696)
\tat com.acme.db.Pool.take(Pool.java:31)
\t... 14 common frames omitted`,
    'SQLTransientConnectionException',
    'pool is empty',
    'com/acme/db/Pool.java:31 Pool.take',
  ],
  'Kotlin: a cause without a telling name': [
    `Exception in thread "main" com.acme.Outer: a
\tat com.acme.MainKt.main(Main.kt:3)
Caused by: com.acme.Boom: b
\tat com.acme.InnerKt.run(Inner.kt:9)`,
    'Boom',
    'b',
    'com/acme/Inner.kt:9 InnerKt.run',
  ],
  'Python: the exception that it was raised from': [
    `Traceback (most recent call last):
  File "/app/db.py", line 5, in query
    cursor.execute(sql)
psycopg2.OperationalError: server closed the connection

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/orders.py", line 20, in place
    db.query(sql)
  File "/app/db.py", line 9, in query
    raise StoreError("cannot place") from error
shop.errors.StoreError: cannot place`,
    'OperationalError',
    'server closed the connection',
    '/app/db.py:5 query',
  ],
  'Python: not the exception that was merely being handled': [
    `ERROR:root:request failed
Traceback (most recent call last):
  File "/app/cache.py", line 5, in get
    return self.items[key]
           ~~~~~~~~~~^^^^^
KeyError: 'cart:1'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/orders.py", line 20, in place
    total(cart)
AttributeError: 'NoneType' object has no attribute 'total'`,
    'AttributeError',
    "'NoneType' object has no attribute 'total'",
    '/app/orders.py:20 place',
  ],
  'Python: a name without Error in it': [
    `Traceback (most recent call last):
  File "/app/main.py", line 2, in <module>
    run()
shop.Oops: nothing works`,
    'Oops',
    'nothing works',
    '/app/main.py:2 <module>',
  ],
  'Node: the deepest [cause]': [
    `Error: cannot charge
    at PspClient.charge (/app/src/psp-client.js:41:11)
    at async Cart.pay (/app/src/cart.js:12:3) {
  [cause]: Error: fetch failed
      at node:internal/deps/undici/undici:13502:13
      at async post (/app/src/http.js:9:5) {
    [cause]: ConnectTimeoutError: Connect Timeout Error
        at onConnectTimeout (/app/src/socket.js:7:3) {
      code: 'UND_ERR_CONNECT_TIMEOUT'
    }
  }
}`,
    'ConnectTimeoutError',
    'Connect Timeout Error',
    '/app/src/socket.js:7 onConnectTimeout',
  ],
  'Node: uncaught, below its source line': [
    `/app/src/cart.js:88
    throw new TypeError('no total');
    ^

TypeError: no total
    at Cart.total (/app/src/cart.js:88:11)
    at Object.<anonymous> (/app/src/main.js:3:1)

Node.js v24.1.0`,
    'TypeError',
    'no total',
    '/app/src/cart.js:88 Cart.total',
  ],
  'Node: with a code': [
    `TypeError [ERR_INVALID_ARG_TYPE]: The "path" argument must be of type string
    at open (/app/src/files.ts:3:9)`,
    'TypeError',
    'The "path" argument must be of type string',
    '/app/src/files.ts:3 open',
  ],
  'Go: the panic that was recovered first, and its own goroutine': [
    `panic: runtime error: invalid memory address or nil pointer dereference [recovered]
\tpanic: wrapped
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]

goroutine 18 [running]:
runtime.gopanic({0x1, 0x2})
\t/usr/local/go/src/runtime/panic.go:884 +0x213
github.com/acme/shop/cart.(*Cart).Total(...)
\t/app/cart/cart.go:88
created by net/http.(*Server).Serve in goroutine 1
\t/usr/local/go/src/net/http/server.go:3086 +0x5cb

goroutine 1 [IO wait]:
main.main()
\t/app/main.go:12 +0x1d`,
    'panic',
    'runtime error: invalid memory address or nil pointer dereference',
    '/app/cart/cart.go:88 github.com/acme/shop/cart.(*Cart).Total',
  ],
  '.NET: the innermost of three': [
    `Unhandled exception. System.InvalidOperationException: cannot order
 ---> Acme.StoreException: cannot save
 ---> System.Net.Sockets.SocketException (111): Connection refused
   at System.Net.Sockets.Socket.Connect()
   at Acme.Db.Connection.Open() in /src/Db/Connection.cs:line 31
   --- End of inner exception stack trace ---
   at Acme.Db.Store.Save(Order order) in /src/Db/Store.cs:line 12
   --- End of inner exception stack trace ---
   at Acme.Web.Orders.Post() in /src/Web/Orders.cs:line 7`,
    'SocketException',
    'Connection refused',
    '/src/Db/Connection.cs:31 Acme.Db.Connection.Open',
  ],
  '.NET: in one line, without files': [
    `Acme.OuterException: a ---> System.ArgumentNullException: Value cannot be null.
   at Acme.Cart.Total(Int32 id)
   --- End of inner exception stack trace ---
   at Acme.Web.Get()`,
    'ArgumentNullException',
    'Value cannot be null.',
    'Acme.Cart: Acme.Cart.Total',
  ],
  'Ruby: the cause, which stands last': [
    `/app/lib/orders.rb:12:in 'Orders#place': cannot place (Orders::Failed)
\tfrom /app/lib/server.rb:3:in 'block in run'
/app/lib/db.rb:88:in 'Db#query': connection is closed (PG::ConnectionBad)
\tfrom /usr/lib/ruby/gems/3.4.0/gems/pg-1.5/lib/pg.rb:1:in 'x'
\tfrom /app/lib/orders.rb:10:in 'Orders#place'`,
    'ConnectionBad',
    'connection is closed',
    '/app/lib/db.rb:88 Db#query',
  ],
  'Rails: as its log has it': [
    `NoMethodError (undefined method 'total' for nil):

app/models/cart.rb:88:in 'Cart#total'
app/controllers/orders_controller.rb:12:in 'create'`,
    'NoMethodError',
    "undefined method 'total' for nil",
    'app/models/cart.rb:88 Cart#total',
  ],
  'PHP: the first, which Next wraps': [
    `PHP Fatal error:  Uncaught PDOException: could not find driver in /var/www/html/src/Db.php:14
Stack trace:
#0 /var/www/html/src/Orders.php(20): App\\Db->connect()
#1 {main}

Next App\\StoreException: cannot save in /var/www/html/src/Orders.php:22
Stack trace:
#0 /var/www/html/public/index.php(9): App\\Orders->place()
#1 {main}
  thrown in /var/www/html/src/Orders.php on line 22`,
    'PDOException',
    'could not find driver',
    '/var/www/html/src/Db.php:14 ',
  ],
  'PHP: as Monolog has it': [
    `[2025-11-03 13:58:01] production.ERROR: cannot save {"exception":"[object] (App\\StoreException(code: 0): cannot save at /app/src/Orders.php:22)
[stacktrace]
#0 /app/src/Orders.php(20): App\\Orders->place()
[previous exception] [object] (PDOException(code: 2002): Connection refused at /app/src/Db.php:14)
[stacktrace]
#0 /app/src/Orders.php(18): App\\Db->connect()
"}`,
    'PDOException',
    'Connection refused',
    '/app/src/Db.php:14 ',
  ],
  'Rust: a panic with its backtrace': [
    `thread 'main' (4711) panicked at src/cart.rs:88:14:
called \`Option::unwrap()\` on a \`None\` value
stack backtrace:
   0: rust_begin_unwind
             at /rustc/90b35a623/library/std/src/panicking.rs:692:5
   1: core::option::unwrap_failed
             at /rustc/90b35a623/library/core/src/option.rs:2009:5
   2: shop::cart::Cart::total
             at ./src/cart.rs:88:14
   3: shop::main
             at ./src/main.rs:3:5
note: Some details are omitted, run with \`RUST_BACKTRACE=full\` for a verbose backtrace.`,
    'panic',
    'called `Option::unwrap()` on a `None` value',
    './src/cart.rs:88 shop::cart::Cart::total',
  ],
  'Rust: the last cause of an error': [
    `Error: cannot start

Caused by:
    0: cannot read settings
    1: No such file or directory (os error 2)

Stack backtrace:
   0: anyhow::error::<impl anyhow::Error>::msg
             at /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/anyhow-1.0.86/src/error.rs:83:36
   1: shop::settings::read
             at ./src/settings.rs:9:5`,
    'Error',
    'No such file or directory (os error 2)',
    './src/settings.rs:9 shop::settings::read',
  ],
};

describe('readTrace', () => {
  it.each(Object.entries(traces))('%s [logs:errors:cause]', (_, [text, type, message, place]) => {
    expect(causeOf(text)).toStrictEqual([type, message, place]);
  });

  it.each(Object.entries(traces))(
    '%s, when it is a field of a JSON line [logs:errors:cause]',
    (_, [text, type, message, place]) => {
      const line = JSON.stringify({ level: 'error', msg: 'request failed', error: { stack: text } });
      expect(causeOf(line)).toStrictEqual([type, message, place]);
    },
  );

  it('finds nothing in a line without an exception', () => {
    expect(readTrace('2025-11-03 INFO listening at 0.0.0.0:80').cause).toBeUndefined();
  });

  it.each([
    ['at ', ' at '.repeat(50_000)],
    ['names', `${'a.'.repeat(50_000)}Error`],
    ['brackets', `x.rb:1:in 'a': ${'('.repeat(100_000)}`],
    ['lines', '\n at a.b(C.java:1)'.repeat(100_000)],
    ['escapes', '\\n at '.repeat(50_000)],
    ['words', ` Error ${'AError '.repeat(30_000)}`],
  ])('is quick on %s made to stall it', (_, text) => {
    const start = cpuMs();
    readTrace(text);
    expect(cpuMs() - start).toBeLessThan(500);
  });
});
