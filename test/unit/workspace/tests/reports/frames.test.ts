import { describe, expect, it } from 'vitest';

import { inAppFrames } from '#workspace/tests/reports/frames.ts';
import type { ReportContext } from '#workspace/tests/reports/report.ts';

import { cpuMs } from '../../../../support/cpu-time.ts';

const context: ReportContext = {
  roots: ['/repo'],
  cwd: '.',
  exists: (path) => /^(?:src|test|lib|app|spec|tests|core\/src\/main\/java\/com)\//.test(path),
  sourceRoots: ['core/src/main/java'],
};

describe('frames inside the repository', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'JavaScript',
      `Error: x
    at Object.total (/repo/src/a.js:3:9)
    at async Promise.all (index 0)
    at async run (file:///repo/src/b.mjs:7:1)
    at /repo/node_modules/dep/i.js:1:1
    at new Cart (/repo/src/cart.ts:12:3)
    at /repo/test/a.test.js:4:2
    at node:internal/process/task_queues:95:5`,
      ['src/a.js:3 Object.total', 'src/b.mjs:7 run', 'src/cart.ts:12 Cart', 'test/a.test.js:4'],
    ],
    ['vitest', ' ❯ total src/a.ts:3:9\n ❯ test/a.test.ts:4:2', ['src/a.ts:3 total', 'test/a.test.ts:4']],
    [
      'Python, innermost first',
      `Traceback (most recent call last):
  File "/usr/lib/python3.11/runpy.py", line 196, in _run_module
  File "/repo/tests/test_a.py", line 4, in test_a
    total()
  File "/repo/.venv/lib/python3.11/site-packages/dep/x.py", line 9, in x
  File "/repo/src/a.py", line 8, in <module>`,
      ['src/a.py:8', 'tests/test_a.py:4 test_a'],
    ],
    [
      'Go',
      'goroutine 7 [running]:\nexample.com/m/lib.(*Cart).Total(...)\n\t/repo/lib/cart.go:12 +0x1d\ntesting.tRunner(0xc0)\n\t/usr/lib/go/src/testing/testing.go:1446 +0x10b',
      ['lib/cart.go:12 lib.(*Cart).Total'],
    ],
    [
      'Rust',
      "thread 'a' panicked at src/lib.rs:3:9:\nodd\n   2: price::half\n             at ./src/lib.rs:3:9\n   3: core::panicking\n             at /rustc/5980/library/core/src/panicking.rs:80:14",
      ['src/lib.rs:3 price::half'],
    ],
    [
      'Java',
      'java.lang.X: odd\n\tat com.acme.Price$Inner.half(Price.java:6)\n\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)',
      ['core/src/main/java/com/acme/Price.java:6 Price$Inner.half'],
    ],
    [
      '.NET',
      `   at Shop.Box\`1.<>c__1\`1.<Open>b__1_0(Int32 amount) in /repo/src/Box.cs:11
   at Shop.Box\`1.Open[K](K key) in /repo/src/Box.cs:12
   at System.Threading.Tasks.Task.Wait()
   at Shop.Box\`1..ctor(T value) in /repo/src/Box.cs:7`,
      [
        'src/Box.cs:11 Shop.Box`1.<>c__1`1.<Open>b__1_0',
        'src/Box.cs:12 Shop.Box`1.Open[K]',
        'src/Box.cs:7 Shop.Box`1..ctor',
      ],
    ],
    [
      'Ruby',
      "/repo/lib/price.rb:3:in `half'\n/repo/vendor/bundle/ruby/x.rb:9:in `y'\n# ./spec/price_spec.rb:9:in `block'",
      ['lib/price.rb:3 half', 'spec/price_spec.rb:9 block'],
    ],
    [
      'PHP',
      '#0 /repo/src/Price.php(12): Acme\\Price::half(3)\n#1 /repo/vendor/phpunit/x.php(3): y()\n/repo/tests/PriceTest.php:13',
      ['src/Price.php:12 Acme\\Price::half', 'tests/PriceTest.php:13'],
    ],
  ])('of %s are named with their functions [workspace:tests:frames]', (_title, text, expected) => {
    expect(inAppFrames(text, context)).toEqual(expected);
  });

  it('are five at most, each once', () => {
    const lines = Array.from({ length: 9 }, (_, index) => `    at f (/repo/src/a.js:${index}:1)`);
    expect(inAppFrames([...lines, ...lines].join('\n'), context)).toHaveLength(5);
    expect(inAppFrames('at f (/repo/src/a.js:1:1)\nat f (/repo/src/a.js:1:9)', context)).toHaveLength(1);
  });

  it.each([
    ['no trace', 'x'.repeat(100_000)],
    ['many colons', 'a:1'.repeat(50_000)],
    ['many brackets', 'at ('.repeat(30_000)],
    ['many dots', `at ${'a.'.repeat(30_000)}b(c.java:1)`],
  ])('are looked for in %s without delay', (_title, text) => {
    const start = cpuMs();
    expect(inAppFrames(text, context)).toEqual([]);
    expect(cpuMs() - start).toBeLessThan(1_000);
  });
});
