import { describe, expect, it } from 'vitest';

import { createJoiner } from '#analysis/join-lines.ts';
import { parseLine } from '#providers/files/parse-line.ts';

const context = { offsetAt: () => 0, writtenAt: Date.parse('2025-11-03T14:00:00Z') };

function join(text: string): readonly string[] {
  const joiner = createJoiner((line) => parseLine(line, 'auto', context));
  const lines = text.split('\n').map((line, index) => joiner.push({ text: line, number: index + 1 }));
  return [...lines, ...joiner.end()].flatMap((event) => (event === undefined ? [] : [event.raw]));
}

const at = '2025-11-03 13:58:01';

const whole: Readonly<Record<string, string>> = {
  Java: `${at} ERROR c.a.Api - failed
com.acme.Boom: x
\tat com.acme.Api.get(Api.java:3)
\tSuppressed: java.io.IOException: y
\t\tat com.acme.Io.close(Io.java:1)
Caused by: java.lang.Error: z
\t... 3 more`,
  Python: `${at} ERROR failed
Traceback (most recent call last):
  File "/app/a.py", line 1, in f
    g()
KeyError: 'x'
During handling of the above exception, another exception occurred:
Traceback (most recent call last):
  File "/app/a.py", line 3, in f
shop.Oops: nothing`,
  Node: `${at} ERROR failed
Error: x
    at f (/app/a.js:1:1) {
  code: 'E1',
  [cause]: Error: y
      at g (/app/b.js:1:1)
}`,
  'Node, uncaught': `/app/a.js:3
    throw new Error('x');
    ^
Error: x
    at f (/app/a.js:3:1)
Node.js v24.1.0`,
  Go: `panic: x [recovered]
\tpanic: y
goroutine 1 [running]:
main.f(...)
\t/app/a.go:3
main.main()
\t/app/a.go:9 +0x1d
exit status 2`,
  'Go, with its error': `${at} ERROR cannot save: EOF
main.read
\t/app/a.go:3
main.main
\t/app/a.go:9`,
  '.NET': `${at} fail: Acme.Api[0]
      Unhandled
System.Exception: x
 ---> System.IO.IOException: y
   at Acme.A.B() in /src/A.cs:line 1
   --- End of inner exception stack trace ---
   at Acme.C.D()`,
  Ruby: `/app/a.rb:3:in 'f': x (RuntimeError)
\tfrom /app/b.rb:1:in 'g'`,
  Rails: `${at} FATAL -- : NoMethodError (undefined method 'total' for nil):
app/models/cart.rb:88:in 'Cart#total'
app/controllers/a.rb:1:in 'create'`,
  PHP: `[${at}] PHP Fatal error:  Uncaught Exception: x in /app/a.php:3
Stack trace:
#0 /app/b.php(1): f()
#1 {main}
Next LogicException: y in /app/a.php:4
Stack trace:
#0 {main}
  thrown in /app/a.php on line 4`,
  Rust: `thread 'main' panicked at src/a.rs:3:5:
index out of bounds
stack backtrace:
   0: app::f
             at ./src/a.rs:3:5
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace`,
};

describe('createJoiner', () => {
  it.each(Object.entries(whole))('makes one event of a trace of %s [logs:lines:joined]', (_, text) => {
    const before = `${at} INFO before`;
    const after = `${at} INFO after`;
    expect(join(`${before}\n${text}\n${after}`)).toStrictEqual([before, text, after]);
  });

  it.each(Object.entries(whole))(
    'makes one event of a trace of %s, as a container runtime writes it [logs:lines:joined]',
    (_, text) => {
      const wrap = (line: string) => `2025-11-03T13:58:01.000000001Z stderr F ${line}`;
      const [first = '', ...rest] = text.split('\n');
      const lines = [`${at} INFO before`, first, ...rest, `${at} INFO after`].map(wrap);
      expect(join(lines.join('\n'))).toStrictEqual([
        wrap(`${at} INFO before`),
        [wrap(first), ...rest].join('\n'),
        wrap(`${at} INFO after`),
      ]);
    },
  );

  it.each([
    ['syslog', (line: string, pid: number) => `Nov  3 13:58:01 web-1 shop[${pid}]: ${line}`],
    ['syslog of RFC 5424', (line: string, pid: number) => `<11>1 2025-11-03T13:58:01Z web-1 shop ${pid} - - ${line}`],
    ['docker compose', (line: string, pid: number) => `shop-${pid}  | ${line}`],
    ['kubectl', (line: string, pid: number) => `[pod/shop-${pid}/app] ${line}`],
    [
      'Docker',
      (line: string, pid: number) =>
        JSON.stringify({ log: `${line}\n`, stream: pid === 1 ? 'stdout' : 'stderr', time: '2025-11-03T13:58:01Z' }),
    ],
  ])('keeps two writers apart whose lines come in turn, from %s [logs:lines:interleaved]', (_, wrap) => {
    const one = ['ERROR one', 'com.acme.One: x', '\tat com.acme.A.a(A.java:1)', '\tat com.acme.B.b(B.java:2)'];
    const two = ['ERROR two', 'com.acme.Two: y', '\tat com.acme.C.c(C.java:1)', '\tat com.acme.D.d(D.java:2)'];
    const mixed = one.flatMap((line, index) => [wrap(line, 1), wrap(two[index] ?? '', 2)]);
    expect(join(mixed.join('\n'))).toStrictEqual([
      [wrap('ERROR one', 1), ...one.slice(1)].join('\n'),
      [wrap('ERROR two', 2), ...two.slice(1)].join('\n'),
    ]);
  });

  it('goes on with a trace after lines of other threads [logs:lines:interleaved]', () => {
    const lines = [
      `${at} ERROR [t1] failed`,
      'com.acme.Boom: x',
      '\tat com.acme.A.a(A.java:1)',
      `${at} INFO [t2] hello`,
      '\tat com.acme.B.b(B.java:2)',
      `${at} INFO [t3] there`,
      'Caused by: com.acme.Bang: y',
      '\tat com.acme.C.c(C.java:3)',
    ];
    expect(join(lines.join('\n'))).toStrictEqual([
      [lines[0], lines[1], lines[2], lines[4], lines[6], lines[7]].join('\n'),
      lines[3],
      lines[5],
    ]);
  });

  it('puts a line together that the container runtime cut', () => {
    const lines = [
      '2025-11-03T13:58:01Z stdout P hello ',
      '2025-11-03T13:58:01Z stdout F world',
      '2025-11-03T13:58:02Z stdout F next',
    ];
    expect(join(lines.join('\n'))).toStrictEqual(['2025-11-03T13:58:01Z stdout P hello world', lines[2]]);
  });

  it('puts a line together that Docker cut, and none of a collector that takes line ends off', () => {
    const docker = (log: string) => JSON.stringify({ log, stream: 'stdout', time: '2025-11-03T13:58:01Z' });
    const cut = [docker('hello '), docker('world\n'), docker('next\n')];
    expect(join(cut.join('\n'))).toStrictEqual([`${cut[0]}world`, cut[2]]);
    const shipped = ['hello', 'world'].map((log) =>
      JSON.stringify({ log, stream: 'stdout', kubernetes: { pod: 'a' } }),
    );
    expect(join(shipped.join('\n'))).toStrictEqual(shipped);
  });

  it.each([
    ['plain lines without a time', 'listening\nready\nbye'],
    ['JSON lines', '{"level":"error","msg":"a"}\n{"level":"error","msg":"b"}'],
    ['logfmt', 'level=error msg=a\nlevel=error msg=b'],
    ['errors without a trace', `${at} ERROR a\n${at} ERROR b`],
    ['an exception after a line that is no trouble', `${at} INFO fine\nTypeError: x`],
    [
      'words that are no exception after a traceback',
      'Traceback (most recent call last):\n  File "/a.py", line 1, in f\nall is well again',
    ],
  ])('leaves %s apart', (_, text) => {
    expect(join(text)).toHaveLength(text.split('\n').filter((line) => !line.startsWith(' ')).length);
  });

  it('keeps 64 KiB of an endless trace', () => {
    const text = `${at} ERROR x\n${'\tat com.acme.A.a(A.java:1)\n'.repeat(20_000)}`;
    const [event = ''] = join(text);
    expect(event.length).toBeGreaterThan(60_000);
    expect(event.length).toBeLessThan(66_000);
  });
});
