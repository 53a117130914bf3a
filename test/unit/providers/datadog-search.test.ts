import { describe, expect, it } from 'vitest';

import type { LogQuery } from '#domain/evidence.ts';
import { toEntry } from '#providers/datadog/event.ts';
import { toSearchText } from '#providers/datadog/search-text.ts';

const window = { since: 0, until: 1 };
const search = (query: Partial<LogQuery>) => toSearchText({ window, ...query });

describe('a Datadog search', () => {
  it.each([
    [{}, '*'],
    [{ filters: ['service:a OR service:b', ' @x:[1 TO 2] '] }, '(service:a OR service:b) (@x:[1 TO 2])'],
    [{ service: 'Cart' }, '(service:("Cart" OR "cart") OR -service:*)'],
    [{ env: 'prod' }, '(env:("prod") OR -env:*)'],
    [{ level: 'info' as const }, '-status:(trace OR verbose OR debug)'],
    [{ level: 'trace' as const }, '*'],
    [{ text: 'Timeout "psp-2 refused" -retry -"two words" --' }, '*:*timeout* *:*psp* *:*refused* -retry'],
    [{ filters: ['  '] }, '*'],
  ])('of %j is %s', (query, expected) => {
    expect(search(query)).toBe(expected);
  });

  it.each([
    'service:a) OR (service:b',
    'service:a OR (service:b',
    '"open',
    'service:"a\\" OR x',
    'service:a\\',
    'service:“a”',
    '@x:[1 TO 2',
    '@x:1]',
    '(a]',
  ])('refuses the filter %s, which could reach beyond its parentheses [logs:vendors:filters]', (filter) => {
    expect(() => search({ filters: ['env:prod', filter] })).toThrow(/The Datadog filter/);
  });

  it.each(['a") OR (service:*', 'a" OR "b', 'x\\'])('does not send %s as the name of a service', (service) => {
    expect(search({ service, env: 'prod' })).toBe('(env:("prod") OR -env:*)');
  });
});

describe('an event of Datadog', () => {
  const timestamp = new Date('2025-11-03T13:58:00.123Z');

  it('has its level, service, environment, trace and stack', () => {
    const attributes = {
      timestamp,
      status: 'critical',
      service: 'checkout',
      tags: ['env:prod', 'env:prod'],
      message: 'payments failed',
      attributes: { dd: { trace_id: '42' }, error: { stack: 'TypeError: x\n    at f (/app/src/a.js:1:2)' } },
    };
    expect(toEntry({ id: 'A', attributes })).toEqual({
      at: timestamp.getTime(),
      level: 'fatal',
      service: 'checkout',
      env: 'prod',
      traceId: '42',
      message: 'payments failed',
      raw: `payments failed\nTypeError: x\n    at f (/app/src/a.js:1:2)\n${JSON.stringify(attributes.attributes)}`,
      origin: `${timestamp.getTime()}:A`,
    });
  });

  it.each([
    ['ok', 'info'],
    ['success', 'info'],
    ['notice', 'info'],
    ['alert', 'fatal'],
    ['warning', 'warn'],
  ])('of status %s is %s', (status, level) => {
    expect(toEntry({ attributes: { status, message: 'x' } }).level).toBe(level);
  });

  it('without service and status says what its line says', () => {
    const line = '2025-11-03T13:58:00Z ERROR payments failed';
    expect(toEntry({ attributes: { timestamp, message: line } })).toMatchObject({ level: 'error', raw: line });
    const json = '{"level":"warn","service":"cart","env":"dev","msg":"slow"}';
    expect(toEntry({ attributes: { timestamp, message: json } })).toMatchObject({
      level: 'warn',
      service: 'cart',
      env: 'dev',
      message: 'slow',
    });
  });
});
