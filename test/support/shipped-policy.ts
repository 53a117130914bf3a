import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

import { root } from './citations.ts';

/** The text of the policy that is shipped, with other values. */
export function shippedPolicy(change: object): string {
  return stringify({ ...(parse(readFileSync(join(root, 'policies/default.yaml'), 'utf8')) as object), ...change });
}
