import path from 'node:path';

import { z } from 'zod';

import type { Environment, SecretReference } from '#config/secret.ts';
import { SparedSecret, secretReference } from '#config/secret.ts';

const traceExporters = ['none', 'otlp', 'otlp-http', 'console', 'json-file'] as const;
const metricExporters = ['none', 'otlp', 'otlp-http'] as const;

/** Keys under `telemetry` that say what leaves this computer. */
export const telemetryExport = {
  /** `otlp` is gRPC unless OTEL_EXPORTER_OTLP_PROTOCOL says otherwise; nothing is sent when absent, but by OTEL_TRACES_EXPORTER. */
  traces: z.enum(traceExporters).optional(),
  metrics: z.enum(metricExporters).optional(),
  /** Base address of the collector. */
  endpoint: z.url({ protocol: /^https?$/, error: 'must be an http: or https: address' }).optional(),
  headers: z.record(z.string().regex(/^[\w-]{1,128}$/, 'must be a header name'), secretReference).default({}),
  /** Where `json-file` writes. */
  file: z.string().min(1).optional(),
  /** Lets spans tell arguments and answers of calls, redacted. */
  capture_content: z.boolean().default(false),
};

/** Those keys, as they were written. */
export type TelemetryFile = Partial<z.output<z.ZodObject<typeof telemetryExport>>>;

/** Where OTLP is sent. */
export interface OtlpTarget {
  readonly protocol: 'grpc' | 'http';
  /** The whole address; absent: the protocol's usual port on this computer. */
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where spans go. */
export type TraceTarget =
  | ({ readonly to: 'otlp' } & OtlpTarget)
  | { readonly to: 'json-file'; readonly file: string | undefined }
  | { readonly to: 'console' };

/** What is exported, as the file and OpenTelemetry's own variables say; the file wins. */
export interface Telemetry {
  readonly traces: TraceTarget | undefined;
  readonly metrics: OtlpTarget | undefined;
  readonly captureContent: boolean;
  /** What is told of this process, beside its version. */
  readonly resource: Readonly<Record<string, string>>;
}

interface ResolveDeps {
  readonly folder: string;
  readonly environment: Environment;
  readonly secretOf: (reference: SecretReference) => string;
  /** Takes note of a value that must be masked. */
  readonly keepSecret: (value: string) => void;
}

/** Variables of OpenTelemetry that are read: here, and nowhere else. */
type Variable =
  | 'OTEL_SDK_DISABLED'
  | 'OTEL_SERVICE_NAME'
  | 'OTEL_RESOURCE_ATTRIBUTES'
  | `OTEL_${'TRACES' | 'METRICS'}_EXPORTER`
  | `OTEL_EXPORTER_OTLP_${'' | 'TRACES_' | 'METRICS_'}${'ENDPOINT' | 'HEADERS' | 'PROTOCOL'}`;

/** Resolves addresses, secrets and variables; throws an Error that names the key that is wrong, or an AggregateError of several. */
export function resolveTelemetry(file: TelemetryFile, deps: ResolveDeps): Telemetry {
  const { environment, folder } = deps;
  const get = (name: Variable) => environment[name]?.trim() || undefined;
  const off = get('OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
  const traces = off ? 'none' : (file.traces ?? exporterOf(get('OTEL_TRACES_EXPORTER'), ['otlp', 'console']));
  const metrics = off ? 'none' : (file.metrics ?? exporterOf(get('OTEL_METRICS_EXPORTER'), ['otlp']));
  const headers = (signal: Signal) => ({
    ...toHeaders(get(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`) ?? get('OTEL_EXPORTER_OTLP_HEADERS'), deps),
    ...secretHeaders(file.headers ?? {}, deps),
  });
  const target = (signal: Signal, kind: string): OtlpTarget => {
    const protocol = protocolOf(
      kind,
      get(`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ?? get('OTEL_EXPORTER_OTLP_PROTOCOL'),
    );
    return { protocol, url: urlOf(signal, { protocol, file, get }), headers: headers(signal) };
  };
  return {
    traces:
      traces === 'otlp' || traces === 'otlp-http'
        ? { to: 'otlp', ...target('TRACES', traces) }
        : traces === 'json-file'
          ? { to: 'json-file', file: file.file && path.resolve(folder, file.file) }
          : traces === 'console'
            ? { to: 'console' }
            : undefined,
    metrics: metrics === 'otlp' || metrics === 'otlp-http' ? target('METRICS', metrics) : undefined,
    captureContent: file.capture_content ?? false,
    resource: {
      'service.name': 'fixgate',
      ...toPairs(get('OTEL_RESOURCE_ATTRIBUTES')),
      ...(get('OTEL_SERVICE_NAME') !== undefined && { 'service.name': get('OTEL_SERVICE_NAME') ?? '' }),
    },
  };
}

type Signal = 'TRACES' | 'METRICS';

/** The first exporter of a list that this program has; what it does not know sends nothing. */
function exporterOf(list: string | undefined, known: readonly ('otlp' | 'console')[]): 'otlp' | 'console' | undefined {
  const asked = (list ?? '').split(',').map((name) => name.trim());
  return known.find((name) => asked.includes(name));
}

function protocolOf(kind: string, asked: string | undefined): 'grpc' | 'http' {
  if (kind === 'otlp-http') return 'http';
  // OTLP as JSON is not spoken here: whoever takes that takes protobuf at the same address.
  return asked?.startsWith('http/') ? 'http' : 'grpc';
}

interface UrlSources {
  readonly protocol: 'grpc' | 'http';
  readonly file: TelemetryFile;
  readonly get: (name: Variable) => string | undefined;
}

/** With HTTP the signal's path stands behind a base address; the address of one signal is taken as it is. */
function urlOf(signal: Signal, { protocol, file, get }: UrlSources): string | undefined {
  const own = file.endpoint === undefined ? get(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) : undefined;
  const url = own ?? file.endpoint ?? get('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (url === undefined) return undefined;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new Error('endpoint: the address of the collector must begin with http:// or https://');
  if (protocol === 'grpc' || own !== undefined) return url;
  const suffix = `/v1/${signal.toLowerCase()}`;
  return url.replace(/\/+$/, '').endsWith(suffix) ? url : `${url.replace(/\/+$/, '')}${suffix}`;
}

/** Throws all that is missing at once. */
function secretHeaders(headers: NonNullable<TelemetryFile['headers']>, { secretOf }: ResolveDeps) {
  const missing: Error[] = [];
  const found = Object.entries(headers).map(([name, reference]) => {
    try {
      return [name, secretOf(reference)] as const;
    } catch (error) {
      if (!(error instanceof Error) || error instanceof SparedSecret) throw error;
      missing.push(new Error(`headers.${name}: ${error.message}`, { cause: error }));
      return [name, ''] as const;
    }
  });
  if (missing.length > 0) throw new AggregateError(missing, missing.map(({ message }) => message).join('; '));
  return Object.fromEntries(found);
}

/** Headers of the environment are as secret as those of the file. */
function toHeaders(list: string | undefined, { keepSecret }: ResolveDeps): Record<string, string> {
  const headers = toPairs(list);
  // `Bearer TOKEN`: what follows the scheme is the secret.
  for (const value of Object.values(headers))
    for (const part of [value, ...value.split(' ').slice(1)]) keepSecret(part);
  return headers;
}

/** `name=value` pairs, joined by commas and percent-encoded, as in W3C Baggage; what is no pair is left out. */
function toPairs(list: string | undefined): Record<string, string> {
  return Object.fromEntries(
    (list ?? '').split(',').flatMap((pair) => {
      const at = pair.indexOf('=');
      const name = pair.slice(0, Math.max(at, 0)).trim();
      return name === '' ? [] : [[name, decoded(pair.slice(at + 1).trim())]];
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
