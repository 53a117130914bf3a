import type { Attributes, Span } from '#telemetry/tracing.ts';

/** Where a host may say in `_meta` of a request what its model used. */
export const USAGE_META_KEY = 'fixgate/usage';

const COUNTS = ['gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens', 'gen_ai.usage.cache_read.input_tokens'];

/** Tells a span what the host says that its model used: a host's word, which decides nothing and is charged to nobody. */
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
