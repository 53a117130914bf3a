import { describe, expect, it } from 'vitest';

import type { LogQuery } from '#domain/evidence.ts';
import { consoleUrl } from '#providers/cloudwatch/console-link.ts';
import { toError } from '#providers/cloudwatch/errors.ts';
import { parseOrigin, originOf } from '#providers/cloudwatch/events.ts';
import { toNative } from '#providers/cloudwatch/filters.ts';

const window = { since: 0, until: 1 };
const native = (query: Partial<LogQuery>) => toNative({ window, ...query });

const TENANT = '{ $.tenant = "acme" }';

describe('a filter pattern', () => {
  it.each([
    [{}, undefined],
    [{ text: 'a "timeout calling" -refused' }, '%[Tt][Ii][Mm][Ee][Oo][Uu][Tt]%'],
    [{ text: 'é' }, undefined],
    [{ filters: ['ERROR', '-debug "two words"'] }, 'ERROR -debug "two words"'],
    [{ filters: ['{ $.a = 1 }', '{ $.b = 2 || $.c = 3 }'] }, '{ ($.a = 1) && ($.b = 2 || $.c = 3) }'],
    [
      { filters: [TENANT, `{ $.a = "50% (" && $.['b.c'] = "*x*" }`] },
      `{ ($.tenant = "acme") && ($.a = "50% (" && $.['b.c'] = "*x*") }`,
    ],
    [
      { filters: ['{ $.tenant = %ac+me% }', '{ $.a = 1 || $.b = 2 }'] },
      '{ ($.tenant = %ac+me%) && ($.a = 1 || $.b = 2) }',
    ],
    [{ filters: ['?A ?B'], level: 'warn' as const, text: 'x y z' }, '?A ?B'],
    [{ filters: ['[ip, code=5*]'], level: 'error' as const }, '[ip, code=5*]'],
  ])('of %j is %s', (query, expected) => {
    expect(native(query).pattern?.text).toBe(expected);
  });

  it('never is longer than the service takes, at any level', () => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)
      expect(native({ level, filters: ['ERROR '.repeat(100)] }).pattern?.text?.length).toBeLessThanOrEqual(1_024);
  });

  it.each([
    [['ERROR', '{ $.a = 1 }']],
    [['?A ?B', 'ERROR']],
    [['ERROR', '%x%']],
    [['[a, b]', '[c]']],
    [['ERROR "x', 'y"']],
    [['{ $.a = 1', '{ $.b = 1 }']],
    [['{ $.a = 1 } || { $.b = 1 }']],
    [['{ $.a = 1) || ($.b = 1 }', '{ $.c = 1 }']],
    [['{ $.a = "x\\" }', '{ $.c = "1" }']],
    [[TENANT, '{ $.a = %\\(% ) || ($.tenant = %\\)% || $.tenant = * }']],
    [[TENANT, '{ $.a = %"% ) || ($.tenant = * || $.b = %"% }']],
    [[TENANT, '{ $.a = %[(]% ) || ($.tenant = %[)]% }']],
    [[TENANT, `{ $.['"'] = 1 ) || ($.['"'] = * }`]],
    [['ERROR', '-?B']],
    [['filter a = 1 | stats count(*)']],
    [['filter a = 1 # and']],
    [['filter a = 1\n'].map((text) => `${text} x`)],
  ])('refuses %j, which could undo the filter beside it [logs:vendors:filters]', (filters) => {
    expect(() => native({ filters })).toThrow(/filter/);
  });
});

it('says what to write instead of a regular expression beside a JSON pattern', () => {
  expect(() => native({ filters: [TENANT, '{ $.path = %pay% }'] })).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      message: expect.stringContaining('regular expression') as string,
      fix: expect.stringContaining('*pay*') as string,
    }),
  );
});

describe('commands of Logs Insights', () => {
  it.each([
    [
      { text: 'psp-2 -"a/b|c"' },
      ['filter @message like /(?i)psp\\x2d2/', 'filter @message not like /(?i)a\\x2fb\\x7cc/'],
    ],
    [{ filters: ['ERROR -"two words"'] }, ['filter @message like /ERROR/', 'filter @message not like /two\\x20words/']],
    [{ filters: ['filter status >= 500', 'ERROR'] }, ['filter status >= 500', 'filter @message like /ERROR/']],
  ])('of %j are %j', (query, commands) => {
    expect(native(query).commands).toEqual(commands);
  });

  it('cannot say every filter pattern, and the events API not every command', () => {
    expect(native({ filters: ['{ $.a = 1 }'] }).commands).toBeUndefined();
    expect(native({ filters: ['?A ?B'] }).commands).toBeUndefined();
    expect(native({ filters: ['filter a = 1'] }).pattern).toBeUndefined();
  });
});

it('names an event by its group, stream and time, whatever the group is called', () => {
  const event = {
    group: 'arn:aws:logs:eu-west-1:123456789012:log-group:/app',
    stream: '2025/11/03/[$LATEST]ab',
    at: 5,
  };
  expect(parseOrigin(originOf({ ...event, message: 'x\n' }))).toEqual(event);
  expect(originOf({ ...event, message: 'x\n' })).toBe(originOf({ ...event, message: 'x' }));
  expect(parseOrigin('/app:stream:5')).toBeUndefined();
});

it.each([
  ['cn-north-1', 'cn-north-1.console.amazonaws.cn'],
  ['us-gov-west-1', 'console.amazonaws-us-gov.com'],
  ['eu-west-1', 'eu-west-1.console.aws.amazon.com'],
])('links to the console of %s', (region, host) => {
  const url = new URL(consoleUrl(region, '/aws/lambda/a b', { window }));
  expect(url.host).toBe(host);
  expect(url.hash).toBe(
    '#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fa$2520b/log-events$3Fstart$3D0$26end$3D1',
  );
});

it.each([
  ['MalformedQueryException', 'invalid_input'],
  ['AccessDeniedException', 'provider_rejected'],
  ['ExpiredTokenException', 'provider_rejected'],
  ['CredentialsProviderError', 'misconfigured'],
  ['ResourceNotFoundException', 'misconfigured'],
  ['InvalidParameterException', 'invalid_input'],
  ['LimitExceededException', 'provider_unavailable'],
  ['SomethingNew', 'provider_unavailable'],
])('makes one error of %s', (name, code) => {
  const error = toError(Object.assign(new Error('it said so'), { name }), { where: 'here', permission: 'logs:X' });
  expect(error).toMatchObject({ code, message: expect.stringContaining('it said so') as string });
});

it('names the role that may not be assumed', () => {
  const thrown = Object.assign(new Error('not authorized to perform: sts:AssumeRole'), { name: 'AccessDenied' });
  expect(toError(thrown, { where: 'here', permission: 'logs:X' }).fix).toContain('sts:AssumeRole');
});
