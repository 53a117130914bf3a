import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type {
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetQueryResultsRequest,
  GetQueryResultsResponse,
  StartQueryRequest,
  StartQueryResponse,
} from '@aws-sdk/client-cloudwatch-logs';

import { clientConfig } from './credentials.ts';
import type { CloudWatchSettings } from './settings.ts';

/** The requests of CloudWatch Logs that are sent; each is cancelled on the wire by its signal. */
export interface CloudWatchClient {
  /** As configured, or as the profile or the environment say; throws when none does. */
  region(): Promise<string>;
  filterEvents(input: FilterLogEventsRequest, signal: AbortSignal): Promise<FilterLogEventsResponse>;
  describeGroups(input: DescribeLogGroupsRequest, signal: AbortSignal): Promise<DescribeLogGroupsResponse>;
  startQuery(input: StartQueryRequest, signal: AbortSignal): Promise<StartQueryResponse>;
  queryResults(input: GetQueryResultsRequest, signal: AbortSignal): Promise<GetQueryResultsResponse>;
  stopQuery(queryId: string, signal: AbortSignal): Promise<unknown>;
}

/** Makes a client whose credentials are fetched with its first request and again before they expire. */
export function createCloudWatchClient(settings: CloudWatchSettings): CloudWatchClient {
  const client = new CloudWatchLogsClient(clientConfig(settings));
  return {
    region: () => client.config.region(),
    filterEvents: (input, abortSignal) => client.send(new FilterLogEventsCommand(input), { abortSignal }),
    describeGroups: (input, abortSignal) => client.send(new DescribeLogGroupsCommand(input), { abortSignal }),
    startQuery: (input, abortSignal) => client.send(new StartQueryCommand(input), { abortSignal }),
    queryResults: (input, abortSignal) => client.send(new GetQueryResultsCommand(input), { abortSignal }),
    stopQuery: (queryId, abortSignal) => client.send(new StopQueryCommand({ queryId }), { abortSignal }),
  };
}
