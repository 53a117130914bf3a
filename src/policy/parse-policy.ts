import type { PricesFile } from '#policy/architect-schema.ts';
import type { Layers, ReadExtended } from '#policy/extends.ts';
import { readLayers } from '#policy/extends.ts';
import type { FileProblem } from '#policy/problems.ts';
import { misconfigured, misconfiguredFiles, toLine } from '#policy/problems.ts';
import type { RuleExample } from '#policy/rule-examples.ts';
import type { PolicyContent } from '#policy/schema.ts';
import type { Fragment } from '#policy/tighten.ts';
import { readWhole } from '#policy/whole-policy.ts';

/** A policy's content and where it came from. */
export interface ParsedPolicy {
  readonly content: PolicyContent;
  /** Files it was made of, the outermost last. */
  readonly origins: readonly string[];
  readonly notes: readonly string[];
  readonly ruleExamples: readonly RuleExample[];
  readonly pricesFiles?: readonly PricesFile[];
}

/** The same of files with problems: what is wrong in them is left out. */
export interface RoughPolicy {
  readonly policy: ParsedPolicy;
  readonly problems: readonly FileProblem[];
  readonly layers: Layers;
}

/** Reads a policy file of our own, with what it extends, and checks all it says, its examples apart. */
export function readPolicyLayers(text: string, origin: string, read?: ReadExtended): RoughPolicy {
  const layers = readLayers(text, origin, read);
  const { content, problems } = readWhole(layers);
  const { origins, notes, ruleExamples, pricesFiles } = layers;
  return {
    policy: { content, origins, notes, ruleExamples, ...(pricesFiles && { pricesFiles }) },
    problems: [...layers.problems, ...problems.map((problem) => ({ origin, line: toLine(problem) }))],
    layers,
  };
}

/**
 * Parses a policy file without its examples: they change no verdict, and a process that lives for one call has no time for them.
 * Throws `misconfigured` with every problem at once.
 */
export function parsePolicyLayers(text: string, origin: string, read?: ReadExtended): ParsedPolicy {
  const { policy, problems } = readPolicyLayers(text, origin, read);
  if (problems.length > 0) throw misconfiguredFiles(origin, problems);
  return policy;
}

/** Checks that a fragment is a whole policy, and fills in its defaults. */
export function toContent(fragment: Fragment, origin: string): PolicyContent {
  const { content, problems } = readWhole({ content: fragment, leftOut: [] });
  if (problems.length > 0) throw misconfigured(origin, problems.map(toLine));
  return content;
}
