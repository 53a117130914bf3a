import { DORAMetricsApi } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/apis/DORAMetricsApi.js';
import { EventsApi } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/apis/EventsApi.js';

import { connectDatadog } from './connect.ts';
import type { DatadogSettings } from './place.ts';
import type { WireContext } from './transport.ts';

/** Where Datadog keeps deployments, through its own client, for one call. */
export interface DatadogDeployApi {
  /** Deployments that pipelines reported for its delivery metrics. */
  readonly dora: DORAMetricsApi;
  /** Events that deployment tools sent. */
  readonly events: EventsApi;
}

/** Makes the client; loaded on first use, as that of the logs. */
export function createDatadogDeployApi(settings: DatadogSettings, context: WireContext): DatadogDeployApi {
  const configuration = connectDatadog(settings, context);
  return { dora: new DORAMetricsApi(configuration), events: new EventsApi(configuration) };
}
