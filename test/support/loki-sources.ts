import { systemClock } from '#domain/clock.ts';
import { loki } from '#providers/loki.ts';
import type { LogSource } from '#providers/sources.ts';

/** The Loki provider with these settings. */
export function lokiLogs(settings: Readonly<Record<string, unknown>>): Required<LogSource> {
  const source = loki.capabilities.logs?.(loki.settings.parse(settings), { clock: systemClock });
  if (source === undefined) throw new Error('loki has no logs');
  return source as Required<LogSource>;
}

/** Nanoseconds of a time in milliseconds. */
export function ns(ms: number): bigint {
  return BigInt(ms) * 1_000_000n;
}
