import type { DescribeAlarmsInput, MetricAlarm, MetricDataQuery } from '@aws-sdk/client-cloudwatch';

import { FixgateError } from '#domain/errors.ts';
import type { MetricInfo } from '#domain/evidence.ts';
import { nearest } from '#domain/nearest.ts';

import { rankMetrics } from '../metric-search.ts';
import type { Asking } from './asking.ts';
import type { MetricClient } from './metric-client.ts';

/** What an alarm watches, ready to be read. */
export interface AlarmMetric {
  readonly queries: readonly MetricDataQuery[];
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As finely as the alarm itself looks. */
  readonly periodMs: number;
}

/** Left out, only alarms on a metric would be answered. */
const ALL_TYPES: NonNullable<DescribeAlarmsInput['AlarmTypes']> = ['MetricAlarm', 'CompositeAlarm', 'LogAlarm'];
const MAX_RECORDS = 100;
const MAX_PAGES = 10;

/** The metric, or the math over metrics, of the alarm with this name. */
export async function findAlarm(asking: Asking<MetricClient>, name: string, periodMs: number): Promise<AlarmMetric> {
  const answer = await describe(asking, { AlarmNames: [name] });
  const alarm = answer.MetricAlarms?.[0];
  if (alarm !== undefined) return toMetric(alarm, name, periodMs);
  const rule = answer.CompositeAlarms?.[0]?.AlarmRule;
  if (rule !== undefined) throw isComposite(name, rule);
  if ((answer.LogAlarms ?? []).length > 0) throw isLogAlarm(name);
  throw unknownAlarm(
    name,
    (await listAlarms(asking)).map((info) => info.name.slice('alarm:'.length)),
  );
}

/** Alarms whose name or description contains every word. */
export async function searchAlarms(
  asking: Asking<MetricClient>,
  search: string,
  limit: number,
): Promise<readonly MetricInfo[]> {
  return rankMetrics(await listAlarms(asking), search, limit);
}

async function listAlarms(asking: Asking<MetricClient>): Promise<readonly MetricInfo[]> {
  const found: MetricInfo[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await describe(asking, {
      MaxRecords: MAX_RECORDS,
      ...(token !== undefined && { NextToken: token }),
    });
    for (const { AlarmName = '', AlarmDescription = '', StateValue = '' } of answer.MetricAlarms ?? [])
      found.push({
        name: `alarm:${AlarmName}`,
        type: 'alarm',
        help: `${StateValue} ${AlarmDescription}`.trim(),
        unit: '',
      });
    token = answer.NextToken;
    if (token === undefined) break;
  }
  return found;
}

function describe({ ask, client }: Asking<MetricClient>, input: DescribeAlarmsInput) {
  return ask({ permission: 'cloudwatch:DescribeAlarms' }, (signal) =>
    client.describeAlarms({ ...input, AlarmTypes: ALL_TYPES }, signal),
  );
}

function toMetric(alarm: MetricAlarm, name: string, askedMs: number): AlarmMetric {
  const { Namespace, MetricName, Dimensions = [], Metrics = [], Statistic, ExtendedStatistic, Unit } = alarm;
  const own = Math.max(alarm.Period ?? 0, ...Metrics.map((one) => one.MetricStat?.Period ?? one.Period ?? 0)) * 1_000;
  const periodMs = own === 0 ? askedMs : Math.ceil(Math.max(own, askedMs) / own) * own;
  const Period = periodMs / 1_000;
  const labels = {
    alarm: name,
    ...Object.fromEntries(Dimensions.map((one) => [one.Name ?? '', one.Value ?? ''])),
    ...(alarm.Threshold !== undefined && { threshold: `${alarm.ComparisonOperator ?? ''} ${alarm.Threshold}`.trim() }),
  };
  if (Metrics.length > 0) {
    const queries = Metrics.map((one) =>
      one.MetricStat === undefined ? { ...one, Period } : { ...one, MetricStat: { ...one.MetricStat, Period } },
    );
    const shown = Metrics.find((one) => one.ReturnData !== false);
    return { queries, name: shown?.Label ?? shown?.Expression ?? name, labels, periodMs };
  }
  const MetricStat = {
    Metric: { Namespace, MetricName, Dimensions },
    Period,
    Stat: ExtendedStatistic ?? Statistic ?? 'Average',
    ...(Unit !== undefined && { Unit }),
  };
  return { queries: [{ Id: 'm0', MetricStat }], name: `${Namespace}:${MetricName}`, labels, periodMs };
}

function isComposite(name: string, rule: string): FixgateError {
  const children = [...rule.matchAll(/(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*"?([^")]+?)"?\s*\)/g)].map(([, child = '']) =>
    child.replace(/^arn:[^"]*:alarm:/, ''),
  );
  const ask = [...new Set(children)].slice(0, 5).map((child) => `alarm:${child}`);
  return new FixgateError(
    'invalid_input',
    `The alarm ${JSON.stringify(name)} is made of other alarms: ${rule.slice(0, 500)}.`,
    {
      fix: ask.length === 0 ? 'Ask for one of the alarms in it.' : `Ask for one of them: ${ask.join(', ')}.`,
    },
  );
}

function isLogAlarm(name: string): FixgateError {
  return new FixgateError('invalid_input', `The alarm ${JSON.stringify(name)} watches logs and has no metric.`, {
    fix: 'Use get_incident_logs for what it watches.',
  });
}

function unknownAlarm(name: string, names: readonly string[]): FixgateError {
  const close = nearest(name, names) ?? names[0];
  return new FixgateError('not_found', `There is no alarm ${JSON.stringify(name)} here.`, {
    fix:
      close === undefined
        ? 'Check region and account of this source.'
        : `Did you mean alarm:${close}? search with alarm lists them.`,
  });
}
