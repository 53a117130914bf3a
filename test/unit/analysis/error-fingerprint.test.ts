import { describe, expect, it } from 'vitest';

import { createErrorGrouper } from '#analysis/log-errors.ts';

/** Fingerprint and place of the one error group that a text makes. */
function groupOf(raw: string) {
  const grouper = createErrorGrouper();
  grouper.add({ at: 1, level: 'error', message: raw.split('\n', 1)[0] ?? '', raw, origin: 'app.log:1' });
  return grouper.groups()[0];
}

const same: Readonly<Record<string, readonly [string, string]>> = {
  'Node: another line, message and release folder': [
    'TypeError: no total of 3\n    at Cart.total (/app/releases/20240101120000/src/cart.js:88:12)\n    at pay (/app/releases/20240101120000/src/pay.js:3:1)',
    'TypeError: no total of 4\n    at Cart.total (/app/releases/20240214090000/src/cart.js:91:2)\n    at pay (/app/current/src/pay.js:5:1)',
  ],
  ...Object.fromEntries(
    ['production-5', '42', 'blue', 'deploy_b'].map((name) => [
      `Node: a release folder called ${name}`,
      [
        'TypeError: x\n    at total (/srv/releases/production-4/src/cart.js:88:12)',
        `TypeError: x\n    at total (/srv/releases/${name}/src/cart.js:88:12)`,
      ],
    ]),
  ),
  'Node: awaited or not, and as a file URL': [
    'Error: x\n    at async Cart.total (file:///app/src/cart.js:88:12)',
    'Error: x\n    at Cart.total (/app/src/cart.js:88:12)',
  ],
  'Node: reached as another name': [
    'Error: x\n    at Object.total [as sum] (/app/src/cart.js:88:12)',
    'Error: x\n    at total (/app/src/cart.js:1:12)',
  ],
  'Node: minified, with the hash of another build': [
    'Error: x\n    at t.a (/srv/shop-1.2.3/dist/main.3f2a1b9c.js:1:4711)\n    at e (/srv/shop-1.2.3/dist/vendors-B4x9aZkQ.js:1:3)',
    'Error: x\n    at n.b (/srv/shop-1.2.4/dist/main.77e0c1aa.js:1:815)\n    at r (/srv/shop-1.2.4/dist/vendors-Zk31Qp7w.js:1:9)',
  ],
  'Java: lambdas, anonymous classes and proxies of another build': [
    'com.acme.Boom: x\n\tat com.acme.Cart.lambda$total$0(Cart.java:88)\n\tat com.acme.Shop$1.run(Shop.java:9)\n\tat com.acme.Api$$EnhancerBySpringCGLIB$$1a2b3c4d.call(Api.java:3)',
    'com.acme.Boom: x\n\tat com.acme.Cart.lambda$total$14(Cart.java:90)\n\tat com.acme.Shop$2.run(Shop.java:11)\n\tat com.acme.Api$$EnhancerBySpringCGLIB$$9f8e7d6c.call(Api.java:4)',
  ],
  '.NET: async state machines and closures of another build': [
    'Acme.BoomException: x\n   at Acme.Cart.<TotalAsync>d__5.MoveNext() in /src/Cart.cs:line 12\n   at Acme.Shop.<>c__DisplayClass5_0.<Run>b__0() in /src/Shop.cs:line 3',
    'Acme.BoomException: y\n   at Acme.Cart.<TotalAsync>d__7.MoveNext() in C:\\src\\Cart.cs:line 14\n   at Acme.Shop.<>c__DisplayClass9_1.<Run>b__2() in C:\\src\\Shop.cs:line 4',
  ],
  'Python: a version in the folder': [
    'Traceback (most recent call last):\n  File "/opt/shop-2.0.1/shop/cart.py", line 8, in total\n    x\nValueError: 3',
    'Traceback (most recent call last):\n  File "/opt/shop-2.1.0/shop/cart.py", line 9, in total\n    y\nValueError: 4',
  ],
  'Go: closures, and a digest in the path': [
    'panic: a\n\ngoroutine 1 [running]:\nmain.(*Cart).Total.func1(0x1)\n\t/build/4f2a9c1d77e0/cart/cart.go:88 +0x1d\nmain.main()\n\t/build/4f2a9c1d77e0/main.go:12',
    'panic: b\n\ngoroutine 7 [running]:\nmain.(*Cart).Total.func2.1(0x2)\n\t/build/99aa00bb11cc/cart/cart.go:91 +0x2d\nmain.main()\n\t/build/99aa00bb11cc/main.go:13',
  ],
  'Ruby: blocks, and the quotes of another version': [
    "/srv/app/releases/20240101/lib/cart.rb:88:in `block (2 levels) in total': no total (Cart::Failed)\n\tfrom /srv/app/releases/20240101/lib/shop.rb:3:in `run'",
    "/srv/app/releases/20240202/lib/cart.rb:90:in 'Cart#total': no total (Cart::Failed)\n\tfrom /srv/app/releases/20240202/lib/shop.rb:4:in 'Shop.run'",
  ],
  'PHP: another release': [
    'PHP Fatal error:  Uncaught App\\Boom: 3 in /var/www/html/releases/12345678/src/Cart.php:88\nStack trace:\n#0 /var/www/html/releases/12345678/src/Shop.php(3): App\\Cart->total(3)\n#1 {main}',
    'PHP Fatal error:  Uncaught App\\Boom: 4 in /var/www/html/releases/87654321/src/Cart.php:90\nStack trace:\n#0 /var/www/html/releases/87654321/src/Shop.php(4): App\\Cart->total(4)\n#1 {main}',
  ],
  'Rust: closures and symbol hashes': [
    "thread 'main' panicked at src/cart.rs:88:5:\nboom 1\nstack backtrace:\n   0: shop::cart::Cart::total::{{closure}}::h1a2b3c4d5e6f7a8b\n             at ./src/cart.rs:88:5",
    "thread 'worker-3' panicked at src/cart.rs:91:5:\nboom 2\nstack backtrace:\n   0: shop::cart::Cart::total::{{closure}}::hffeeddccbbaa9988\n             at ./src/cart.rs:91:5",
  ],
};

const different: Readonly<Record<string, readonly [string, string]>> = {
  'another type': [
    'TypeError: x\n    at total (/app/src/cart.js:1:1)',
    'RangeError: x\n    at total (/app/src/cart.js:1:1)',
  ],
  'another function': [
    'Error: x\n    at total (/app/src/cart.js:1:1)',
    'Error: x\n    at price (/app/src/cart.js:1:1)',
  ],
  'another file': ['Error: x\n    at total (/app/src/cart.js:1:1)', 'Error: x\n    at total (/app/src/order.js:1:1)'],
  'another file of the same name in the project': [
    'Error: x\n    at total (/srv/releases/blue/src/cart/index.js:1:1)',
    'Error: x\n    at total (/srv/releases/blue/src/order/index.js:1:1)',
  ],
  'another file directly in a folder of releases': [
    'Error: x\n    at total (/app/src/releases/list.js:1:1)',
    'Error: x\n    at total (/app/src/releases/show.js:1:1)',
  ],
  'another caller in the project': [
    'Error: x\n    at total (/app/src/cart.js:1:1)\n    at pay (/app/src/pay.js:1:1)',
    'Error: x\n    at total (/app/src/cart.js:1:1)\n    at show (/app/src/show.js:1:1)',
  ],
  'another cause': [
    'Exception in thread "main" com.acme.Outer: a\n\tat com.acme.Main.main(Main.java:3)\nCaused by: com.acme.Slow: b\n\tat com.acme.Db.get(Db.java:9)',
    'Exception in thread "main" com.acme.Outer: a\n\tat com.acme.Main.main(Main.java:3)\nCaused by: com.acme.Full: b\n\tat com.acme.Db.get(Db.java:9)',
  ],
};

describe('the fingerprint of an error', () => {
  it.each(Object.entries(same))('stays the same: %s [logs:errors:fingerprint]', (_, [one, other]) => {
    expect(groupOf(other)?.fingerprint).toBe(groupOf(one)?.fingerprint);
    expect(groupOf(one)?.frames.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(different))('differs: %s [logs:errors:fingerprint]', (_, [one, other]) => {
    expect(groupOf(other)?.fingerprint).not.toBe(groupOf(one)?.fingerprint);
  });

  it('does not depend on frames of packages between those of the project', () => {
    const short = 'Error: x\n    at total (/app/src/cart.js:1:1)\n    at pay (/app/src/pay.js:1:1)';
    const long = short.replace(
      '\n    at pay',
      '\n    at next (/app/node_modules/express/lib/router.js:9:1)\n    at pay',
    );
    expect(groupOf(long)?.fingerprint).toBe(groupOf(short)?.fingerprint);
  });
});
