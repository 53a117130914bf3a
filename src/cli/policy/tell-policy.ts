import path from 'node:path';

import { findOperatorFiles } from '#cli/hook/policy.ts';
import type { Invocation } from '#cli/invocation.ts';
import { escaped } from '#cli/policy/shown.ts';
import { quote } from '#report/shell-words.ts';

const SHIPPED = 'policies/default.yaml';
const NOTHING_NAMED = { policy: undefined, config: undefined };

/** Says on standard error by which policy is judged, and where nobody named one, how to judge by that of the fixgate.yaml here. */
export async function tellPolicy(invocation: Invocation, named: string | undefined): Promise<void> {
  const instead = named === undefined ? await configuredInstead(invocation) : '';
  console.error(escaped(`Judged by ${named ?? `the shipped ${SHIPPED}`}.${instead}`));
}

/** Nothing where the configuration names no policy, or the shipped one; what is wrong in it is nothing to this command. */
async function configuredInstead(invocation: Invocation): Promise<string> {
  const { workingDirectory, packageFolder } = invocation;
  const found = await findOperatorFiles(NOTHING_NAMED, workingDirectory, invocation).catch(() => undefined);
  if (found === undefined) return ' The policy that fixgate.yaml here may name is not known: it cannot be read.';
  const { policy } = found;
  if (policy === undefined || policy === path.join(packageFolder, SHIPPED)) return '';
  return ` fixgate.yaml here names another one: add --policy ${quote(path.relative(workingDirectory, policy))} for it.`;
}
