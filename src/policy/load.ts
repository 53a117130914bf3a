import { fromArchitect, isArchitect } from '#policy/architect.ts';
import { failingExamples, failingHooks } from '#policy/examples.ts';
import type { ReadExtended } from '#policy/extends.ts';
import { parsePolicyLayers } from '#policy/parse-policy.ts';
import { misconfigured } from '#policy/problems.ts';
import type { Policy } from '#policy/schema.ts';
import { sealPolicy } from '#policy/seal.ts';

/**
 * Parses a policy file with what it extends, and verifies its examples with the real guards; throws `misconfigured` with every
 * problem at once. `read` gives the text of an extended file.
 */
export function parsePolicy(text: string, origin: string, read?: ReadExtended): Policy {
  const { content, ...source } = parsePolicyLayers(text, origin, read);
  const policy = sealPolicy(content, source);
  const failing = [...failingExamples(policy), ...failingHooks(policy)];
  if (failing.length > 0) throw misconfigured(origin, failing);
  return policy;
}

/** What is needed to load the operator's policy. */
export interface OperatorPolicySource {
  /** Read only where the operator's file lies on top of it. */
  readonly shipped: Policy;
  readonly read?: ReadExtended;
}

/** Parses what the operator named as policy: a file of our own, or an `.architect.yaml` that replaces values of `shipped`. */
export function parseOperatorPolicy(text: string, origin: string, source: OperatorPolicySource): Policy {
  return isArchitect(text) ? fromArchitect(text, origin, source.shipped) : parsePolicy(text, origin, source.read);
}
