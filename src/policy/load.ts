import { isDeepStrictEqual } from 'node:util';

import { fromArchitect, isArchitect } from '#policy/architect.ts';
import { failingExamples, failingHooks } from '#policy/examples.ts';
import type { Layers, ReadExtended } from '#policy/extends.ts';
import { readPolicyLayers } from '#policy/parse-policy.ts';
import type { Place } from '#policy/problems.ts';
import { misconfiguredFiles, toLine } from '#policy/problems.ts';
import { restored } from '#policy/rough.ts';
import { failingRuleExamples } from '#policy/rule-examples.ts';
import type { Policy } from '#policy/schema.ts';
import { sealPolicy } from '#policy/seal.ts';

/**
 * Parses a policy file with what it extends, and verifies its examples with the real guards; throws `misconfigured` with every
 * problem at once. `read` gives the text of an extended file.
 */
export function parsePolicy(text: string, origin: string, read?: ReadExtended): Policy {
  const { policy: parsed, problems, layers } = readPolicyLayers(text, origin, read);
  const { content, ...source } = parsed;
  const policy = sealPolicy(content, source);
  const leftOut = [...layers.leftOut, ...layers.meant];
  const failing = [...failingExamples(policy, leftOut), ...failingHooks(policy)];
  const lines = failing.map(({ at, what }) => ({
    origin,
    line: toLine({ at: placeIn(layers.own, content, at), what }),
  }));
  const all = [...problems, ...lines, ...failingRuleExamples(policy, layers.ruleExamples, leftOut)];
  if (all.length > 0) throw misconfiguredFiles(origin, all);
  return policy;
}

/** Where the file itself says what stands at a place of the whole policy. */
function placeIn(own: Layers['own'], whole: object, at: Place): Place {
  const entry = at.findIndex((part) => typeof part === 'number');
  const list = at.slice(0, entry);
  const said = valueAt(whole, at.slice(0, entry + 1));
  const index = [valueAt(own.content, list)].flat().findIndex((each) => isDeepStrictEqual(each, said));
  return index < 0 ? at : restored([...list, index, ...at.slice(entry + 1)], own.leftOut);
}

function valueAt(value: unknown, at: Place): unknown {
  return at.reduce<unknown>(
    (within, part) => (within as Readonly<Record<PropertyKey, unknown>> | undefined)?.[part],
    value,
  );
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
