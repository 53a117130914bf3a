import { describe, expect, it } from 'vitest';

import { createOriginGuard, isLoopback, toUrlHost } from '#transport/origin.ts';

describe('the origin guard', () => {
  const guard = createOriginGuard('192.0.2.7', ['fixgate.example.com', 'Gate.Example.com:8443', '2001:db8::1']);

  it.each([
    ['localhost'],
    ['localhost:7337'],
    ['127.0.0.1:7337'],
    ['[::1]:7337'],
    ['192.0.2.7:7337'],
    ['FIXGATE.example.com'],
    ['gate.example.com'],
    ['[2001:db8::1]:7337'],
  ])('answers to Host %s', (host) => {
    expect(guard({ headers: { host } })).toBeUndefined();
    expect(guard({ headers: { host, origin: `http://${host}` } })).toBeUndefined();
  });

  it.each([
    [''],
    ['evil.example.com'],
    ['localhost.evil.example.com'],
    ['fixgate.example.com.'],
    ['a@localhost'],
    ['localhost/evil'],
    ['localhost:port'],
    ['127.0.0.1.nip.io'],
    ['192.0.2.8'],
    ['[::2]'],
  ])('does not answer to Host "%s" [server:http:foreign]', (host) => {
    expect(guard({ headers: { host } })).toMatchObject({ status: 403, message: expect.stringContaining(`"${host}"`) });
  });

  it.each([['null'], ['http://evil.example.com'], ['file://'], ['chrome-extension://localhost.evil'], ['evil']])(
    'does not answer a page from %s',
    (origin) => {
      expect(guard({ headers: { host: 'localhost', origin } })).toMatchObject({ status: 403 });
    },
  );

  it('does not answer without a Host, and cuts a long one', () => {
    expect(guard({ headers: {} })).toMatchObject({ status: 403 });
    expect(guard({ headers: { host: 'x'.repeat(9_000) } })?.message.length).toBeLessThan(400);
  });

  it.each([['https://fixgate.example.com'], ['a b'], ['host/path'], [''], ['*']])(
    'cannot be made for the host "%s"',
    (host) => {
      expect(() => createOriginGuard('127.0.0.1', [host])).toThrow('is not a host name or address');
    },
  );
});

it.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.evil.example.com', false],
  ['10.0.0.1', false],
])('host %s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it('writes IPv6 addresses in URLs with brackets', () => {
  expect([toUrlHost('::1'), toUrlHost('127.0.0.1')]).toEqual(['[::1]', '127.0.0.1']);
});
