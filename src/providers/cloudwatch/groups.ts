import { FixgateError } from '#domain/errors.ts';

import type { Asking } from './asking.ts';
import type { CloudWatchSettings } from './settings.ts';

/** Groups of one query, as Logs Insights allows. */
const MAX_GROUPS = 50;

/** The log groups that the settings name: prefixes are looked up. At most 50; more are an error, never left out silently. */
export async function resolveGroups({ groups }: CloudWatchSettings, asking: Asking): Promise<readonly string[]> {
  const region = await asking.region();
  const found: string[] = [];
  for (const written of groups) {
    checkRegion(written, region);
    if (!written.endsWith('*') || written.startsWith('arn:')) found.push(written.replace(/:\*$/, ''));
    else found.push(...(await withPrefix(written.slice(0, -1), asking)));
  }
  const distinct = [...new Set(found)];
  if (distinct.length === 0) throw noGroups(groups, region);
  if (distinct.length > MAX_GROUPS) throw tooMany(distinct.length);
  return distinct;
}

/** True for an ARN, false for a name. */
export function isArn(group: string): boolean {
  return group.startsWith('arn:');
}

/** How a request names a group: an ARN may be of another account. */
export function named(group: string): { readonly logGroupIdentifier: string } | { readonly logGroupName: string } {
  return isArn(group) ? { logGroupIdentifier: group } : { logGroupName: group };
}

async function withPrefix(prefix: string, { ask, client }: Asking): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const input = {
      ...(prefix !== '' && { logGroupNamePrefix: prefix }),
      ...(nextToken !== undefined && { nextToken }),
    };
    const page = await ask({ permission: 'logs:DescribeLogGroups' }, (signal) => client.describeGroups(input, signal));
    names.push(
      ...(page.logGroups ?? []).flatMap(({ logGroupName }) => (logGroupName === undefined ? [] : [logGroupName])),
    );
    nextToken = page.nextToken;
  } while (nextToken !== undefined && names.length <= MAX_GROUPS);
  return names;
}

function checkRegion(group: string, region: string): void {
  const own = isArn(group) ? group.split(':')[3] : region;
  if (own === region) return;
  throw new FixgateError(
    'misconfigured',
    `The log group ${group.slice(0, 300)} lies in ${own}, this source in ${region}.`,
    {
      fix: `Have the operator give groups of ${own} a source of their own.`,
    },
  );
}

function noGroups(groups: readonly string[], region: string): FixgateError {
  return new FixgateError('misconfigured', `No log group in ${region} begins with ${groups.slice(0, 5).join(', ')}.`, {
    fix: 'Have the operator correct groups, region or account of this source.',
  });
}

function tooMany(count: number): FixgateError {
  return new FixgateError(
    'misconfigured',
    `The prefixes of this source stand for ${count} or more log groups; at most ${MAX_GROUPS} can be read.`,
    {
      fix: 'Have the operator write longer prefixes, or name the groups.',
    },
  );
}
