import { describe } from 'vitest';

import { hasPrometheus } from '../support/real-prometheus.ts';
import { real, recorded, replies } from './metric-backends.ts';
import { describeMetricSource } from './metric-source.ts';

describeMetricSource('an OpenMetrics file', recorded);
describeMetricSource('Prometheus by its API', replies);
describe.skipIf(!hasPrometheus)(
  'with the programs `prometheus` and `promtool` on the PATH [metrics:sources:prometheus]',
  () => {
    describeMetricSource('a real Prometheus', real);
  },
);
