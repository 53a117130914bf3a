import type { Clock } from '#domain/clock.ts';
import type { TimeWindow } from '#domain/evidence.ts';

import type { HttpClient } from '../http.ts';
import { createHttp } from '../http.ts';
import { accessHeaders } from '../http/access.ts';
import type { PrometheusSettings } from '../prometheus.ts';
import { explainPrometheus } from './errors.ts';
import { toNames, toVector } from './replies.ts';

/** One Prometheus and how it is asked. */
export interface PrometheusClient {
  readonly settings: PrometheusSettings;
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** Connects with what the settings say of tenant, credentials and certificates; sends nothing yet. */
export function createClient(settings: PrometheusSettings, deps: { readonly clock: Clock }): PrometheusClient {
  const { url, headers, timeout_s, ca, cert, key } = settings;
  const http = createHttp(
    {
      title: 'Prometheus',
      url,
      headers: { ...headers, ...accessHeaders(settings) },
      tls: { ca, cert, key },
      explain: explainPrometheus,
      timeoutMs: timeout_s * 1_000,
    },
    deps,
  );
  return { settings, http, clock: deps.clock };
}

/** A moment in seconds, as Prometheus reads it. */
export function seconds(at: number): string {
  return String(at / 1_000);
}

/** Both ends of a Prometheus range are inclusive; ours excludes the end. */
export function rangeOf({ since, until }: TimeWindow): { readonly start: string; readonly end: string } {
  return { start: seconds(since), end: seconds(until - 1) };
}

/** Evaluates a query at one moment. */
export async function instant({ http }: PrometheusClient, { query, at }: Instant, signal: AbortSignal) {
  return toVector(await http.read({ path: 'api/v1/query', params: { query, time: seconds(at) } }, signal));
}

interface Instant {
  readonly query: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Names of the labels that the matching series have within a window; of all series when nothing is to match. */
export async function labelNames(
  { http }: PrometheusClient,
  { window, match }: { readonly window: TimeWindow; readonly match?: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const params = { ...rangeOf(window), ...(match !== undefined && { 'match[]': match }) };
  return toNames(await http.read({ path: 'api/v1/labels', params }, signal));
}

/** Values of a label on the matching series within a window. */
export async function labelValues(
  { http }: PrometheusClient,
  { window, match, label }: { readonly window: TimeWindow; readonly match?: string; readonly label: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const params = { ...rangeOf(window), ...(match !== undefined && { 'match[]': match }) };
  // Prometheus 3 escapes names in paths: `U__` and the code point of each other character between `_`.
  const plain = /^[A-Za-z_]\w*$/.test(label);
  const escaped = plain ? label : `U__${label.replaceAll('_', '__').replaceAll(/\W/gu, escapeSign)}`;
  return toNames(await http.read({ path: `api/v1/label/${escaped}/values`, params }, signal));
}

function escapeSign(sign: string): string {
  return `_${sign.codePointAt(0)?.toString(16)}_`;
}
