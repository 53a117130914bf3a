import { LogsApi } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/apis/LogsApi.js';

import { connectDatadog } from './connect.ts';
import type { DatadogSettings } from './place.ts';
import type { WireContext } from './transport.ts';

/** The logs API of Datadog's own client for one call, and what it received. */
export interface DatadogApi {
  readonly logs: LogsApi;
  /** Characters of answers so far. */
  received(): number;
}

/** Makes the client. It is loaded on first use: it brings the models of all of Datadog's APIs along. */
export function createDatadogApi(settings: DatadogSettings, context: WireContext): DatadogApi {
  let received = 0;
  const configuration = connectDatadog(settings, context, (text) => {
    received += text.length;
  });
  return { logs: new LogsApi(configuration), received: () => received };
}
