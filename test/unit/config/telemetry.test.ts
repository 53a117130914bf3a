import { describe, expect, it } from 'vitest';

import type { TelemetryFile } from '#config/telemetry.ts';
import { resolveTelemetry } from '#config/telemetry.ts';

function resolved(file: TelemetryFile, environment: Record<string, string> = {}) {
  const secrets: string[] = [];
  const keepSecret = (value: string) => void secrets.push(value);
  const secretOf = () => 'from-a-secret';
  return { ...resolveTelemetry(file, { folder: '/etc/fixgate', environment, secretOf, keepSecret }), secrets };
}

describe('where telemetry goes', () => {
  it('is nowhere unless somebody says so, whatever endpoint the environment has [telemetry:traces:off]', () => {
    expect(resolved({}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' })).toMatchObject({
      traces: undefined,
      metrics: undefined,
      captureContent: false,
    });
  });

  it.each<[TelemetryFile, Record<string, string>, object | undefined]>([
    [{ traces: 'otlp' }, {}, { to: 'otlp', protocol: 'grpc', url: undefined }],
    [{ traces: 'otlp-http' }, {}, { to: 'otlp', protocol: 'http', url: undefined }],
    [
      { traces: 'otlp-http', endpoint: 'https://c.example:4318/' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other' },
      { protocol: 'http', url: 'https://c.example:4318/v1/traces' },
    ],
    [
      { traces: 'otlp-http', endpoint: 'https://c.example/v1/traces' },
      {},
      { protocol: 'http', url: 'https://c.example/v1/traces' },
    ],
    [
      { traces: 'otlp', endpoint: 'https://c.example:4317' },
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      { protocol: 'grpc', url: 'https://c.example:4317' },
    ],
    [
      { traces: 'otlp' },
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' },
      { protocol: 'http', url: 'http://c/v1/traces' },
    ],
    [
      { traces: 'otlp-http' },
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/own', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://d' },
      { url: 'http://c/own' },
    ],
    [{}, { OTEL_TRACES_EXPORTER: 'otlp' }, { to: 'otlp', protocol: 'grpc' }],
    [{}, { OTEL_TRACES_EXPORTER: 'console' }, { to: 'console' }],
    [{}, { OTEL_TRACES_EXPORTER: 'none' }, undefined],
    [{}, { OTEL_TRACES_EXPORTER: 'zipkin' }, undefined],
    [{ traces: 'none' }, { OTEL_TRACES_EXPORTER: 'otlp' }, undefined],
    [{ traces: 'otlp' }, { OTEL_SDK_DISABLED: 'true' }, undefined],
    [{ traces: 'json-file', file: 'a/b.json' }, {}, { to: 'json-file', file: '/etc/fixgate/a/b.json' }],
  ])('%j with %j is %j [telemetry:traces:variables]', (file, environment, expected) => {
    expect(resolved(file, environment)).toMatchObject({ traces: expected });
  });

  it('takes headers from secrets and from the environment, and masks both', () => {
    const { traces, secrets } = resolved(
      { traces: 'otlp', headers: { 'x-key': { env: 'KEY' } } },
      { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abcdef, x-key=other,broken,=x' },
    );
    expect(traces).toMatchObject({ headers: { authorization: 'Bearer abcdef', 'x-key': 'from-a-secret' } });
    expect(secrets).toEqual(expect.arrayContaining(['Bearer abcdef', 'abcdef', 'other']) as string[]);
  });

  it('refuses an address of another kind', () => {
    expect(() => resolved({ traces: 'otlp' }, { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' })).toThrow(/http/);
  });

  it('names the service as asked', () => {
    const { resource } = resolved(
      {},
      { OTEL_SERVICE_NAME: 'mine', OTEL_RESOURCE_ATTRIBUTES: 'service.name=theirs,team=sre%2Cnight' },
    );
    expect(resource).toEqual({ 'service.name': 'mine', team: 'sre,night' });
    expect(resolved({}).resource).toEqual({ 'service.name': 'fixgate' });
  });
});
