import type { Committed } from '#cli/hook/committed.ts';
import { fromArchitect, isArchitect, tighten } from '#policy/architect.ts';
import { parsePolicyLayers } from '#policy/parse-policy.ts';
import type { Policy } from '#policy/schema.ts';
import { sealPolicy } from '#policy/seal.ts';

/** The operator's policy file, and how to get at others. */
interface OperatorPolicy {
  readonly file: string;
  readonly text: string;
  readonly read: (file: string) => string;
  readonly shipped: () => string;
}

/** Reads any policy, as the server does, its examples apart, with the operator's files alone; throws `misconfigured` with every problem at once. */
export function loadWholePolicy(
  { file, text, read, shipped }: OperatorPolicy,
  committed: readonly Committed[],
): Policy {
  const parse = (content: string, origin: string): Policy => {
    const { content: merged, ...source } = parsePolicyLayers(content, origin, read);
    return sealPolicy(merged, source);
  };
  const operator = isArchitect(text)
    ? fromArchitect(text, file, parse(shipped(), 'policies/default.yaml'))
    : parse(text, file);
  const { origins, pricesFiles = [] } = operator;
  const tightened = committed.reduce((all, { text, at }) => tighten(all, text, `.architect.yaml at ${at}`), operator);
  return { ...tightened, origins, pricesFiles };
}
