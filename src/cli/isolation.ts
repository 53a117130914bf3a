import { FixgateError } from '#domain/errors.ts';
import { isolations } from '#domain/remediation.ts';
import type { Policy } from '#policy/schema.ts';
import { probeIsolation } from '#workspace/sandbox-ladder.ts';

/** How well test runs are kept apart here, in words; throws `misconfigured` where that is less than the policy accepts. */
export async function checkIsolation({ sandbox: { least } }: Pick<Policy, 'sandbox'>): Promise<string> {
  const found = await probeIsolation();
  if (isolations.indexOf(found) >= isolations.indexOf(least)) return `isolation ${found}; the policy asks for ${least}`;
  throw new FixgateError(
    'misconfigured',
    `Isolation is ${found}, and the policy asks for ${least}: no test will run.`,
    {
      fix: 'Install bubblewrap and allow user namespaces, or lower sandbox.least in the policy.',
    },
  );
}
