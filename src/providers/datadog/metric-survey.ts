import type { ServiceQuery } from '#domain/evidence.ts';

import type { ServiceSurvey } from '../sources.ts';
import { composeDatadog } from './metric-query.ts';

/** Operations through which requests come into a service, by the names that Datadog's tracers give them. */
const ENTRY = /(?:request|server|handler|consume|process|receive|invocation|lambda)/;
const TRACED = /^trace\.([\w.]+)\.hits$/;

/** Questions of the tracers' own metrics, which all carry the service: errors, then latency, then traffic of each way in. */
export function surveyTraces(names: readonly string[], { env, limit }: ServiceSurvey): readonly ServiceQuery[] {
  const held = new Set(names);
  const operations = names.flatMap((name) => TRACED.exec(name)?.[1] ?? []).toSorted();
  const entries = operations.filter((operation) => ENTRY.test(operation));
  const asked = entries.length > 0 ? entries : operations;
  const of = (metric: string, signal: ServiceQuery['signal'], agg: 'rate' | 'p95'): ServiceQuery[] =>
    held.has(metric)
      ? [
          {
            query: composeDatadog({
              metric,
              filters: [],
              agg,
              groupBy: ['service'],
              ...(env !== undefined && { env }),
            }),
            signal,
            metric: `${agg} of ${metric}`,
            serviceLabel: 'service',
          },
        ]
      : [];
  return [
    ...asked.flatMap((operation) => of(`trace.${operation}.errors`, 'errors', 'rate')),
    ...asked.flatMap((operation) => of(`trace.${operation}`, 'latency', 'p95')),
    ...asked.flatMap((operation) => of(`trace.${operation}.hits`, 'traffic', 'rate')),
  ].slice(0, limit);
}
