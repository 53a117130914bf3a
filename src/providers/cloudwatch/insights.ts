import { setTimeout as sleep } from 'node:timers/promises';

import { FixgateError } from '#domain/errors.ts';
import type { TimeWindow } from '#domain/evidence.ts';

import type { Asking } from './asking.ts';
import type { StoredEvent } from './events.ts';
import { isArn } from './groups.ts';

/** A question to Logs Insights. */
export interface InsightsQuestion {
  readonly groups: readonly string[];
  readonly window: TimeWindow;
  /** Commands with pipes between them. */
  readonly text: string;
  readonly limit: number;
  /** Bytes that may be scanned, which is what costs money. */
  readonly maxBytes: number;
}

/** Rows and what they cost. */
export interface InsightsAnswer {
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly scannedBytes: number;
}

/** Rows that one query can give. */
export const MAX_ROWS = 10_000;

const FIRST_POLL_MS = 200;
const MAX_POLL_MS = 1_500;
const STOP_MS = 5_000;

/** The commands that select a window to the millisecond: the service's own range has whole seconds, both ends included. */
export function selectText(commands: readonly string[], { since, until }: TimeWindow): string {
  const bounds = `filter toMillis(@timestamp) >= ${since} and toMillis(@timestamp) < ${until}`;
  return ['fields @timestamp, @message, @logStream, @log', bounds, ...commands].join(' | ');
}

/** Runs a query; stops it when the caller is gone, time is up or it has scanned too much. */
export async function runInsights(asking: Asking, question: InsightsQuestion): Promise<InsightsAnswer> {
  const { client, ask } = asking;
  const { text, groups, window, limit } = question;
  const input = {
    logGroupIdentifiers: [...groups],
    startTime: Math.floor(window.since / 1_000),
    endTime: Math.ceil(window.until / 1_000),
    queryString: text,
    limit,
  };
  const started = await ask({ permission: 'logs:StartQuery', query: text }, (signal) =>
    client.startQuery(input, signal),
  );
  const queryId = started.queryId ?? '';
  let ended = false;
  try {
    const answer = await poll(asking, queryId, question);
    ended = true;
    return answer;
  } finally {
    // A query that nobody waits for goes on costing money.
    if (!ended) await client.stopQuery(queryId, AbortSignal.timeout(STOP_MS)).catch(() => {});
  }
}

async function poll(
  { client, ask, limit }: Asking,
  queryId: string,
  question: InsightsQuestion,
): Promise<InsightsAnswer> {
  for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(waitMs * 2, MAX_POLL_MS)) {
    const { status, results, statistics } = await ask(
      { permission: 'logs:GetQueryResults', query: question.text },
      (signal) => client.queryResults({ queryId }, signal),
    );
    const scannedBytes = statistics?.bytesScanned ?? 0;
    if (status === 'Complete') return { rows: (results ?? []).map(toRow), scannedBytes };
    if (status === 'Failed' || status === 'Cancelled' || status === 'Timeout') throw ended(status);
    if (scannedBytes > question.maxBytes) throw tooMuch(question.maxBytes);
    try {
      await sleep(waitMs, undefined, { signal: limit.signal });
    } catch (error) {
      throw limit.explain(error, () => ended('Cancelled'));
    }
  }
}

function toRow(fields: readonly { field?: string | undefined; value?: string | undefined }[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ field = '', value = '' }) => [field, value]));
}

/** An event as the events API gives it; `@log` is the account and the name of the group. */
export function toStored(row: Readonly<Record<string, string>>, groups: readonly string[]): StoredEvent {
  const [account = '', name = ''] = (row['@log'] ?? '').split(':', 2);
  const group = groups.find((known) =>
    isArn(known) ? known.endsWith(`:${account}:log-group:${name}`) : known === name,
  );
  return {
    group: group ?? name,
    stream: row['@logStream'] ?? '',
    at: Date.parse(`${(row['@timestamp'] ?? '').replace(' ', 'T')}Z`),
    message: row['@message'] ?? '',
  };
}

function ended(status: string): FixgateError {
  return new FixgateError('provider_unavailable', `The query of CloudWatch Logs Insights ended as ${status}.`, {
    fix: 'Ask for a shorter window or a narrower filter.',
  });
}

function tooMuch(maxBytes: number): FixgateError {
  return new FixgateError(
    'invalid_input',
    `The query of CloudWatch Logs Insights scanned more than ${Math.round(maxBytes / 1e9)} GB and was stopped.`,
    { fix: 'Ask for a shorter window, or have the operator raise insights_max_gb.' },
  );
}
