import { describe } from 'vitest';

import { missing } from '../support/needs.ts';
import { hasPrometheus } from '../support/real-prometheus.ts';
import { hasVictoriaMetrics } from '../support/real-victoria-metrics.ts';
import { real, recorded, replies, victoria } from './metric-backends.ts';
import { describeMetricSource } from './metric-source.ts';

describeMetricSource('an OpenMetrics file', recorded);
describeMetricSource('Prometheus by its API', replies);
describe.skipIf(missing('prometheus with promtool', hasPrometheus) !== undefined)(
  'with the programs `prometheus` and `promtool` on the PATH [metrics:sources:prometheus]',
  () => {
    describeMetricSource('a real Prometheus', real);
  },
);
describe.skipIf(missing('victoria-metrics', hasVictoriaMetrics) !== undefined)(
  'with the program `victoria-metrics` on the PATH [metrics:sources:prometheus]',
  () => {
    describeMetricSource('a real VictoriaMetrics', victoria);
  },
);
