import { MetricsApi as MetricsApiV1 } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/apis/MetricsApi.js';
import { MetricsApi as MetricsApiV2 } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/apis/MetricsApi.js';

import { connectDatadog } from './connect.ts';
import type { DatadogSettings } from './place.ts';
import type { WireContext } from './transport.ts';

/** Both versions of the metrics API of Datadog's own client, for one call. */
export interface DatadogMetricApi {
  /** Reads whole expressions; times in seconds. */
  readonly v1: MetricsApiV1;
  /** Reads one query with a step and a limit of series; times in milliseconds. */
  readonly v2: MetricsApiV2;
}

/** Makes the client; loaded on first use, as that of the logs. */
export function createDatadogMetricApi(settings: DatadogSettings, context: WireContext): DatadogMetricApi {
  const configuration = connectDatadog(settings, context);
  return { v1: new MetricsApiV1(configuration), v2: new MetricsApiV2(configuration) };
}
