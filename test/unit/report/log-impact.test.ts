import { expect, it } from 'vitest';

import { toReport } from '#report/json.ts';
import { toPostmortemMarkdown } from '#report/postmortem-markdown.ts';
import { toSlackMessage } from '#report/slack.ts';

import { kept } from './evidence-records.ts';
import { reportInput } from './records.ts';

/** An answer about logs as it is kept. */
const read = (n: number, matched: number, query: object = {}, output: object = {}) =>
  kept(
    n,
    JSON.stringify({
      tool: 'get_incident_logs',
      rows: 'rows',
      output: {
        summary: `${matched} events, 1 pattern.`,
        status: 'ok',
        source: 'app',
        matched,
        rows: [],
        n,
        ...output,
      },
      request: { source: 'app', request: { of: 'logs', query: { service: 'user-service', ...query } } },
    }),
  );
const impactOf = (...evidence: ReturnType<typeof read>[]) => toReport(reportInput({ evidence })).impact.log_events;
const oneEvent = { summary: 'One event of app.' };

it.each<[string, ReturnType<typeof read>[], number | undefined]>([
  ['of the widest read', [read(1, 40), read(2, 300), read(3, 7)], 2],
  ['not of one event', [read(1, 40), read(2, 1, {}, oneEvent)], 1],
  ['of nothing where one event was read alone', [read(1, 1, {}, oneEvent)], undefined],
  ['not of a search', [read(1, 40), read(2, 90, { text: 'heap' })], 1],
  ['not of a level', [read(1, 40), read(2, 90, { level: 'error' })], 1],
  ['not of a filter', [read(1, 40), read(2, 90, { filters: ['status:500'] })], 1],
  ['not of another service', [read(1, 40), read(2, 900, { service: 'payments' })], 1],
  ['of the later of two that are as wide', [read(1, 40), read(2, 40)], 2],
  ['of nothing where the source was not asked', [read(1, 0, {}, { status: 'partial' })], undefined],
  ['of a quiet service', [read(1, 0, {}, { status: 'empty' })], 1],
])('the impact tells the events %s', (_, evidence, from) => {
  expect(impactOf(...evidence)?.evidence).toBe(from === undefined ? undefined : `incident://INC-1/evidence/${from}`);
});

it.each([
  [1, ' 1 log event matched what was read.'],
  [2, ' 2 log events matched what was read.'],
])('%s is counted as people say it', (matched, said) => {
  const message = toSlackMessage(toReport(reportInput({ evidence: [read(1, matched)] })));
  expect(JSON.stringify(message)).toContain(said);
});

it.each<[string, object, number | null, string]>([
  ['its errors alone', { scanned: 92, errors: 58 }, 58, '58 of 92 log events that were read'],
  ['no error where none is', { scanned: 92, errors: 0 }, 0, '0 of 92 log events that were read'],
  ['nothing of a sample', { scanned: 40, errors: 20 }, null, 'not counted among 92 log events'],
  ['nothing that an older version counted', {}, null, 'not counted among 92 log events'],
  ['nothing impossible', { scanned: 92, errors: 1e9 }, null, 'not counted among 92 log events'],
])('of a read the impact tells %s [report:impact:errors]', (_, output, errors, words) => {
  const report = toReport(reportInput({ evidence: [read(1, 92, {}, output)] }));
  expect(report.impact.log_events).toMatchObject({ matched: 92, errors });
  expect(toPostmortemMarkdown(report)).toContain(`| Errors in the logs | ${words} (`);
  const told =
    errors === null ? '92 log events matched what was read' : `${errors} errors in 92 log events that were read`;
  expect(JSON.stringify(toSlackMessage(report))).toContain(` ${told}.`);
});
