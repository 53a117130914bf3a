import type { ReportedUsage } from '#policy/prices.ts';
import type { Attributes, Span } from '#telemetry/tracing.ts';

/** Where a host may say in `_meta` of a request what its model used. */
export const USAGE_META_KEY = 'fixgate/usage';

const COUNTS = ['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens', 'gen_ai.usage.cache_read.input_tokens'];

/** What the host says that its model used; undefined where it tells of no tokens. What is no count from 0 on counts as none. */
export function usageOf(reported: unknown): ReportedUsage | undefined {
  if (reported === null || typeof reported !== 'object') return undefined;
  const said = reported as Readonly<Record<string, unknown>>;
  const [input = 0, output = 0, cached = 0] = COUNTS.map((name) => {
    const value = said[name];
    // More than can be counted is as much as can.
    return typeof value === 'number' && value > 0 ? Math.min(Math.ceil(value), Number.MAX_SAFE_INTEGER) : 0;
  });
  const model = said['gen_ai.request.model'];
  if (input + output + cached === 0) return undefined;
  return { model: typeof model === 'string' ? model : undefined, input, output, cached };
}

/** Tells a span what the host says that its model used: a host's word, which decides nothing. */
export function tellUsage(span: Span, reported: unknown): void {
  if (reported === null || typeof reported !== 'object') return;
  const said = reported as Readonly<Record<string, unknown>>;
  const model = said['gen_ai.request.model'];
  const numbers = [...COUNTS, 'fixgate.cost.usd'].flatMap((name): [string, number][] => {
    const value = said[name];
    const isUsable = typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
    return isUsable ? [[name, COUNTS.includes(name) ? Math.round(value) : value]] : [];
  });
  if (numbers.length === 0) return;
  const attributes: Attributes = Object.fromEntries(numbers);
  span.event('fixgate.usage.reported', {
    ...(typeof model === 'string' && { 'gen_ai.request.model': model.slice(0, 128) }),
    ...attributes,
  });
}
