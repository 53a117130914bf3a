import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { MAX_PRICES_BYTES, parsePrices, tooLarge } from '#policy/prices.ts';
import { misconfigured } from '#policy/problems.ts';
import type { Policy } from '#policy/schema.ts';

/** The operator's policy with the prices that its files name, each beside the file that names it. */
export function withOperatorPrices(policy: Policy): Policy {
  const { pricesFiles = [] } = policy;
  if (pricesFiles.length === 0) return policy;
  return {
    ...policy,
    prices: pricesFiles.map(({ file, origin }) => readPrices(path.resolve(path.dirname(origin), file), origin)),
  };
}

function readPrices(file: string, origin: string) {
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > MAX_PRICES_BYTES) throw tooLarge(file, size);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw misconfigured(origin, [
      `costs.prices_file: ${file} cannot be read; put a readable file of prices there, or leave the key out`,
    ]);
  }
  return parsePrices(text, file);
}

/** The same for what the file of a repository names: only a file of the same commit counts. */
export async function withCommittedPrices(
  policy: Policy,
  operator: Policy,
  fileAt: (path: string) => Promise<Buffer | undefined>,
): Promise<Policy> {
  const named = (policy.pricesFiles ?? []).slice(operator.pricesFiles?.length ?? 0);
  const tables = [];
  for (const { file, origin } of named) {
    const inside = path.posix.normalize(file);
    const isOutside = path.posix.isAbsolute(inside) || inside === '..' || inside.startsWith('../');
    const content = isOutside ? undefined : await fileAt(inside);
    if (!content)
      throw misconfigured(origin, [
        `costs.prices_file: ${JSON.stringify(file.slice(0, 200))} is no file of that commit; commit it, or leave the key out`,
      ]);
    tables.push(parsePrices(content.toString('utf8'), `${inside} of ${origin}`));
  }
  return tables.length === 0 ? policy : { ...policy, prices: [...(operator.prices ?? []), ...tables] };
}
