import type { ServiceQuery } from '#domain/evidence.ts';

import type { ServiceSurvey } from '../sources.ts';
import { composeCloudWatch } from './metric-compose.ts';
import type { Kept } from './metric-list.ts';

interface Telling {
  readonly metric: string;
  readonly signal: ServiceQuery['signal'];
  /** The one set of dimensions that is compared; the first names the service. */
  readonly dimensions: readonly [string, ...string[]];
  readonly agg: 'avg' | 'sum' | 'max';
}

/** What AWS services tell of those that run on them, the most telling first; an environment is known to the first ones only. */
const TELLING: readonly Telling[] = [
  { metric: 'ApplicationSignals:Fault', signal: 'errors', dimensions: ['Service', 'Environment'], agg: 'sum' },
  { metric: 'ApplicationSignals:Latency', signal: 'latency', dimensions: ['Service', 'Environment'], agg: 'avg' },
  { metric: 'AWS/Lambda:Errors', signal: 'errors', dimensions: ['FunctionName'], agg: 'sum' },
  {
    metric: 'AWS/ApplicationELB:HTTPCode_Target_5XX_Count',
    signal: 'errors',
    dimensions: ['LoadBalancer'],
    agg: 'sum',
  },
  { metric: 'AWS/ApiGateway:5XXError', signal: 'errors', dimensions: ['ApiName'], agg: 'sum' },
  { metric: 'AWS/Lambda:Duration', signal: 'latency', dimensions: ['FunctionName'], agg: 'avg' },
  { metric: 'AWS/ApplicationELB:TargetResponseTime', signal: 'latency', dimensions: ['LoadBalancer'], agg: 'avg' },
  { metric: 'AWS/Lambda:Throttles', signal: 'saturation', dimensions: ['FunctionName'], agg: 'sum' },
  { metric: 'AWS/ECS:CPUUtilization', signal: 'saturation', dimensions: ['ServiceName', 'ClusterName'], agg: 'max' },
  { metric: 'AWS/ECS:MemoryUtilization', signal: 'saturation', dimensions: ['ServiceName', 'ClusterName'], agg: 'max' },
  { metric: 'AWS/Lambda:Invocations', signal: 'traffic', dimensions: ['FunctionName'], agg: 'sum' },
  { metric: 'AWS/ApplicationELB:RequestCount', signal: 'traffic', dimensions: ['LoadBalancer'], agg: 'sum' },
];

/** Questions of what is kept under exactly the dimensions that are compared. */
export function surveyKept(metrics: readonly Kept[], { env, limit }: ServiceSurvey): readonly ServiceQuery[] {
  const shape = (name: string, dimensions: readonly string[]) => `${name}\n${dimensions.toSorted().join('\n')}`;
  const held = new Set(
    metrics.map(({ namespace, metric, dimensions }) => shape(`${namespace}:${metric}`, Object.keys(dimensions))),
  );
  return TELLING.filter(({ metric, dimensions }) => held.has(shape(metric, dimensions)))
    .slice(0, limit)
    .map(({ metric, signal, dimensions, agg }) => {
      const [serviceLabel] = dimensions;
      const byEnv = env !== undefined && dimensions.includes('Environment');
      const filters = byEnv ? [{ label: 'Environment', operator: '=' as const, value: env }] : [];
      const query = composeCloudWatch({ metric, filters, agg, groupBy: dimensions }, {});
      return { query, signal, metric: `${agg} of ${metric}`, serviceLabel };
    });
}
