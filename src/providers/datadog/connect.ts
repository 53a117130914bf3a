import { logger } from '@datadog/datadog-api-client/dist/logger.js';
import { createConfiguration } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-common/configuration.js';
import { ResponseContext } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-common/http/http.js';
import { BaseServerConfiguration } from '@datadog/datadog-api-client/dist/packages/datadog-api-client-common/servers.js';

import type { DatadogSettings } from './place.ts';
import { apiUrl } from './place.ts';
import type { WireContext } from './transport.ts';
import { sendRead } from './transport.ts';

/** The configuration of Datadog's own client for one call, which sends with our transport; `onText` sees each answer. */
export function connectDatadog(
  settings: DatadogSettings,
  context: WireContext,
  onText: (text: string) => void = () => {},
): ReturnType<typeof createConfiguration> {
  // Its debug messages go to standard output, which belongs to the protocol.
  logger.setLevel('silent', false);
  return createConfiguration({
    baseServer: new BaseServerConfiguration(apiUrl(settings), {}),
    authMethods: { apiKeyAuth: settings.api_key, appKeyAuth: settings.app_key },
    httpApi: {
      async send(request) {
        const body = request.getBody();
        const text = await sendRead(
          {
            url: request.getUrl(),
            method: request.getHttpMethod(),
            headers: request.getHeaders(),
            body: typeof body === 'string' ? body : undefined,
          },
          context,
        );
        onText(text);
        const binary = async () => Buffer.from(text);
        return new ResponseContext(200, { 'content-type': 'application/json' }, { text: async () => text, binary });
      },
    },
  });
}
