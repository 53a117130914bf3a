import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import type { Config } from '#config/load.ts';
import { resolveTelemetry } from '#config/telemetry.ts';
import { misconfigured } from '#policy/problems.ts';
import type { Policy } from '#policy/schema.ts';

/** Where architect writes spans when nothing else is said. */
const TRACE_FILE = '.architect/traces.json';

/**
 * The configuration with the exporter of the operator's own `.architect.yaml`, where neither it nor OpenTelemetry's variables name
 * one. What a repository says is no part of the operator's policy, so that it never decides where spans go.
 */
export function withPolicyTelemetry(
  config: Config,
  { telemetry }: Policy,
  { environment }: Pick<Invocation, 'environment'>,
): Config {
  const own = config.file.telemetry;
  const isNamed = [config.telemetry.traces, own.traces, own.metrics, own.endpoint, own.file].some(Boolean);
  if (isNamed || telemetry?.enabled !== true) return config;
  const { exporter, endpoint, trace_file: traceFile, origin } = telemetry;
  const folder = path.dirname(origin);
  const file = {
    traces: exporter ?? ('console' as const),
    ...(endpoint && exporter === 'otlp' && { endpoint }),
    ...(exporter === 'json-file' && { file: path.resolve(folder, traceFile ?? TRACE_FILE) }),
  };
  try {
    const { traces } = resolveTelemetry(file, { folder, environment, secretOf: () => '', keepSecret: () => {} });
    return {
      ...config,
      telemetry: { ...config.telemetry, traces },
      file: { ...config.file, telemetry: { ...own, ...file } },
    };
  } catch (error) {
    throw misconfigured(origin, [`telemetry.${error instanceof Error ? error.message : String(error)}`], error);
  }
}
