import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import { extendedReader } from '#cli/policies.ts';
import { withOperatorPrices } from '#cli/price-files.ts';
import { FixgateError } from '#domain/errors.ts';
import { parseOperatorPolicy, parsePolicy } from '#policy/load.ts';
import type { Policy } from '#policy/schema.ts';

/** Loads the policy of a file, ours or an `.architect.yaml`; the shipped one when none is named. */
export function loadPolicy({ packageFolder, workingDirectory }: Invocation, file: string | undefined): Policy {
  const shipped = parsePolicy(
    readFileSync(path.join(packageFolder, 'policies/default.yaml'), 'utf8'),
    'policies/default.yaml',
  );
  if (file === undefined) return shipped;
  const found = path.resolve(workingDirectory, file);
  return withOperatorPrices(
    parseOperatorPolicy(readInput(workingDirectory, file), found, { shipped, read: extendedReader({ packageFolder }) }),
  );
}

/** The text of a file that the caller named. */
export function readInput(workingDirectory: string, file: string): string {
  try {
    return readFileSync(path.resolve(workingDirectory, file), 'utf8');
  } catch (cause) {
    throw new FixgateError('invalid_input', `${file} cannot be read.`, { fix: 'Name a readable file.', cause });
  }
}
