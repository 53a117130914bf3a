import type { TimeWindow } from '#domain/evidence.ts';

/** The page of one log group in the console of its partition, with the window and the pattern that were asked. */
export function consoleUrl(
  region: string,
  group: string,
  view: { window: TimeWindow; pattern?: string | undefined },
): string {
  const name = group.split(':log-group:').at(-1) ?? group;
  const { window, pattern } = view;
  const params = [
    ...(pattern === undefined ? [] : [`filterPattern=${encodeURIComponent(pattern)}`]),
    `start=${window.since}`,
    `end=${window.until}`,
  ].join('&');
  const path = `logsV2:log-groups/log-group/${twice(name)}/log-events${escaped(encodeURIComponent(`?${params}`))}`;
  return `https://${hostOf(region)}/cloudwatch/home?region=${region}#${path}`;
}

/** The console reads its fragment twice, with `$` for `%` the second time. */
function twice(text: string): string {
  return escaped(encodeURIComponent(encodeURIComponent(text)));
}

function escaped(text: string): string {
  return text.replaceAll('%', '$');
}

/** The page of an alarm, or that of all metrics. */
export function metricsConsoleUrl(region: string, alarm?: string): string {
  const page = alarm === undefined ? 'metricsV2:' : `alarmsV2:alarm/${encodeURIComponent(alarm)}`;
  return `https://${hostOf(region)}/cloudwatch/home?region=${region}#${page}`;
}

function hostOf(region: string): string {
  const host = (...parts: readonly string[]) => parts.join('.');
  if (region.startsWith('cn-')) return host(region, 'console', 'amazonaws.cn');
  if (region.startsWith('us-gov-')) return host('console', 'amazonaws-us-gov.com');
  return host(region, 'console', 'aws.amazon.com');
}
