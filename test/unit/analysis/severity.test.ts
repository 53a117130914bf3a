import { describe, expect, it } from 'vitest';

import { fieldsOf } from '#analysis/fields.ts';
import { serviceOf } from '#analysis/service-name.ts';
import { findLevel, levelNames, levelOfPrefix, severityOf, toLevel } from '#analysis/severity.ts';
import { logLevels } from '#domain/evidence.ts';

describe('severityOf', () => {
  it.each([
    ['pino', { level: 50 }, 'error'],
    ['bunyan', { level: 60 }, 'fatal'],
    ['winston', { level: 'silly' }, 'trace'],
    ['GELF', { level: 4 }, 'warn'],
    ['journald', { PRIORITY: '3' }, 'error'],
    ['ECS, flat', { 'log.level': 'WARN' }, 'warn'],
    ['ECS, nested', { log: { level: 'critical' } }, 'fatal'],
    ['ECS syslog', { log: { syslog: { severity: { code: 2 } } } }, 'fatal'],
    ['OpenTelemetry, by text', { severityText: 'ERROR', severityNumber: 5 }, 'error'],
    ['OpenTelemetry, by number', { severityNumber: 17 }, 'error'],
    ['OpenTelemetry, lowest', { severity_number: 1 }, 'trace'],
    ['OpenTelemetry, highest', { SeverityNumber: 24 }, 'fatal'],
    ['Google Cloud', { severity: 'EMERGENCY' }, 'fatal'],
    ['Google Cloud, by number', { severity: 500 }, 'error'],
    ['Logback', { level_value: 40_000, level: 40_000 }, 'error'],
    ['Python', { levelno: 40 }, 'error'],
    ['Python, by name', { levelname: 'WARNING', levelno: 30 }, 'warn'],
    ['Monolog', { level_name: 'NOTICE' }, 'info'],
    ['Serilog', { '@l': 'Verbose' }, 'trace'],
    ['.NET console', { LogLevel: 'x', level: 'fail' }, 'error'],
    ['Datadog', { status: 'ok' }, 'info'],
    ['Datadog, as its agent writes it', { status: 'critical' }, 'fatal'],
    ['an HTTP answer', { status: 502 }, 'error'],
    ['an HTTP answer, refused', { http: { status_code: 404 } }, 'warn'],
    ['an HTTP answer, in text', { 'http.response.status_code': '200' }, 'info'],
    ['a request that failed, logged as info', { level: 'info', status: 500 }, 'error'],
    ['one that failed, in text', { level: 30, res: { statusCode: '503' } }, 'error'],
    ['one that was refused, logged as info', { level: 'info', status: 404 }, 'info'],
    ['one that failed, logged as a warning', { level: 'warn', status: 502 }, 'warn'],
    ['a status of its own beside a level', { level: 'info', status: 'error', code: 500 }, 'info'],
    ['a number that is no HTTP status', { level: 'info', status: 5_000 }, 'info'],
    ['no level', { level: 'high', status: 'shipped', amount: 50 }, undefined],
    ['a level of another kind', { level: { depth: 3 } }, undefined],
  ])('reads %s [logs:severity:same]', (_, record, level) => {
    expect(severityOf(fieldsOf(record))).toBe(level);
  });

  it('reads every name that it says it knows', () => {
    for (const level of logLevels) for (const name of levelNames(level)) expect(toLevel(name)).toBe(level);
  });

  it.each([
    ['<11>1 2025-11-03T13:58:01Z web-1 shop - - - lost', 'error'],
    ['<134>Nov  3 13:58:01 web-1 shop: fine', 'info'],
    ['<999>no priority', undefined],
    ['W1103 13:58:01.000000 1 lease.go:12] slow', 'warn'],
    ['F, [2025-11-03T13:58:01 #9] FATAL -- : gone', 'fatal'],
    ['Event happened', undefined],
  ])('reads the prefix of %s', (line, level) => {
    expect(levelOfPrefix(line)).toBe(level);
  });

  it.each([
    ['[main] WARN c.a.Cart - slow', 'warn'],
    ['[error] 12#12: upstream timed out', 'error'],
    ['fail: Acme.Api[0]', 'error'],
    ['crit: Acme.Api[0]', 'fatal'],
    ['level=warning msg=slow', 'warn'],
    ['shop LOG:  checkpoint starting', 'info'],
    ['10.0.0.1 - - "GET / HTTP/1.1" 503 12 "-" "curl"', 'error'],
    ['10.0.0.1 - - "GET /ERROR HTTP/1.1" 200 12', 'info'],
    ['10.0.0.1 - ann "POST /pay HTTP/2.0" 422 0', 'warn'],
    ['INFO upstream answered status=503 in 12ms', 'error'],
    ['DEBUG GET /cart statusCode: 500', 'error'],
    ['psp answered HTTP/1.1 502', 'error'],
    ['WARN retrying after status 503', 'warn'],
    ['INFO upstream answered status=200 in 503ms', 'info'],
    ['INFO status: 503ms', 'info'],
    ['web-1 shop[12]: ERRORS 5, MY_ERROR, ERROR5 WARN', 'warn'],
    [`${'x '.repeat(56)}12 ERROR`, 'error'],
    [`${'x '.repeat(58)}12 ERROR`, undefined],
    ['an error of judgement', undefined],
    ['the order 503 left', undefined],
  ])('finds the level in %s', (text, level) => {
    expect(findLevel(text)).toBe(level);
  });
});

describe('serviceOf', () => {
  it.each([
    ['its own name', { service: 'cart', kubernetes: { container_name: 'app' } }, 'cart'],
    ['ECS', { service: { name: 'cart' } }, 'cart'],
    ['Datadog', { dd: { service: 'cart', env: 'prod' } }, 'cart'],
    ['OpenTelemetry', { resource: { attributes: { 'service.name': 'cart' } } }, 'cart'],
    [
      'a Kubernetes label',
      { kubernetes: { labels: { 'app.kubernetes.io/name': 'cart' }, container_name: 'app' } },
      'cart',
    ],
    [
      'a Kubernetes label with its dots replaced',
      { kubernetes: { labels: { app_kubernetes_io_name: 'cart' } } },
      'cart',
    ],
    ['a short label', { kubernetes: { labels: { app: 'cart' } } }, 'cart'],
    ['a container', { kubernetes: { container: { name: 'cart' } } }, 'cart'],
    ['bunyan', { name: 'cart', hostname: 'h', pid: 1 }, 'cart'],
    ['journald', { SYSLOG_IDENTIFIER: 'cart', _SYSTEMD_UNIT: 'shop.service' }, 'cart'],
    ['a unit', { _SYSTEMD_UNIT: 'cart.service' }, 'cart'],
    ['nothing', { name: 'Ann', service: '' }, undefined],
  ])('reads %s [logs:service:same]', (_, record, service) => {
    expect(serviceOf(fieldsOf(record))).toBe(service);
  });
});
