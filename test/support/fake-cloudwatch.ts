import { MalformedAt, parseInsights, parsePattern } from './cloudwatch-patterns.ts';
import type { FaultyServer, SeenRequest, VendorAnswer } from './faulty-server.ts';
import { serveWithFaults } from './faulty-server.ts';

/** An event as the fake service stores it. */
export interface StoredLine {
  readonly group?: string;
  readonly stream?: string;
  readonly at: number;
  readonly message: string;
}

/** CloudWatch Logs of one region on loopback, as far as the log source speaks to it: JSON 1.1, signed requests, tokens, queries. */
export interface FakeCloudWatch extends FaultyServer {
  readonly region: string;
  lines: readonly StoredLine[];
  /** Events of one page. */
  pageEvents: number;
  /** Empty pages with a token before the first event. */
  emptyPages: number;
  /** Statuses that a query shows before it is complete. */
  pending: readonly string[];
  bytesScanned: number;
  /** Queries that were stopped. */
  readonly stopped: string[];
  /** Inputs by operation, in order. */
  inputs(operation: string): readonly Record<string, unknown>[];
}

interface Query {
  readonly input: Record<string, unknown>;
  polls: number;
}

/** Starts one that holds `lines`; what names no group is in `/app/checkout`. */
export async function fakeCloudWatch(lines: readonly StoredLine[] = []): Promise<FakeCloudWatch> {
  const queries = new Map<string, Query>();
  const server = await serveWithFaults((request) => {
    try {
      return answer(fake, queries, request);
    } catch (error) {
      return refuse('InternalFailure', String(error), 500);
    }
  });
  const fake: FakeCloudWatch = Object.assign(server, {
    region: 'eu-west-1',
    lines,
    pageEvents: 10_000,
    emptyPages: 0,
    pending: [],
    bytesScanned: 1_000,
    stopped: [],
    inputs: (operation: string) =>
      server.seen
        .filter(({ headers }) => headers['x-amz-target'] === `Logs_20140328.${operation}`)
        .map(({ body }) => JSON.parse(body) as Record<string, unknown>),
  });
  return fake;
}

/** An exception as the service sends it. */
export function refuse(type: string, message: string, status = 400, more: Record<string, unknown> = {}): VendorAnswer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ __type: type, message, ...more }),
  };
}

function say(value: unknown): VendorAnswer {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(value) };
}

const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=[\w]+\/\d{8}\/([a-z0-9-]+)\/logs\/aws4_request, SignedHeaders=[\w;-]*host[\w;-]*x-amz-date[\w;-]*, Signature=[0-9a-f]{64}$/;

function answer(fake: FakeCloudWatch, queries: Map<string, Query>, { headers, body }: SeenRequest): VendorAnswer {
  const scope = SIGNATURE.exec(headers.authorization ?? '');
  if (scope === null) return refuse('IncompleteSignatureException', 'The request is not signed.');
  if (scope[1] !== fake.region)
    return refuse('InvalidSignatureException', `Credential should be scoped to ${fake.region}.`);
  const operation = String(headers['x-amz-target']).replace('Logs_20140328.', '');
  const input = JSON.parse(body) as Record<string, unknown>;
  const operations: Readonly<Record<string, () => VendorAnswer>> = {
    FilterLogEvents: () => filterEvents(fake, input),
    DescribeLogGroups: () => describeGroups(fake, input),
    StartQuery: () => startQuery(queries, input),
    GetQueryResults: () => queryResults(fake, queries.get(String(input['queryId']))),
    StopQuery: () => {
      fake.stopped.push(String(input['queryId']));
      return say({ success: true });
    },
  };
  return operations[operation]?.() ?? refuse('UnknownOperationException', operation);
}

const groupOf = ({ group = '/app/checkout' }: StoredLine) => group;
const nameOf = (identifier: unknown) => String(identifier).split(':log-group:').at(-1);

function filterEvents(fake: FakeCloudWatch, input: Record<string, unknown>): VendorAnswer {
  const { logGroupName, logGroupIdentifier, startTime, endTime, startFromHead = true, nextToken, limit } = input;
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined))
    return refuse('InvalidParameterException', 'Exactly one of logGroupName and logGroupIdentifier.');
  if (startFromHead === false && Number(startTime) < Date.UTC(2024, 0, 1))
    return refuse('InvalidParameterException', 'startFromHead=false is supported from 2024-01-01 on.');
  const group = nameOf(logGroupName ?? logGroupIdentifier);
  const own = fake.lines.filter((line) => groupOf(line) === group);
  if (own.length === 0 && group === '/missing')
    return refuse('ResourceNotFoundException', 'The specified log group does not exist.');
  const matches = parsePattern(input['filterPattern'] as string | undefined);
  const streams = input['logStreamNames'] as string[] | undefined;
  const found = own
    .map((line, index) => ({ ...line, index, stream: line.stream ?? 'i-0' }))
    .filter(({ at }) => at >= Number(startTime) && at <= Number(endTime))
    .filter(({ message, stream }) => matches(message) && (streams?.includes(stream) ?? true))
    .toSorted((a, b) => a.at - b.at || a.index - b.index);
  if (startFromHead === false) found.reverse();
  const page = Number(nextToken ?? 0);
  if (page < fake.emptyPages) return say({ events: [], searchedLogStreams: [], nextToken: String(page + 1) });
  const size = Math.min(fake.pageEvents, Number(limit ?? 10_000));
  const from = (page - fake.emptyPages) * size;
  const events = found.slice(from, from + size).map(({ stream, at, message, index }) => ({
    logStreamName: stream,
    timestamp: at,
    message,
    ingestionTime: at + 100,
    eventId: String(index).padStart(56, '3'),
  }));
  const more = from + size < found.length;
  return say({ events, searchedLogStreams: [], ...(more && { nextToken: String(page + 1) }) });
}

function describeGroups(
  fake: FakeCloudWatch,
  { logGroupNamePrefix = '', nextToken }: Record<string, unknown>,
): VendorAnswer {
  const names = [...new Set(fake.lines.map(groupOf))]
    .filter((name) => name.startsWith(String(logGroupNamePrefix)))
    .toSorted();
  const from = Number(nextToken ?? 0);
  const logGroups = names.slice(from, from + 50).map((logGroupName) => ({ logGroupName, storedBytes: 1 }));
  return say({ logGroups, ...(from + 50 < names.length && { nextToken: String(from + 50) }) });
}

function startQuery(queries: Map<string, Query>, input: Record<string, unknown>): VendorAnswer {
  try {
    parseInsights(String(input['queryString']));
  } catch (error) {
    if (!(error instanceof MalformedAt)) throw error;
    const location = { startCharOffset: error.start, endCharOffset: error.end };
    return refuse('MalformedQueryException', error.message, 400, {
      queryCompileError: { location, message: error.message },
    });
  }
  const queryId = `q-${queries.size + 1}`;
  queries.set(queryId, { input, polls: 0 });
  return say({ queryId });
}

function queryResults(fake: FakeCloudWatch, query: Query | undefined): VendorAnswer {
  if (query === undefined) return refuse('ResourceNotFoundException', 'no such query');
  const statistics = { recordsMatched: 0, recordsScanned: 0, bytesScanned: fake.bytesScanned };
  const pending = fake.pending[query.polls++];
  if (pending !== undefined) return say({ status: pending, results: [], statistics });
  const { matches, counts } = parseInsights(String(query.input['queryString']));
  const groups = (query.input['logGroupIdentifiers'] as string[]).map(nameOf);
  const [since, until] = [Number(query.input['startTime']) * 1_000, Number(query.input['endTime']) * 1_000];
  const found = fake.lines
    .filter((line) => groups.includes(groupOf(line)) && line.at >= since && line.at <= until && matches(line))
    .toSorted((a, b) => b.at - a.at);
  const field = (name: string, value: string) => ({ field: name, value });
  const rows = found
    .slice(0, Number(query.input['limit']))
    .map((line) => [
      field('@timestamp', new Date(line.at).toISOString().replace('T', ' ').replace('Z', '')),
      field('@message', line.message),
      field('@logStream', line.stream ?? 'i-0'),
      field('@log', `123456789012:${groupOf(line)}`),
      field('@ptr', 'CmEKJg'),
    ]);
  const results = counts ? (found.length === 0 ? [] : [[field('events', String(found.length))]]) : rows;
  return say({ status: 'Complete', results, statistics });
}
